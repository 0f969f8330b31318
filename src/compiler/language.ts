// SPDX-License-Identifier: GPL-2.0-only
/** Source files that clang makes BPF objects of. */

export type SourceLanguage = 'c' | 'assembly';

/** Language of a source file by its name, null for what is no source. */
export function languageOf(file: string): SourceLanguage | null {
  if (file.endsWith('.c')) return 'c';
  return /\.[sS]$/.test(file) ? 'assembly' : null;
}

/** Name that the object of a source file has, as a Makefile would call it; an object keeps its own. libbpf names maps after it. */
export function objectName(file: string): string {
  return file.replace(/\.[csS]$/, '.o');
}
