// SPDX-License-Identifier: GPL-2.0-only
/** From what a person names as a kernel to the folder with its data, and from what they name as a kernel's BTF to the files. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { release } from 'node:os';
import path from 'node:path';
import { BUNDLE_FILES, SHARED_TYPES } from '../kernel/bundle';
import { kernelNamed, KERNELS, type KernelRelease, RUNNING_KERNEL, VERIFIED_KERNEL } from '../kernel/releases';
import type { KernelChoice } from './requests';
import { MAX_FILE, sizeText, systemErrorText, UnreadableFile } from './read-file';

/** There is no kernel of that name. The message says which there are. */
export class UnknownKernelError extends Error {
  constructor(readonly kernel: string) {
    const known = KERNELS.map((k) => `${k.series} (${k.version})`).join(', ');
    super(`there is no kernel "${kernel}": ${known}, or a folder that "bpf-context kernel add" made`);
    this.name = 'UnknownKernelError';
  }
}

function isFolder(name: string): boolean {
  return statSync(name, { throwIfNoEntry: false })?.isDirectory() === true;
}

/**
 * Folder with the data of the kernel that is named: a series or a version of those that are shipped below `root`, a folder, or '' for the one whose
 * rules are verified. Throws {@link UnknownKernelError}, {@link UnreadableFile} for a folder that is no kernel's.
 */
export function kernelFolder(root: string, name: string): string {
  const release = name === '' ? VERIFIED_KERNEL : kernelNamed(name);
  if (release !== null) return path.join(root, ...release.media);
  if (!isFolder(name)) throw new UnknownKernelError(name);
  const missing = Object.values(BUNDLE_FILES).filter((file) => !existsSync(path.join(name, file)));
  if (missing.length > 0)
    throw new UnreadableFile(`it is no folder of a kernel, which "bpf-context kernel add" makes: ${missing.join(', ')} missing`);
  return path.resolve(name);
}

/** File with the types of vmlinux in a kernel's folder, as they are or {@link SHARED_TYPES}. */
export function vmlinuxFile(bundle: string): string {
  const [own, shared] = [BUNDLE_FILES.vmlinux, SHARED_TYPES].map((file) => path.join(bundle, file));
  return existsSync(own!) ? own! : shared!;
}

/** Most modules of a kernel, far above any. */
const MOST_MODULES = 4096;
const SUFFIX = '.btf';

/** Files of a kernel's BTF: that of vmlinux, and of each module, by name. */
export interface BtfFiles {
  readonly vmlinux: string;
  readonly modules: readonly { readonly name: string; readonly file: string }[];
}

/**
 * What a file or a folder holds of a kernel's BTF. In a folder vmlinux is `vmlinux` or `vmlinux.btf`, as in `/sys/kernel/btf`, and every other file the BTF of
 * a module, named as the module with or without `.btf`. Throws {@link UnreadableFile}.
 */
export function btfFiles(name: string): BtfFiles {
  if (!isFolder(name)) return { vmlinux: name, modules: [] };
  const files = readdirSync(name, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [] : [entry.name]));
  const vmlinux = files.find((file) => file === 'vmlinux' || file === `vmlinux${SUFFIX}`);
  if (vmlinux === undefined) throw new UnreadableFile(`it is a folder without vmlinux or vmlinux${SUFFIX}`);
  const others = files.filter((file) => file !== vmlinux);
  // beside other things only what is named so is BTF
  const modules = (vmlinux.endsWith(SUFFIX) ? others.filter((file) => file.endsWith(SUFFIX)) : others).sort();
  if (modules.length > MOST_MODULES)
    throw new UnreadableFile(`it is a folder of ${modules.length} modules; at most ${MOST_MODULES} are read`);
  return {
    vmlinux: path.join(name, vmlinux),
    modules: modules.map((file) => ({ name: path.basename(file, SUFFIX), file: path.join(name, file) })),
  };
}

/** Looks whether a kernel's BTF can be read, without reading it; '' names none. Throws {@link UnreadableFile} with the reason. */
export function checkBtf(name: string): void {
  if (name === '') return;
  try {
    const { vmlinux } = btfFiles(name);
    const stats = statSync(vmlinux);
    if (!stats.isFile()) throw new UnreadableFile('it is no regular file');
    if (stats.size > MAX_FILE) throw new UnreadableFile(`it is larger than ${sizeText(MAX_FILE)}, which is the most that is read`);
  } catch (error) {
    throw error instanceof UnreadableFile
      ? error
      : new UnreadableFile(systemErrorText(error) ?? (error instanceof Error ? error.message : String(error)));
  }
}

/** Types of the running kernel. */
const RUNNING_BTF = '/sys/kernel/btf';

/** The known kernel that is nearest below a release, or the oldest. */
function nearest(running: string): KernelRelease {
  const number = (version: string): number => {
    const [major = 0, minor = 0] = version.split('.').map((n) => Number.parseInt(n, 10));
    return major * 1000 + minor;
  };
  return KERNELS.find((k) => number(k.version) <= number(running)) ?? KERNELS.at(-1)!;
}

/**
 * The kernel that a setting names: what {@link kernelFolder} takes, a folder or file with BTF for the default kernel's rules, or `running`. What there is
 * not is told by whoever loads it.
 */
export function kernelChoice(root: string, name: string): KernelChoice {
  const folder = (release: KernelRelease): string => path.join(root, ...release.media);
  if (name === RUNNING_KERNEL) return { bundle: folder(nearest(release())), btf: RUNNING_BTF };
  const known = name === '' ? VERIFIED_KERNEL : kernelNamed(name);
  if (known !== null) return { bundle: folder(known), btf: '' };
  if (isFolder(name) && existsSync(path.join(name, BUNDLE_FILES.tables))) return { bundle: path.resolve(name), btf: '' };
  if (existsSync(name) || path.isAbsolute(name)) return { bundle: folder(VERIFIED_KERNEL), btf: name };
  return { bundle: name, btf: '' };
}
