// SPDX-License-Identifier: GPL-2.0-only
/** The format strings that `bpf_snprintf` understands. Facts: `kernel/bpf/helpers.c: bpf_bprintf_prepare`. */

const isDigit = (c: number): boolean => c >= 0x30 && c <= 0x39;

/** `isspace` of the kernel's Latin-1 table. */
function isSpace(c: number): boolean {
  return (c >= 0x09 && c <= 0x0d) || c === 0x20 || c === 0xa0;
}

/** `ispunct` of the kernel's Latin-1 table. */
function isPunct(c: number): boolean {
  if (c > 0x7e) return (c >= 0xa1 && c <= 0xbf) || c === 0xd7 || c === 0xf7;
  return c > 0x20 && !isDigit(c) && !((c | 0x20) >= 0x61 && (c | 0x20) <= 0x7a);
}

const endsSpec = (c: number): boolean => c === 0 || isSpace(c) || isPunct(c);
const code = (c: string): number => c.charCodeAt(0);
const isOneOf = (c: number, chars: string): boolean => c !== 0 && chars.includes(String.fromCharCode(c));

/** Whether a format string without its terminating zero is valid and has at most `numArgs` conversions. */
export function isValidFormat(format: Uint8Array, numArgs: number): boolean {
  const at = (i: number): number => format[i] ?? 0;
  let used = 0;
  for (let i = 0; i < format.length; i++) {
    const c = at(i);
    if (c < 0x80 && (c < 0x20 || c === 0x7f) && !isSpace(c)) return false;
    if (c !== code('%')) continue;
    if (at(i + 1) === code('%')) {
      i++;
      continue;
    }
    if (used >= numArgs) return false;
    const last = conversionEnd(at, i + 1);
    if (last < 0) return false;
    i = last;
    used++;
  }
  return true;
}

/** Index of the last character of the conversion whose flags begin at `start`, −1 if it is none. */
function conversionEnd(at: (i: number) => number, start: number): number {
  let i = start;
  if (at(i) >= 0x80) return -1;
  while (isOneOf(at(i), '0+- ')) i++;
  if (at(i) >= code('1') && at(i) <= code('9')) {
    while (isDigit(at(i))) i++;
  }
  if (at(i) === code('p')) return pointerEnd(at, i);
  if (at(i) === code('s')) return endsSpec(at(i + 1)) ? i : -1;
  if (at(i) === code('c')) return i;
  if (at(i) === code('l')) i++;
  if (at(i) === code('l')) i++;
  return isOneOf(at(i), 'iduxX') ? i : -1;
}

/** The same for a conversion whose `p` is at `i`. */
function pointerEnd(at: (i: number) => number, i: number): number {
  const kind = at(i + 1);
  if (endsSpec(kind)) return i;
  if (isOneOf(kind, 'ku') && at(i + 2) === code('s')) return endsSpec(at(i + 3)) ? i + 2 : -1;
  if (isOneOf(kind, 'KxsSB')) return i + 1;
  return isOneOf(kind, 'iI') && isOneOf(at(i + 2), '46') ? i + 2 : -1;
}
