// SPDX-License-Identifier: GPL-2.0-only
/**
 * An explanation as text: the same words in every medium. Code in an explanation's texts stands between backticks; a medium without a code
 * font leaves them out.
 */
import { escapeMarkdown, markdownBlock, markdownCode, markdownText } from './escape';
import type { CauseEvent, Explanation } from './explanation';
import type { ProgramResult } from './model';

/** A step with its number among all, from 1. */
export interface NumberedEvent extends CauseEvent {
  readonly number: number;
}

/** The steps of a cause, numbered as every view numbers them. */
export function eventsOf(explanation: Explanation | null): readonly NumberedEvent[] {
  return (explanation?.cause ?? []).map((event, i) => ({ ...event, number: i + 1 }));
}

/** The steps that led to a refusal; where no cause is known, what was held then. */
export function stepsOf(result: Pick<ProgramResult, 'explanation' | 'related'>): readonly NumberedEvent[] {
  const events = eventsOf(result.explanation);
  if (events.length > 0) return events;
  return result.related.map((r, i) => ({
    event: 'taken',
    insn: r.insn,
    source: r.source,
    variable: null,
    text: r.text,
    guilty: false,
    number: i + 1,
  }));
}

/** The event that makes it wrong: the first that is guilty; null if none is known. */
export function guiltyEvent(explanation: Explanation): NumberedEvent | null {
  return eventsOf(explanation).find((e) => e.guilty) ?? null;
}

/** Text without code marks. */
export function plain(text: string): string {
  return text.replace(/`([^`]*)`/g, '$1');
}

/** `line 23`, or `instruction 14` where the program has no lines. */
export function placeWords(event: Pick<CauseEvent, 'insn' | 'source'>): string {
  return event.source === null ? `instruction ${event.insn}` : `line ${event.source.line}`;
}

/** Headline, colon, the event that makes it wrong: one line for lists of problems. */
export function problemLine(explanation: Explanation): string {
  const guilty = guiltyEvent(explanation);
  // what is refused tells no more than the headline
  if (guilty === null || guilty.insn === explanation.refused.insn) return explanation.summary;
  return `${explanation.summary}: ${placeWords(guilty)}: ${guilty.text}`;
}

/** Why a program is refused or has no verdict, in one line; '' for one that is accepted. */
export function verdictReason(r: Pick<ProgramResult, 'verdict' | 'explanation' | 'sentence' | 'message' | 'reason'>): string {
  if (r.verdict === 'accept') return '';
  if (r.verdict === 'unknown') return r.reason ?? 'something is not modelled';
  return r.explanation === null ? (r.sentence ?? r.message.at(-1) ?? 'rejected') : plain(problemLine(r.explanation));
}

/** Short form for a line over a program or a row of a tree: `15: data is gone since 9`-like, at most `limit` characters. */
export function shortLine(explanation: Explanation, limit: number): string {
  const line = explanation.refused.source?.line;
  const text = `${line === undefined ? '' : `line ${line}: `}${plain(explanation.summary)}`;
  return text.length <= limit ? text : `${text.slice(0, limit - 1).trimEnd()}…`;
}

/** Why a program has its verdict, in few words: the headline with its line; what the engine says where nothing is explained. */
export function reasonText(result: Pick<ProgramResult, 'explanation' | 'short'>, limit: number): string {
  return result.explanation === null ? result.short : shortLine(result.explanation, limit);
}

/** Where there is nothing to say about a cause. */
export const NO_CAUSE = 'The cause is not known to this tool.';

/** `1 line 19: takes the task` for a plain list. */
export function eventLine(event: NumberedEvent): string {
  return `${event.number} ${placeWords(event)}: ${event.text}`;
}

function markdownPlace(event: NumberedEvent): string {
  return event.source === null ? `instruction ${event.insn}` : `line ${event.source.line} (${event.insn})`;
}

function markdownStep(event: NumberedEvent): string {
  const text = markdownText(event.text);
  return `${markdownPlace(event)}: ${event.guilty ? `**${text}**` : text}`;
}

/**
 * A rejection as Markdown, for reports and comments: headline and code, message, steps, what makes it right. `named` says how files are called in it.
 */
export function explanationMarkdown(result: ProgramResult, errno: string, named: (file: string) => string = (file) => file): string {
  const { explanation } = result;
  const place = result.insn === null ? '' : ` at instruction ${result.insn}`;
  const lines = [
    `**${escapeMarkdown(result.program)}** (${markdownCode(`SEC("${result.section}")`)}) is rejected under ` +
      `${escapeMarkdown(result.policy)}${place}${errno === '' ? '' : `, ${errno}`}.`,
  ];
  if (explanation !== null) lines.push('', `**${markdownText(explanation.summary)}** (${markdownCode(explanation.code)})`);
  lines.push('', markdownBlock(result.message.join('\n'), ''));
  if (explanation === null) return `${lines.join('\n')}\n`;
  if (explanation.detail !== '') lines.push('', markdownText(explanation.detail));
  const { source } = explanation.refused;
  if (source !== null) lines.push('', `Place: ${escapeMarkdown(named(source.file))}:${source.line}`);
  const events = stepsOf(result);
  if (events.length > 0) lines.push('', 'Because', '', ...events.map((e) => `${e.number}. ${markdownStep(e)}`));
  if (explanation.suggestion !== null) lines.push('', 'To make it right', '', markdownText(explanation.suggestion));
  return `${lines.join('\n')}\n`;
}
