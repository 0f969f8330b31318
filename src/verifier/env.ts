// SPDX-License-Identifier: GPL-2.0-only
import type { Btf } from '../btf/types';
import type { Insn } from '../isa/insn';
import type { CallerContext, HelperProto, KernelProfile } from '../kernel/profile';
import { isSleepable, type Program } from '../object/program';
import { asUnprivileged } from '../object/unprivileged';
import { type Capabilities, type Capability, capabilitiesOf } from '../object/capabilities';
import { rulesOf, type PolicyRules } from '../policy/rules';
import { onKernel } from '../policy/on-kernel';
import type { ContextClass, Policy } from '../policy/types';
import { AuxTable, RegConstants, type SubprogInfo } from './aux';
import { CallMeta } from './call-meta';
import { sameCaller } from './callers';
import { Diagnostics } from './diag/diagnostics';
import type { Failure } from './diag/failure';
import type { Refusal } from './diag/refusal';
import { Exploration } from './engine/exploration';
import { type Errno, Refused, Unmodelled } from './errors';
import { LogCursor } from './log/cursor';
import type { LogStore, VerifierLog } from './log/log';
import type { FuncState } from './state/frame';
import type { BpfMap } from './state/map';
import type { LiveStack } from './engine/live-stack';
import type { StackLiveness } from './prepass/call-liveness';
import type { RegState } from './state/reg';
import type { JmpHistoryEntry, VerifierState } from './state/state';
import type { KfuncMeta } from './kfuncs/meta';

/** What a caller can choose. */
export interface VerifyOptions {
  /** Log level bits as BPF_PROG_LOAD: 1, 2, 4. 0 keeps only the tail of messages. */
  readonly logLevel: number;
  /** Where the log goes that is not to be kept; `VerifyResult.log` is empty then. */
  readonly log?: LogStore | null;
  /** Without CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN, CAP_SYS_ADMIN. */
  readonly unprivileged: boolean;
  /** Of the four those that an unprivileged loader has all the same. */
  readonly keeps?: readonly Capability[];
  /** BPF_F_* load flags beyond the program's own (strict alignment, test flags). */
  readonly flags: number;
  /** Told every instruction before it is executed; null when nothing watches. */
  readonly recorder: Recorder | null;
  /** Called now and then with the number of processed instructions; throwing `Cancelled` stops. */
  readonly tick: ((processed: number) => void) | null;
  /** Records what explains a refusal even when the log has no level for it: `VerifyResult.report`. */
  readonly explain?: boolean;
  /** Asked in place of the policy's own rules, of which they are a transcript (`src/policy/watched.ts`). */
  readonly rules?: PolicyRules | null;
}

/** Watches the exploration for the views. Implemented outside; must not change anything. */
export interface Recorder {
  /** Before instruction `env.insnIdx` is executed in `env.cur`. */
  onInsn(env: VerifierEnv): void;
  /** Arrival at an instruction that a known state covers. */
  onPruned(env: VerifierEnv, by: VerifierState): void;
}

/** Facts of the attach target that checks need (`check_attach_btf_id`). */
export interface AttachInfo {
  /** FUNC_PROTO of the target and its BTF, null if none. */
  proto: { btf: Btf; protoId: number } | null;
  /** Name of the target function, hook or tracepoint; '' if none. */
  funcName: string;
  /** For raw_tp programs with BTF: arg 0 of the typedef is skipped. */
  isBtfTrace: boolean;
  /** struct_ops: kernel type name, member name and index. */
  structOps: { typeName: string; member: string; memberIndex: number; btf: Btf } | null;
  /** Typed context arguments (`ctx_arg_info`): byte offset, `RegType|Flag`, BTF id; `refId` for `__ref` arguments. */
  ctxArgs: { offset: number; regType: number; btf: Btf; btfId: number; memSize?: number; refcounted: boolean; refId: number }[];
  /** The struct_ops member may nest, so it asks for a private stack (`priv_stack_requested`). */
  privStackRequested: boolean;
}

/** Numbers of map types. */
export interface HotMapTypes {
  readonly arena: number;
  readonly array: number;
  readonly percpuArray: number;
  readonly insnArray: number;
  readonly sockmap: number;
  readonly sockhash: number;
  readonly bloomFilter: number;
}

const mapTypesOf = new WeakMap<KernelProfile, HotMapTypes>();

function hotMapTypes(kernel: KernelProfile): HotMapTypes {
  let types = mapTypesOf.get(kernel);
  if (types === undefined) {
    types = {
      arena: kernel.constant('BPF_MAP_TYPE_ARENA'),
      array: kernel.constant('BPF_MAP_TYPE_ARRAY'),
      percpuArray: kernel.constant('BPF_MAP_TYPE_PERCPU_ARRAY'),
      insnArray: kernel.constant('BPF_MAP_TYPE_INSN_ARRAY'),
      sockmap: kernel.constant('BPF_MAP_TYPE_SOCKMAP'),
      sockhash: kernel.constant('BPF_MAP_TYPE_SOCKHASH'),
      bloomFilter: kernel.constant('BPF_MAP_TYPE_BLOOM_FILTER'),
    };
    mapTypesOf.set(kernel, types);
  }
  return types;
}

/** Types of a program count only with records of functions or lines that refer to them (`kernel/bpf/check_btf.c: bpf_prepare_btf_info`). */
function typesInUse(prog: Program): Program {
  if (prog.btf === null || prog.funcInfo.length > 0 || prog.lineInfo.length > 0) return prog;
  return { ...prog, btf: null };
}

/** Register number ≥ 0, or minus the 1-based argument number (arguments 6 and up live in stack-argument slots). `argno_t`. */
export type ArgNo = number;

/** Everything about one verification (`struct bpf_verifier_env`). One instance a program; nothing is global. */
export class VerifierEnv {
  /** Instructions; dead-branch pruning makes another list, of which it rewrites conditional jumps. */
  insns: readonly Insn[];
  readonly aux: AuxTable;
  /** Instructions that call something or load the address of a function, in order: few, and what most passes look for. */
  readonly callSites: number[] = [];
  /** Constants in registers; none before the pass that finds them. */
  constants = new RegConstants(0);
  /** Sorted by start; a sentinel entry with start = insns.length follows the last. */
  subprogs: SubprogInfo[] = [];
  /** Subprogram indices, callees first. */
  topoOrder: number[] = [];
  /** Which stack bytes may still be read; null before the pass that computes it. */
  stackLiveness: StackLiveness | null = null;
  /** The same, learned from accesses on the way, for kernels that have no such pass. */
  liveStack: LiveStack | null = null;
  insnPostorder: Int32Array = new Int32Array(0);
  /**
   * 1 for an instruction to which an edge leads from one that the postorder has at the same place or before it, as the edges that close loops do. A pass
   * over the program in that order, or the other way round, has to be repeated only when something changed at such an instruction.
   */
  flowsBack: Uint8Array = new Uint8Array(0);
  sccCount = 0;
  exceptionCallbackSubprog = 0;
  usedMaps: BpfMap[] = [];
  /** Kfuncs that the program calls, by id and BTF index (`src/verifier/kfuncs/collect.ts`). */
  readonly kfuncs = new Map<number, KfuncMeta>();
  /** Module BTFs that kfuncs were looked up in so far, by index: the log names no kfunc of another (`kfunc_btf_tab`). */
  readonly kfuncModules = new Set<number>();
  /** Prototypes of helpers that it calls, as this program gets them, by number. */
  readonly helperProtos = new Map<number, HelperProto | null>();
  /** Maps that were asked for, by the fd in the program's instructions (`memory/map/create.ts: mapByFd`). */
  mapsByFd = new Map<number, BpfMap>();

  // capabilities and flags
  readonly capabilities: Capabilities;
  readonly bpfCapable: boolean;
  readonly allowPtrLeaks: boolean;
  readonly allowUninitStack: boolean;
  readonly bypassSpecV1: boolean;
  readonly bypassSpecV4: boolean;
  strictAlignment = false;
  testStateFreq = false;
  testRegInvariants = false;
  exploreAluLimits = false;
  readonly gplCompatible: boolean;
  /** Map types that many instructions are asked about. */
  readonly mapTypes: HotMapTypes;
  /** Whether the program uses an arena. */
  usesArena = false;
  /** The machine is big-endian. */
  readonly bigEndian: boolean;

  // program facts settled by the attach check
  /** Program type whose rules apply (for freplace the target's). */
  progType: number;
  expectedAttachType: number;
  sleepable: boolean;
  attach: AttachInfo = { proto: null, funcName: '', isBtfTrace: false, structOps: null, ctxArgs: [], privStackRequested: false };

  // exploration
  /** Pending and visited states, loop and precision bookkeeping: room engine/. */
  readonly exploration = new Exploration();
  /** What explains a refusal; null when nobody will read it. */
  readonly diag: Diagnostics | null;
  /** Where the log printer stands. */
  readonly logCursor = new LogCursor();
  /** Current state (`cur_state`). */
  cur!: VerifierState;
  insnIdx = 0;
  prevInsnIdx = -1;
  curHistEnt: JmpHistoryEntry | null = null;
  /** Pass number of do_check, from 1. */
  passCnt = 0;
  /** Frame of a callback that the call at hand enters, for kernels in which callbacks run once. */
  calledCallback: FuncState | null = null;
  idGen = 0;
  /** What the arguments of the helper's or kfunc's call at hand tell. */
  readonly callMeta = new CallMeta();
  /** Bit i = Ri / slot i was touched since the last state print (`scratched_regs`, `scratched_stack_slots` as bigint-free pair lo/hi). */
  scratchedRegs = 0;
  scratchedSlotsLo = 0;
  scratchedSlotsHi = 0;
  /** What the arguments of a global function were refused for last. */
  argsRefusal: Refusal | null = null;
  /** Set by bpf_throw seen, direct packet writes seen, etc. */
  seenException = false;
  /** A function that returns from exceptions was appended, which `subprogs` does not have (`add_hidden_subprog`). */
  hiddenSubprog = false;
  seenDirectWrite = false;
  changesPktData = false;
  mightSleep = false;
  maxCtxOffset = 0;
  maxPktOffset = 0;
  maxTpAccess = 0;

  // counters, as the kernel prints them
  insnProcessed = 0;
  prevInsnProcessed = 0;
  jmpsProcessed = 0;
  prevJmpsProcessed = 0;
  totalStates = 0;
  peakStates = 0;
  exploredStatesSize = 0;
  freeListSize = 0;
  numBackedges = 0;
  maxStatesPerInsn = 0;
  maxStackDepth = 0;

  /** What the policy says of classes and of calls. */
  readonly rules: PolicyRules;

  /** The caller that was made last ({@link caller}), and what it was made of. */
  private asked: { readonly caller: CallerContext; readonly structOps: AttachInfo['structOps'] } | null = null;

  /** The program as the kernel gets it: an unprivileged loader leaves things out. `prog` is what stands in the object. */
  readonly given: Program;

  constructor(
    readonly prog: Program,
    readonly kernel: KernelProfile,
    readonly policy: Policy,
    readonly options: VerifyOptions,
    readonly log: VerifierLog,
  ) {
    this.aux = new AuxTable(prog.insns.length);
    this.capabilities = capabilitiesOf(options);
    const perfmon = this.capabilities.perfmon;
    this.bpfCapable = this.capabilities.bpf;
    this.mapTypes = hotMapTypes(kernel);
    this.given = typesInUse(options.unprivileged ? asUnprivileged(prog, this.capabilities) : prog);
    this.insns = this.given.insns;
    this.allowPtrLeaks = perfmon;
    this.allowUninitStack = perfmon;
    this.bypassSpecV1 = perfmon;
    this.bypassSpecV4 = perfmon;
    this.progType = prog.progType;
    this.expectedAttachType = this.given.expectedAttachType;
    this.sleepable = isSleepable(prog);
    this.bigEndian = prog.bigEndian === true;
    this.gplCompatible = ['GPL', 'GPL v2', 'GPL and additional rights', 'Dual BSD/GPL', 'Dual MIT/GPL', 'Dual MPL/GPL'].includes(
      prog.license,
    );
    this.rules = options.rules ?? rulesOf(onKernel(policy, kernel.features));
    this.diag = log.detailed || options.explain === true ? new Diagnostics(this) : null;
  }

  /** Innermost frame (`cur_func`). */
  get frame(): FuncState {
    return this.cur.cur;
  }
  /** Registers of the innermost frame (`cur_regs`). */
  get regs(): RegState[] {
    return this.cur.cur.regs;
  }

  /** A class of the policy; an unknown name is our bug. */
  cls(name: string): ContextClass {
    return this.rules.cls(name);
  }
  /** To be called now and then by long passes: what watches may stop the verification here, by an exception. */
  breathe(): void {
    this.options.tick?.(this.insnProcessed);
  }
  /** Next object/scalar id (`++env->id_gen`). */
  nextId(): number {
    return ++this.idGen;
  }
  /** Writes to the log as it is (`verbose`); no newline is added. */
  verbose(text: string): void {
    this.log.write(text);
  }
  /**
   * Writes the message (newline included by the caller) and refuses the program.
   * @param why what a structured report says of it
   * @param what what is refused, as data
   */
  reject(errno: Errno, message = '', why?: () => Failure | undefined, what?: Refusal): never {
    if (message !== '') this.log.write(message);
    if (why !== undefined) this.explain(why);
    throw new Refused(errno, what ?? null);
  }
  /** Tells a structured report of a refusal, if there are such reports. */
  explain(why: () => Failure | undefined): void {
    if (this.diag === null) return;
    const failure = why();
    if (failure !== undefined) this.diag.tell(failure);
  }
  /** Ends with verdict `unknown`. */
  unmodelled(what: string): never {
    throw new Unmodelled(what);
  }
  /** Marks a register / stack slot as touched, for the log. */
  scratchReg(regno: number): void {
    this.scratchedRegs |= 1 << regno;
  }
  scratchSlot(spi: number): void {
    if (spi < 32) this.scratchedSlotsLo |= 1 << spi;
    else this.scratchedSlotsHi |= 1 << (spi - 32);
  }
  /** Who asks for helpers and kfuncs: the same object as long as none of it changes, since what a caller gets is kept by the object (`helperProto`). */
  caller(): CallerContext {
    const { attach, asked } = this;
    if (
      asked === null ||
      asked.caller.attachName !== attach.funcName ||
      asked.structOps !== attach.structOps ||
      asked.caller.progType !== this.progType ||
      asked.caller.expectedAttachType !== this.expectedAttachType ||
      asked.caller.sleepable !== this.sleepable
    )
      this.asked = { caller: this.makeCaller(), structOps: attach.structOps };
    return this.asked!.caller;
  }
  private makeCaller(): CallerContext {
    return sameCaller(this.kernel, {
      progType: this.progType,
      expectedAttachType: this.expectedAttachType,
      sleepable: this.sleepable,
      attachName: this.attach.funcName,
      structOps: this.attach.structOps === null ? null : { type: this.attach.structOps.typeName, member: this.attach.structOps.member },
      capBpf: this.bpfCapable,
      capPerfmon: this.capabilities.perfmon,
      capNetAdmin: this.capabilities.netAdmin,
      capSysAdmin: this.capabilities.sysAdmin,
      gplCompatible: this.gplCompatible,
    });
  }
}
