// SPDX-License-Identifier: GPL-2.0-only
/** Headers of the kernel that programs are verified against, and a key that stands for what they are made from. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { HEADERS_FORMAT, suppliedHeaders, type HeaderTexts } from '../headers';
import { vmlinuxHeader } from '../headers/vmlinux-h';
import type { LoadedKernel } from './kernel';
import { btfFiles, vmlinuxFile } from './kernel-folder';
import type { KernelChoice } from './requests';

/** Name of the kernel in headers: the release, or the file that its BTF was given as. */
function nameOf(kernel: LoadedKernel, choice: KernelChoice): string {
  return choice.btf === '' ? kernel.profile.version : path.basename(choice.btf);
}

/** All supplied headers. Throws `CDumpError` for a BTF that cannot be written as C. */
export function headerTexts(kernel: LoadedKernel, choice: KernelChoice): HeaderTexts {
  const { profile } = kernel;
  const helpers = Array.from({ length: profile.helperCount }, (_, id) => profile.helperName(id) ?? '');
  return {
    version: nameOf(kernel, choice),
    files: suppliedHeaders({ btf: profile.btf, version: profile.version, name: nameOf(kernel, choice), helpers }),
  };
}

/** `vmlinux.h` alone. */
export function vmlinuxText(kernel: LoadedKernel, choice: KernelChoice): string {
  return vmlinuxHeader(kernel.profile.btf, nameOf(kernel, choice));
}

/** Changes when the headers would. Throws if the BTF's file cannot be read. */
export function headersKey(choice: KernelChoice): string {
  const file = choice.btf === '' ? vmlinuxFile(choice.bundle) : btfFiles(choice.btf).vmlinux;
  return createHash('sha256').update(`${HEADERS_FORMAT}\n`).update(readFileSync(file)).digest('hex').slice(0, 20);
}
