// SPDX-License-Identifier: GPL-2.0-only

/** Most lines of one message. */
const MAX_LINES = 4;

/** A line of the statistics that end every log. */
function isStats(line: string): boolean {
  return (
    line.startsWith('processed ') ||
    line.startsWith('verification time') ||
    line.startsWith('stack depth') ||
    (line.startsWith('subprog ') && line.includes('insns_self'))
  );
}

/** A line of the trace: an instruction, a state, a source line. */
function isTrace(line: string): boolean {
  return /^(?:$|;|\s*[+-]?\d+:|from |mark_precise:|func#|last_idx|Live regs)/.test(line);
}

/** The lines at the end of a log that say why it ended, at most four, oldest first. */
export function tellingLines(log: string): string[] {
  const lines = log.split('\n').filter((line) => line !== '');
  const found: string[] = [];
  for (let i = lines.length - 1; i >= 0 && found.length < MAX_LINES; i--) {
    const line = lines[i]!;
    if (isStats(line)) continue;
    if (isTrace(line)) {
      if (found.length > 0) break;
      continue;
    }
    found.push(line);
  }
  return found.reverse();
}
