// SPDX-License-Identifier: GPL-2.0-only
import type { Btf } from '../btf/types';
import type { BpfMap } from './state/map';

/** What a pseudo BTF id load refers to (`insn_aux_data.btf_var`). */
export interface BtfVar {
  /** `RegType | Flag`. */
  readonly regType: number;
  readonly btf: Btf | null;
  readonly btfId: number;
  readonly memSize: number;
}

/** Facts of an instruction that are true or false, each a bit. */
export const enum Fact {
  /** Before it states are compared. */
  PRUNE_POINT = 1 << 0,
  /** It has an entry in the history. */
  JMP_POINT = 1 << 1,
  FORCE_CHECKPOINT = 1 << 2,
  CALLS_CALLBACK = 1 << 3,
  IS_ITER_NEXT = 1 << 4,
  JUMP_TARGET = 1 << 5,
  FASTCALL_PATTERN = 1 << 6,
  /** Several maps were seen by the map helper that it calls. */
  CALL_MAP_POISONED = 1 << 7,
  NOSPEC = 1 << 8,
  NOSPEC_RESULT = 1 << 9,
  NEEDS_ZEXT = 1 << 10,
  PREVENT_ZEXT = 1 << 11,
}

/** Facts that few instructions have. */
class RareFacts {
  /** Jump table or hidden exit successors, null if none. */
  jt: readonly number[] | null = null;
  fastcallSpillsNum = 0;
  /** Map of a map-fd/map-value load. */
  map: BpfMap | null = null;
  /** Offset of a map-value load. */
  mapOff = 0;
  btfVar: BtfVar | null = null;
  /** Map seen by a map helper. */
  callMap: BpfMap | null = null;
  /** Constant key tracking: `null` not seen. */
  mapKeyState: { poisoned: boolean; constant: boolean; key: number } | null = null;
  /** Inlining data of bpf_loop: undefined before the first visit. */
  loopInline: { fit: boolean; subprogno: number } | undefined = undefined;
  aluState = 0;
  aluLimit = 0;
}

/**
 * What is known of each instruction (`struct bpf_insn_aux_data`), as far as anything here asks for it. Filled by the prepasses, refined while checking.
 * Columns by instruction: programs have many, an object for each would be most of what outlives a collection, and passes go through one column in order.
 */
export class AuxTable {
  private readonly facts: Uint16Array;
  /** Strongly connected component, 0 for a singleton. */
  readonly scc: Int32Array;
  /** Registers alive before it, bit i = Ri. */
  readonly liveRegsBefore: Uint16Array;
  /** Number of the pass that last processed it, 0 = never. */
  readonly seen: Uint16Array;
  /** Pointer type first seen by a load/store, 0 = none. */
  readonly ptrType: Int32Array;
  /** Places in {@link rareFacts}. */
  private readonly rareAt: Int32Array;
  /** The first is of all instructions that have none of them, and never written. */
  private readonly rareFacts = [new RareFacts()];

  constructor(readonly length: number) {
    this.facts = new Uint16Array(length);
    this.scc = new Int32Array(length);
    this.liveRegsBefore = new Uint16Array(length);
    this.seen = new Uint16Array(length);
    this.ptrType = new Int32Array(length);
    this.rareAt = new Int32Array(length);
  }

  /** All facts of an instruction that are true, bits of {@link Fact}. */
  of(insn: number): number {
    return this.facts[insn]!;
  }
  has(insn: number, fact: Fact): boolean {
    return (this.facts[insn]! & fact) !== 0;
  }
  /** Whether any instruction has one of these facts. */
  some(facts: number): boolean {
    return this.facts.some((has) => (has & facts) !== 0);
  }
  /** Makes one or more facts true. */
  set(insn: number, facts: number): void {
    this.facts[insn]! |= facts;
  }
  /** Makes them false. */
  clear(insn: number, facts: number): void {
    this.facts[insn]! &= ~facts;
  }

  /** What few instructions have, to look at. */
  rare(insn: number): Readonly<RareFacts> {
    return this.rareFacts[this.rareAt[insn]!]!;
  }
  /** The same to write to. */
  rareOf(insn: number): RareFacts {
    const at = this.rareAt[insn]!;
    if (at !== 0) return this.rareFacts[at]!;
    const made = new RareFacts();
    this.rareAt[insn] = this.rareFacts.push(made) - 1;
    return made;
  }
}

/** The same integers at the beginning of an array of twice the length. */
export function withTwiceTheRoom(words: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * words.length);
  larger.set(words);
  return larger;
}

/** Registers that {@link RegConstants} knows of: R0 to R9. */
const CONST_REGS = 10;
/** Bits of these registers. */
export const CONST_MASK = (1 << CONST_REGS) - 1;
/** Integers of a row: masks, then a value for each register. */
const CONST_ROW = 1 + CONST_REGS;

/**
 * Constants that are in registers before jumps and calls, on whatever path, as a pass before execution finds them (`const_reg_mask` and its kin in
 * `struct bpf_insn_aux_data`): 32-bit values, maps as indices into `env.usedMaps`, subprogram numbers. Masks have bit i for Ri. Nobody asks at other
 * instructions, so they have no rows.
 */
export class RegConstants {
  /** Where the row of an instruction begins; 0 for one without. */
  private readonly places: Int32Array;
  /** Each has three masks in its first word: of values from bit 0, of maps from bit 10, of subprograms from bit 20. The first is empty. */
  private rows = new Int32Array(64 * CONST_ROW);
  private used = CONST_ROW;

  constructor(count: number) {
    this.places = new Int32Array(count);
  }

  /** Registers with a known value. */
  scalars(insn: number): number {
    return this.rows[this.places[insn]!]! & CONST_MASK;
  }
  /** Registers with a known map. */
  maps(insn: number): number {
    return (this.rows[this.places[insn]!]! >>> CONST_REGS) & CONST_MASK;
  }
  /** Registers with a known subprogram. */
  subprogs(insn: number): number {
    return (this.rows[this.places[insn]!]! >>> (2 * CONST_REGS)) & CONST_MASK;
  }
  /** Value, map or subprogram in a register that has one; signed 32 bits. */
  value(insn: number, reg: number): number {
    return this.rows[this.places[insn]! + 1 + reg]!;
  }

  /** Nothing is known before an instruction. */
  forget(insn: number): void {
    const place = this.places[insn]!;
    if (place !== 0) this.rows[place] = 0;
  }
  setScalar(insn: number, reg: number, value: number): void {
    this.set(insn, reg, 0, value);
  }
  setMap(insn: number, reg: number, map: number): void {
    this.set(insn, reg, CONST_REGS, map);
  }
  setSubprog(insn: number, reg: number, subprog: number): void {
    this.set(insn, reg, 2 * CONST_REGS, subprog);
  }
  private set(insn: number, reg: number, shift: number, value: number): void {
    let place = this.places[insn]!;
    if (place === 0) {
      place = this.places[insn] = this.used;
      this.used += CONST_ROW;
      if (this.used > this.rows.length) this.rows = withTwiceTheRoom(this.rows);
    }
    this.rows[place] = this.rows[place]! | (1 << (shift + reg));
    this.rows[place + 1 + reg] = value;
  }
}

/** Argument of a global subprogram (`struct bpf_subprog_arg_info`). */
export interface SubprogArg {
  /** `ArgType | Flag`. */
  readonly type: number;
  readonly memSize: number;
  readonly btf: Btf | null;
  readonly btfId: number;
}

/** `struct bpf_subprog_info`. */
export class SubprogInfo {
  name = '';
  postorderStart = 0;
  exitIdx = 0;
  stackDepth = 0;
  stackExtra = 0;
  insnsTotal = 0;
  insnsSelf = 0;
  fastcallStackOff = 0;
  hasTailCall = false;
  mightThrow = false;
  tailCallReachable = false;
  hasLdAbs = false;
  hasMayGoto = false;
  /** An instruction names the frame pointer. */
  namesFp = false;
  isCb = false;
  isAsyncCb = false;
  isExceptionCb = false;
  argsCached = false;
  keepFastcallStack = false;
  changesPktData = false;
  mightSleep = false;
  /** Among what may sleep in it is something that may fault. */
  mightFault = false;
  argCnt = 0;
  args: SubprogArg[] = [];
  stackArgCnt = 0;
  maxOutStackArgCnt = 0;
  /** Linkage from BTF: `Linkage`; static when there is no BTF. */
  linkage = 0;
  /** `func_info_aux.unreliable`. */
  unreliable = false;
  /** Global subprogram called from non-sleepable [0] and sleepable [1] context, and verified there. */
  readonly called: [boolean, boolean] = [false, false];
  readonly verified: [boolean, boolean] = [false, false];
  /** Type id of its FUNC in the program's BTF, 0 if none. */
  btfFuncId = 0;
  /** Never entered, so not part of the final program. */
  removed = false;
  /** Whether stack depth uses a private stack. */
  privStack: 'unknown' | 'none' | 'adaptive' = 'unknown';

  constructor(public start: number) {}
}
