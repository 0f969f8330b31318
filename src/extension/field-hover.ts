// SPDX-License-Identifier: GPL-2.0-only
/** What a hover says of fields: in which of the known kernels they are, and where they are otherwise. */
import type { GraphInsn } from '../protocol/graph';
import { markdownCode, markdownText } from '../protocol/escape';
import { fieldChanges, fieldSince, type FieldUse, fieldWords, type SinceKernel } from '../protocol/since';

/** A field, and what the known kernels say of it. */
export interface FieldAnswer {
  readonly use: FieldUse;
  readonly kernels: readonly SinceKernel[];
}

/** Fields that one hover asks about. */
const MOST_FIELDS = 12;
/** Fields of which it tells what differs. */
const MOST_TOLD = 4;

/** The fields of instructions, each once. */
export function fieldsOf(insns: readonly GraphInsn[]): readonly FieldUse[] {
  const found = new Map<string, FieldUse>();
  for (const { field } of insns) if (field !== undefined) found.set(JSON.stringify([field.keyword, fieldWords(field), field.core]), field);
  return [...found.values()].slice(0, MOST_FIELDS);
}

/** Markdown: what differs between kernels field by field, and then those of which nothing does in one sentence; nothing where nothing is known. */
export function fieldsHover(answers: readonly FieldAnswer[]): string[] {
  const differ = answers.filter(({ use, kernels }) => fieldChanges(use, kernels));
  const alike = answers.filter((a) => !differ.includes(a));
  const told = differ.slice(0, MOST_TOLD).map(({ use, kernels }) => markdownText(fieldSince(use, kernels)));
  const more = differ.length - told.length;
  if (more > 0) told.push(`${more} more field${more === 1 ? ' differs' : 's differ'} between the known kernels.`);
  if (alike.length > 0) {
    const names = [...new Set(alike.map(({ use }) => markdownCode(fieldWords(use))))].join(', ');
    told.push(`${names} ${names.includes(',') ? 'are' : 'is'} in all of ${alike[0]!.kernels.map((k) => k.series).join(', ')}.`);
  }
  return told.length === 0 ? [] : [`Of the known kernels: ${told.join('  \n')}`];
}
