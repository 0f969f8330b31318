// SPDX-License-Identifier: GPL-2.0-only
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { brotliDecompressSync, constants } from 'node:zlib';
import { parseBtf } from '../btf/parse';
import type { Btf } from '../btf/types';
import { BUNDLE_FILES, unpackModules } from '../kernel/bundle';
import { createKernelProfile } from '../kernel/load';
import type { KernelProfile } from '../kernel/profile';
import { KERNEL_TABLES } from '../kernel/data/linux-7.3.4';
import type { KernelTables } from '../kernel/tables';
import { type ObjectKernel, parseKernelConfig } from '../object/object-kernel';
import type { MapDef } from '../object/program';
import { refusesTypes } from '../verifier/memory/map/create';
import { structMetas } from '../verifier/memory/map/struct-meta';
import { readRegularFile } from './read-file';
import type { KernelChoice } from './requests';

/** A BTF that was named to verify against cannot be used. */
export class KernelBtfError extends Error {
  constructor(
    readonly file: string,
    message: string,
  ) {
    super(message);
    this.name = 'KernelBtfError';
  }
}

/** Largest BTF that is read, bytes. */
const MAX_BTF = 256 << 20;

/** One kernel, as verifier and object loader need it. */
export interface LoadedKernel {
  readonly profile: KernelProfile;
  readonly object: ObjectKernel;
}

function decompress(file: string): Uint8Array {
  return brotliDecompressSync(readFileSync(file), {
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
  return existsSync(file) ? (JSON.parse(new TextDecoder().decode(decompress(file))) as KernelTables) : KERNEL_TABLES;
}

/** Reads the shipped kernel, or another BTF with the shipped tables. Takes a few hundred milliseconds; keep the result. Throws {@link KernelBtfError}. */
export function loadKernel(choice: KernelChoice): LoadedKernel {
  try {
    return readKernel(choice);
  } catch (error) {
    if (choice.btf === '' || !(error instanceof Error)) throw error;
    throw new KernelBtfError(choice.btf, error.message);
  }
}

function readKernel(choice: KernelChoice): LoadedKernel {
  const at = (name: string): string => path.join(choice.bundle, name);
  const configText = new TextDecoder().decode(decompress(at(BUNDLE_FILES.config)));
  const config = parseKernelConfig(configText);
  const own = choice.btf === '';
  const btf = parseBtf(own ? decompress(at(BUNDLE_FILES.vmlinux)) : readRegularFile(choice.btf), { name: 'vmlinux', isKernel: true });
  const modules = own
    ? [...unpackModules(decompress(at(BUNDLE_FILES.modules)))].map(([name, bytes]) => parseBtf(bytes, { name, isKernel: true, base: btf }))
    : [];
  const profile = createKernelProfile(tablesOf(at(BUNDLE_FILES.tables)), btf, modules, config, KERNEL_TABLES.constants);
  const refusesBtf = (program: Btf): string | null => (structMetas(profile, program) === null ? 'special fields of its structs' : null);
  const object = {
    btf,
    modules,
    config,
    kernelVersion: versionCode(profile.version),
    refusesBtf,
    refusesTypes: (map: MapDef) => refusesTypes(profile, map),
  };
  return { profile, object };
}
