// SPDX-License-Identifier: GPL-2.0-only
/** Source files that clang makes BPF objects of. */

export type SourceLanguage = 'c' | 'assembly';

/** Language of a source file by its name, null for what is no source. */
export function languageOf(file: string): SourceLanguage | null {
  if (file.endsWith('.c')) return 'c';
  return /\.[sS]$/.test(file) ? 'assembly' : null;
}

/** Characters of a text that are looked at; a program that shows itself only later has a name that says so. */
const LOOKED_AT = 256 << 10;
/** Each looks at a line from its beginning once, so that the cost is linear in the text, whatever it is. */
const C_PROGRAM = /^(?![ \t]*(?:\*|\/\/|\/\*))[^\n"]*\bSEC\("/m;
const ASSEMBLY_PROGRAM = /^[ \t]*[rw]\d[ \t]*(?:[-+*/%&|^]|<<|>>)?=[ \t]*\S/m;

/** Whether a text is a BPF program: named so, C with a `SEC()`, or assembly that sets BPF's registers. */
export function isBpfProgram(name: string, language: SourceLanguage, text: string): boolean {
  if (/\.bpf\.[csS]$/.test(name)) return true;
  return (language === 'c' ? C_PROGRAM : ASSEMBLY_PROGRAM).test(text.slice(0, LOOKED_AT));
}

/** Name that the object of a source file has, as a Makefile would call it; an object keeps its own. libbpf names maps after it. */
export function objectName(file: string): string {
  return file.replace(/\.[csS]$/, '.o');
}
