// SPDX-License-Identifier: GPL-2.0-only

/** Most lines of one message. */
const MAX_LINES = 4;
/** Characters at the end of a log that are looked at. */
const MAX_TAIL = 65536;

/** A line of the statistics that end every log. */
function isStats(line: string): boolean {
  return (
    line.startsWith('processed ') ||
    line.startsWith('verification time') ||
    line.startsWith('stack depth') ||
    (line.startsWith('subprog ') && line.includes('insns_self'))
  );
}

/** A line of the trace: an instruction, a state, a source line, a step of the exploration. */
function isTrace(line: string): boolean {
  return /^(?:$|;|\s*[+-]?\d+:|from |mark_precise:|force_precise:|func#|last_idx|Live regs|SCC |frame ?\d+:| frame\d+:| R\d+=|caller:$|callee:$|returning from callee:$|to caller at \d|regs=[0-9a-f]+ stack=|parent (?:didn't have|already had) regs=|\([\d,]+\) (?:frame \d|live stack ))/.test(
    line,
  );
}

/** A structured report, from its heading to the empty line after the suggestion: other words for what the line before it says. */
const REPORT = /^Verification failed: [^]*?^Suggestion:\n[^]*?\n(?:\n|$)/gm;

/** The lines at the end of a log that say why it ended, at most four, oldest first. Structured reports do not count. */
export function tellingLines(log: string): string[] {
  const lines = log
    .slice(-MAX_TAIL)
    .replace(REPORT, '')
    .split('\n')
    .filter((line) => line !== '');
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
