// SPDX-License-Identifier: GPL-2.0-only
/**
 * What libbpf makes of the verifier's words about instructions that the loader itself made invalid.
 * Rules: `tools/lib/bpf/libbpf.c: fixup_verifier_log`.
 */
import { POISON_CORE } from './core/patch';
import type { Program } from './program';

/** Only the last lines of a log are searched. */
const MAX_LINES = 10;
/** Longest description of a relocation. */
const SPEC_MAX = 255;
const REFUSED = 'invalid func unknown#';
const CALL_LINE = /^(\d+): \(\d+\) call unknown#(-?\d+)/;

/** The two lines that take the place of the verifier's about a poisoned instruction, or null if it is none. */
function explain(program: Program, insn: number, imm: number): readonly [string, string] | null {
  const note = program.notes.get(insn);
  switch (note?.kind) {
    case 'core':
      if (imm !== POISON_CORE) {
        return null;
      }
      return [
        `${insn}: <invalid CO-RE relocation>`,
        `failed to resolve CO-RE relocation ${note.text.slice(0, SPEC_MAX)}${note.text.length > SPEC_MAX ? '...' : ''}`,
      ];
    case 'map':
      return [`${insn}: <invalid BPF map reference>`, `BPF map '${note.map}' is referenced but wasn't created`];
    case 'kfunc':
      return [`${insn}: <invalid kfunc call>`, `kfunc '${note.name}' is referenced but wasn't resolved`];
    default:
      return null;
  }
}

/** Where the last lines of a text begin: a log may have millions. */
function startOfLines(text: string, count: number): number {
  let at = text.length;
  for (let line = 0; line < count && at >= 0; line += 1) {
    at = at === 0 ? -1 : text.lastIndexOf('\n', at - 1);
  }
  return at + 1;
}

/** True for the refusal of a call that libbpf has put in. */
function isPoison(line: string): boolean {
  return line === `${REFUSED}${POISON_CORE}` || line.startsWith(`${REFUSED}200100`) || line.startsWith(`${REFUSED}2002`);
}

/**
 * Replaces the verifier's last lines about an instruction that the loader poisoned (unresolved CO-RE relocation, map that
 * is not created, unresolved kfunc) by what libbpf tells instead. Returns the log unchanged if there are none.
 * `insn`: the instruction that the log ends with, for logs without the line of the call (-1 if unknown).
 */
export function explainPoisonedLog(program: Program, log: string, insn = -1): string {
  const from = startOfLines(log, MAX_LINES + 3);
  const lines = log.slice(from).split('\n');
  const end = lines.at(-1) === '' ? lines.length - 1 : lines.length;
  for (let at = end - 1; at >= Math.max(0, end - MAX_LINES); at -= 1) {
    if (!isPoison(lines[at]!)) {
      continue;
    }
    const call = CALL_LINE.exec(lines[at - 1] ?? '');
    const told = explain(program, call === null ? insn : Number(call[1]), Number(lines[at]!.slice(REFUSED.length)));
    return told === null
      ? log
      : log.slice(0, from) + [...lines.slice(0, call === null ? at : at - 1), ...told, ...lines.slice(at + 1)].join('\n');
  }
  return log;
}
