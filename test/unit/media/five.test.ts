// SPDX-License-Identifier: GPL-2.0-only
/** One answer in every medium: what is made as data, and what the hover, the Markdown and the path lens make of it. */
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { answersOf } from '../../../scripts/answers/ask';
import { rejectionHover } from '../../../src/extension/rejection-hover';
import { plain, problemLine } from '../../../src/protocol/explanation-text';
import { markdownText } from '../../../src/protocol/escape';
import { stepsOf } from '../../../webview/lens/path-steps';
import { markdownOf } from '../../../webview/inspector/rejection-text';
import { ANSWERS, type ExpectedStep } from '../../media/five';

const found = answersOf(path.join(import.meta.dirname, '../../media/five.bpf.o'));
const steps = (cause: readonly ExpectedStep[], line: (s: ExpectedStep, number: number) => string): string[] =>
  cause.map((s, i) => line(s, i + 1));
const strong = (s: ExpectedStep): string => (s.guilty ? `**${markdownText(s.text)}**` : markdownText(s.text));

describe('five refusals', () => {
  it('are all programs of the fixture', () => expect(found.map((r) => r.program)).toEqual(ANSWERS.map((a) => a.program)));

  describe.each(ANSWERS)('$program', (a) => {
    const result = found.find((r) => r.program === a.program)!;
    const e = result.explanation!;

    it('is explained', () => {
      expect(result.message).toEqual(a.message);
      expect({ code: e.code, summary: e.summary, suggestion: e.suggestion }).toEqual({
        code: a.code,
        summary: a.summary,
        suggestion: a.suggestion,
      });
      expect([e.refused.source?.line, e.refused.insn]).toEqual([a.line, a.insn]);
      expect(e.cause.map(({ event, insn, source, text, guilty }) => ({ event, insn, line: source?.line, text, guilty }))).toEqual(a.cause);
      expect(plain(problemLine(e))).toBe(a.problem);
    });

    it('is a hover: headline and code, the kernel, the steps, what makes it right', () => {
      const text = rejectionHover(result, { place: (s) => `<line ${s.source?.line ?? ''}>`, page: (code) => `<${code}>` });
      const parts = [
        `**${markdownText(a.summary)}** · <${a.code}>`,
        a.message.join('\n'),
        ...steps(a.cause, (s, n) => `${n}. <line ${s.line}> ${strong(s)} · ${s.insn}`),
        '**To make it right**',
        markdownText(a.suggestion),
      ];
      const at = parts.map((part) => text.indexOf(part));
      expect(at.every((x) => x >= 0)).toBe(true);
      expect([...at].sort((x, y) => x - y)).toEqual(at);
      expect(text.includes('**Because**')).toBe(a.cause.length > 0);
    });

    it('is Markdown: nothing more, nothing less', () => {
      const because = steps(a.cause, (s, n) => `${n}. line ${s.line} (${s.insn}): ${strong(s)}`);
      const detail = e.detail === '' ? [] : ['', markdownText(e.detail)];
      expect(markdownOf(result)).toBe(
        [
          `**${a.program}** (\`SEC("${a.section}")\`) is rejected under linux-7.3 at instruction ${a.insn}, ${a.program === 'packet' || a.program === 'unchecked' || a.program === 'misplaced' ? 'EACCES' : 'EINVAL'}.`,
          '',
          `**${markdownText(a.summary)}** (\`${a.code}\`)`,
          '',
          '```',
          ...a.message,
          '```',
          ...detail,
          '',
          `Place: ./five.bpf.c:${a.line}`,
          ...(because.length === 0 ? [] : ['', 'Because', '', ...because]),
          '',
          'To make it right',
          '',
          markdownText(a.suggestion),
          '',
        ].join('\n'),
      );
    });

    it('is a path with the same numbers', () => {
      const numbered = stepsOf(result, null).map((s) => [s.number, s.insn, s.text, s.guilty]);
      expect(numbered).toEqual(a.cause.map((s, i) => [i + 1, s.insn, plain(s.text), s.guilty]));
    });
  });
});
