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

/** A line of the trace: an instruction, a state, a source line. */
function isTrace(line: string): boolean {
  return /^(?:$|;|\s*[+-]?\d+:|from |mark_precise:|func#|last_idx|Live regs)/.test(line);
}

const REPORT_START = '\nVerification failed: ';
const REPORT_END = '\nSuggestion:\n';

/** The log without the structured report of its last failure: from the heading to the empty line after the suggestion. */
function withoutReport(log: string): string {
  const start = log.lastIndexOf(REPORT_START);
  if (start < 0) return log;
  const suggestion = log.indexOf(REPORT_END, start + 1);
  if (suggestion < 0) return log;
  const end = log.indexOf('\n\n', suggestion + REPORT_END.length + 1);
  return log.slice(0, start + 1) + (end < 0 ? '' : log.slice(end));
}

/** The lines at the end of a log that say why it ended, at most four, oldest first. Structured reports do not count. */
export function tellingLines(log: string): string[] {
  const lines = withoutReport(log.slice(-MAX_TAIL))
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
