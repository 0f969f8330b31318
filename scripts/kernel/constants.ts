// SPDX-License-Identifier: GPL-2.0-only
import { matching, splitCommas } from './source';

/** Values of C constants by name, exact for 64 bits. */
export type Constants = Map<string, bigint>;

/** Value of a constant expression over known names; null if it is none. */
export function evaluate(text: string, known: ReadonlyMap<string, bigint>): bigint | null {
  const tokens = text.match(/0[xX][0-9a-fA-F]+[uUlL]*|\d+[uUlL]*|[A-Za-z_]\w*|<<|>>|[()|&^~+\-*/%!]|\S/g) ?? [];
  let at = 0;
  const fail = Symbol('fail');
  const unary = (): bigint => {
    const t = tokens[at++];
    if (t === undefined) throw fail;
    if (t === '(') {
      if (/^(__u64|__u32|u64|u32|int|unsigned)$/.test(tokens[at] ?? '')) {
        while (tokens[at] !== ')') at++;
        at++;
        return unary();
      }
      const v = binary(0);
      if (tokens[at++] !== ')') throw fail;
      return v;
    }
    if (t === '~') return ~unary();
    if (t === '-') return -unary();
    if (/^\d/.test(t)) return BigInt(t.replace(/[uUlL]+$/, ''));
    if ((t === 'BIT' || t === 'BIT_ULL') && tokens[at] === '(') return 1n << unary();
    const v = known.get(t);
    if (v === undefined) throw fail;
    return v;
  };
  const LEVELS: readonly (readonly string[])[] = [['|'], ['^'], ['&'], ['<<', '>>'], ['+', '-'], ['*', '/', '%']];
  function binary(level: number): bigint {
    const ops = LEVELS[level];
    if (ops === undefined) return unary();
    let left = binary(level + 1);
    for (let op = tokens[at]; op !== undefined && ops.includes(op); op = tokens[at]) {
      at++;
      const right = binary(level + 1);
      left =
        op === '|'
          ? left | right
          : op === '^'
            ? left ^ right
            : op === '&'
              ? left & right
              : op === '<<'
                ? left << right
                : op === '>>'
                  ? left >> right
                  : op === '+'
                    ? left + right
                    : op === '-'
                      ? left - right
                      : op === '*'
                        ? left * right
                        : op === '/'
                          ? left / right
                          : left % right;
    }
    return left;
  }
  try {
    const v = binary(0);
    return at === tokens.length ? v : null;
  } catch (e) {
    if (e === fail || e instanceof RangeError) return null;
    throw e;
  }
}

/** Adds the enumerators of every enum in the text. `__BPF_…_MAPPER(FN)` bodies must have been expanded. */
export function readEnums(text: string, into: Constants): void {
  for (const m of text.matchAll(/\benum(?:\s+\w+)?\s*\{/g)) {
    const open = m.index + m[0].length - 1;
    let next = 0n;
    for (const part of splitCommas(text.slice(open + 1, matching(text, open) - 1))) {
      const d = /^(\w+)\s*(?:=\s*([\s\S]+))?$/.exec(part.trim());
      if (!d) continue;
      const value = d[2] === undefined ? next : evaluate(d[2], into);
      if (value === null) continue;
      into.set(d[1]!, value);
      next = value + 1n;
    }
  }
}

/** Adds the object-like macros that are constant expressions. */
export function readDefines(text: string, into: Constants): void {
  for (const m of text.matchAll(/^\s*#\s*define\s+(\w+)[ \t]+(\S[^\n]*)$/gm)) {
    const value = evaluate(m[2]!.trim(), into);
    if (value !== null && !into.has(m[1]!)) into.set(m[1]!, value);
  }
}
