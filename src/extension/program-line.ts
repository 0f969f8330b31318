// SPDX-License-Identifier: GPL-2.0-only
/** Where a program begins in its source. Line records know only the line of the first instruction, which may be deep in the body. */

/** Lines between a SEC() and the name of its program. */
const SEC_REACH = 3;

/**
 * Line (0-based) over which a program's marks belong: its `SEC(…)` line, else the line with its name (in assembly its label), else `first`, the line
 * (0-based) of its first instruction. Looks upwards from there, so that calls further down are not taken for it.
 */
export function programLine(lines: readonly string[], program: string, first: number): number {
  const start = Math.min(first, lines.length - 1);
  const name = new RegExp(`\\b${program.replace(/[^\w]/g, '')}\\b\\s*[(,:]`);
  let head = start;
  while (head >= 0 && !name.test(lines[head]!)) head--;
  if (head < 0) return Math.max(0, start);
  for (let i = head; i >= Math.max(0, head - SEC_REACH); i--) if (/^\s*SEC\(/.test(lines[i]!)) return i;
  return head;
}
