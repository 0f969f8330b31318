// SPDX-License-Identifier: GPL-2.0-only
/** Sentences whose places are data, so that a view can make links of them: strings, and instructions with their C line between them. */
import { sentence } from './words';

/** An instruction that a sentence names, with its C line if that is known. */
export interface PlaceRef {
  readonly insn: number;
  readonly line: number | null;
}

/** A sentence in pieces. */
export type Rich = readonly (string | PlaceRef)[];

/** An instruction with the line of its source, if it has one. */
export function placeRef(insn: number, source: { readonly line: number } | null): PlaceRef {
  return { insn, line: source?.line ?? null };
}

/** A place in words: "8 (line 18)". */
export function placeRefText({ insn, line }: PlaceRef): string {
  return line === null ? String(insn) : `${insn} (line ${line})`;
}

/** The sentence as text. */
export function richText(rich: Rich): string {
  return rich.map((part) => (typeof part === 'string' ? part : placeRefText(part))).join('');
}

type Value = string | number | PlaceRef | Rich;

const partsOf = (value: Value): Rich =>
  typeof value === 'number' ? [String(value)] : typeof value === 'string' ? [value] : 'insn' in value ? [value] : value;

/** Tag of a template whose values may be places and sentences. Strings beside each other become one. */
export function rich(strings: TemplateStringsArray, ...values: readonly Value[]): Rich {
  const out: (string | PlaceRef)[] = [];
  for (const part of strings.flatMap((s, i): Rich => [s, ...(i < values.length ? partsOf(values[i]!) : [])])) {
    const last = out.at(-1);
    if (typeof part === 'string' && typeof last === 'string') out[out.length - 1] = last + part;
    else if (part !== '') out.push(part);
  }
  return out;
}

/** `a, b and c`, or with another word for "and". */
export function richList(parts: readonly (Rich | PlaceRef)[], word = 'and'): Rich {
  return parts.reduce<Rich>(
    (sum, part, i) => (i === 0 ? rich`${part}` : i === parts.length - 1 ? rich`${sum} ${word} ${part}` : rich`${sum}, ${part}`),
    [],
  );
}

/** {@link sentence} of one in pieces. */
export function richSentence(text: Rich): Rich {
  const [first, ...rest] = text;
  return typeof first === 'string' ? [sentence(first), ...rest] : text;
}
