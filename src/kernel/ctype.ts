// SPDX-License-Identifier: GPL-2.0-only
/** C declarations of one parameter or return type, as far as kfunc prototypes need them. */

/** A type: what a name denotes, under pointers. */
export interface CType {
  readonly kind: 'void' | 'struct' | 'union' | 'enum' | 'named';
  /** Tag or type name as spelled (`u32`, `unsigned long`); '' for void. */
  readonly name: string;
  readonly const: boolean;
  /** Number of `*`. */
  readonly pointers: number;
}

export interface CParam {
  readonly type: CType;
  readonly name: string;
}

const QUALIFIERS = new Set(['volatile', 'restrict', '__restrict', '__user', '__rcu', '__kernel', 'register']);
const BASIC = new Set(['unsigned', 'signed', 'long', 'short', 'char', 'int', 'float', 'double', '_Bool', '__int128']);

/**
 * Names that BTF may have for a basic type, however it was spelled: first as GCC writes it (`long unsigned int`), then as clang does
 * (`unsigned long`). Other names stand for themselves.
 */
export function basicTypeNames(spelled: string): readonly string[] {
  const words = spelled.split(' ');
  if (!words.every((w) => BASIC.has(w)) || words.some((w) => w === '_Bool' || w === '__int128' || w === 'float' || w === 'double'))
    return [spelled];
  const unsigned = words.includes('unsigned');
  if (words.includes('char')) return [unsigned ? 'unsigned char' : words.includes('signed') ? 'signed char' : 'char'];
  const longs = words.filter((w) => w === 'long').length;
  const size = longs > 0 ? Array<string>(longs).fill('long').join(' ') : words.includes('short') ? 'short' : '';
  if (size === '') return [unsigned ? 'unsigned int' : 'int'];
  return unsigned ? [`${size} unsigned int`, `unsigned ${size}`] : [`${size} int`, size];
}

/** Reads `const struct x *p`; a missing name yields ''. Throws SyntaxError that says what is wrong. */
export function parseCParam(text: string): CParam {
  const tokens = text.match(/[A-Za-z_]\w*|\*|\S/g) ?? [];
  let at = 0;
  let isConst = false;
  let kind: CType['kind'] | null = null;
  let name = '';
  const fail = (why: string): never => {
    throw new SyntaxError(`'${text}': ${why}`);
  };
  for (; at < tokens.length && tokens[at] !== '*'; at++) {
    const t = tokens[at]!;
    if (!/^[A-Za-z_]/.test(t)) fail(`unexpected '${t}'`);
    if (t === 'const') isConst = true;
    else if (QUALIFIERS.has(t)) continue;
    else if (kind === null) {
      if (t === 'struct' || t === 'union' || t === 'enum') {
        kind = t;
        name = tokens[++at] ?? fail(`${t} without a tag`);
      } else if (t === 'void') kind = 'void';
      else {
        kind = 'named';
        name = t;
      }
    } else if (kind === 'named' && BASIC.has(t) && BASIC.has(name.split(' ')[0]!)) name += ` ${t}`;
    else break;
  }
  if (kind === null) return fail('no type');
  let pointers = 0;
  for (; at < tokens.length; at++) {
    const t = tokens[at]!;
    if (t === '*') pointers++;
    else if (t !== 'const' && !QUALIFIERS.has(t)) break;
  }
  const param = tokens[at++] ?? '';
  if (param !== '' && !/^[A-Za-z_]\w*$/.test(param)) fail(`unexpected '${param}'`);
  if (at < tokens.length) fail(`unexpected '${tokens[at]!}'`);
  return { type: { kind, name, const: isConst, pointers }, name: param };
}
