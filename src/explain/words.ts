// SPDX-License-Identifier: GPL-2.0-only
/** Names that the program's source gives to things, read off the lines that the compiler recorded. */

/** Text between the brackets of a call, by argument; null if the line does not have the call whole. */
export function callArguments(line: string, callee: string): string[] | null {
  if (callee === '') return null;
  let from = -1;
  for (let at = line.indexOf(callee); at >= 0; at = line.indexOf(callee, at + 1)) {
    const before = at === 0 ? ' ' : line[at - 1]!;
    const rest = line.slice(at + callee.length);
    const open = /^\s*\(/.exec(rest);
    if (!/\w/.test(before) && open !== null) {
      from = at + callee.length + open[0].length;
      break;
    }
  }
  if (from < 0) return null;
  const parts: string[] = [];
  let depth = 0;
  let start = from;
  for (let i = from; i < line.length; i++) {
    const c = line[i]!;
    if (c === '(' || c === '[' || c === '{') depth++;
    else if (c === ')' && depth === 0) {
      parts.push(line.slice(start, i).trim());
      return parts.length === 1 && parts[0] === '' ? [] : parts;
    } else if (c === ')' || c === ']' || c === '}') depth--;
    else if (c === ',' && depth === 0) {
      parts.push(line.slice(start, i).trim());
      start = i + 1;
    }
  }
  return null;
}

/** Argument `index` (from 0) of a call, without casts; null if unknown. */
export function argumentText(line: string, callee: string, index: number): string | null {
  const found = callArguments(line, callee)?.[index];
  return found === undefined || found === '' ? null : found.replace(/^\(\s*(?:const\s+)?(?:struct\s+)?\w+\s*\*+\s*\)\s*/, '');
}

/** The variable that a line assigns first: `p` in `struct task_struct *p = f(x);`, also in `for (p = f(); …)`; null if there is none. */
export function assignedVariable(line: string): string | null {
  const found = /(?:^|[\s(*;,])([A-Za-z_]\w*(?:(?:->|\.)\w+)*)\s*=(?!=)/.exec(line);
  return found?.[1] ?? null;
}

/** The variable that a line adds or indexes by: `i` in `buf[i]` and in `p += i`; null if it shows none. */
export function addedVariable(line: string): string | null {
  return /\[\s*([A-Za-z_]\w*(?:(?:->|\.)\w+)*)/.exec(line)?.[1] ?? /\+=?\s*([A-Za-z_]\w*(?:(?:->|\.)\w+)*)/.exec(line)?.[1] ?? null;
}

/** What a line returns by name; null if it returns an expression or nothing. */
export function returnedVariable(line: string): string | null {
  return /\breturn\s+([A-Za-z_][\w.>-]*)\s*;/.exec(line)?.[1] ?? null;
}

/** The element type in a tag of a list or tree, `contains:item:link`; null for another tag. */
export function containedType(tag: string): string | null {
  const [word, element] = tag.split(':');
  return word === 'contains' && element !== undefined ? element : null;
}

/** `__sk_buff` of the C type `struct __sk_buff`; '' for a type that is no struct. */
export function structOfType(type: string): string {
  const [keyword, name] = type.split(' ');
  return keyword === 'struct' && name !== undefined ? name : '';
}

/** Whether an argument is the address of a variable. */
export function isAddress(argument: string | null): argument is string {
  return argument?.startsWith('&') === true;
}

/** Whether a line is a brace alone, or nothing: compilers give shared returns such lines. */
export function isEmptyLine(line: string): boolean {
  return /^[\s{};]*$/.test(line);
}

/** A name for a sentence: in its marks if there is one, else `otherwise`. */
export function quoted(name: string | null, otherwise: string): string {
  return name === null ? otherwise : `\`${name}\``;
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(parts: readonly string[], and = 'and'): string {
  return parts.length < 2 ? (parts[0] ?? '') : `${parts.slice(0, -1).join(', ')} ${and} ${parts[parts.length - 1]!}`;
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
