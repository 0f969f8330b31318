// SPDX-License-Identifier: GPL-2.0-only
/** Contents of maps that cannot change any more. Facts: `kernel/bpf/verifier.c: bpf_map_is_rdonly, bpf_map_direct_read`. */
import type { VerifierEnv } from '../../env';
import { Errno } from '../../errors';
import type { BpfMap } from '../../state/map';
import { RDONLY_PROG } from './create';

/** A 64-bit value in two signed halves. */
export interface Halves {
  readonly hi: number;
  readonly lo: number;
}

/** Neither programs nor user space can change it (`bpf_map_is_rdonly`). */
export function mapIsRdonly(map: BpfMap): boolean {
  return (map.flags & RDONLY_PROG) !== 0 && map.frozen;
}

/** Whether the map's values have an address that is known when a program is loaded (`map_direct_value_addr`). */
export function hasDirectValueAddr(env: VerifierEnv, map: BpfMap): boolean {
  return env.kernel.mapType(map.type)?.hasDirectValueAddr ?? false;
}

/** Bytes that are read at the moment. */
const bytes = new DataView(new ArrayBuffer(8));

/**
 * Reads 1, 2, 4 or 8 bytes of a map with known contents, sign-extended for LDSX; an errno where the kernel fails.
 * Needs {@link hasDirectValueAddr} and {@link mapIsRdonly}.
 */
export function mapDirectRead(env: VerifierEnv, map: BpfMap, off: number, size: number, isLdsx: boolean): Halves | Errno {
  const type = env.kernel.mapTypeName(map.type);
  if (type === 'insn_array' || type === 'percpu_array') return Errno.EINVAL;
  if (map.maxEntries !== 1) return Errno.ENOTSUPP;
  if (off < 0 || off >= map.valueSize) return Errno.EINVAL;
  const data = map.def.data;
  if (data === null) return env.unmodelled(`contents of map ${map.name}`);
  bytes.setInt32(0, 0);
  for (let i = 0; i < size; i++) bytes.setUint8(i, data[off + i] ?? 0);
  if (env.bigEndian) swapBytes(size);
  const lo = bytes.getInt32(0, true);
  if (size === 8) return { hi: bytes.getInt32(4, true), lo };
  if (!isLdsx) return { hi: 0, lo };
  const shift = 32 - size * 8;
  const extended = (lo << shift) >> shift;
  return { hi: extended >> 31, lo: extended };
}

/** Turns the first bytes round: what a big-endian machine reads there. */
function swapBytes(size: number): void {
  for (let i = 0; i < size >> 1; i++) {
    const low = bytes.getUint8(i);
    bytes.setUint8(i, bytes.getUint8(size - 1 - i));
    bytes.setUint8(size - 1 - i, low);
  }
}
