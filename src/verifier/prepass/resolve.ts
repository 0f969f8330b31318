// SPDX-License-Identifier: GPL-2.0-only
/** Sanity of every instruction, and what 64-bit immediate loads refer to. Facts: `kernel/bpf/verifier.c: check_and_resolve_insns`. */
import { isLdImm64, type Insn } from '../../isa/insn';
import { PAGE_BYTES } from '../../isa/limits';
import { PseudoLd } from '../../isa/opcode';
import { Flag, RegType } from '../../kernel/types';
import { Kind, type Btf } from '../../btf/types';
import { isComposite, resolveSize, skipModsAndTypedefs } from '../../btf/util';
import type { BtfVar } from '../aux';
import type { VerifierEnv } from '../env';
import { Errno } from '../errors';
import { mapByFd } from '../memory';
import type { BpfMap } from '../state/map';
import { checkLdImm64Offset, checkOpcode, checkReserved, checkRegNumbers } from './fields';
import { addUsedMap } from './map-compat';

/** Most BTFs of one program (`MAX_USED_BTFS`). */
const MAX_USED_BTFS = 64;

/** Checks all instructions in order and fills `aux.map`, `aux.mapOff`, `aux.btfVar` and `env.usedMaps`. */
export function checkAndResolveInsns(env: VerifierEnv): void {
  const usedBtfs = new Set<Btf>();
  // before, registers and reserved fields were looked at where they are used
  const atOnce = env.kernel.features['prepass.kfuncsLast'];
  for (let i = 0; i < env.insns.length; i++) {
    env.insnIdx = i;
    const insn = env.insns[i]!;
    if (atOnce) checkRegNumbers(env, insn, i);
    if (!isLdImm64(insn)) {
      checkOpcode(env, insn, i);
      if (atOnce) checkReserved(env, insn, i);
      continue;
    }
    resolveLdImm64(env, i, insn, usedBtfs);
    i++;
  }
}

function resolveLdImm64(env: VerifierEnv, idx: number, insn: Insn, usedBtfs: Set<Btf>): void {
  const second = env.insns[idx + 1];
  if (second === undefined || second.code !== 0 || second.dst !== 0 || second.src !== 0 || second.off !== 0) {
    env.reject(Errno.EINVAL, 'invalid bpf_ld_imm64 insn\n', undefined, {
      kind: 'bad-instruction',
      name: 'a 64-bit load has no second half',
    });
  }
  if (env.kernel.features['prepass.kfuncsLast']) checkLdImm64Offset(env, insn);
  switch (insn.src) {
    case 0:
      return;
    case PseudoLd.BTF_ID: {
      const btf = symbolBtf(env, second.imm);
      env.aux.rareOf(idx).btfVar = resolveBtfVar(env, insn.imm, btf);
      if (!usedBtfs.has(btf) && usedBtfs.size >= MAX_USED_BTFS) {
        env.reject(Errno.E2BIG, `The total number of btfs per program has reached the limit of ${MAX_USED_BTFS}\n`, undefined, {
          kind: 'limit',
          name: 'BTF objects',
        });
      }
      usedBtfs.add(btf);
      return;
    }
    case PseudoLd.FUNC:
      env.aux.ptrType[idx] = RegType.PTR_TO_FUNC;
      return;
    case PseudoLd.MAP_VALUE:
    case PseudoLd.MAP_IDX_VALUE:
      break;
    case PseudoLd.MAP_FD:
    case PseudoLd.MAP_IDX:
      if (second.imm === 0) break;
      env.reject(Errno.EINVAL, 'unrecognized bpf_ld_imm64 insn\n', undefined, {
        kind: 'bad-instruction',
        name: 'this kind of 64-bit load does not exist',
      });
      break;
    default:
      env.reject(Errno.EINVAL, 'unrecognized bpf_ld_imm64 insn\n', undefined, {
        kind: 'bad-instruction',
        name: 'this kind of 64-bit load does not exist',
      });
  }
  if (insn.src === PseudoLd.MAP_IDX || insn.src === PseudoLd.MAP_IDX_VALUE) {
    // libbpf passes a table only for modules, and what stands in it is no map
    if (env.prog.fdArray.length === 0)
      env.reject(Errno.EPROTO, 'fd_idx without fd_array is invalid\n', undefined, {
        kind: 'bad-instruction',
        name: 'it names a map by index without a table',
      });
    env.unmodelled('map by index into a table of module BTFs');
  }

  const map = mapByFd(env, insn.imm);
  if (map === undefined)
    env.reject(Errno.EBADF, `fd ${insn.imm} is not pointing to valid bpf_map\n`, undefined, {
      kind: 'bad-instruction',
      name: 'it names a map that does not exist',
    });
  addUsedMap(env, map);
  const aux = env.aux.rareOf(idx);
  aux.map = map;
  if (insn.src !== PseudoLd.MAP_VALUE) return;

  const off = second.imm >>> 0;
  const errno = directValueErrno(env, map, off);
  if (errno === null)
    env.reject(Errno.EINVAL, 'no direct value access support for this map type\n', undefined, {
      kind: 'map-program',
      map,
      how: 'direct',
    });
  if (errno !== 0)
    env.reject(errno, `invalid access to map value pointer, value_size=${map.valueSize} off=${off}\n`, undefined, {
      kind: 'map-program',
      map,
      how: 'direct-offset',
    });
  aux.mapOff = off;
}

/**
 * Errno of asking for the address of byte `off` in the map's value, 0 when it is allowed, null when the map type has no addressable value
 * (`map_ops.map_direct_value_addr`).
 */
export function directValueErrno(env: VerifierEnv, map: BpfMap, off: number): Errno | 0 | null {
  const { arena, insnArray, percpuArray } = env.mapTypes;
  if (env.kernel.mapType(map.type)?.hasDirectValueAddr !== true) return null;
  if (map.type === arena) return off >= map.maxEntries * PAGE_BYTES ? Errno.ERANGE : 0;
  if (map.type === insnArray) return off % 8 !== 0 || off / 8 >= map.maxEntries ? Errno.EACCES : 0;
  if (map.maxEntries !== 1) return map.type === percpuArray ? Errno.EOPNOTSUPP : Errno.ENOTSUPP;
  return off >= map.valueSize ? Errno.EINVAL : 0;
}

/** BTF of a kernel symbol: the kernel's own, or a module's by its place in the program's table. */
function symbolBtf(env: VerifierEnv, moduleIndex: number): Btf {
  if (moduleIndex === 0) return env.kernel.btf;
  const btf = env.prog.fdArray[moduleIndex];
  return btf ?? env.reject(Errno.EINVAL, 'invalid module BTF object FD specified.\n', undefined, { kind: 'ksym', name: '' });
}

function resolveBtfVar(env: VerifierEnv, id: number, btf: Btf): BtfVar {
  const type = btf.type(id);
  if (type === undefined) env.reject(Errno.ENOENT, `ldimm64 insn specifies invalid btf_id ${id}.\n`, undefined, { kind: 'ksym', name: '' });
  const takesFunctions = env.kernel.features['isa.functionAddress'];
  if (type.kind !== Kind.VAR && !(takesFunctions && type.kind === Kind.FUNC)) {
    const kinds = takesFunctions ? 'KIND_VAR or KIND_FUNC' : 'KIND_VAR.';
    env.reject(Errno.EINVAL, `pseudo btf_id ${id} in ldimm64 isn't ${kinds}\n`, undefined, { kind: 'ksym', name: '' });
  }
  if (env.kernel.listHas(`no_symbol/${btf.name}`, type.name)) {
    env.reject(Errno.ENOENT, `ldimm64 failed to find the address for kernel symbol '${type.name}'.\n`, undefined, {
      kind: 'ksym',
      name: type.name,
    });
  }
  if (type.kind === Kind.FUNC) return { regType: RegType.PTR_TO_MEM | Flag.MEM_RDONLY, btf: null, btfId: 0, memSize: 0 };

  if (isPercpu(btf, id)) return { regType: RegType.PTR_TO_BTF_ID | Flag.MEM_PERCPU, btf, btfId: type.type, memSize: 0 };
  const target = skipModsAndTypedefs(btf, type.type);
  if (target !== undefined && isComposite(target)) return { regType: RegType.PTR_TO_BTF_ID, btf, btfId: type.type, memSize: 0 };
  const size = target === undefined ? null : resolveSize(btf, target.id);
  if (size === null) {
    env.reject(Errno.EINVAL, `ldimm64 unable to resolve the size of type '${target?.name ?? ''}': -22\n`, undefined, {
      kind: 'ksym',
      name: target?.name ?? '',
    });
  }
  return { regType: RegType.PTR_TO_MEM | Flag.MEM_RDONLY, btf: null, btfId: 0, memSize: size };
}

/** Whether a variable lies in the per-CPU section of the same BTF object. */
function isPercpu(btf: Btf, varId: number): boolean {
  for (const id of btf.idsByName('.data..percpu', Kind.DATASEC)) {
    if (id < btf.startId) continue;
    const section = btf.type(id);
    return section?.kind === Kind.DATASEC && section.vars.some((v) => v.type === varId);
  }
  return false;
}
