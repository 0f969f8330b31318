// SPDX-License-Identifier: GPL-2.0-only
import type { CompilerDiagnostic } from '../protocol/model';

const LINE = /^(.+?):(\d+):(\d+): (?:fatal )?(error|warning|note|remark): (.*)$/;

/** Errors, and other messages, of one compilation that are read; a flood says no more than its beginning. */
const MOST_OF_A_KIND = 500;

/** What clang calls the source that it is given through its standard input. */
export const STDIN = '<stdin>';

/**
 * Reads clang's messages (`file:line:column: severity: text`). Lines of another shape (code excerpts, counts) are left out.
 * @param file name of the source that was given through the standard input
 */
export function parseClangOutput(stderr: string, file: string): CompilerDiagnostic[] {
  const out: CompilerDiagnostic[] = [];
  const room = { errors: MOST_OF_A_KIND, others: MOST_OF_A_KIND };
  for (const line of stderr.split('\n')) {
    const m = LINE.exec(line);
    if (m === null) continue;
    const severity = m[4] === 'error' ? 'error' : m[4] === 'warning' ? 'warning' : 'note';
    const kind = severity === 'error' ? 'errors' : 'others';
    if (room[kind]-- <= 0) continue;
    out.push({ file: m[1] === STDIN ? file : m[1]!, line: Number(m[2]), column: Number(m[3]), severity, message: m[5]! });
  }
  return out;
}

/** Takes the list of included files (`-H`: dots for the depth, then the name) out of the compiler's messages. */
export function splitHeaderList(stderr: string): { headers: string[]; rest: string } {
  const headers = new Set<string>();
  const rest: string[] = [];
  for (const line of stderr.split('\n')) {
    const name = /^\.+ (.+)$/.exec(line)?.[1];
    if (name === undefined) rest.push(line);
    else headers.add(name);
  }
  return { headers: [...headers], rest: rest.join('\n') };
}
