// SPDX-License-Identifier: GPL-2.0-only
/** Names and texts from a file are data: what they say must not act where they are shown. One function a medium. */

/** Control characters, line and paragraph separators, marks that turn the direction of text, and halves of surrogate pairs. */
const ACTING =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
/** Nearly all texts are this, and many are long. */
const PLAIN = /^[ -~]*$/;
const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function visible(c: string): string {
  const code = c.charCodeAt(0);
  return SHORT[c] ?? (code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`);
}

/** Text on one line, with everything that acts rather than shows spelled out (`\n`, `\x1b`, `\u202e`). */
export function oneLine(text: string): string {
  return PLAIN.test(text) ? text : text.replace(ACTING, visible);
}

/** Text of several lines: the first as {@link oneLine}, the others indented, so that none of them can pass for a line of ours. */
export function indented(text: string): string {
  return text.split(/\r?\n/).map(oneLine).join('\n    ');
}

/** Text of several lines that are all ours: what acts in one of them is spelled out. */
export function eachLine(text: string): string {
  return text.split('\n').map(oneLine).join('\n');
}

/** Text in a text node of a page: as {@link oneLine}, but tabs do nothing there and stay. */
export function pageText(text: string): string {
  return text.split('\t').map(oneLine).join('\t');
}

/** Text in labels of the editor in which `$(name)` is an icon: it stays in its line and makes none. */
export function labelText(text: string): string {
  return oneLine(text).replace(/\$\([A-Za-z0-9-]+(?:~[A-Za-z]+)?\)/g, (icon) => `\\${icon}`);
}

/** The same plain data with each text in it, but no key, as {@link oneLine} makes it. */
export function visibleData<T>(value: T): T {
  if (typeof value === 'string') return oneLine(value) as T;
  if (Array.isArray(value)) return value.map((v: unknown) => visibleData(v)) as T;
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, visibleData<unknown>(v)])) as T;
}

/** JSON that shows on a terminal as it is: the same value, with what acts written as escapes. */
export function safeJson(value: unknown, indent?: number): string {
  // line breaks between the fields are ours; those in texts are escaped already
  return JSON.stringify(value, null, indent).replace(ACTING, (c) =>
    c === '\n' ? c : `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Text in HTML, also between quotes of an attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

/** Text in Markdown that is no code: nothing in it marks anything up, links or makes an icon, and it stays in its line. */
export function escapeMarkdown(text: string): string {
  return oneLine(text)
    .replace(/[\\`*_[\]|<>~$&@]/g, (c) => `\\${c}`)
    .replace(/^(\s*)([-+#=]|\d+[.)])/, (_, blank: string, mark: string) => `${blank}${mark.slice(0, -1)}\\${mark.slice(-1)}`)
    .replace(/:(?=\/\/)/g, '\\:')
    .replace(/\bwww\./gi, (www) => `${www.slice(0, -1)}\\.`);
}

/** Text in code font in Markdown: on one line, between more backticks than it has in a row. `cell`: in a table, where a bar ends the cell. */
export function markdownCode(text: string, cell = false): string {
  const line = oneLine(text);
  const longest = Math.max(0, ...(line.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  const pad = line === '' || line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return `${fence}${pad}${cell ? line.replace(/\|/g, '\\|') : line}${pad}${fence}`;
}

/** Text whose code stands between backticks, as explanations and the reference write it, in Markdown; the rest is escaped. `cell`: in a table. */
export function markdownText(text: string, cell = false): string {
  return text
    .split('`')
    .map((part, i, all) => (i % 2 === 1 && i < all.length - 1 ? markdownCode(part, cell) : escapeMarkdown(part)))
    .join('');
}

/** A block of code in Markdown: what acts is spelled out, but for tabs, and no line of it ends the block. `language`: '' for plain text. */
export function markdownBlock(text: string, language: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  const lines = text.split(/\r?\n/).map((line) => line.split('\t').map(oneLine).join('\t'));
  return [`${fence}${language}`, ...lines, fence].join('\n');
}
