// SPDX-License-Identifier: GPL-2.0-only
/** Every program of an object on several kernels: what each makes of it, and the first difference in words. */
import type { InsnNote, LoadedObject, Program, ProgramError } from '../object/program';
import type { Features } from '../kernel/features';
import type { KernelProfile } from '../kernel/profile';
import { LineTable } from '../graph/lines';
import { releaseOf } from '../kernel/releases';
import type { Policy } from '../policy/types';
import type { FileResult, ProgramResult } from '../protocol/model';
import type { ProblemCode } from '../protocol/problem-code';
import { plain } from '../protocol/explanation-text';
import {
  type KernelDifference,
  type KernelName,
  type LoadsOnCell,
  type LoadsOnProgram,
  insteadOf,
  MISSING,
  type MissingThing,
  sinceOf,
} from '../protocol/loads-on';
import { type Deciding, decidingWords } from './deciding';
import type { LoadedKernel } from './kernel';
import { programLabels } from './labels';
import { Declarations } from './load-views';
import { withOlder } from './older';
import type { LoadsOnRequest } from './requests';

/** One kernel, with the object as it gets it. */
export interface KernelSide {
  readonly kernel: LoadedKernel;
  /** The kernel without what the policy adds to it. */
  readonly base: KernelProfile;
  readonly policy: Policy;
  readonly object: LoadedObject;
  /** Which of the kernels that were asked for. */
  readonly asked: number;
  /** What is known of its programs already. */
  readonly known: FileResult | null;
}

/** Oldest first. */
function byVersion(a: KernelSide, b: KernelSide): number {
  const [x, y] = [a, b].map(({ kernel }) => kernel.profile.version.split('.').map(Number));
  const at = x!.findIndex((n, i) => n !== (y![i] ?? 0));
  return at < 0 ? 0 : x![at]! - (y![at] ?? 0);
}

/** Verifies one program of a side, or knows what that gave; without its report, with its code. */
export interface SideVerifier {
  readonly verify: (side: KernelSide, prog: Program, label: string) => ProgramResult;
  /** The rule that makes the difference to a kernel with the rules `there`, which a program loads on that this one refuses. */
  readonly deciding: (side: KernelSide, prog: Program, rejected: ProgramResult, there: Features) => Deciding | null;
}

/** Codes of rejections that the cell says in a word of their own. */
const WORDS: Partial<Record<ProblemCode, string>> = { 'too-large': 'too large', 'attach-target': 'target', 'stack-too-deep': 'stack' };

const NOTHING = { processed: 0, word: '', reason: '', missing: null, insn: null, source: null } as const;

/** What a relocation by type is about that the kernel lacks: a type, a field of it, or a value of an enum. */
function lackingType({ keyword, type, member, path }: Extract<InsnNote, { kind: 'core' }>): MissingThing {
  const of = { keyword, type, path };
  if (member === '') return { what: 'type', name: type, of };
  return { what: keyword === 'enum' || keyword === 'enum64' ? 'value' : 'field', name: `${type}.${member}`, of };
}

/** What a program that was rejected lacks, if that is why: structured data of the load, not the message. */
function lacking(prog: Program, { explanation, insn }: ProgramResult, names: (helper: number) => string): MissingThing | null {
  const code = explanation?.code;
  const note: InsnNote | undefined = insn === null ? undefined : prog.notes.get(insn);
  if (note?.kind === 'kfunc' && code === 'call-missing') return { what: 'kfunc', name: note.name };
  if (note?.kind === 'core' && note.poisoned && code === 'core-relocation') return lackingType(note);
  if (code === 'call-missing' && insn !== null) return { what: 'helper', name: names(prog.insns[insn]!.imm) };
  return null;
}

function verifiedCell(prog: Program, result: ProgramResult, names: (helper: number) => string): LoadsOnCell {
  const { processedInsns: processed, insn, source, explanation } = result;
  const at = { processed, insn, source };
  if (result.verdict === 'accept') return { ...NOTHING, kind: 'loads', processed };
  if (result.verdict === 'unknown')
    return { ...NOTHING, kind: 'unknown', ...at, word: '?', reason: result.reason ?? 'something is not modelled' };
  const missing = lacking(prog, result, names);
  const reason = explanation === null ? (result.message.at(-1) ?? '') : plain(explanation.summary);
  if (missing !== null) return { kind: 'missing', ...at, word: MISSING[missing.what].word, reason, missing };
  const word = (explanation === null ? undefined : WORDS[explanation.code]) ?? 'rule';
  return { kind: 'rejected', ...at, word, reason, missing: null };
}

function failedCell(failed: ProgramError | undefined, declarations: Declarations): LoadsOnCell {
  if (failed === undefined) return { ...NOTHING, kind: 'unknown', word: '?', reason: 'it is not in the object that this kernel gets' };
  const { refusedMap } = failed;
  const source = refusedMap === undefined ? declarations.place('function', failed.name) : declarations.place('variable', refusedMap.map);
  const missing = failed.missing ?? (refusedMap === undefined ? null : ({ what: 'map', name: refusedMap.map } as const));
  if (missing === null) return { ...NOTHING, kind: 'unknown', word: '?', reason: failed.message, source };
  return { ...NOTHING, kind: 'missing', word: MISSING[missing.what].word, reason: failed.message, missing, source };
}

/** Where a program uses what a kernel does not have, as another kernel gets it: the call, or where the address is taken. */
function useOf({ what, name }: MissingThing, progs: readonly (Program | undefined)[]): LoadsOnCell['source'] {
  if (what !== 'kfunc' && what !== 'variable') return null;
  for (const prog of progs) {
    for (const [insn, note] of prog?.notes ?? []) {
      if ((note.kind === 'kfunc' || note.kind === 'ksym') && note.name === name) return new LineTable(prog!.sourceLines).at(insn);
    }
  }
  return null;
}

/** Which two kernels, beside each other, first differ, from the newest down: in whether it loads, or else in the number of instructions. */
function differing(cells: readonly LoadsOnCell[]): number {
  for (let i = cells.length - 1; i > 0; i--) if (cells[i]!.kind !== cells[i - 1]!.kind) return i;
  for (let i = cells.length - 1; i > 0; i--) if (cells[i]!.processed !== cells[i - 1]!.processed) return i;
  return -1;
}

/** A program on all sides. */
interface Row {
  readonly cells: readonly LoadsOnCell[];
  readonly results: readonly (ProgramResult | null)[];
  readonly progs: readonly (Program | undefined)[];
}

function differenceOf(
  sides: readonly KernelSide[],
  kernels: readonly KernelName[],
  row: Row,
  verifier: SideVerifier,
): KernelDifference | null {
  const newer = differing(row.cells);
  if (newer < 0) return null;
  const older = newer - 1;
  const [a, b] = [row.cells[older]!, row.cells[newer]!];
  const base = { older, newer, feature: null };
  const [nameA, nameB] = [kernels[older]!.series, kernels[newer]!.series];
  if (a.kind === b.kind) {
    return { ...base, text: `the same on both; ${nameA} processes ${a.processed} instructions, ${nameB} ${b.processed}`, instead: '' };
  }
  const worse = a.kind === 'loads' ? newer : older;
  const cell = row.cells[worse]!;
  if (cell.missing !== null) {
    return { ...base, text: sinceOf(cell.missing, row, kernels), instead: insteadOf(cell.missing, row, kernels) };
  }
  const other = worse === older ? newer : older;
  const result = row.results[worse] ?? null;
  const prog = row.progs[worse];
  const suggestion = result?.explanation?.suggestion ?? null;
  const instead = suggestion === null ? '' : plain(suggestion);
  if (cell.kind === 'rejected' && row.cells[other]!.kind === 'loads' && result !== null && prog !== undefined) {
    const side = sides[worse]!;
    const deciding = verifier.deciding(side, prog, result, sides[other]!.kernel.profile.features);
    if (deciding !== null)
      return { ...base, feature: deciding.feature, text: decidingWords(deciding, side.kernel.profile, kernels[worse]!.series), instead };
  }
  return { ...base, text: `${kernels[worse]!.series}: ${cell.reason}`, instead };
}

/** All programs, those of the newest kernel first; '' for all. */
export function programsOn(
  unsorted: readonly KernelSide[],
  request: Pick<LoadsOnRequest, 'program' | 'object' | 'parts'>,
  verifier: SideVerifier,
): { readonly kernels: readonly KernelName[]; readonly programs: readonly LoadsOnProgram[] } {
  const sides = [...unsorted].sort(byVersion);
  const kernels = sides.map(({ kernel: { profile }, asked }) => ({
    version: profile.version,
    series: releaseOf(profile.version).series,
    asked,
  }));
  const newest = sides.at(-1)!.kernel.profile;
  const helper = (id: number): string => newest.helperName(id) ?? `number ${id}`;
  const declarations = new Declarations(request);
  const labels = sides.map((side) => programLabels(side.object));
  const namesOf = (side: KernelSide, i: number): string[] => [...labels[i]!.values(), ...side.object.failed.map((p) => p.name)];
  const programs: LoadsOnProgram[] = [];
  for (const name of new Set(sides.map(namesOf).reverse().flat())) {
    const progs = sides.map((side, i) => side.object.programs.find((p) => labels[i]!.get(p) === name));
    if (request.program !== '' && name !== request.program && !progs.some((p) => p?.name === request.program)) continue;
    const results = sides.map((side, i) => {
      const prog = progs[i];
      return prog === undefined ? null : verifier.verify(side, prog, name);
    });
    const failed = sides.map((side) => side.object.failed.find((p) => p.name === name));
    const some = progs.find((p) => p !== undefined);
    const cells = results.map((result, i): LoadsOnCell => {
      const cell = result === null ? failedCell(failed[i], declarations) : verifiedCell(progs[i]!, result, helper);
      if (cell.missing === null) return cell;
      const missing = withOlder(cell.missing, sides[i]!.kernel.profile, progs[i] ?? some);
      return { ...cell, missing, source: (result === null ? useOf(missing, progs) : null) ?? cell.source };
    });
    const section = some?.section ?? failed.find((f) => f !== undefined)?.section ?? '';
    const definition = results.find((r) => r?.definition != null)?.definition ?? declarations.place('function', name);
    programs.push({
      program: name,
      section,
      cells,
      definition,
      difference: differenceOf(sides, kernels, { cells, results, progs }, verifier),
    });
  }
  return { kernels, programs };
}
