// SPDX-License-Identifier: GPL-2.0-only
/** On which kernels a program loads, and what stops it: plain data and its words, for the command line and the editor. */
import type { SourcePlace } from './graph';
import type { FileError } from './model';
import { type FieldName, fieldExists, pathWords, sinceWords, typeWords } from './since';

/** What a kernel may have or not. */
export type MissingKind = 'kfunc' | 'variable' | 'helper' | 'target' | 'field' | 'value' | 'type' | 'struct_ops' | 'map' | 'config';

/** Something that a program needs and a kernel does not have. */
export interface MissingThing {
  readonly what: MissingKind;
  /** `bpf_task_from_pid`, `kernfs_node.parent`. */
  readonly name: string;
  /** Of a field, a value of an enum, or a type: what it is called, in its parts. */
  readonly of?: FieldName;
  /** Something older that does much the same and that the program may call there: `bpf_loop(), or a loop with a constant bound`. */
  readonly older?: string;
}

/** One program on one kernel. */
export interface LoadsOnCell {
  /** `missing`: found without the verifier. */
  readonly kind: 'loads' | 'missing' | 'rejected' | 'unknown';
  /** Instructions processed; 0 where the verifier was not asked. */
  readonly processed: number;
  /** In a word or two: `no kfunc`, `too large`, `rule`; '' for what loads. */
  readonly word: string;
  /** In a sentence; '' for what loads. */
  readonly reason: string;
  readonly missing: MissingThing | null;
  /** Where. */
  readonly insn: number | null;
  readonly source: SourcePlace | null;
}

/** The first difference between two kernels that stand beside each other. */
export interface KernelDifference {
  /** Indices of the kernels in {@link LoadsOnReply.kernels}. */
  readonly older: number;
  readonly newer: number;
  /** `bpf_task_from_pid is not in 6.1; it came between 6.1 and 6.12`. */
  readonly text: string;
  /** What to use instead; '' if nothing is known. */
  readonly instead: string;
  /** The rule of the verifier that decides, by its key, if one alone does. */
  readonly feature: string | null;
}

export interface LoadsOnProgram {
  readonly program: string;
  readonly section: string;
  /** By kernel. */
  readonly cells: readonly LoadsOnCell[];
  /** Null where all kernels say the same with the same number of instructions. */
  readonly difference: KernelDifference | null;
  /** Where the program is defined. */
  readonly definition: SourcePlace | null;
}

export interface KernelName {
  readonly version: string;
  readonly series: string;
  /** Which of those that were asked for it is. */
  readonly asked: number;
}

export interface LoadsOnReply {
  /** Oldest first. */
  readonly kernels: readonly KernelName[];
  readonly programs: readonly LoadsOnProgram[];
  readonly error: FileError | null;
}

/** Words of what is missing: in a cell, in a sentence, and the guard that a program can have. */
export const MISSING: Readonly<
  Record<MissingKind, { readonly word: string; readonly noun: string; readonly guard: (thing: MissingThing) => string }>
> = {
  kfunc: {
    word: 'no kfunc',
    noun: 'the kfunc',
    guard: ({ name }) => `declare ${name} __weak and call it only if bpf_ksym_exists(${name})`,
  },
  variable: {
    word: 'no symbol',
    noun: 'the symbol',
    guard: ({ name }) => `declare ${name} __weak and use it only if bpf_ksym_exists(${name})`,
  },
  helper: {
    word: 'no helper',
    noun: 'the helper',
    guard: ({ name }) => `call it only if bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_${name.replace(/^bpf_/, '')})`,
  },
  target: {
    word: 'no target',
    noun: 'the attach target',
    guard: () => 'another target there, or SEC("?…") and load it only where the target is',
  },
  field: {
    word: 'no field',
    noun: 'the field',
    guard: ({ of }) =>
      `read it only if ${of === undefined ? 'bpf_core_field_exists()' : fieldExists(of)}, or a second flavour of the struct`,
  },
  value: {
    word: 'no value',
    noun: 'the enum value',
    guard: ({ of }) => `use it only if bpf_core_enum_value_exists(${of === undefined ? '' : `${typeWords(of)}, ${pathWords(of.path)}`})`,
  },
  type: {
    word: 'no type',
    noun: 'the type',
    guard: ({ name, of }) => `use it only if bpf_core_type_exists(${of === undefined ? name : typeWords(of)})`,
  },
  struct_ops: { word: 'no type', noun: 'the struct_ops type', guard: () => '' },
  map: { word: 'no map', noun: 'the map', guard: () => 'another map type, or bpf_map__set_autocreate() where it is not there' },
  config: { word: 'no config', noun: 'the configuration', guard: ({ name }) => `declare ${name} __weak: it is 0 where it is not set` },
};

/**
 * What to use instead of something that a kernel lacks: its guard, or where there is none since when it is there (`none before 6.18`: what the known
 * kernels say), so that nobody looks for one.
 */
export function insteadOf(
  thing: MissingThing,
  program: Pick<LoadsOnProgram, 'cells'>,
  kernels: readonly Pick<KernelName, 'series'>[],
): string {
  const guard = MISSING[thing.what].guard(thing);
  if (thing.older !== undefined) return `${thing.older}. Or ${guard}`;
  if (guard !== '') return guard;
  const has = hasOf(thing, program);
  const first = has.indexOf(true);
  if (first < 0) return `none on ${kernels.map((k) => k.series).join(', ')}`;
  if (first > 0) return `none before ${kernels[first]!.series}`;
  return `none since ${kernels[has.indexOf(false)]?.series ?? kernels.at(-1)!.series}`;
}

/** On which kernels something is that a program lacks on one of them: as its cells say. */
function hasOf({ what, name }: MissingThing, { cells }: Pick<LoadsOnProgram, 'cells'>): boolean[] {
  return cells.map(({ missing }) => missing === null || missing.what !== what || missing.name !== name);
}

/** In which kernels something is that a program lacks on one of them: as its cells say. */
export function sinceOf(
  thing: MissingThing,
  program: Pick<LoadsOnProgram, 'cells'>,
  kernels: readonly Pick<KernelName, 'series'>[],
): string {
  return sinceWords(`${MISSING[thing.what].noun} ${thing.name}`, kernels, hasOf(thing, program));
}

/** Whether a program does not load everywhere. */
export function differs({ cells }: Pick<LoadsOnProgram, 'cells'>): boolean {
  return new Set(cells.map((c) => c.kind)).size > 1 || cells[0]?.kind !== 'loads';
}

/** The first difference of a program in words, and what to use instead; '' for nothing. */
export function differenceWords(
  { difference, cells }: Pick<LoadsOnProgram, 'difference' | 'cells'>,
  kernels: readonly KernelName[],
): { readonly first: string; readonly instead: string } {
  if (difference !== null) return { first: difference.text, instead: difference.instead };
  const first = cells.findIndex((c) => c.kind !== 'loads');
  return { first: first < 0 ? '' : `${kernels[first]!.series}: ${cells[first]!.reason}`, instead: '' };
}

/** Where it is refused that the first difference is about, or else where the program is. */
export function differencePlace({
  cells,
  difference,
  definition,
}: Pick<LoadsOnProgram, 'difference' | 'cells' | 'definition'>): SourcePlace | null {
  const pair = difference === null ? cells : [cells[difference.older]!, cells[difference.newer]!];
  return pair.find((c) => c.kind !== 'loads')?.source ?? definition;
}

/**
 * Where a program loads and where not, in one line: `loads` `6.12 7.3`, `not` `6.1: no bpf_task_from_pid`. One reason: that of the oldest kernel on which it
 * does not load.
 */
export function lineOf(
  { cells }: Pick<LoadsOnProgram, 'cells'>,
  kernels: readonly KernelName[],
): { readonly loads: string; readonly not: string } {
  const on = kernels.filter((_, i) => cells[i]!.kind === 'loads').map((k) => k.series);
  if (on.length === kernels.length) return { loads: on.length > 1 ? `${on[0]!} to ${on.at(-1)!}` : on.join(' '), not: '' };
  const first = cells.findIndex((c) => c.kind !== 'loads');
  const { missing, word, kind } = cells[first]!;
  const why = missing !== null ? `no ${missing.name}` : kind === 'unknown' ? 'not known' : word;
  const others = kernels.filter((_, i) => i !== first && cells[i]!.kind !== 'loads').map((k) => k.series);
  return { loads: on.join(' '), not: `${[kernels[first]!.series, ...others].join(' ')}: ${why}` };
}

/** What Problems says of a program that does not load on a kernel: why, since when, and what to use instead. */
export function noteOf(program: LoadsOnProgram, kernels: readonly KernelName[], i: number): string {
  const cell = program.cells[i]!;
  const { series } = kernels[i]!;
  const lead = `${program.program} does not load on ${series}: `;
  if (cell.missing !== null) {
    return `${lead}${sinceOf(cell.missing, program, kernels)}. Instead: ${insteadOf(cell.missing, program, kernels)}`;
  }
  const { difference } = program;
  const decides = difference !== null && difference.feature !== null && kernels[difference.older] === kernels[i];
  return `${lead}${cell.reason}${decides ? `. ${difference.text}` : ''}`;
}
