// SPDX-License-Identifier: GPL-2.0-only
/**
 * What a loader decides before it loads an object: values of constants, attach targets, program types, sizes of maps, which programs. Here a
 * person says it in its place, so every result says what was assumed.
 */

/** A value as written: a number (`42`, `0x2a`), `true`, a character, an enumerator's name, a text for an array of `char`; `any` stands for all values. */
export type ValueChoice = string | number | boolean;

/** How a program is loaded. */
export interface ProgramChoice {
  /** Name of a section that stands for the type (`xdp`, `fentry.s`, `cgroup_skb/egress`). */
  readonly type?: string;
  /** What it is attached to: `[module:]name`. */
  readonly attach?: string;
  /** False: not loaded at all. */
  readonly load?: boolean;
}

/** Sizes that the loader sets. */
export interface MapChoice {
  readonly maxEntries?: number;
  readonly keySize?: number;
  readonly valueSize?: number;
  /** Name of the map of the object that inner maps are like. */
  readonly inner?: string;
}

/** All that is decided for one object; what is not named stays as the object has it. */
export interface LoadChoices {
  /** By variable, or part of one: `limit`, `config.port`, `ports[3]`. */
  readonly values?: Readonly<Record<string, ValueChoice>>;
  readonly programs?: Readonly<Record<string, ProgramChoice>>;
  readonly maps?: Readonly<Record<string, MapChoice>>;
}

/** Nothing decided: as the object says. */
export const AS_COMPILED: LoadChoices = {};

/** Suffix of files with choices: `filter.bpf-load.json` beside `filter.bpf.c` or `filter.bpf.o`. */
export const LOAD_FILE_SUFFIX = '.bpf-load.json';

/** Name of the file with choices for a source or an object, without folder. */
export function loadFileName(file: string): string {
  return `${file.replace(/(\.bpf)?\.[^.]+$/, '')}${LOAD_FILE_SUFFIX}`;
}

/** `second` wins where both decide. */
export function mergeChoices(first: LoadChoices, second: LoadChoices): LoadChoices {
  const each = <T>(a: Readonly<Record<string, T>> | undefined, b: Readonly<Record<string, T>> | undefined): Record<string, T> => {
    const merged = { ...a };
    for (const [name, choice] of Object.entries(b ?? {})) merged[name] = { ...merged[name], ...choice };
    return merged;
  };
  return {
    values: { ...first.values, ...second.values },
    programs: each(first.programs, second.programs),
    maps: each(first.maps, second.maps),
  };
}

const UINT32_MAX = 0xffffffff;

/** Reads choices from JSON that was parsed; a text that says what is wrong, with where, instead. */
export function readChoices(json: unknown): LoadChoices | string {
  if (!isRecord(json)) return 'not an object';
  const unknown = Object.keys(json).find((key) => !['$schema', 'values', 'programs', 'maps'].includes(key));
  if (unknown !== undefined) return `unknown property "${unknown}"`;
  const { values = {}, programs = {}, maps = {} } = json;
  const problem = valuesProblem(values) ?? eachProblem('programs', programs, PROGRAM) ?? eachProblem('maps', maps, MAP);
  return (
    problem ?? {
      values: values as NonNullable<LoadChoices['values']>,
      programs: programs as NonNullable<LoadChoices['programs']>,
      maps: maps as NonNullable<LoadChoices['maps']>,
    }
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function valuesProblem(values: unknown): string | null {
  if (!isRecord(values)) return '"values" is not an object';
  const bad = Object.entries(values).find(([, value]) => !['string', 'number', 'boolean'].includes(typeof value));
  return bad === undefined ? null : `values.${bad[0]}: a number, true, false or a text is wanted`;
}

type Check = (value: unknown) => string | null;
const text: Check = (value) => (typeof value === 'string' && value !== '' ? null : 'a text is wanted');
const flag: Check = (value) => (typeof value === 'boolean' ? null : 'true or false is wanted');
const size: Check = (value) =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= UINT32_MAX
    ? null
    : `a whole number from 0 to ${UINT32_MAX} is wanted`;
const PROGRAM: Readonly<Record<string, Check>> = { type: text, attach: text, load: flag };
const MAP: Readonly<Record<string, Check>> = { maxEntries: size, keySize: size, valueSize: size, inner: text };

function eachProblem(where: string, entries: unknown, checks: Readonly<Record<string, Check>>): string | null {
  if (!isRecord(entries)) return `"${where}" is not an object`;
  for (const [name, entry] of Object.entries(entries)) {
    if (!isRecord(entry)) return `${where}.${name}: not an object`;
    for (const [key, value] of Object.entries(entry)) {
      const check = checks[key];
      const problem = check === undefined ? `unknown property; there are ${Object.keys(checks).join(', ')}` : check(value);
      if (problem !== null) return `${where}.${name}.${key}: ${problem}`;
    }
  }
  return null;
}
