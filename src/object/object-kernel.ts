// SPDX-License-Identifier: GPL-2.0-only
import type { Btf } from '../btf/types';
import type { Objection } from './errno';
import type { MapDef } from './program';

/** A kernel's configuration, as far as anybody asks for it. */
export type KernelConfig = Pick<ReadonlyMap<string, string>, 'get' | 'has'>;

/** What the loader needs to know of the kernel that an object is loaded into. */
export interface ObjectKernel {
  /** BTF of vmlinux. */
  readonly btf: Btf;
  /** Split BTFs of the loaded modules (`name` is the module's), in load order. */
  readonly modules: readonly Btf[];
  /** Kernel configuration: `CONFIG_X` → value as written in the file (`y`, `m`, `"text"`, a number). Unset options are absent. */
  readonly config: KernelConfig;
  /** `KERNEL_VERSION(a, b, c)` as in `LINUX_VERSION_CODE`. */
  readonly kernelVersion: number;
  /** Addresses by symbol name as in kallsyms. Without it every untyped `__ksym` that is not weak counts as found, at a made-up address. */
  readonly ksymAddresses?: ReadonlyMap<string, bigint>;
  /**
   * Why the kernel would refuse a program's BTF that is sound in itself (special fields in its structs), or null. The
   * loader knows nothing of such fields; without this it takes them for sound.
   */
  readonly refusesBtf?: (btf: Btf) => string | null;
  /** Why the kernel would refuse a map with these types (special fields that cannot be in it), or null. Likewise taken for sound without this. */
  readonly refusesTypes?: (map: MapDef) => Objection | null;
}

/** Reads the text of a kernel configuration into the map that {@link ObjectKernel.config} wants. */
export function parseKernelConfig(text: string): Map<string, string> {
  const config = new Map<string, string>();
  for (const line of text.split('\n')) {
    const at = line.indexOf('=');
    if (line.startsWith('CONFIG_') && at > 0) {
      config.set(line.slice(0, at), line.slice(at + 1).trimEnd());
    }
  }
  return config;
}

/**
 * A configuration of which few options are asked for: they are looked up in the text, which is made when the first one is, and answers are kept, for calls
 * of some helpers ask each time.
 */
export function deferredConfig(text: () => string): KernelConfig {
  let lines: string | null = null;
  const answers = new Map<string, string | undefined>();
  const find = (option: string): string | undefined => {
    if (!option.startsWith('CONFIG_')) return undefined;
    lines ??= `\n${text()}\n`;
    const from = lines.lastIndexOf(`\n${option}=`);
    if (from < 0) return undefined;
    const value = from + option.length + 2;
    return lines.slice(value, lines.indexOf('\n', value)).trimEnd();
  };
  const get = (option: string): string | undefined => {
    if (answers.has(option)) return answers.get(option);
    const answer = find(option);
    answers.set(option, answer);
    return answer;
  };
  return { get, has: (option) => get(option) !== undefined };
}
