// SPDX-License-Identifier: GPL-2.0-only
/** Lines of structured reports: wrapping and columns. Facts: `kernel/bpf/diagnostics.c: diag_print_wrapped_prefixed, diag_format_source_text`. */

/** Columns of text. */
const WIDTH = 100;
/** Columns of a row of source with its number. */
const SOURCE_WIDTH = 88;
const TAB = 8;
const ELLIPSIS = '...';

/** Text broken at blanks into lines of at most {@link WIDTH} columns; the first begins with `first`, the others with `next`. */
export function wrapped(text: string, first: string, next: string = first): string {
  let lines = '';
  let prefix = first;
  let rest = text;
  while (rest !== '') {
    const room = Math.max(1, WIDTH - prefix.length);
    const newline = rest.indexOf('\n');
    let length = Math.min(room, newline < 0 ? rest.length : newline);
    if (length < rest.length && rest[length] !== '\n' && rest[length] !== ' ') {
      const blank = rest.lastIndexOf(' ', length - 1);
      if (blank > 0) length = blank;
    }
    lines += `${prefix}${rest.slice(0, length)}\n`;
    rest = rest.slice(length).replace(/^ */, '').replace(/^\n/, '');
    prefix = next;
  }
  return lines;
}

/** Columns of white space that a line begins with. */
export function indentOf(line: string): number {
  let columns = 0;
  for (const c of line) {
    if (c === '\t') columns = (Math.floor(columns / TAB) + 1) * TAB;
    else if (c === ' ') columns++;
    else break;
  }
  return columns;
}

/** A line of source with its tabs as blanks, cut with an ellipsis to `width` columns. */
function sourceText(line: string, width: number): string {
  let text = '';
  let at = 0;
  while (at < line.length && text.length < width) {
    const c = line[at++]!;
    text += c === '\t' ? ' '.repeat(Math.min(TAB - (text.length % TAB), width - text.length)) : c;
  }
  if (at === line.length) return text;
  const dots = Math.min(ELLIPSIS.length, width);
  return text.slice(0, width - dots) + ELLIPSIS.slice(0, dots);
}

/** `>>> 12 | code` or `    12 | code`; empty for a line before the first. @param width columns of the number */
export function sourceRow(marked: boolean, line: number, width: number, text: string | null): string {
  if (line <= 0) return '';
  const head = `${marked ? '>>> ' : '    '}${String(line).padStart(width)} | `;
  const room = SOURCE_WIDTH - head.length;
  return room <= 0 ? head : head + sourceText(text ?? ELLIPSIS, room);
}

/** The text under a marked row: `  | ^-- error: …`. @param width columns of the row's number, 0 without source */
export function annotation(text: string, width: number, indent: number): string {
  const blanks = ' '.repeat(Math.min(indent, Math.max(0, SOURCE_WIDTH - width - 8)));
  const head = `  ${' '.repeat(width + 4)} | ${blanks}`;
  return wrapped(text, `${head}^-- `, `${head}    `);
}
