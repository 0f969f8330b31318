// SPDX-License-Identifier: GPL-2.0-only
/** In which of the known kernels something exists: questions and answers as plain data, and their words. Code in texts stands between backticks. */

/** A field of a type of the kernel, by name. */
export interface FieldName {
  /** `struct`, `union` or `typedef`. */
  readonly keyword: string;
  /** As the program calls it, perhaps with a flavor (`task_struct___old`), which stands for the kernel's type without it. */
  readonly type: string;
  /** The way to it: names of members, and indices in arrays. Members without a name are passed over. */
  readonly path: readonly (string | number)[];
}

/** A field that an instruction reads, writes, or is about otherwise (its size, whether it exists). */
export interface FieldUse extends FieldName {
  /** Bytes from the start of the type in the verified kernel; null where that kernel has no such field. */
  readonly offset: number | null;
  /** Found by CO-RE in each kernel; otherwise the program has the offset compiled in. */
  readonly core: boolean;
}

/** What a kernel may have or not: what a section name stands for (program type, attach type and target), or a field. */
export type SinceSubject = { readonly what: 'section'; readonly section: string } | { readonly what: 'field'; readonly field: FieldName };

/** Which of the known kernels have something. */
export interface SinceQuestion {
  readonly ask: 'since';
  readonly subjects: readonly SinceSubject[];
}

/** A field in one kernel. */
export interface FieldThere {
  /** Bits from the start of the outermost type. */
  readonly bitOffset: number;
  /** As C spells it: `unsigned int`. */
  readonly type: string;
}

/** One of the known kernels, and whether it has what was asked about. */
export interface SinceKernel {
  readonly series: string;
  readonly has: boolean;
  /** Of a field that it has. */
  readonly field?: FieldThere;
}

/** By subject: known kernels, oldest first; null for no name that libbpf knows. */
export interface SinceAnswer {
  readonly ask: 'since';
  readonly subjects: readonly (readonly SinceKernel[] | null)[];
}

/** `struct task_struct`, as C names a type. */
export function typeWords({ keyword, type }: Pick<FieldName, 'keyword' | 'type'>): string {
  return keyword === 'typedef' ? type : `${keyword} ${type}`;
}

/** A way as C spells it: `se.vruntime`, `stack[1].size`. */
export function pathWords(path: FieldName['path']): string {
  return path.map((step, i) => (typeof step === 'number' ? `[${step}]` : i === 0 ? step : `.${step}`)).join('');
}

/** `task_struct.se.vruntime`. */
export function fieldWords({ type, path }: Pick<FieldName, 'type' | 'path'>): string {
  return `${type}${typeof path[0] === 'number' ? '' : '.'}${pathWords(path)}`;
}

/** The expression by which a program asks whether the kernel has a field. */
export function fieldExists(field: FieldName): string {
  return `bpf_core_field_exists(${typeWords(field)}, ${pathWords(field.path)})`;
}

const seriesOf = (kernels: readonly { readonly series: string }[]): string => kernels.map((k) => k.series).join(', ');

/** Kernels in which a thing is, in words; releases between those that are known are not guessed. */
export function sinceWords(name: string, kernels: readonly { readonly series: string }[], has: readonly boolean[]): string {
  const at = has.indexOf(true);
  if (at < 0) return `${name} is in none of ${seriesOf(kernels)}`;
  const gone = has.indexOf(false, at);
  const [first, last] = [kernels[at]!, kernels[gone < 0 ? at : gone - 1]!];
  if (gone >= 0 && at === 0) return `${name} went between ${last.series} and ${kernels[gone]!.series}`;
  if (at === 0) return `${name} is in all of ${seriesOf(kernels)}`;
  const came = `${name} came between ${kernels[at - 1]!.series} and ${first.series}`;
  return gone < 0 ? came : `${came} and went between ${last.series} and ${kernels[gone]!.series}`;
}

/** `A in 6.1, B in 6.12, 7.3`: kernels by what they say; null where all say the same. */
function grouped(kernels: readonly SinceKernel[], say: (field: FieldThere) => string): string | null {
  const groups = new Map<string, SinceKernel[]>();
  for (const kernel of kernels) {
    if (kernel.field === undefined) continue;
    const text = say(kernel.field);
    groups.set(text, [...(groups.get(text) ?? []), kernel]);
  }
  return groups.size < 2 ? null : [...groups].map(([text, those]) => `${text} in ${seriesOf(those)}`).join(', ');
}

const BYTE = 8;

function placeWords({ bitOffset }: FieldThere): string {
  const bit = bitOffset % BYTE;
  return `at byte ${Math.floor(bitOffset / BYTE)}${bit === 0 ? '' : `, bit ${bit},`}`;
}

/** Whether there is more to say of a field than that all known kernels have it. */
export function fieldChanges(use: FieldUse, kernels: readonly SinceKernel[]): boolean {
  return kernels.some((k) => !k.has) || grouped(kernels, (f) => f.type) !== null || movedWords(use, kernels) !== '';
}

/** Where the field is in kernels in which a program without CO-RE reads something else; '' where it need not be said. */
function movedWords(use: FieldUse, kernels: readonly SinceKernel[]): string {
  const places = use.core ? null : grouped(kernels, placeWords);
  return places === null ? '' : `It is ${places}; the program has byte ${use.offset ?? 0} compiled in: it is not relocated by CO-RE.`;
}

/** In which kernels a field is, with another type or elsewhere, and how a program asks: sentences. */
export function fieldSince(use: FieldUse, kernels: readonly SinceKernel[]): string {
  const has = kernels.map((k) => k.has);
  const sentences = [`${sinceWords(`\`${fieldWords(use)}\``, kernels, has)}.`];
  const types = grouped(kernels, ({ type }) => `\`${type}\``);
  if (types !== null) sentences.push(`It is ${types}.`);
  const moved = movedWords(use, kernels);
  if (moved !== '') sentences.push(moved);
  if (use.core && has.includes(false)) sentences.push(`\`${fieldExists(use)}\` asks for it.`);
  return sentences.join(' ');
}
