// SPDX-License-Identifier: GPL-2.0-only
/** Guards for what an older kernel lacks, as edits of a C source: `bpf_ksym_exists`, `bpf_core_enum_value_exists`, `bpf_core_field_exists`. */
import type { MissingThing } from '../protocol/loads-on';
import { fieldExists } from '../protocol/since';

/** Letters of a text that are replaced. */
export interface TextEdit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** A guard that can be put into a source. */
export interface Guard {
  /** What is asked: `bpf_ksym_exists(bpf_task_from_pid)`. */
  readonly asks: string;
  /** Ascending, without common letters. */
  readonly edits: readonly TextEdit[];
}

/** What a source asks before it uses a thing, and how the use is found; null for a thing without a guard that is an expression. */
function questionOf({ what, name, of }: MissingThing): { readonly asks: string; readonly use: RegExp } | null {
  switch (what) {
    case 'kfunc':
      return { asks: `bpf_ksym_exists(${name})`, use: new RegExp(`\\b${name}\\s*\\(`, 'g') };
    case 'helper':
      return {
        asks: `bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_${name.replace(/^bpf_/, '')})`,
        use: new RegExp(`\\b${name}\\s*\\(`, 'g'),
      };
    case 'field':
      if (of?.path.length !== 1) return null;
      return { asks: fieldExists(of), use: new RegExp(`\\bBPF_CORE_READ\\s*\\(`, 'g') };
    default:
      return null;
  }
}

/** Where the parenthesis that opens just before `at` is closed, or -1; texts and comments in between are too much for this. */
function closing(text: string, at: number): number {
  let depth = 1;
  for (let i = at; i < text.length; i++) {
    const letter = text[i]!;
    if (letter === '"' || letter === "'" || text.startsWith('/*', i) || text.startsWith('//', i)) return -1;
    if (letter === '(') depth++;
    if (letter === ')' && --depth === 0) return i;
    if (letter === ';' || letter === '{') return -1;
  }
  return -1;
}

/** The one use on a line: from its first letter to behind its last. Null for none, several, or one that ends who knows where. */
function useOn(text: string, from: number, to: number, use: RegExp, thing: MissingThing): { from: number; to: number } | null {
  const found = [...text.slice(from, to).matchAll(use)].flatMap((m) => {
    const begins = from + m.index;
    const ends = closing(text, begins + m[0].length);
    if (ends < 0) return [];
    const member = thing.of?.path[0] ?? '';
    // the last argument of the macro is the field that is read
    if (thing.what === 'field' && !new RegExp(`,\\s*${member}\\s*$`).test(text.slice(begins, ends))) return [];
    return [{ from: begins, to: ends + 1 }];
  });
  return found.length === 1 ? found[0]! : null;
}

/** `__weak` for the declaration of a kfunc in this source; none where another header declares it, or it is weak. */
function weakened(text: string, name: string): TextEdit[] {
  const declared = new RegExp(`\\bextern\\b[^;{}]*\\b${name}\\s*\\([^;{}]*;`).exec(text);
  if (declared === null || /\b__weak\b/.test(declared[0])) return [];
  const mark = declared[0].lastIndexOf('__ksym');
  const at = declared.index + mark;
  return mark < 0 ? [] : [{ from: at, to: at, text: '__weak ' }];
}

/**
 * The guard for a thing that is used on a line (1-based) of a C source: a call that stands by itself becomes an `if`, one whose value is used a
 * choice between it and 0. Null where that cannot be said with certainty: several uses on the line, a use that is asked about already, no use.
 */
export function guardFor(text: string, line: number, thing: MissingThing): Guard | null {
  const question = questionOf(thing);
  if (question === null) return null;
  const { asks, use } = question;
  const lines = text.split('\n');
  const begins = lines.slice(0, line - 1).reduce((sum, l) => sum + l.length + 1, 0);
  const own = lines[line - 1] ?? '';
  const above = lines[line - 2] ?? '';
  if (own.includes(asks) || above.includes(asks)) return null;
  const found = useOn(text, begins, begins + own.length, use, thing);
  if (found === null) return null;
  const indent = /^[ \t]*/.exec(own)![0];
  const alone = text.slice(begins, found.from).trim() === '' && /^\s*;/.test(text.slice(found.to));
  const guard = alone
    ? [{ from: found.from, to: found.from, text: `if (${asks})\n${indent}\t` }]
    : [
        { from: found.from, to: found.from, text: `(${asks} ? ` },
        { from: found.to, to: found.to, text: ' : 0)' },
      ];
  const weak = thing.what === 'kfunc' ? weakened(text, thing.name) : [];
  return { asks, edits: [...weak, ...guard].sort((a, b) => a.from - b.from) };
}
