// SPDX-License-Identifier: GPL-2.0-only
/** Source files that clang makes BPF objects of. */

export type SourceLanguage = 'c' | 'assembly';

/** Language of a source file by its name, null for what is no source. */
export function languageOf(file: string): SourceLanguage | null {
  if (file.endsWith('.c')) return 'c';
  return /\.[sS]$/.test(file) ? 'assembly' : null;
}

/** Whether a text is a BPF program: named so, C with a `SEC()`, or assembly that sets BPF's registers. */
export function isBpfProgram(name: string, language: SourceLanguage, text: string): boolean {
  if (/\.bpf\.[csS]$/.test(name)) return true;
  return (language === 'c' ? /^[^\n"]*\bSEC\("/m : /^\s*[rw]\d\s*(?:[-+*/%&|^]|<<|>>)?=\s*\S/m).test(text);
}

/** Name that the object of a source file has, as a Makefile would call it; an object keeps its own. libbpf names maps after it. */
export function objectName(file: string): string {
  return file.replace(/\.[csS]$/, '.o');
}
