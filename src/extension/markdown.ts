// SPDX-License-Identifier: GPL-2.0-only
/** Markdown from untrusted text. Knows nothing of the editor, so that it can be tested alone. */

import { oneLine } from '../protocol/escape';

/** Longest text that is taken as it is. */
const MAX_TEXT = 300;

/** Escapes Markdown and cuts what is absurdly long. */
export function escapeMarkdown(text: string): string {
  return oneLine(text.slice(0, MAX_TEXT)).replace(/[\\`*_{}[\]()#+\-.!|<>~$]/g, (c) => `\\${c}`);
}

/** Text in code font; backticks in it cannot end it. */
export function code(text: string): string {
  return `\`${oneLine(text.slice(0, MAX_TEXT)).replace(/`/g, 'ˋ')}\``;
}

/** Text whose code stands between backticks, as explanations and the reference write it; everything else is escaped. */
export function withCode(text: string): string {
  return text
    .split('`')
    .map((part, i, all) => (i % 2 === 1 && i < all.length - 1 ? code(part) : escapeMarkdown(part)))
    .join('');
}

/** A block of C. */
export function codeBlock(text: string): string {
  return `\`\`\`c\n${text.replace(/`/g, 'ˋ')}\n\`\`\``;
}

/** A link that runs one of our commands. */
export function commandLink(text: string, command: string, argument: unknown): string {
  return `[${text}](command:${command}?${encodeURIComponent(JSON.stringify([argument])).replace(/[()]/g, (c) => (c === '(' ? '%28' : '%29'))})`;
}
