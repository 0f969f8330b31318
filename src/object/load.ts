// SPDX-License-Identifier: GPL-2.0-only
/** From the bytes of an object to programs as `BPF_PROG_LOAD` gets them. Rules: `tools/lib/bpf/libbpf.c: bpf_object_load`. */
import { kernelObjection } from '../btf/accept';
import { isObjectName } from '../btf/accept/names';
import { BtfError } from '../btf/error';
import type { Btf } from '../btf/types';
import { INSN_BYTES, type Insn } from '../isa/insn';
import { LD_IMM64, PseudoLd } from '../isa/opcode';
import { handedOverBtf } from './btf-image';
import { findAttachTarget, initStructOps, multiAttachModule, sectionTarget, type AttachTarget } from './attach';
import { patchInsn } from './core/patch';
import { CoreResolver, type CandidateCache } from './core/resolve';
import type { CoreKind, CoreRelo } from './core/spec';
import { readDwarfLines, type DwarfLines } from './dwarf-lines';
import { LoadFailure, MapRefused } from './failure';
import type { ObjectKernel } from './object-kernel';
import { extSectionIndex, linkProgram, type Linked, type PlacedRecord } from './link';
import { createMaps, FIRST_FD } from './mapdefs';
import { findFunction, type ObjectFunction, type OpenObject } from './model';
import { openObject } from './open';
import type { FuncInfo, InsnNote, LineInfo, LoadedObject, MapDef, Program, ProgramError } from './program';
import { relocateData } from './relocate';
import { resolveExterns, type ResolvedExterns } from './resolve';
import { placeDwarfLines } from './source-lines';
import { AttachType, ProgFlag, ProgType } from './uapi';

/** Instruction slots that all programs of an object may have together; more would only be an attempt to exhaust memory. */
const MAX_TOTAL_INSNS = 1 << 24;

/** Bytes of a program's name that are handed over (`BPF_OBJ_NAME_LEN` - 1). */
const NAME_BYTES = 15;

/** A CO-RE relocation at its function. */
interface PlacedRelo {
  readonly relo: CoreRelo;
  readonly fn: ObjectFunction;
  /** Index in the function. */
  readonly insn: number;
  /** Number in its section, for messages. */
  readonly number: number;
}

/** What programs of one object share while they are being made. */
interface LoadContext {
  readonly object: OpenObject;
  readonly kernel: ObjectKernel;
  /** The object's BTF, or null if the kernel would not take it. */
  readonly btf: Btf | null;
  readonly externs: ResolvedExterns;
  readonly maps: readonly MapDef[];
  readonly relos: readonly PlacedRelo[];
  readonly candidates: CandidateCache;
  /** Lines of DWARF, read when first asked for. */
  readonly dwarf: () => DwarfLines;
  nextFd: number;
  totalInsns: number;
}

/**
 * Loads an object: every entry program as if it were loaded alone. What keeps one program from being loaded puts it in
 * `failed`; throws {@link ObjectError} or {@link BtfError} if the object cannot be opened at all.
 */
export function loadObject(bytes: Uint8Array, name: string, kernel: ObjectKernel): LoadedObject {
  const object = openObject(bytes, name);
  const warnings = object.warnings;
  const entries = object.functions.filter((fn) => !fn.subprog);
  const programs: Program[] = [];
  const failed: ProgramError[] = [];
  let maps: readonly MapDef[] = [];
  const failure = attempt(() => {
    const externs = resolveExterns(object, kernel);
    const btf = acceptedBtf(object, kernel);
    maps = createMaps(object, kernel, btf, externs.kconfig, warnings);
    const context: LoadContext = {
      object, kernel, btf, externs, maps, relos: placeRelos(object), candidates: new Map(), dwarf: dwarfOf(object), nextFd: FIRST_FD + maps.length, totalInsns: 0,
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
  return { name, license: object.license, btf: object.btf, maps, programs, failed, warnings };
}

function programError(fn: ObjectFunction, reason: LoadFailure | BtfError): ProgramError {
  const error = { name: fn.name, section: fn.section, message: reason.message };
  if (reason instanceof LoadFailure && reason.absent !== '') return { ...error, absent: reason.absent };
  return reason instanceof MapRefused ? { ...error, refusedMap: { map: reason.map, objection: reason.objection } } : error;
}

/** Lines of DWARF, read at the first question; none, and a warning, if they are malformed. */
function dwarfOf(object: OpenObject): () => DwarfLines {
  let lines: DwarfLines | null = null;
  return () => {
    if (lines === null) {
      const read = readDwarfLines(object.elf);
      if (typeof read === 'string') {
        object.warnings.push(read);
      }
      lines = typeof read === 'string' ? new Map() : read;
    }
    return lines;
  };
}

/** The BTF that programs and maps are loaded with: none if the kernel refuses it (struct_ops cannot do without). */
function acceptedBtf(object: OpenObject, kernel: ObjectKernel): Btf | null {
  if (object.btf === null) {
    return null;
  }
  const refusal = kernelObjection(handedOverBtf(object.parsedBtf!, object.btf));
  const objection = refusal === null ? (kernel.refusesBtf?.(object.btf) ?? null) : refusal.of === null ? refusal.line : `${refusal.of}: ${refusal.line}`;
  if (objection === null) {
    return object.btf;
  }
  if (object.maps.some((map) => map.structOps !== null)) {
    throw new LoadFailure(`Error loading .BTF into kernel: ${objection}. BTF is mandatory, can't proceed.`);
  }
  object.warnings.push(`BTF is not loaded: the kernel refuses it: ${objection}`);
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

/** The CO-RE relocations of an object in the order in which libbpf applies them. */
function placeRelos(object: OpenObject): PlacedRelo[] {
  const placed: PlacedRelo[] = [];
  for (const section of object.btfExt?.coreRelo ?? []) {
    const sectionIndex = extSectionIndex(object, section);
    for (const [number, record] of section.records.entries()) {
      const fn = findFunction(object.functions, sectionIndex, Math.floor(record.insnOff / INSN_BYTES));
      if (fn === null) {
        continue;
      }
      if (record.insnOff % INSN_BYTES !== 0) {
        throw new LoadFailure(`failed to perform CO-RE relocations: relo #${number} at byte ${record.insnOff}`);
      }
      const access = object.parsedBtf!.strings.at(record.words[1]!) ?? '';
      const relo = { insnOff: record.insnOff, typeId: record.words[0]!, access, kind: record.words[2] as CoreKind };
      placed.push({ relo, fn, insn: record.insnOff / INSN_BYTES - fn.start, number });
    }
  }
  return placed;
}

/** Code and notes of functions after CO-RE; a function without relocations keeps its code. */
interface CoreResult {
  readonly code: ReadonlyMap<ObjectFunction, Insn[]>;
  readonly notes: ReadonlyMap<ObjectFunction, ReadonlyMap<number, InsnNote>>;
}

/** Applies the relocations of a program and of all subprograms, as libbpf does whether they are called or not. */
function applyCore({ object, kernel, relos, candidates }: LoadContext, main: ObjectFunction): CoreResult {
  const code = new Map<ObjectFunction, Insn[]>();
  const notes = new Map<ObjectFunction, Map<number, InsnNote>>();
  const resolver = object.btf === null ? null : new CoreResolver(object.btf, kernel, candidates);
  for (const { relo, fn, insn, number } of relos) {
    if (resolver === null || (fn !== main && !fn.subprog)) {
      continue;
    }
    let insns = code.get(fn);
    if (insns === undefined) {
      insns = [...fn.insns];
      code.set(fn, insns);
      notes.set(fn, new Map());
    }
    try {
      const { value, text } = resolver.resolve(relo);
      patchInsn(insns, insn, value);
      notes.get(fn)!.set(insn, { kind: 'core', text, poisoned: value.poison || value.badResize });
    } catch (error) {
      if (error instanceof LoadFailure) {
        throw new LoadFailure(`failed to perform CO-RE relocations: prog '${fn.name}': relo #${number}: ${error.message}`);
      }
      throw error;
    }
  }
  return { code, notes };
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
  const structOps = initAllStructOps(context, fn);
  const core = applyCore(context, fn);
  const linked = linkProgram(object, fn, (part) => markAddresses(part, core.code.get(part) ?? part.insns));
  context.totalInsns += linked.insns.length;
  if (context.totalInsns > MAX_TOTAL_INSNS) {
    throw new LoadFailure(`prog '${fn.name}': the programs of the object are too large together`);
  }
  const tables = relocateData(linked, { object, kernel, externs, maps: context.maps, nextFd: () => context.nextFd++ });
  if (fn.secDef === null || progType === ProgType.UNSPEC) {
    throw new LoadFailure(`prog '${fn.name}': missing BPF prog type, check ELF section name '${fn.section}'`);
  }
  if (progType === ProgType.STRUCT_OPS && structOps === null) {
    throw new LoadFailure(`prog '${fn.name}': SEC("struct_ops") program isn't referenced anywhere, did you forget to use it?`);
  }
  const attach = structOps ?? attachTarget(kernel, fn, progType);
  if (!isObjectName(new TextEncoder().encode(fn.name.slice(0, NAME_BYTES)).subarray(0, NAME_BYTES))) {
    throw new LoadFailure(`prog '${fn.name}': the kernel takes a name of letters, digits, '_' and '.' only (EINVAL)`);
  }
  const records = linked.lineInfo.map((record) => lineInfo(object, record));
  return {
    object: object.file,
    name: fn.name,
    section: fn.section,
    progType,
    expectedAttachType: structOps?.member ?? (fn.secDef.usdt ? AttachType.TRACE_UPROBE_MULTI : fn.secDef.attachType),
    progFlags:
      (fn.secDef.sleepable ? ProgFlag.SLEEPABLE : 0) |
      (fn.secDef.xdpFrags && progType === ProgType.XDP ? ProgFlag.XDP_HAS_FRAGS : 0),
    attachBtfId: attach?.id ?? 0,
    attachBtf: attach?.btf ?? null,
    attachTarget: sectionTarget(fn.section),
    license: object.license,
    kernVersion: object.version ?? kernel.kernelVersion,
    insns: linked.insns,
    notes: allNotes(linked, core),
    ...(linked.exceptionCode < linked.insns.length ? { exceptionCode: linked.exceptionCode } : {}),
    funcInfo: context.btf === null ? [] : linked.funcInfo.map(({ at, words }): FuncInfo => ({ insnOff: at, typeId: words[0]! })),
    lineInfo: context.btf === null ? [] : records,
    sourceLines: records.length > 0 ? records : placeDwarfLines(linked.functions, context.dwarf()),
    btf: context.btf,
    maps: tables.length === 0 ? context.maps : [...context.maps, ...tables],
    fdArray: externs.fdArray,
    optional: !fn.autoload,
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
    attachType === AttachType.TRACE_FENTRY_MULTI || attachType === AttachType.TRACE_FEXIT_MULTI || attachType === AttachType.TRACE_FSESSION_MULTI;
  const module = isMulti ? multiAttachModule(kernel, fn) : null;
  return module === null ? null : { btf: module, id: 0 };
}

function allNotes(linked: Linked, core: CoreResult): ReadonlyMap<number, InsnNote> {
  for (const { fn, at } of linked.functions) {
    for (const [insn, note] of core.notes.get(fn) ?? []) {
      linked.notes.set(at + insn, note);
    }
  }
  return linked.notes;
}

function lineInfo(object: OpenObject, { at, words }: PlacedRecord): LineInfo {
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

