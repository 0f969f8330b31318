// SPDX-License-Identifier: GPL-2.0-only
/** Macros that C can only write once for each number of arguments. */

/** `a1, a2, …, an`. */
export function list(n: number, item: (i: number) => string, separator = ', '): string {
  return Array.from({ length: n }, (_, i) => item(i + 1)).join(separator);
}

/** One `#define` for each count from `from` to `to`. */
export function family(from: number, to: number, define: (n: number) => string): string {
  return Array.from({ length: to - from + 1 }, (_, i) => `#define ${define(from + i)}\n`).join('');
}

/** Text in its own `#ifndef NAME … #endif`. */
export function unless(name: string, text: string): string {
  return `#ifndef ${name}\n${text.endsWith('\n') ? text : `${text}\n`}#endif\n`;
}

/** A header with a guard. The guard is libbpf's, so that the first of two headers of the same name counts. */
export function guarded(guard: string, text: string): string {
  return `#ifndef ${guard}\n#define ${guard}\n${text}#endif\n`;
}

/** Names that libbpf's headers share; programs use them too. */
export const COUNTING = [
  unless('___bpf_concat', '#define ___bpf_concat(a, b) a ## b'),
  unless('___bpf_apply', '#define ___bpf_apply(fn, n) ___bpf_concat(fn, n)'),
  unless('___bpf_nth', `#define ___bpf_nth(_, ${list(12, (i) => `_${i}`)}, N, ...) N`),
  unless('___bpf_narg', `#define ___bpf_narg(...) ___bpf_nth(_, ##__VA_ARGS__, ${list(13, (i) => String(13 - i))})`),
].join('');
