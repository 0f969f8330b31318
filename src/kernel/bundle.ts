// SPDX-License-Identifier: GPL-2.0-only
/**
 * The kernel files that are shipped beside the program, brotli-compressed: `vmlinux.btf`, all module BTFs in one file,
 * and the kernel configuration. Reading and decompressing them is the caller's; here is what they are and how they fit together.
 */
import { parseBtf } from '../btf/parse';
import type { Btf } from '../btf/types';
import { type Feature, FEATURES } from './features';
import { createKernelProfile } from './load';
import type { KernelProfile } from './profile';
import type { KernelTables } from './tables';

/**
 * File names below `media/kernel/VERSION/`; each is compressed with brotli. The default kernel's tables are part of the program instead. In a package
 * types are told otherwise ({@link SHARED_TYPES}, `src/btf/delta.ts`): the default kernel's column by column, those of the others by their differences from them.
 */
export const BUNDLE_FILES = {
  vmlinux: 'vmlinux.btf.br',
  modules: 'modules.btf.br',
  config: 'config.br',
  tables: 'tables.json.br',
} as const;

/** Stands for {@link BUNDLE_FILES}`.vmlinux` of a kernel in a package. */
export const SHARED_TYPES = 'vmlinux.delta.br';

/** Decompressed contents of the bundle, the configuration parsed. */
export interface KernelBundle {
  readonly vmlinux: Uint8Array;
  readonly modules: Uint8Array;
  /** Kernel configuration, CONFIG_X → value; absent = not set. */
  readonly config: KernelProfile['config'];
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Module BTFs as one file: a line of JSON `[["name", bytes], …]` with a newline, then the blobs one after the other.
 * The order of the map is the order in which modules count as loaded.
 */
export function packModules(modules: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const index = encoder.encode(`${JSON.stringify([...modules].map(([name, b]) => [name, b.length]))}\n`);
  const out = new Uint8Array([...modules.values()].reduce((n, b) => n + b.length, index.length));
  out.set(index);
  let at = index.length;
  for (const b of modules.values()) {
    out.set(b, at);
    at += b.length;
  }
  return out;
}

/** Undoes {@link packModules}. Throws SyntaxError for a file that is none. */
export function unpackModules(bytes: Uint8Array): Map<string, Uint8Array> {
  const end = bytes.indexOf(10);
  const index = JSON.parse(decoder.decode(bytes.subarray(0, end))) as [string, number][];
  const out = new Map<string, Uint8Array>();
  let at = end + 1;
  for (const [name, length] of index) {
    out.set(name, bytes.subarray(at, at + length));
    at += length;
  }
  if (at !== bytes.length) throw new SyntaxError(`module bundle is ${bytes.length} bytes, its index says ${at}`);
  return out;
}

/** A profile from the decompressed bundle and the generated tables. */
export function assembleKernel(tables: KernelTables, bundle: KernelBundle): KernelProfile {
  const btf = parseBtf(bundle.vmlinux, { name: 'vmlinux', isKernel: true });
  const modules: Btf[] = [...unpackModules(bundle.modules)].map(([name, bytes]) => parseBtf(bytes, { name, isKernel: true, base: btf }));
  return createKernelProfile(tables, btf, modules, bundle.config);
}

/**
 * Tables as `scripts/kernel/generate.ts` wrote them for a kernel's folder. Throws SyntaxError for what is none, or was written by another version of
 * this program: rules that it does not state cannot be guessed.
 */
export function parseTables(json: string): KernelTables {
  const tables = JSON.parse(json) as Partial<KernelTables> | null;
  if (typeof tables?.version !== 'string' || typeof tables.features !== 'object' || typeof tables.constants !== 'object')
    throw new SyntaxError('they are no tables of a kernel');
  const stated = Object.keys(tables.features);
  const known = Object.keys(FEATURES);
  if (stated.length !== known.length || !known.every((key) => typeof tables.features?.[key as Feature] === 'boolean'))
    throw new SyntaxError('they were made by another version of BPF Context Explorer: make them again with "bpf-context kernel add"');
  return tables as KernelTables;
}
