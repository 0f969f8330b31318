// SPDX-License-Identifier: GPL-2.0-only
/** Which program the text around a line is, read from the text alone: it may not compile yet. */
import type { ProgramPlace } from '../protocol/reference';

export const NOWHERE: ProgramPlace = { section: '', structOps: null };

/** Lines above the cursor that are looked at. */
const MAX_UP = 2000;

const SECTION = /\bSEC\("([^"]*)"\)/;
/** sched_ext's own way to declare an operation: the section follows from the macro. */
const SCHED_EXT = /^\s*\w*\s*BPF_STRUCT_OPS(_SLEEPABLE)?\(\s*(\w+)/;

/** Name of a function that is declared on these lines: `int name(…)`, `int BPF_PROG(name, …)`. */
function functionName(lines: readonly string[]): string {
  const text = lines.join(' ').replace(SECTION, '');
  return /\bBPF_\w+\(\s*(\w+)/.exec(text)?.[1] ?? /(\w+)\s*\(/.exec(text)?.[1] ?? '';
}

/** struct_ops: which member of which struct a function is put into, by the map's initialiser. */
function structOpsOf(lines: readonly string[], name: string): ProgramPlace['structOps'] {
  let type = '';
  for (const line of lines) {
    const struct = /\bstruct\s+(\w+)\s+\w+\s*=\s*\{/.exec(line);
    if (struct !== null) type = struct[1]!;
    const member = /^\s*\.(\w+)\s*=\s*(?:\([^)]*\)\s*)?&?(\w+)\s*[,}]?/.exec(line);
    if (member !== null && member[2] === name && type !== '') return { type, member: member[1]! };
  }
  return null;
}

/** The program that a line (0-based) is in; {@link NOWHERE} for a function of its own or what is outside of functions. */
export function programPlace(lines: readonly string[], line: number): ProgramPlace {
  for (let i = line; i >= 0 && line - i < MAX_UP; i--) {
    const text = lines[i] ?? '';
    // the end of another function
    if (i < line && /^\}/.test(text)) return NOWHERE;
    const macro = SCHED_EXT.exec(text);
    if (macro !== null) {
      const structOps = structOpsOf(lines, macro[2]!) ?? { type: 'sched_ext_ops', member: '' };
      return {
        section: `struct_ops${macro[1] === undefined ? '' : '.s'}/${macro[2]!}`,
        structOps: structOps.member === '' ? null : structOps,
      };
    }
    const section = SECTION.exec(text)?.[1];
    if (section === undefined) continue;
    // maps and licences are no programs
    if (/^(\.|license$|maps$)/.test(section)) return NOWHERE;
    return { section, structOps: section.startsWith('struct_ops') ? structOpsOf(lines, functionName(lines.slice(i, i + 4))) : null };
  }
  return NOWHERE;
}

/** What stands before the cursor in an unfinished `SEC("…`; null if it is in none. */
export function typedSection(before: string): string | null {
  return /\bSEC\("([^"]*)$/.exec(before)?.[1] ?? null;
}

/** The call whose arguments the cursor is in, and which of them (0-based); null if it is in none. Text up to the cursor. */
export function callAround(before: string): { readonly name: string; readonly argument: number } | null {
  let depth = 0;
  let argument = 0;
  for (let i = before.length - 1; i >= 0; i--) {
    const c = before[i];
    if (c === ')' || c === ']' || c === '}') depth++;
    else if (c === ';' || c === '{') return null;
    else if (c === '[') depth--;
    else if (c === ',' && depth === 0) argument++;
    else if (c === '(') {
      if (depth > 0) {
        depth--;
        continue;
      }
      const name = /(\w+)\s*$/.exec(before.slice(0, i))?.[1];
      return name === undefined ? null : { name, argument };
    }
  }
  return null;
}
