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

/** Per-instruction facts (`struct bpf_insn_aux_data`). Filled by the prepasses, refined while checking. */
export class InsnAux {
  // from the prepasses
  prunePoint = false;
  jmpPoint = false;
  forceCheckpoint = false;
  callsCallback = false;
  isIterNext = false;
  jumpTarget = false;
  indirectTarget = false;
  /** Jump table or hidden exit successors, null if none. */
  jt: readonly number[] | null = null;
  /** Strongly connected component, 0 for a singleton. */
  scc = 0;
  /** Registers alive before it, bit i = Ri. */
  liveRegsBefore = 0;
  /** R0–R9 with known 32-bit constants / map pointers / subprogs before it. */
  constRegMask = 0;
  constRegMapMask = 0;
  constRegSubprogMask = 0;
  constRegVals: Int32Array | null = null;
  fastcallPattern = false;
  fastcallSpillsNum = 0;
  zextDst = false;

  // from resolving 64-bit immediates
  /** Map of a map-fd/map-value load, and the offset of a map-value load. */
  map: BpfMap | null = null;
  mapOff = 0;
  btfVar: BtfVar | null = null;

  // while checking
  /** Number of the pass that last processed it, 0 = never. */
  seen = 0;
  /** Pointer type first seen by a load/store, 0 = none. */
  ptrType = 0;
  /** Map seen by a map helper; `poisoned` when several. */
  callMap: BpfMap | null = null;
  callMapPoisoned = false;
  /** Constant key tracking: `null` not seen. */
  mapKeyState: { poisoned: boolean; constant: boolean; key: number } | null = null;
  /** Inlining data of bpf_loop: undefined before the first visit. */
  loopInline: { fit: boolean; subprogno: number } | undefined = undefined;
  kptrStructMeta: BtfRecord | null = null;
  nospec = false;
  nospecResult = false;
  nonSleepable = false;
  needsZext = false;
  preventZext = false;
  callWithPercpuAllocPtr = false;
  aluState = 0;
  aluLimit = 0;
  argProg = 0;
  objNewSize = 0;
  insertOff = 0;
  ctxFieldSize = 0;
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
