// SPDX-License-Identifier: GPL-2.0-only
/**
 * What a loader decides before it loads an object: values of constants, attach targets, program types, sizes of maps, which programs. Here a
 * person says it in its place, so every result says what was assumed.
 */

import { type Loader, LOADERS } from './loaders';

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
  /** The other files of the program, relative to the file with choices, linked in this order; none to take the file alone. */
  readonly files?: readonly string[];
  /** Whose rules for maps and sections count where libbpf has none. */
  readonly loader?: Loader;
  /** They are for several objects, those of an archive: what names something of another one is left aside. */
  readonly shared?: true;
}

/** Nothing decided: as the object says. */
export const AS_COMPILED: LoadChoices = {};

/** Suffix of files with choices: `filter.bpf-load.json` beside `filter.bpf.c` or `filter.bpf.o`. */
export const LOAD_FILE_SUFFIX = '.bpf-load.json';

/** Name of the file with choices for a source or an object, without folder. */
export function loadFileName(file: string): string {
  return `${file.replace(/(\.bpf)?\.[^.]+$/, '')}${LOAD_FILE_SUFFIX}`;
}

/** Names under which another file of the program is looked for, best first: where an object is looked at, the object of a source. */
export function partNames(file: string, part: string): readonly string[] {
  return /\.[csS]$/.test(file) || !/\.[csS]$/.test(part) ? [part] : [part.replace(/\.[csS]$/, '.o'), part];
}

/** `second` wins where both decide. */
export function mergeChoices(first: LoadChoices, second: LoadChoices): LoadChoices {
  const each = <T>(a: Readonly<Record<string, T>> | undefined, b: Readonly<Record<string, T>> | undefined): Record<string, T> => {
    const merged = { ...a };
    for (const [name, choice] of Object.entries(b ?? {})) merged[name] = { ...merged[name], ...choice };
    return merged;
  };
  const files = second.files ?? first.files;
  const loader = second.loader ?? first.loader;
  return {
    values: { ...first.values, ...second.values },
    programs: each(first.programs, second.programs),
    maps: each(first.maps, second.maps),
    ...(files === undefined ? {} : { files }),
    ...(loader === undefined ? {} : { loader }),
  };
}

const UINT32_MAX = 0xffffffff;

/** What is wrong with one choice: steps to it from the top, and words without them. */
export interface ChoiceProblem {
  readonly path: readonly string[];
  readonly message: string;
  /** True if the name itself is wrong, not what it is given. */
  readonly name?: true;
}

/** The problem with where it is: `programs.p.load: true or false is wanted`. */
export function choiceProblemText({ path, message }: ChoiceProblem): string {
  return path.length === 0 ? message : `${path.join('.')}: ${message}`;
}

/** A choice that does not fit the object: the texts name it. */
export class ChoiceError extends Error {
  constructor(readonly problems: readonly ChoiceProblem[]) {
    super(problems.map((problem) => problem.message).join('; '));
    this.name = 'ChoiceError';
  }
}

/** What a property holds. */
export interface Wanted {
  /** What is wrong with a value, null if nothing. */
  readonly check: (value: unknown) => string | null;
  /** What it takes, for schemas: JSON types, and texts that are offered. */
  readonly types: readonly ('string' | 'number' | 'integer' | 'boolean' | 'array')[];
  readonly offers?: 'sections' | 'any';
}

/** One property of a file with choices; the descriptions are Markdown. */
export interface ChoiceProperty {
  readonly wanted: Wanted;
  readonly description: string;
}

const text: Wanted = { types: ['string'], check: (value) => (typeof value === 'string' && value !== '' ? null : 'a text is wanted') };
const section: Wanted = { ...text, offers: 'sections' };
const flag: Wanted = { types: ['boolean'], check: (value) => (typeof value === 'boolean' ? null : 'true or false is wanted') };
const size: Wanted = {
  types: ['integer'],
  check: (value) =>
    Number.isInteger(value) && (value as number) >= 0 && (value as number) <= UINT32_MAX
      ? null
      : `a whole number from 0 to ${UINT32_MAX} is wanted`,
};
const value: Wanted = {
  types: ['number', 'boolean', 'string'],
  offers: 'any',
  check: (given) => (['string', 'number', 'boolean'].includes(typeof given) ? null : 'a number, true, false or a text is wanted'),
};
/** Files that are linked at most. */
const MOST_FILES = 100;
const names: Wanted = {
  types: ['array'],
  check: (given) =>
    Array.isArray(given) && given.length <= MOST_FILES && given.every((name) => typeof name === 'string' && name !== '')
      ? null
      : `a list of at most ${MOST_FILES} file names is wanted`,
};

const loaders: Wanted = {
  types: ['string'],
  check: (given) => (LOADERS.includes(given as Loader) ? null : `one of ${LOADERS.join(', ')} is wanted`),
};

/** Properties of one program, of one map. */
export const PROGRAM_PROPERTIES: Readonly<Record<string, ChoiceProperty>> = {
  type: {
    wanted: section,
    description: 'Section name that stands for the program type and attach type: `xdp`, `fentry.s`, `cgroup_skb/egress`.',
  },
  attach: { wanted: text, description: 'What the program is attached to, of the kernel: `tcp_sendmsg`, or `module:name`.' },
  load: { wanted: flag, description: '`false`: the loader does not load this program.' },
};
export const MAP_PROPERTIES: Readonly<Record<string, ChoiceProperty>> = {
  maxEntries: { wanted: size, description: '`max_entries` that the loader sets.' },
  keySize: { wanted: size, description: 'Size of a key in bytes, as the loader sets it. The type of the key then means nothing any more.' },
  valueSize: {
    wanted: size,
    description: 'Size of a value in bytes, as the loader sets it. The type of the value then means nothing any more.',
  },
  inner: { wanted: text, description: 'Name of the map of this object that the inner maps are like.' },
};

/** A property at the top: one value, a value for each name, or properties for each name. */
export type ChoiceSection =
  | { readonly of: 'one'; readonly wanted: Wanted; readonly description: string }
  | { readonly of: 'each'; readonly wanted: Wanted; readonly description: string }
  | { readonly of: 'properties'; readonly properties: Readonly<Record<string, ChoiceProperty>>; readonly description: string };

/** A section of a file with choices. */
type ChoiceName = Exclude<keyof LoadChoices, 'shared'>;

/** All that a file with choices may hold: the reader, the schema and completions follow it. */
export const CHOICE_SECTIONS: Readonly<Record<ChoiceName, ChoiceSection>> = {
  values: {
    of: 'each',
    wanted: value,
    description:
      'Values of constants (`const volatile`, section `.rodata`) by name, or part of one: `limit`, `config.port`, `ports[3]`. A number, `true`, a character, ' +
      'an enumerator or a text; `"any"` verifies the program for every value.',
  },
  programs: {
    of: 'properties',
    properties: PROGRAM_PROPERTIES,
    description: 'By program: its type, what it is attached to, whether it is loaded.',
  },
  maps: { of: 'properties', properties: MAP_PROPERTIES, description: 'By map: sizes that the loader sets, and what inner maps are like.' },
  files: {
    of: 'one',
    wanted: names,
    description:
      'The other files of the program, from the folder of this file, linked in this order: `["parse.bpf.c"]`. An empty list: the file is verified alone.',
  },
  loader: {
    of: 'one',
    wanted: loaders,
    description:
      'The loader that the program is written for: `libbpf`, or `cilium/ebpf`, for which the value type of a ring buffer or perf event array says what its records hold.',
  },
};

/** Reads choices from JSON that was parsed; what is wrong with them instead. */
export function readChoices(json: unknown): LoadChoices | readonly ChoiceProblem[] {
  if (!isRecord(json)) return [{ path: [], message: 'an object is wanted: { … }' }];
  const problems: ChoiceProblem[] = [];
  for (const [key, given] of Object.entries(json)) {
    if (key === '$schema') continue;
    if (!Object.hasOwn(CHOICE_SECTIONS, key)) problems.push({ path: [key], message: unknownText(CHOICE_SECTIONS), name: true });
    else problems.push(...sectionProblems(key, given, CHOICE_SECTIONS[key as ChoiceName]));
  }
  if (problems.length > 0) return problems;
  const { values = {}, programs = {}, maps = {}, files, loader } = json as LoadChoices;
  return { values, programs, maps, ...(files === undefined ? {} : { files }), ...(loader === undefined ? {} : { loader }) };
}

function unknownText(known: object): string {
  return `unknown property; there are ${Object.keys(known).join(', ')}`;
}

function isRecord(given: unknown): given is Record<string, unknown> {
  return typeof given === 'object' && given !== null && !Array.isArray(given);
}

function sectionProblems(key: string, given: unknown, section: ChoiceSection): ChoiceProblem[] {
  const problemOf = (path: readonly string[], wanted: Wanted, entry: unknown): ChoiceProblem[] => {
    const message = wanted.check(entry);
    return message === null ? [] : [{ path, message }];
  };
  if (section.of === 'one') return problemOf([key], section.wanted, given);
  if (!isRecord(given)) return [{ path: [key], message: 'an object is wanted: { … }' }];
  const entries = Object.entries(given);
  if (section.of !== 'properties') return entries.flatMap(([name, entry]) => problemOf([key, name], section.wanted, entry));
  const { properties } = section;
  return entries.flatMap(([name, entry]) => {
    if (!isRecord(entry)) return [{ path: [key, name], message: 'an object is wanted: { … }' }];
    return Object.entries(entry).flatMap(([property, of]): ChoiceProblem[] =>
      Object.hasOwn(properties, property)
        ? problemOf([key, name, property], properties[property]!.wanted, of)
        : [{ path: [key, name, property], message: unknownText(properties), name: true }],
    );
  });
}
