// SPDX-License-Identifier: GPL-2.0-only
import type { Btf } from '../btf/types';
import type { BpfMap, BtfRecord } from './state/map';

/** What a pseudo BTF id load refers to (`insn_aux_data.btf_var`). */
export interface BtfVar {
  /** `RegType | Flag`. */
  readonly regType: number;
  readonly btf: Btf | null;
  readonly btfId: number;
  readonly memSize: number;
}

/** Facts that are true or false, each a bit. */
const enum Bit {
  PRUNE_POINT = 1 << 0,
  JMP_POINT = 1 << 1,
  FORCE_CHECKPOINT = 1 << 2,
  CALLS_CALLBACK = 1 << 3,
  IS_ITER_NEXT = 1 << 4,
  JUMP_TARGET = 1 << 5,
  INDIRECT_TARGET = 1 << 6,
  FASTCALL_PATTERN = 1 << 7,
  CALL_MAP_POISONED = 1 << 8,
  NOSPEC = 1 << 9,
  NOSPEC_RESULT = 1 << 10,
  NON_SLEEPABLE = 1 << 11,
  NEEDS_ZEXT = 1 << 12,
  PREVENT_ZEXT = 1 << 13,
  CALL_WITH_PERCPU_ALLOC_PTR = 1 << 14,
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
  kptrStructMeta: BtfRecord | null = null;
  aluState = 0;
  aluLimit = 0;
  argProg = 0;
  objNewSize = 0;
  insertOff = 0;
  ctxFieldSize = 0;
}

/** What an instruction has that has none of them. Never written. */
const NOTHING_RARE = new RareFacts();

/**
 * Per-instruction facts (`struct bpf_insn_aux_data`). Filled by the prepasses, refined while checking. Programs have many instructions and each
 * has one of these: what is true or false is a bit, what is rare lies aside.
 */
export class InsnAux {
  private bits = 0;
  private rare = NOTHING_RARE;
  /** Strongly connected component, 0 for a singleton. */
  scc = 0;
  /** Registers alive before it, bit i = Ri. */
  liveRegsBefore = 0;
  /** Number of the pass that last processed it, 0 = never. */
  seen = 0;
  /** Pointer type first seen by a load/store, 0 = none. */
  ptrType = 0;

  private put(bit: Bit, on: boolean): void {
    this.bits = on ? this.bits | bit : this.bits & ~bit;
  }
  private own(): RareFacts {
    if (this.rare === NOTHING_RARE) this.rare = new RareFacts();
    return this.rare;
  }

  /** Before it states are compared. */
  get prunePoint(): boolean {
    return (this.bits & Bit.PRUNE_POINT) !== 0;
  }
  set prunePoint(on: boolean) {
    this.put(Bit.PRUNE_POINT, on);
  }
  /** It has an entry in the history. */
  get jmpPoint(): boolean {
    return (this.bits & Bit.JMP_POINT) !== 0;
  }
  set jmpPoint(on: boolean) {
    this.put(Bit.JMP_POINT, on);
  }
  get forceCheckpoint(): boolean {
    return (this.bits & Bit.FORCE_CHECKPOINT) !== 0;
  }
  set forceCheckpoint(on: boolean) {
    this.put(Bit.FORCE_CHECKPOINT, on);
  }
  get callsCallback(): boolean {
    return (this.bits & Bit.CALLS_CALLBACK) !== 0;
  }
  set callsCallback(on: boolean) {
    this.put(Bit.CALLS_CALLBACK, on);
  }
  get isIterNext(): boolean {
    return (this.bits & Bit.IS_ITER_NEXT) !== 0;
  }
  set isIterNext(on: boolean) {
    this.put(Bit.IS_ITER_NEXT, on);
  }
  get jumpTarget(): boolean {
    return (this.bits & Bit.JUMP_TARGET) !== 0;
  }
  set jumpTarget(on: boolean) {
    this.put(Bit.JUMP_TARGET, on);
  }
  get indirectTarget(): boolean {
    return (this.bits & Bit.INDIRECT_TARGET) !== 0;
  }
  set indirectTarget(on: boolean) {
    this.put(Bit.INDIRECT_TARGET, on);
  }
  get fastcallPattern(): boolean {
    return (this.bits & Bit.FASTCALL_PATTERN) !== 0;
  }
  set fastcallPattern(on: boolean) {
    this.put(Bit.FASTCALL_PATTERN, on);
  }
  /** Several maps were seen by the map helper that it calls. */
  get callMapPoisoned(): boolean {
    return (this.bits & Bit.CALL_MAP_POISONED) !== 0;
  }
  set callMapPoisoned(on: boolean) {
    this.put(Bit.CALL_MAP_POISONED, on);
  }
  get nospec(): boolean {
    return (this.bits & Bit.NOSPEC) !== 0;
  }
  set nospec(on: boolean) {
    this.put(Bit.NOSPEC, on);
  }
  get nospecResult(): boolean {
    return (this.bits & Bit.NOSPEC_RESULT) !== 0;
  }
  set nospecResult(on: boolean) {
    this.put(Bit.NOSPEC_RESULT, on);
  }
  get nonSleepable(): boolean {
    return (this.bits & Bit.NON_SLEEPABLE) !== 0;
  }
  set nonSleepable(on: boolean) {
    this.put(Bit.NON_SLEEPABLE, on);
  }
  get needsZext(): boolean {
    return (this.bits & Bit.NEEDS_ZEXT) !== 0;
  }
  set needsZext(on: boolean) {
    this.put(Bit.NEEDS_ZEXT, on);
  }
  get preventZext(): boolean {
    return (this.bits & Bit.PREVENT_ZEXT) !== 0;
  }
  set preventZext(on: boolean) {
    this.put(Bit.PREVENT_ZEXT, on);
  }
  get callWithPercpuAllocPtr(): boolean {
    return (this.bits & Bit.CALL_WITH_PERCPU_ALLOC_PTR) !== 0;
  }
  set callWithPercpuAllocPtr(on: boolean) {
    this.put(Bit.CALL_WITH_PERCPU_ALLOC_PTR, on);
  }

  /** Jump table or hidden exit successors, null if none. */
  get jt(): RareFacts['jt'] {
    return this.rare.jt;
  }
  set jt(value: RareFacts['jt']) {
    this.own().jt = value;
  }
  get fastcallSpillsNum(): RareFacts['fastcallSpillsNum'] {
    return this.rare.fastcallSpillsNum;
  }
  set fastcallSpillsNum(value: RareFacts['fastcallSpillsNum']) {
    this.own().fastcallSpillsNum = value;
  }
  /** Map of a map-fd/map-value load. */
  get map(): RareFacts['map'] {
    return this.rare.map;
  }
  set map(value: RareFacts['map']) {
    this.own().map = value;
  }
  /** Offset of a map-value load. */
  get mapOff(): RareFacts['mapOff'] {
    return this.rare.mapOff;
  }
  set mapOff(value: RareFacts['mapOff']) {
    this.own().mapOff = value;
  }
  get btfVar(): RareFacts['btfVar'] {
    return this.rare.btfVar;
  }
  set btfVar(value: RareFacts['btfVar']) {
    this.own().btfVar = value;
  }
  /** Map seen by a map helper. */
  get callMap(): RareFacts['callMap'] {
    return this.rare.callMap;
  }
  set callMap(value: RareFacts['callMap']) {
    this.own().callMap = value;
  }
  /** Constant key tracking: `null` not seen. */
  get mapKeyState(): RareFacts['mapKeyState'] {
    return this.rare.mapKeyState;
  }
  set mapKeyState(value: RareFacts['mapKeyState']) {
    this.own().mapKeyState = value;
  }
  /** Inlining data of bpf_loop: undefined before the first visit. */
  get loopInline(): RareFacts['loopInline'] {
    return this.rare.loopInline;
  }
  set loopInline(value: RareFacts['loopInline']) {
    this.own().loopInline = value;
  }
  get kptrStructMeta(): RareFacts['kptrStructMeta'] {
    return this.rare.kptrStructMeta;
  }
  set kptrStructMeta(value: RareFacts['kptrStructMeta']) {
    this.own().kptrStructMeta = value;
  }
  get aluState(): RareFacts['aluState'] {
    return this.rare.aluState;
  }
  set aluState(value: RareFacts['aluState']) {
    this.own().aluState = value;
  }
  get aluLimit(): RareFacts['aluLimit'] {
    return this.rare.aluLimit;
  }
  set aluLimit(value: RareFacts['aluLimit']) {
    this.own().aluLimit = value;
  }
  get argProg(): RareFacts['argProg'] {
    return this.rare.argProg;
  }
  set argProg(value: RareFacts['argProg']) {
    this.own().argProg = value;
  }
  get objNewSize(): RareFacts['objNewSize'] {
    return this.rare.objNewSize;
  }
  set objNewSize(value: RareFacts['objNewSize']) {
    this.own().objNewSize = value;
  }
  get insertOff(): RareFacts['insertOff'] {
    return this.rare.insertOff;
  }
  set insertOff(value: RareFacts['insertOff']) {
    this.own().insertOff = value;
  }
  get ctxFieldSize(): RareFacts['ctxFieldSize'] {
    return this.rare.ctxFieldSize;
  }
  set ctxFieldSize(value: RareFacts['ctxFieldSize']) {
    this.own().ctxFieldSize = value;
  }
}

/** Registers that {@link RegConstants} knows of: R0 to R9. */
const CONST_REGS = 10;
/** Bits of these registers. */
export const CONST_MASK = (1 << CONST_REGS) - 1;

/**
 * Constants that are in registers before each instruction on whatever path, as a pass before execution finds them (`const_reg_mask` and its kin in
 * `struct bpf_insn_aux_data`): 32-bit values, maps as indices into `env.usedMaps`, subprogram numbers. Masks have bit i for Ri.
 */
export class RegConstants {
  /** Three masks an instruction: of values from bit 0, of maps from bit 10, of subprograms from bit 20. */
  private readonly masks: Int32Array;
  private readonly values: Int32Array;

  constructor(count: number) {
    this.masks = new Int32Array(count);
    this.values = new Int32Array(count * CONST_REGS);
  }

  /** Registers with a known value. */
  scalars(insn: number): number {
    return this.masks[insn]! & CONST_MASK;
  }
  /** Registers with a known map. */
  maps(insn: number): number {
    return (this.masks[insn]! >>> CONST_REGS) & CONST_MASK;
  }
  /** Registers with a known subprogram. */
  subprogs(insn: number): number {
    return (this.masks[insn]! >>> (2 * CONST_REGS)) & CONST_MASK;
  }
  /** Value, map or subprogram in a register that has one; signed 32 bits. */
  value(insn: number, reg: number): number {
    return this.values[insn * CONST_REGS + reg]!;
  }

  /** Nothing is known before an instruction. */
  forget(insn: number): void {
    this.masks[insn] = 0;
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
    this.masks[insn] = this.masks[insn]! | (1 << (shift + reg));
    this.values[insn * CONST_REGS + reg] = value;
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
