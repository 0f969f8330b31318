// SPDX-License-Identifier: GPL-2.0-only
/** From the bytes of an object to programs as `BPF_PROG_LOAD` gets them. Rules: `tools/lib/bpf/libbpf.c: bpf_object_load`. */
import { isObjectName } from '../btf/accept/names';
import { UNBOUNDED, type Spend } from '../btf/budget';
import { BtfError } from '../btf/error';
import type { Btf } from '../btf/types';
import type { Insn } from '../isa/insn';
import { LD_IMM64, PseudoLd } from '../isa/opcode';
import { findAttachTarget, initStructOps, multiAttachModule, sectionTarget, type AttachTarget } from './attach';
import { CoreRelocations, type CoreResult } from './core/apply';
import { AS_COMPILED, type LoadChoices } from './choices';
import type { DwarfLines } from './dwarf-lines';
import { placeDwarfVariables, type DwarfVariables } from './dwarf-variables';
import { LoadFailure, MapRefused } from './failure';
import type { ObjectKernel } from './object-kernel';
import { countRecords, linkProgram, mapRecords, type Linked } from './link';
import { createMaps, FIRST_FD } from './mapdefs';
import type { ObjectFunction, OpenObject } from './model';
import { openForLoading, type OpenedObject } from './opened';
import type { FuncInfo, InsnNote, LineInfo, LoadedObject, MapDef, Program, ProgramError, TypeCandidate, VariablePlace } from './program';
import { relocateData } from './relocate';
import { findSecDef } from './secdefs';
import { resolveExterns, type ResolvedExterns } from './resolve';
import { placeDwarfLines } from './source-lines';
import { AttachType, ProgFlag, ProgType } from './uapi';

/**
 * Instructions and table records that programs of one object may have together before their parts are made anew whenever they are
 * asked for: programs share subprograms in the object, but each has its own copy once linked.
 */
const MAX_KEPT = 1 << 20;

/** Bytes of a program's name that are handed over (`BPF_OBJ_NAME_LEN` - 1). */
const NAME_BYTES = 15;

/** What programs of one object share while they are being made. */
interface LoadContext {
  readonly object: OpenObject;
  readonly kernel: ObjectKernel;
  /** The object's BTF, or null if the kernel would not take it. */
  readonly btf: Btf | null;
  readonly externs: ResolvedExterns;
  readonly maps: readonly MapDef[];
  readonly core: CoreRelocations;
  /** What was decided for all programs, in words. */
  readonly assumptions: readonly string[];
  /** Lines of DWARF, read when first asked for. */
  readonly dwarf: () => DwarfLines;
  /** Places of variables, read when first asked for. */
  readonly variables: () => DwarfVariables;
  readonly spend: Spend;
  nextFd: number;
  /** Instructions and table records of the programs made so far. */
  size: number;
  /** What was made last of a program whose parts are not kept. */
  latest: { readonly of: ObjectFunction; readonly body: ProgramBody } | null;
}

/** The parts of a program that grow with its code. */
type ProgramBody = Pick<Program, 'insns' | 'notes' | 'funcInfo' | 'lineInfo' | 'sourceLines' | 'variables' | 'maps'> & {
  readonly exceptionCode: number;
  readonly outside: readonly ObjectFunction[];
};

/**
 * Loads an object on a kernel: every entry program as if it were loaded alone. What keeps one program from being loaded puts it in
 * `failed`; throws {@link ObjectError} or {@link BtfError} if the object cannot be opened at all, and
 * {@link ChoiceError} for choices that do not fit it.
 */
export function loadObject(
  bytes: Uint8Array,
  name: string,
  kernel: ObjectKernel,
  spend: Spend = UNBOUNDED,
  choices: LoadChoices = AS_COMPILED,
): LoadedObject {
  return loadOpened(openForLoading(bytes, name, spend, choices), kernel, spend);
}

/** Loads an object that has been opened, on one of several kernels. */
export function loadOpened(opened: OpenedObject, kernel: ObjectKernel, spend: Spend): LoadedObject {
  const { object, choices, constants } = opened;
  const warnings = [...object.warnings];
  const entries = object.functions.filter((fn) => !fn.subprog && choices.programs?.[fn.name]?.load !== false);
  const programs: Program[] = [];
  const failed: ProgramError[] = object.unreadable
    .filter((fn) => !fn.subprog)
    .map(({ name: lost, section, reason }) => ({ name: lost, section, message: reason }));
  let maps: readonly MapDef[] = [];
  const failure = attempt(() => {
    const externs = resolveExterns(object, kernel);
    const btf = acceptedBtf(opened, kernel, warnings, spend);
    maps = createMaps(object, kernel, btf, externs.kconfig, warnings);
    const core = new CoreRelocations(opened, kernel, spend);
    const context: LoadContext = {
      object,
      kernel,
      btf,
      externs,
      maps,
      core,
      assumptions: [...opened.assumptions, ...lacking(object, externs)],
      dwarf: dwarfOf(opened.dwarfLines, warnings),
      variables: dwarfOf(opened.dwarfVariables, warnings),
      spend,
      nextFd: FIRST_FD + maps.length,
      size: 0,
      latest: null,
    };
    for (const fn of entries) {
      const reason = attempt(() => programs.push(makeProgram(context, fn)));
      if (reason !== null) {
        failed.push(programError(fn, reason));
      }
    }
  });
  if (failure !== null) {
    failed.push(...entries.map((fn) => programError(fn, failure)));
  }
  const undefinedSymbols = object.externs.flatMap(({ name: symbol, what }) => (what.kind === 'undefined' ? [symbol] : []));
  return { name: object.file, license: object.license, btf: object.btf, maps, programs, failed, warnings, undefinedSymbols, constants };
}

function programError(fn: ObjectFunction, reason: LoadFailure | BtfError): ProgramError {
  const told = { name: fn.name, section: fn.section, message: reason.message };
  if (!(reason instanceof LoadFailure)) return told;
  const error = reason.missing === null ? told : { ...told, missing: reason.missing };
  if (reason.undecided !== null) return { ...error, undecided: { what: reason.undecided, role: fn.role } };
  if (reason.absent !== '') return { ...error, absent: reason.absent };
  return reason instanceof MapRefused ? { ...error, refusedMap: { map: reason.map, objection: reason.objection } } : error;
}

/** Programs that do without a missing symbol are verified although libbpf would load nothing of their file. */
function lacking({ refusals }: OpenObject, { externs }: ResolvedExterns): string[] {
  const failed = externs.find((extern) => extern.kind === 'failed');
  const why = refusals[0] ?? failed?.failure.message;
  return why === undefined ? [] : [`the rest of the file is left out, which libbpf would not load: ${why}`];
}

/** What is assumed of a program that calls functions which libbpf would not link. */
function linkedOutside(functions: readonly ObjectFunction[]): string[] {
  if (functions.length === 0) return [];
  const names = functions.map((fn) => `'${fn.name}' of section ${fn.section}`);
  const more = names.length > 3 ? ` and ${names.length - 3} more` : '';
  return [`${names.slice(0, 3).join(', ')}${more} linked as cilium/ebpf does: libbpf links functions of .text only`];
}

/** A part of DWARF, read at the first question; nothing, and a warning, if it is malformed. */
function dwarfOf<T>(read: () => ReadonlyMap<number, T> | string, warnings: string[]): () => ReadonlyMap<number, T> {
  let known: ReadonlyMap<number, T> | null = null;
  return () => {
    if (known === null) {
      const found = read();
      if (typeof found === 'string') {
        warnings.push(found);
      }
      known = typeof found === 'string' ? new Map() : found;
    }
    return known;
  };
}

/** The BTF that programs and maps are loaded with: none if the kernel refuses it (struct_ops cannot do without). */
function acceptedBtf(opened: OpenedObject, kernel: ObjectKernel, warnings: string[], spend: Spend): Btf | null {
  const { object } = opened;
  if (object.btf === null) {
    return null;
  }
  const objection = opened.objection(spend) ?? kernel.refusesBtf?.(object.btf) ?? null;
  if (objection === null) {
    return object.btf;
  }
  if (object.maps.some((map) => map.structOps !== null)) {
    throw new LoadFailure(`Error loading .BTF into kernel: ${objection}. BTF is mandatory, can't proceed.`);
  }
  warnings.push(`BTF is not loaded: the kernel refuses it: ${objection}`);
  return null;
}

/** Runs `action`; returns why libbpf would refuse, or null. */
function attempt(action: () => unknown): LoadFailure | BtfError | null {
  try {
    action();
    return null;
  } catch (error) {
    if (error instanceof LoadFailure || error instanceof BtfError) {
      return error;
    }
    throw error;
  }
}

/** Marks loads of subprogram addresses, which linking looks for. */
function markAddresses(fn: ObjectFunction, code: readonly Insn[]): readonly Insn[] {
  const marked = fn.relocs.filter((reloc) => reloc.kind === 'subprog-address');
  if (marked.length === 0) {
    return code;
  }
  const insns = [...code];
  for (const { insn } of marked) {
    insns[insn] = { ...insns[insn]!, src: insns[insn]!.code === LD_IMM64 ? PseudoLd.FUNC : insns[insn]!.src };
  }
  return insns;
}

function makeProgram(context: LoadContext, fn: ObjectFunction): Program {
  const { object, kernel, externs } = context;
  const progType = fn.secDef?.progType ?? ProgType.UNSPEC;
  context.spend(1 + object.maps.length);
  const structOps = initAllStructOps(context, fn);
  const firstFd = context.nextFd;
  const body = makeBody(context, fn, firstFd);
  context.nextFd = firstFd + body.maps.length - context.maps.length;
  if (fn.secDef === null || progType === ProgType.UNSPEC) {
    throw new LoadFailure(`prog '${fn.name}': missing BPF prog type, check ELF section name '${fn.section}'`, '', 'type');
  }
  if (progType === ProgType.STRUCT_OPS && structOps === null) {
    throw new LoadFailure(`prog '${fn.name}': SEC("struct_ops") program isn't referenced anywhere, did you forget to use it?`);
  }
  const attach = structOps ?? attachTarget(kernel, fn, progType);
  if (!isObjectName(new TextEncoder().encode(fn.name.slice(0, NAME_BYTES)).subarray(0, NAME_BYTES))) {
    throw new LoadFailure(`prog '${fn.name}': the kernel takes a name of letters, digits, '_' and '.' only (EINVAL)`);
  }
  const assumptions = [...context.assumptions, ...fn.assumptions, ...linkedOutside(body.outside)];
  const kept = context.size <= MAX_KEPT ? body : null;
  const parts = (): ProgramBody => {
    if (kept !== null) {
      return kept;
    }
    if (context.latest?.of !== fn) {
      context.latest = { of: fn, body: makeBody(context, fn, firstFd) };
    }
    return context.latest.body;
  };
  return {
    object: object.file,
    name: fn.name,
    section: fn.section,
    ...mayBe(fn),
    progType,
    expectedAttachType: structOps?.member ?? (fn.secDef.usdt ? AttachType.TRACE_UPROBE_MULTI : fn.secDef.attachType),
    progFlags:
      (fn.secDef.sleepable ? ProgFlag.SLEEPABLE : 0) | (fn.secDef.xdpFrags && progType === ProgType.XDP ? ProgFlag.XDP_HAS_FRAGS : 0),
    attachBtfId: attach?.id ?? 0,
    attachBtf: attach?.btf ?? null,
    attachTarget: sectionTarget(fn.role),
    ...(assumptions.length > 0 ? { assumptions } : {}),
    license: object.license,
    kernVersion: object.version ?? kernel.kernelVersion,
    ...(object.elf.littleEndian ? {} : { bigEndian: true as const }),
    get insns() {
      return parts().insns;
    },
    get notes() {
      return parts().notes;
    },
    ...(body.exceptionCode < body.insns.length ? { exceptionCode: body.exceptionCode } : {}),
    get funcInfo() {
      return parts().funcInfo;
    },
    get lineInfo() {
      return parts().lineInfo;
    },
    get sourceLines() {
      return parts().sourceLines;
    },
    get variables() {
      return parts().variables ?? [];
    },
    btf: context.btf,
    get maps() {
      return parts().maps;
    },
    fdArray: externs.fdArray,
    optional: !fn.autoload,
  };
}

/** The types that are left open by what a program gets. */
function mayBe({ candidates }: ObjectFunction): Pick<Program, 'mayBe'> {
  if (candidates === undefined) return {};
  const types = candidates.candidates.map((section): TypeCandidate => {
    const { progType, attachType } = findSecDef(section)!;
    return { section, progType, expectedAttachType: attachType };
  });
  return { mayBe: { struct: candidates.struct, types } };
}

/** Links a program and fills in what it refers to. `firstFd`: number of the first map that is made for it alone. */
function makeBody(context: LoadContext, fn: ObjectFunction, firstFd: number): ProgramBody {
  const { object, kernel, externs, btf } = context;
  const core = context.core.apply(fn);
  // a program that this one calls as a function has CO-RE relocations of its own
  const coreOf = (part: ObjectFunction): CoreResult => (part.subprog || part === fn ? core : context.core.apply(part));
  const linked = linkProgram(object, fn, (part) => markAddresses(part, coreOf(part).code(part) ?? part.insns), context.spend);
  let nextFd = firstFd;
  const tables = relocateData(linked, { object, kernel, externs, maps: context.maps, nextFd: () => nextFd++, spend: context.spend });
  const notes = allNotes(linked, coreOf);
  const { funcInfo, lineInfo } = linked;
  context.size += linked.insns.length + countRecords(funcInfo) + countRecords(lineInfo) + notes.size;
  let lines: readonly LineInfo[] | null = null;
  const lineRecords = (): readonly LineInfo[] => (lines ??= mapRecords(lineInfo, (at, words) => lineOf(object, at, words)));
  let dwarf: readonly LineInfo[] | null = null;
  let variables: readonly VariablePlace[] | null = null;
  return {
    insns: linked.insns,
    notes,
    exceptionCode: linked.exceptionCode,
    outside: linked.outside,
    funcInfo: btf === null ? [] : mapRecords(funcInfo, (at, words): FuncInfo => ({ insnOff: at, typeId: words[0]! })),
    get lineInfo() {
      return btf === null ? [] : lineRecords();
    },
    get sourceLines() {
      return lineInfo.length > 0 ? lineRecords() : (dwarf ??= placeDwarfLines(linked.functions, context.dwarf()));
    },
    get variables() {
      return (variables ??= placeDwarfVariables(linked.functions, context.variables()));
    },
    maps: tables.length === 0 ? context.maps : [...context.maps, ...tables],
  };
}

/** All struct_ops maps of the object must fit the kernel, whatever program is loaded; returns where this one goes. */
function initAllStructOps({ object, kernel }: LoadContext, fn: ObjectFunction): ReturnType<typeof initStructOps> {
  let found: ReturnType<typeof initStructOps> = null;
  let skipped = false;
  for (const map of object.maps) {
    if (map.structOps === null) {
      continue;
    }
    if (!map.autocreate) {
      skipped ||= [...map.structOps.functions.values()].includes(fn);
      continue;
    }
    const target = initStructOps(object, kernel, map, fn);
    if (found !== null && target !== null && (target.id !== found.id || target.member !== found.member)) {
      throw new LoadFailure(`struct_ops init_kern ${map.name}: invalid reuse of prog ${fn.name} in sec ${fn.section}`);
    }
    found ??= target;
  }
  if (found === null && skipped) {
    throw new LoadFailure(`prog '${fn.name}': only maps that are not created by default refer to it`);
  }
  return found;
}

function attachTarget(kernel: ObjectKernel, fn: ObjectFunction, progType: ProgType): AttachTarget | null {
  const { attachBtf, attachType } = fn.secDef!;
  if (attachBtf) {
    return findAttachTarget(kernel, fn, progType, attachType);
  }
  const isMulti =
    attachType === AttachType.TRACE_FENTRY_MULTI ||
    attachType === AttachType.TRACE_FEXIT_MULTI ||
    attachType === AttachType.TRACE_FSESSION_MULTI;
  const module = isMulti ? multiAttachModule(kernel, fn) : null;
  return module === null ? null : { btf: module, id: 0 };
}

function allNotes(linked: Linked, coreOf: (fn: ObjectFunction) => CoreResult): ReadonlyMap<number, InsnNote> {
  for (const { fn, at } of linked.functions) {
    for (const [insn, note] of coreOf(fn).notes(fn) ?? []) {
      linked.notes.set(at + insn, note);
    }
  }
  return linked.notes;
}

function lineOf(object: OpenObject, at: number, words: readonly number[]): LineInfo {
  const strings = object.parsedBtf!.strings;
  const file = strings.at(words[0]!);
  const text = strings.at(words[1]!);
  return {
    insnOff: at,
    file: file ?? '',
    text: text ?? '',
    line: words[2]! >>> 10,
    column: words[2]! & 0x3ff,
    ...(file === undefined || text === undefined ? { nameless: true } : {}),
  };
}
