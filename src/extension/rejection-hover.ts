// SPDX-License-Identifier: GPL-2.0-only
/** What a hover says on a refused line: headline and code, the kernel's message, the steps that led to it, what makes it right. */
import { NO_CAUSE, stepsOf, type NumberedEvent } from '../protocol/explanation-text';
import type { ProgramResult } from '../protocol/model';
import { escapeMarkdown, markdownBlock, markdownCode, markdownText } from '../protocol/escape';

/** Links of a hover. */
export interface RejectionLinks {
  /** Markdown link to the line of an instruction. */
  readonly place: (event: NumberedEvent) => string;
  /** Markdown link to the page of a code. */
  readonly page: (problem: string) => string;
}

/** The hover of a rejection. */
export function rejectionHover(result: ProgramResult, links: RejectionLinks): string {
  const { explanation } = result;
  if (explanation === null) return `$(error) **Rejected here.**\n\n${markdownBlock(result.message.join('\n'), '')}`;
  const steps = stepsOf(result);
  const rows = steps.map(
    (e) => `${e.number}. ${links.place(e)} ${e.guilty ? `**${markdownText(e.text)}**` : markdownText(e.text)} · ${e.insn}`,
  );
  const groups = [
    [`$(error) **${markdownText(explanation.summary)}** · ${links.page(explanation.code)}`],
    [markdownBlock(result.message.join('\n'), '')],
    explanation.detail === '' ? [] : [markdownText(explanation.detail)],
    rows.length === 0 ? [escapeMarkdown(explanation.detail === '' ? NO_CAUSE : '')] : ['**Because**', '', ...rows],
    explanation.suggestion === null ? [] : ['**To make it right**', '', markdownText(explanation.suggestion)],
    [`${escapeMarkdown(result.program)}, instruction ${result.insn ?? 0} · ${markdownCode(result.policy)}`],
  ];
  return groups
    .filter((g) => g.some((line) => line !== ''))
    .map((g) => g.join('\n'))
    .join('\n\n');
}
