// SPDX-License-Identifier: GPL-2.0-only
/** The examples say above each program what the kernel does with it; tests take it from there. */

export interface Expected {
  readonly program: string;
  /** Null: accepted. Otherwise a part of the last line of the message. */
  readonly rejected: string | null;
  /** Lines of the function, 0-based, `end` included. */
  readonly start: number;
  readonly end: number;
}

/** Reads the comments of the form "accept", "accept: why" or "reject: message" that stand directly over a SEC line. */
export function expectations(source: string): Expected[] {
  const lines = source.split('\n');
  const found: Expected[] = [];
  lines.forEach((line, i) => {
    const comment = /^\/\* (?:accept(?:: .*)?|reject: (.*)) \*\/$/.exec(line);
    const name = /^int (\w+)\(/.exec(lines[i + 2] ?? '');
    if (comment === null || name === null || !/^SEC\(/.test(lines[i + 1] ?? '')) return;
    const end = lines.findIndex((l, k) => k > i && l === '}');
    found.push({ program: name[1]!, rejected: comment[1] ?? null, start: i + 2, end });
  });
  return found;
}
