// SPDX-License-Identifier: GPL-2.0-only
import { readFileSync } from 'node:fs';

/** What the comment above a program says of it: `accept…` or `reject: message`, perhaps after the policy's name. */
export interface Expectation {
  readonly program: string;
  readonly verdict: 'accept' | 'reject';
  /** Part of the last message line of a rejection. */
  readonly message: string;
}

/** Reads the expectations of an example: a comment of one line right above each SEC(). */
export function expectationsOf(file: string): Expectation[] {
  const found: Expectation[] = [];
  const pattern = /\/\* (?:[\w-]+: )?(accept|reject)(?:[:,] ?([^*]*?))?\.? ?\*\/\s*SEC\("[^"]+"\)\s*int (\w+)\(/g;
  for (const m of readFileSync(file, 'utf8').matchAll(pattern)) {
    found.push({ verdict: m[1] as 'accept' | 'reject', message: m[1] === 'reject' ? (m[2] ?? '').trim() : '', program: m[3]! });
  }
  return found;
}
