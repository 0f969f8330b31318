// SPDX-License-Identifier: GPL-2.0-only
/** Texts of a rejection. Pure. */
import { errnoName } from '../../src/protocol/errno';
import { explanationMarkdown } from '../../src/protocol/explanation-text';
import type { ProgramResult } from '../../src/protocol/model';

/** A rejection as Markdown, to be put into a report. */
export function markdownOf(result: ProgramResult): string {
  return explanationMarkdown(result, errnoName(result.errno));
}
