// SPDX-License-Identifier: GPL-2.0-only
/** What travels between the analysis service and its workers. Plain data only. */
import type { HeaderTexts } from '../headers';
import type { LimitOf } from './limits';
import type { Near } from './nearness';
import type { WrittenLog } from './log-file';
import type { ContextGraph } from '../protocol/graph';
import type { GraphPart } from '../protocol/graph-parts';
import type { LoadChoices } from '../object/choices';
import type { Problem } from '../policy/reader';
import type { GraphComparison } from '../protocol/compare';
import type { FailedProgram, FileError, FileResult, InsnStates, ProgramResult } from '../protocol/model';
import type { LoadsOnReply } from '../protocol/loads-on';
import type { FollowFacts, OriginView, PathView } from '../protocol/path';
import type { ReferenceAnswer, ReferenceQuestion } from '../protocol/reference';

/** Cells of a request: `STOP` is set by who asked when it is not wanted any more, `SETUP` by the worker while it prepares what all requests need. */
export const CELL = { STOP: 0, SETUP: 1 } as const;

/** Which kernel programs are verified against. */
export interface KernelChoice {
  /** Folder of the kernel's data (`vmlinux.btf.br` …), see `kernel-folder.ts`. */
  readonly bundle: string;
  /** Other BTF instead of the kernel's own: of vmlinux (a file), or of vmlinux and modules (a folder); '' for none. */
  readonly btf: string;
}

/** Annotations that the user adds: an overlay file's text and where it came from. */
export interface OverlayText {
  readonly name: string;
  readonly json: string;
}

/** A source file that an object was compiled from: texts for lines that the object names without them. */
export interface SourceText {
  /** Absolute path, as the object's lines name it. */
  readonly file: string;
  readonly text: string;
}

/** An object that is a part of a program. */
export interface ObjectPart {
  /** Name for people. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface AnalyzeRequest {
  readonly type: 'analyze';
  /** Key under which the worker keeps the result for later questions. */
  readonly key: string;
  /** Name for people. */
  readonly file: string;
  readonly object: Uint8Array;
  readonly source?: SourceText | null;
  /** Further parts of the program, linked behind `object` in this order. */
  readonly parts?: readonly ObjectPart[];
  /** What a loader would decide. */
  readonly choices?: LoadChoices;
  /** Id of a built-in policy; ignored when `policyFile` is there. */
  readonly policy: string;
  /** A policy file's name and text. */
  readonly policyFile?: OverlayText | null;
  /** Kernel release that the programs are meant for (`6.12`), which decides what counts as a hazard; the verified kernel's if absent. */
  readonly targetKernel?: string;
  readonly kernel: KernelChoice;
  readonly overlays: readonly OverlayText[];
  /** Only this program, '' for all. */
  readonly program: string;
  readonly logLevel: number;
  /** Where the logs go: that of the nth program into the file of this name with `.n` behind it. Without it nobody asks for them. */
  readonly logTo?: string;
  readonly unprivileged: boolean;
  /** Record states for graph and inspector. */
  readonly record: boolean;
  /** Ask the kernel's report of rejections too, at the cost of verifying those twice. */
  readonly explain?: boolean;
  /** Also give back relocated instructions. */
  readonly dumpInsns: boolean;
  /** Also give back the graphs. */
  readonly graphs: boolean;
  /** Seconds of CPU time, 0 = no limit. A program over it, or without a turn, is `unknown`. */
  readonly timeoutS: number;
  /** What may take so long: the object with all its programs if not given. */
  readonly limitOf?: LimitOf;
  /** Where somebody looks: programs near it are verified first. */
  readonly near?: Near | null;
}

export interface GraphRequest {
  readonly type: 'graph';
  readonly key: string;
  readonly program: string;
  /** Where the piece begins; 0 if not given. */
  readonly from?: number;
}

export interface StatesRequest {
  readonly type: 'states';
  readonly key: string;
  readonly program: string;
  readonly insn: number;
}

/** The path to a state: `state` −1 asks for the one that was rejected. */
export interface PathRequest {
  readonly type: 'path';
  readonly key: string;
  readonly program: string;
  readonly insn: number;
  readonly state: number;
}

/** Where a register's value comes from in one state. */
export interface OriginRequest {
  readonly type: 'origin';
  readonly key: string;
  readonly program: string;
  readonly insn: number;
  readonly state: number;
  readonly register: number;
}

/** Verifies under several policies and compares each with the first. Nothing is kept. */
export interface CompareRequest {
  readonly type: 'compare';
  readonly file: string;
  readonly object: Uint8Array;
  readonly source?: SourceText | null;
  /** Further parts of the program, linked behind `object` in this order. */
  readonly parts?: readonly ObjectPart[];
  /** What a loader would decide. */
  readonly choices?: LoadChoices;
  readonly policies: readonly { readonly policy: string; readonly policyFile?: OverlayText | null }[];
  /** Kernels to compare under the first policy, instead of policies on `kernel`. */
  readonly kernels?: readonly KernelChoice[];
  readonly targetKernel?: string;
  readonly kernel: KernelChoice;
  readonly overlays: readonly OverlayText[];
  /** Only this program, '' for all. */
  readonly program: string;
  readonly unprivileged: boolean;
  /** As for {@link AnalyzeRequest}; that of an object counts for each of the policies. */
  readonly timeoutS: number;
  readonly limitOf?: LimitOf;
}

/** Verifies as several kernels, oldest first, and says what each makes of each program. Nothing is kept. */
export interface LoadsOnRequest extends Omit<CompareRequest, 'type' | 'policies' | 'kernels' | 'kernel' | 'targetKernel'> {
  readonly type: 'loadsOn';
  readonly policy: string;
  readonly policyFile?: OverlayText | null;
  readonly kernels: readonly KernelChoice[];
  /** Key under which the worker keeps what it found, for the next request about the same file. */
  readonly key?: string;
  /** What is known already: what an `analyze` with the same object and rules said of one of the kernels, by its index. */
  readonly known?: { readonly asked: number; readonly result: FileResult };
}

/** Compares a program of two kept results: A's and B's keys. */
export interface CompareKeptRequest {
  readonly type: 'compareKept';
  readonly keyA: string;
  readonly keyB: string;
  readonly program: string;
}

/** Where a held resource goes. */
export interface FollowRequest {
  readonly type: 'follow';
  readonly key: string;
  readonly program: string;
  /** Key of the resource. */
  readonly resource: string;
}

/** What is wrong with a policy file? */
export interface CheckPolicyRequest {
  readonly type: 'checkPolicy';
  readonly file: OverlayText;
  readonly kernel: KernelChoice;
}

/** The headers of a kernel, for programs to compile with. */
export interface HeadersRequest {
  readonly type: 'headers';
  readonly kernel: KernelChoice;
}

/** What a kernel offers under a policy: calls, section names. */
export interface ReferenceRequest {
  readonly type: 'reference';
  readonly question: ReferenceQuestion;
  readonly policy: string;
  readonly policyFile?: OverlayText | null;
  readonly kernel: KernelChoice;
  readonly overlays: readonly OverlayText[];
}

export interface ForgetRequest {
  readonly type: 'forget';
  readonly key: string;
}

export type WorkerRequest = (
  | AnalyzeRequest
  | GraphRequest
  | StatesRequest
  | PathRequest
  | OriginRequest
  | FollowRequest
  | CompareRequest
  | LoadsOnRequest
  | CompareKeptRequest
  | CheckPolicyRequest
  | HeadersRequest
  | ReferenceRequest
  | ForgetRequest
) & {
  readonly id: number;
  /** 32 bits for each of `CELL`. */
  readonly cell: SharedArrayBuffer;
};

/** Things that only the command line asks for. */
export interface ProgramExtras {
  /** Where the log is that was asked for; null without one. */
  readonly log: WrittenLog | null;
  readonly insns: Uint8Array | null;
  readonly graph: ContextGraph | null;
}

export interface AnalyzeReply {
  readonly result: FileResult | null;
  readonly error: FileError | null;
  /** By program name. */
  readonly extras: ReadonlyMap<string, ProgramExtras>;
}

/** One program under all policies of a comparison. */
export interface ComparedProgram {
  readonly program: string;
  /** By policy, in the order asked; a program that could not be loaded under one has `failed` there. */
  readonly results: readonly (ProgramResult | FailedProgram)[];
  /** Of the first policy with each of the others; null where one of the two has no result. */
  readonly comparisons: readonly (GraphComparison | null)[];
}

export interface CompareReply {
  /** Ids of the policies. */
  readonly policies: readonly string[];
  readonly programs: readonly ComparedProgram[];
  readonly warnings: readonly string[];
  readonly error: FileError | null;
}

export interface ProgressNote {
  readonly type: 'progress';
  readonly id: number;
  readonly stage: 'load' | 'verify' | 'graph';
  readonly program: string;
  /** Instructions processed of the program at hand. */
  readonly processed: number;
  readonly done: number;
  readonly of: number;
  /** Programs that were finished since the last note. */
  readonly finished: readonly ProgramResult[];
}

export type WorkerReply =
  | ProgressNote
  | { readonly type: 'analyzed'; readonly id: number; readonly reply: AnalyzeReply }
  | { readonly type: 'graph'; readonly id: number; readonly part: GraphPart | null }
  | { readonly type: 'states'; readonly id: number; readonly states: InsnStates | null }
  | { readonly type: 'path'; readonly id: number; readonly path: PathView | null }
  | { readonly type: 'origin'; readonly id: number; readonly origin: OriginView | null }
  | { readonly type: 'compared'; readonly id: number; readonly reply: CompareReply }
  | { readonly type: 'loadsOn'; readonly id: number; readonly reply: LoadsOnReply }
  | { readonly type: 'comparedKept'; readonly id: number; readonly comparison: GraphComparison | null }
  | { readonly type: 'follow'; readonly id: number; readonly facts: FollowFacts | null }
  | { readonly type: 'reference'; readonly id: number; readonly answer: ReferenceAnswer }
  | { readonly type: 'checkedPolicy'; readonly id: number; readonly problems: readonly Problem[] }
  | { readonly type: 'headers'; readonly id: number; readonly headers: HeaderTexts }
  | { readonly type: 'cancelled'; readonly id: number }
  | { readonly type: 'failed'; readonly id: number; readonly message: string };
