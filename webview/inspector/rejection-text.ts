// SPDX-License-Identifier: GPL-2.0-only
/** Texts of a rejection. Pure. */
import { errnoName } from '../../src/protocol/errno';
import { explanationMarkdown } from '../../src/protocol/explanation-text';
import type { ProgramResult } from '../../src/protocol/model';
import { shownPath } from '../../src/protocol/shown-path';

/** A rejection as Markdown, to be put into a report; `folder` is the workspace's. */
export function markdownOf(result: ProgramResult, folder = ''): string {
  return explanationMarkdown(result, errnoName(result.errno), (file) => shownPath(file, folder));
}
