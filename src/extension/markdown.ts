// SPDX-License-Identifier: GPL-2.0-only
/** Links in Markdown that run commands. Untrusted text is escaped by `src/protocol/escape.ts`. */

/** A link that runs one of our commands. `text` is Markdown. */
export function commandLink(text: string, command: string, argument: unknown): string {
  return `[${text}](command:${command}?${encodeURIComponent(JSON.stringify([argument])).replace(/[()]/g, (c) => (c === '(' ? '%28' : '%29'))})`;
}
