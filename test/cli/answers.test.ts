// SPDX-License-Identifier: GPL-2.0-only
/** The five refusals on the command line: as text in the form of compilers' messages, and as `jsonl`. */
import { describe, expect, it } from 'vitest';
import { escapeMarkdown, markdownText } from '../../src/protocol/escape';
import { plain } from '../../src/protocol/explanation-text';
import { ANSWERS } from '../media/five';
import { built, checkRows, cli } from './run';

const OBJECT = 'test/media/five.bpf.o';

describe.skipIf(!built)('five refusals on the command line', () => {
  it('are compilers’ messages: error with code, the kernel’s words, numbered notes, what makes it right', () => {
    const { stdout, status } = cli('check', OBJECT);
    expect(status).toBe(1);
    const lines = stdout.split('\n');
    for (const a of ANSWERS) {
      const from = lines.indexOf(`${OBJECT}: ${a.program}: rejected under linux-7.3 at instruction ${a.insn}`);
      expect(from, a.program).toBeGreaterThanOrEqual(0);
      const next = lines.findIndex((l, i) => i > from && l.startsWith(`${OBJECT}: `));
      // columns are the compiler's; explanations in sentences may stand between
      const own = lines
        .slice(from + 1, next < 0 ? undefined : next)
        .filter((l) => l !== '')
        .map((l) => l.replace(/^(\.\/five\.bpf\.c:\d+):\d+:/, '$1:'));
      const expected = [
        `./five.bpf.c:${a.line}: error: ${plain(a.summary)} [${a.code}]`,
        ...a.message.map((m) => `    ${m}`),
        ...a.cause.map((s, i) => `./five.bpf.c:${s.line}: note: ${i + 1} ${plain(s.text)} (instruction ${s.insn})`),
        `  To make it right: ${plain(a.suggestion)}`,
      ];
      expect(own.filter((l) => expected.includes(l))).toEqual(expected);
    }
  });

  it('are Markdown, for reports and comments', () => {
    const { stdout } = cli('check', '--format', 'markdown', OBJECT);
    const parts = stdout.split(/^## /m).slice(1);
    expect(parts).toHaveLength(ANSWERS.length);
    parts.forEach((part, i) => {
      const a = ANSWERS[i]!;
      const because = a.cause.map((s, n) => {
        const words = markdownText(s.text);
        return `${n + 1}. line ${s.line} (${s.insn}): ${s.guilty ? `**${words}**` : words}`;
      });
      const expected = [
        `${escapeMarkdown(OBJECT)}: ${a.program}`,
        `**${markdownText(a.summary)}** (\`${a.code}\`)`,
        ...a.message,
        `Place: ./five.bpf.c:${a.line}`,
        ...because,
        markdownText(a.suggestion),
      ];
      expect(part.split('\n').filter((l) => expected.includes(l))).toEqual(expected);
    });
  });

  it('are data: code, summary, cause in order, suggestion', () => {
    const rows = checkRows(OBJECT);
    expect(rows.map((r) => r.program)).toEqual(ANSWERS.map((a) => a.program));
    rows.forEach((row, i) => {
      const a = ANSWERS[i]!;
      expect(row.explanation).toMatchObject({
        code: a.code,
        summary: a.summary,
        refused: { insn: a.insn, source: { line: a.line } },
        suggestion: a.suggestion,
        fixes: [],
      });
      const cause = row.explanation!.cause.map(({ event, insn, source, text, guilty }) => ({
        event,
        insn,
        line: source?.line,
        text,
        guilty,
      }));
      expect(cause).toEqual(a.cause);
    });
  });
});
