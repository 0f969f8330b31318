// SPDX-License-Identifier: GPL-2.0-only
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { brotliDecompressSync, constants } from 'node:zlib';
import { decodeDelta, noTypes } from '../btf/delta';
import { parseBtf } from '../btf/parse';
import type { Btf } from '../btf/types';
import { BUNDLE_FILES, parseTables, SHARED_TYPES, unpackModules } from '../kernel/bundle';
import type { Features } from '../kernel/features';
import { createKernelProfile } from '../kernel/load';
import type { KernelProfile } from '../kernel/profile';
import { KERNEL_TABLES } from '../kernel/data/linux-7.3.4';
import { VERIFIED_KERNEL } from '../kernel/releases';
import type { KernelTables } from '../kernel/tables';
import { deferredConfig, type ObjectKernel } from '../object/object-kernel';
import type { MapDef } from '../object/program';
import { refusesTypes } from '../verifier/memory/map/create';
import { structMetas } from '../verifier/memory/map/struct-meta';
import { cachedKernel } from './kernel-cache';
import type { KernelData } from './kernel-image';
import { btfFiles, UnknownKernelError, vmlinuxFile } from './kernel-folder';
import { readRegularFile } from './read-file';
import type { KernelChoice } from './requests';

/** A kernel, or a BTF for one, that was named to verify against cannot be used. */
export class KernelError extends Error {
  constructor(
    readonly file: string,
    readonly what: 'kernel' | "kernel's BTF",
    message: string,
  ) {
    super(message);
    this.name = 'KernelError';
  }
}

/** Largest BTF that is read, bytes. */
const MAX_BTF = 256 << 20;

/** One kernel, as verifier and object loader need it. */
export interface LoadedKernel {
  readonly profile: KernelProfile;
  readonly object: ObjectKernel;
  /** The same kernel with other rules, to find the rule that decides. */
  readonly withFeatures: (features: Features) => KernelProfile;
}

function decompress(file: string): Uint8Array {
  return decompressed(readFileSync(file));
}

function decompressed(bytes: Uint8Array): Uint8Array {
  return brotliDecompressSync(bytes, {
    params: { [constants.BROTLI_DECODER_PARAM_LARGE_WINDOW]: 1 },
    maxOutputLength: MAX_BTF,
  });
}

function versionCode(version: string): number {
  const [a = 0, b = 0, c = 0] = version.split('.').map(Number);
  return (a << 16) + (b << 8) + Math.min(c, 255);
}

/** Tables of a kernel's folder; the default kernel has none there, its tables are part of the program. */
function tablesOf(file: string): KernelTables {
  return existsSync(file) ? parseTables(new TextDecoder().decode(decompress(file))) : KERNEL_TABLES;
}

/** Files that a kernel's vmlinux BTF is made from: itself; as packages have it, what differs from the default kernel's, and that one. */
function vmlinuxSources(bundle: string): readonly string[] {
  const file = vmlinuxFile(bundle);
  const newest = path.join(bundle, '..', VERIFIED_KERNEL.version);
  return path.basename(file) === SHARED_TYPES && path.resolve(newest) !== path.resolve(bundle) ? [file, vmlinuxFile(newest)] : [file];
}

/** A kernel's vmlinux BTF from the contents of {@link vmlinuxSources}. */
function vmlinuxOf(files: readonly string[], contents: readonly Uint8Array[]): Uint8Array {
  return files.reduceRight<Uint8Array>(
    (types, file, i) => (path.basename(file) === SHARED_TYPES ? decodeDelta(types, contents[i]!) : contents[i]!),
    noTypes(),
  );
}

/** What is in a kernel's folder. */
function shippedKernel(bundle: string, cache: string): KernelData {
  const at = (name: string): string => path.join(bundle, name);
  const sources = vmlinuxSources(bundle);
  const files = [at(BUNDLE_FILES.config), at(BUNDLE_FILES.modules), ...sources];
  return cachedKernel(cache, files, (contents) => {
    const [config, modules, ...vmlinux] = contents.map(decompressed) as [Uint8Array, Uint8Array, ...Uint8Array[]];
    const btf = parseBtf(vmlinuxOf(sources, vmlinux), { name: 'vmlinux', isKernel: true });
    const parts = [...unpackModules(modules)];
    return {
      btf,
      modules: parts.map(([name, bytes]) => parseBtf(bytes, { name, isKernel: true, base: btf })),
      config: () => new TextDecoder().decode(config),
    };
  });
}

/** Types in files that somebody named. Throws {@link KernelError} for a module whose BTF does not fit. */
function namedKernel({ bundle, btf: named }: KernelChoice): KernelData {
  const files = btfFiles(named);
  const btf = parseBtf(readRegularFile(files.vmlinux), { name: 'vmlinux', isKernel: true });
  const modules = files.modules.map(({ name: module, file }) => {
    try {
      return parseBtf(readRegularFile(file), { name: module, isKernel: true, base: btf });
    } catch (error) {
      throw new KernelError(file, "kernel's BTF", error instanceof Error ? error.message : String(error));
    }
  });
  const config = decompress(path.join(bundle, BUNDLE_FILES.config));
  return { btf, modules, config: () => new TextDecoder().decode(config) };
}

/**
 * Reads a kernel's folder, or other BTF with its tables. Takes a few hundred milliseconds, less with a folder
 * `cache` for what was read once; keep the result. Throws {@link KernelError}.
 */
export function loadKernel(choice: KernelChoice, cache = ''): LoadedKernel {
  try {
    return readKernel(choice, cache);
  } catch (error) {
    if (!(error instanceof Error) || error instanceof KernelError) throw error;
    throw choice.btf === ''
      ? new KernelError(choice.bundle, 'kernel', error.message)
      : new KernelError(choice.btf, "kernel's BTF", error.message);
  }
}

function readKernel(choice: KernelChoice, cache: string): LoadedKernel {
  if (!existsSync(choice.bundle)) throw new UnknownKernelError(choice.bundle);
  const at = (name: string): string => path.join(choice.bundle, name);
  const { btf, modules, config: text } = choice.btf === '' ? shippedKernel(choice.bundle, cache) : namedKernel(choice);
  const config = deferredConfig(text);
  const tables = tablesOf(at(BUNDLE_FILES.tables));
  const withFeatures = (features: Features): KernelProfile =>
    createKernelProfile(tables, btf, modules, config, { features, newest: KERNEL_TABLES });
  // V8 looks up the members of so large an object that came out of JSON by hash, of its copy by place
  const profile = withFeatures({ ...tables.features });
  const refusesBtf = (program: Btf): string | null => (structMetas(profile, program) === null ? 'special fields of its structs' : null);
  const object = {
    btf,
    modules,
    config,
    kernelVersion: versionCode(profile.version),
    refusesBtf,
    refusesTypes: (map: MapDef) => refusesTypes(profile, map),
  };
  return { profile, object, withFeatures };
}
