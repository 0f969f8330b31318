// SPDX-License-Identifier: GPL-2.0-only
/**
 * Putting a program together: its own code, then the subprograms that it reaches, each where it is first called.
 * Rules: `tools/lib/bpf/libbpf.c: bpf_object__relocate_calls, bpf_object__append_subprog_code`.
 */
import type { Spend } from '../btf/budget';
import { Kind, Linkage } from '../btf/types';
import { calledSlot } from '../isa/flow';
import { type Insn, INSN_BYTES, isFuncRef } from '../isa/insn';
import { CALL, PseudoCall } from '../isa/opcode';
import type { ExtRecord, ExtSection } from './btfext';
import { LoadFailure } from './failure';
import { EXCEPTION_TAG, findFunction, type ObjectFunction, type OpenObject, type Reloc } from './model';
import type { InsnNote } from './program';

/** Most instruction slots of one program: more than the kernel looks at (`BPF_COMPLEXITY_LIMIT_INSNS`). */
const MAX_INSNS = 1 << 22;

/** A function at its place in the linked program. */
export interface Placed {
  readonly fn: ObjectFunction;
  /** First instruction slot. */
  readonly at: number;
}

/** Records of `.BTF.ext` that belong to one function of the linked program: part of the object's table, which all programs share. */
export interface PlacedRecords {
  readonly records: readonly ExtRecord[];
  /** From this record to before that one. */
  readonly from: number;
  readonly to: number;
  /** To be added to a record's instruction slot. */
  readonly shift: number;
}

/** How many records there are. */
export function countRecords(ranges: readonly PlacedRecords[]): number {
  return ranges.reduce((sum, { from, to }) => sum + to - from, 0);
}

/** Makes something of each record; `at`: its instruction slot in the linked program. */
export function mapRecords<T>(ranges: readonly PlacedRecords[], make: (at: number, words: readonly number[]) => T): T[] {
  const made: T[] = [];
  for (const { records, from, to, shift } of ranges) {
    for (let index = from; index < to; index += 1) {
      const { insnOff, words } = records[index]!;
      made.push(make(Math.floor(insnOff / INSN_BYTES) + shift, words));
    }
  }
  return made;
}

/** A program with its calls relocated and everything else still open. */
export interface Linked {
  readonly insns: Insn[];
  /** The program itself first, then subprograms in the order in which they were appended. */
  readonly functions: readonly Placed[];
  readonly funcInfo: readonly PlacedRecords[];
  readonly lineInfo: readonly PlacedRecords[];
  readonly notes: Map<number, InsnNote>;
  /** Where what is there only for the exception callback begins; the end if nothing is. */
  readonly exceptionCode: number;
  readonly warnings: readonly string[];
  /** Functions that are linked as cilium/ebpf does, though libbpf links those of `.text` only. */
  readonly outside: readonly ObjectFunction[];
}

/** Code of a function as it goes into programs (with its CO-RE relocations applied). */
export type CodeOf = (fn: ObjectFunction) => readonly Insn[];

interface Frame {
  readonly placed: Placed;
  /** Next instruction of the function to look at. */
  next: number;
}

/** Links one program. Throws {@link LoadFailure} as libbpf refuses. */
export function linkProgram(object: OpenObject, main: ObjectFunction, codeOf: CodeOf, spend: Spend): Linked {
  return new Linker(object, main, codeOf, spend).link();
}

class Linker {
  readonly #object: OpenObject;
  readonly #main: ObjectFunction;
  readonly #codeOf: CodeOf;
  readonly #insns: Insn[] = [];
  readonly #functions: Placed[] = [];
  readonly #offsets = new Map<ObjectFunction, number>();
  readonly #frames: Frame[] = [];
  readonly #notes = new Map<number, InsnNote>();
  readonly #warnings: string[] = [];
  readonly #funcInfo: PlacedRecords[] = [];
  readonly #lineInfo: PlacedRecords[] = [];
  readonly #spend: Spend;

  constructor(object: OpenObject, main: ObjectFunction, codeOf: CodeOf, spend: Spend) {
    this.#object = object;
    this.#main = main;
    this.#codeOf = codeOf;
    this.#spend = spend;
  }

  link(): Linked {
    this.#append(this.#main);
    this.#run();
    const exceptionCode = this.#insns.length;
    this.#spend(this.#object.exceptionTags.length);
    const callback = exceptionCallback(this.#object, this.#main);
    if (callback !== null && !this.#offsets.has(callback)) {
      this.#append(callback);
      this.#run();
    }
    return {
      insns: this.#insns,
      functions: this.#functions,
      funcInfo: this.#funcInfo,
      lineInfo: this.#lineInfo,
      notes: this.#notes,
      exceptionCode,
      warnings: this.#warnings,
      outside: this.#functions.flatMap(({ fn }) => (fn !== this.#main && fn.sectionIndex !== this.#object.textIndex ? [fn] : [])),
    };
  }

  /** Appends a function and begins to relocate its calls; they are followed before those of the function that called it. */
  #append(fn: ObjectFunction): void {
    const placed = { fn, at: this.#insns.length };
    this.#spend(1 + fn.insns.length + fn.relocs.length);
    const unusable = fn.relocs.find((reloc) => reloc.kind === 'unusable');
    if (unusable !== undefined) {
      throw new LoadFailure(unusable.reason);
    }
    if (this.#insns.length + fn.insns.length > MAX_INSNS) {
      throw new LoadFailure(`prog '${this.#main.name}': more than ${MAX_INSNS} instructions with its subprograms`);
    }
    this.#functions.push(placed);
    this.#offsets.set(fn, placed.at);
    for (const insn of this.#codeOf(fn)) {
      this.#insns.push(insn);
    }
    this.#appendInfo(placed);
    this.#frames.push({ placed, next: 0 });
  }

  #run(): void {
    for (let frame = this.#frames.at(-1); frame !== undefined; frame = this.#frames.at(-1)) {
      if (frame.next >= frame.placed.fn.insns.length) {
        this.#frames.pop();
      } else {
        const index = frame.next;
        frame.next += 1;
        this.#relocateCall(frame.placed, index);
      }
    }
  }

  #relocateCall({ fn, at }: Placed, index: number): void {
    const insn = this.#insns[at + index]!;
    const isCall = insn.code === CALL && insn.src === PseudoCall.CALL && insn.dst === 0 && insn.off === 0;
    if (!isCall && !isFuncRef(insn)) {
      return;
    }
    const reloc = findReloc(fn.relocs, index);
    if (reloc?.kind === 'extern-call') {
      return;
    }
    const slot = this.#targetSlot(fn, index, insn, isCall, reloc);
    const target = findFunction(this.#object.functions, this.#sectionOf(fn, reloc), slot);
    if (target === null) {
      throw new LoadFailure(this.#noTarget(fn, reloc, slot));
    }
    if (!this.#offsets.has(target)) {
      this.#append(target);
    }
    this.#insns[at + index] = { ...insn, imm: this.#offsets.get(target)! - (at + index) - 1 };
    this.#notes.set(at + index, { kind: 'subprog', name: target.name });
  }

  /** The section that a call or a function address points into: without a relocation, that of its own function. */
  #sectionOf(fn: ObjectFunction, reloc: Reloc | undefined): number {
    return reloc?.kind === 'call' || reloc?.kind === 'subprog-address' ? reloc.section : fn.sectionIndex;
  }

  #noTarget(fn: ObjectFunction, reloc: Reloc | undefined, slot: number): string {
    const section = this.#object.elf.sections[this.#sectionOf(fn, reloc)]!.name;
    const lost = this.#object.unreadable.filter((other) => other.section === section.replace(/^\?/, ''));
    const why = lost.length === 0 ? '' : `; what is there cannot be read: ${lost[0]!.reason}`;
    return this.#object.textIndex === 0 && reloc === undefined
      ? `prog '${fn.name}': no .text section found yet sub-program call exists`
      : `prog '${fn.name}': no function at instruction ${slot} of ${section}, which it calls${why}`;
  }

  /** Slot in the section that a call or a function address points at. */
  #targetSlot(fn: ObjectFunction, index: number, insn: Insn, isCall: boolean, reloc: Reloc | undefined): number {
    if (reloc === undefined) {
      if (!isCall) {
        throw new LoadFailure(`prog '${fn.name}': missing subprog addr relo for insn #${index}`);
      }
      return calledSlot(insn, fn.start + index);
    }
    if (reloc.kind === 'call') {
      return calledSlot(insn, reloc.offset / INSN_BYTES);
    }
    if (reloc.kind !== 'subprog-address') {
      throw new LoadFailure(`prog '${fn.name}': unexpected relo for insn #${index}, type ${reloc.kind}`);
    }
    return Math.floor((reloc.offset + insn.imm) / INSN_BYTES);
  }

  #appendInfo(placed: Placed): void {
    const ext = this.#object.btfExt;
    if (ext !== null) {
      this.#appendTable(placed, ext.funcInfo, this.#funcInfo, 'function');
      this.#appendTable(placed, ext.lineInfo, this.#lineInfo, 'line');
    }
  }

  #appendTable({ fn, at }: Placed, table: readonly ExtSection[], into: PlacedRecords[], what: string): void {
    const isMain = fn === this.#main;
    if (!isMain && into.length === 0) {
      return;
    }
    const found = recordsOf(this.#object, table, fn, this.#spend);
    if (found === null) {
      if (!isMain) {
        throw new LoadFailure(`prog '${fn.name}': missing .BTF.ext ${what} info.`);
      }
      this.#warnings.push(`prog '${fn.name}': missing .BTF.ext ${what} info for the main program, skipping all of .BTF.ext ${what} info.`);
      return;
    }
    into.push({ ...found, shift: at - fn.start });
  }
}

function findReloc(relocs: readonly Reloc[], index: number): Reloc | undefined {
  let low = 0;
  let high = relocs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (relocs[middle]!.insn < index) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  const found = relocs[low];
  return found?.insn === index ? found : undefined;
}

/** Section number by name, as `.BTF.ext` names sections. */
const sectionNumbers = new WeakMap<OpenObject, ReadonlyMap<string, number>>();

/** The section that a table of `.BTF.ext` is about, or -1. */
export function extSectionIndex(object: OpenObject, section: ExtSection): number {
  let numbers = sectionNumbers.get(object);
  if (numbers === undefined) {
    numbers = new Map(object.elf.sections.map((candidate): [string, number] => [candidate.name, candidate.index]).reverse());
    sectionNumbers.set(object, numbers);
  }
  const name = object.parsedBtf?.strings.at(section.nameOff) ?? '';
  return name === '' ? -1 : (numbers.get(name) ?? -1);
}

/** Sections of a table by the number of the section that they are about; the first one counts. */
const sectionsOfTable = new WeakMap<readonly ExtSection[], ReadonlyMap<number, ExtSection>>();

function sectionOf(object: OpenObject, table: readonly ExtSection[], sectionIndex: number): ExtSection | undefined {
  let byNumber = sectionsOfTable.get(table);
  if (byNumber === undefined) {
    byNumber = new Map(table.map((section): [number, ExtSection] => [extSectionIndex(object, section), section]).reverse());
    sectionsOfTable.set(table, byNumber);
  }
  return byNumber.get(sectionIndex);
}

/** The records from the first to the last one that lies in a function, or null (`adjust_prog_btf_ext_info`). */
function recordsOf(
  object: OpenObject,
  table: readonly ExtSection[],
  fn: ObjectFunction,
  spend: Spend,
): Omit<PlacedRecords, 'shift'> | null {
  const section = sectionOf(object, table, fn.sectionIndex);
  if (section === undefined) {
    return null;
  }
  const { records } = section;
  const slotOf = (index: number): number => Math.floor(records[index]!.insnOff / INSN_BYTES);
  let first = -1;
  let end = -1;
  const start = isSorted(section) ? firstAtOrAfter(records, fn.start) : 0;
  let index = start;
  for (; index < records.length; index += 1) {
    if (slotOf(index) >= fn.start + fn.insns.length) {
      break;
    }
    if (slotOf(index) >= fn.start) {
      first = first < 0 ? index : first;
      end = index + 1;
    }
  }
  spend(index - start);
  return first < 0 ? null : { records, from: first, to: end };
}

/** Whether the records of a section ascend by instruction, as compilers write them. */
const sorted = new WeakMap<ExtSection, boolean>();

function isSorted(section: ExtSection): boolean {
  let known = sorted.get(section);
  if (known === undefined) {
    known = section.records.every((record, index) => index === 0 || section.records[index - 1]!.insnOff <= record.insnOff);
    sorted.set(section, known);
  }
  return known;
}

function firstAtOrAfter(records: readonly ExtRecord[], slot: number): number {
  let low = 0;
  let high = records.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (records[middle]!.insnOff / INSN_BYTES < slot) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

/** The subprogram that a program names as its exception callback by decl tag, or null (`bpf_prog_assign_exc_cb`). */
function exceptionCallback(object: OpenObject, main: ObjectFunction): ObjectFunction | null {
  let found: ObjectFunction | null = null;
  for (const tag of object.exceptionTags) {
    const tagged = object.btf!.type(tag.type);
    if (tagged?.kind !== Kind.FUNC || tagged.linkage !== Linkage.GLOBAL) {
      throw new LoadFailure(`prog '${main.name}': exception_callback:<value> decl tag not applied to the main program`);
    }
    if (tagged.name !== main.name) {
      continue;
    }
    if (found !== null) {
      return null;
    }
    const name = tag.name.slice(EXCEPTION_TAG.length);
    if (name === '') {
      throw new LoadFailure(`prog '${main.name}': exception_callback:<value> decl tag contains empty value`);
    }
    found = object.functions.find((candidate) => candidate.subprog && candidate.name === name) ?? null;
    if (found === null) {
      throw new LoadFailure(`prog '${main.name}': cannot find exception callback '${name}'`);
    }
    if (!found.global || found.hidden) {
      throw new LoadFailure(`prog '${main.name}': exception callback ${found.name} must be a global non-hidden function`);
    }
  }
  return found;
}
