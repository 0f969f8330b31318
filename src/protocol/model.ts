// SPDX-License-Identifier: GPL-2.0-only
/** What the analysis service tells its users: extension, webview and command line. Plain data. */
import type { ConstantView } from './constants';
import type { Explanation } from './explanation';
import type { Answer, Because, ContextGraph, HeldResource, SourcePlace } from './graph';
import type { Rich } from './rich';

export type Verdict = 'accept' | 'reject' | 'unknown';

/** A place that explains a rejection: where a reference was taken, where a region was entered. */
export interface RelatedPlace {
  readonly insn: number;
  readonly source: SourcePlace | null;
  readonly text: string;
}

/** What the kernel itself says of a rejection beyond its message (`kernel/bpf/diagnostics.c`). */
export interface RejectionReport {
  /** `Execution Context Safety`. */
  readonly category: string;
  readonly problem: string;
  readonly reason: string;
  readonly suggestion: string;
}

/** The result for one program; the fields of the command line's `jsonl` plus what views need. */
export interface ProgramResult {
  readonly object: string;
  readonly program: string;
  readonly section: string;
  readonly progType: string;
  readonly sleepable: boolean;
  readonly insnCount: number;
  readonly verdict: Verdict;
  readonly errno: number;
  /** The kernel's message lines. */
  readonly message: readonly string[];
  /** Last instruction that the log names. */
  readonly insn: number | null;
  readonly source: SourcePlace | null;
  readonly processedInsns: number;
  readonly totalStates: number;
  readonly peakStates: number;
  /** Verification alone, microseconds. */
  readonly timeUs: number;
  /** For `unknown`: what is not modelled. */
  readonly reason: string | null;
  /** Version of the kernel that it was verified as. */
  readonly kernel: string;
  /** Policy id. */
  readonly policy: string;
  /** One plain sentence that says why a program is rejected; null otherwise. */
  readonly sentence: string | null;
  /** Why it is rejected, with causes; null for what is not rejected. Complete where an explanation was asked for. */
  readonly explanation: Explanation | null;
  readonly related: readonly RelatedPlace[];
  /** Null for what is not rejected, where the kernel has no report, and where nobody asked for one. */
  readonly report?: RejectionReport | null;
  /** At most 32 characters for CodeLens and tree, '' for accepted programs. */
  readonly short: string;
  /** May sleep anywhere / in part / nowhere. */
  readonly maySleep: Answer;
  /** Line of the program's definition in C (1-based), null if unknown. */
  readonly definition: SourcePlace | null;
  /** The call that it is rejected for when that is to a function which the kernel does not have under this policy; else null. */
  readonly absent?: string | null;
  /** The function whose call is refused, by name; null for other rejections. */
  readonly about?: string | null;
  /** Why there is no graph although it was verified. */
  readonly withoutGraph?: WithoutGraph;
  /** Whether it takes or enters anything, so that there is something to follow. */
  readonly holds?: boolean;
  /** Ids of the built-in policies whose rules differ for what this program calls. */
  readonly otherPolicies?: readonly string[];
  /** What of the load somebody decided who is not in the file (values, targets, types, sizes); absent or empty if nothing was. */
  readonly assumptions?: readonly string[];
  /** Worth knowing about how it was loaded: maps that lost their types, and why. */
  readonly notes?: readonly string[];
  /** What is dangerous on the target kernel although nothing refuses it. Information only. */
  readonly hazards?: readonly HazardNote[];
}

/** Why a program has no graph: no time was left to make it, or its indirect jumps have so many ways. */
export type WithoutGraph = { readonly kind: 'time' } | { readonly kind: 'ways'; readonly ways: number };

/** A call that is accepted and can go wrong on the target kernel. */
export interface HazardNote {
  /** Stable name of the hazard. */
  readonly id: string;
  readonly insn: number;
  readonly source: SourcePlace | null;
  /** One or two plain sentences. */
  readonly text: string;
}

/** A program that libbpf would not hand to the kernel, or a file that cannot be read. */
export interface FailedProgram {
  /** Positive error number of a map that the kernel would not create; absent for other reasons. */
  readonly errno?: number;
  /** That map. */
  readonly map?: string;
  readonly program: string;
  readonly section: string;
  readonly message: string;
  /** Kernel function that it needs and the kernel does not have, null if that is not the reason. */
  readonly absent?: string | null;
  /** The function whose call is refused, by name; null for other rejections. */
  readonly about?: string | null;
  /** What a loader would have to say first, if that is the reason; `role`: the section name that says what is known of the program. */
  readonly undecided?: { readonly what: 'type' | 'attach' | 'files'; readonly role: string };
  /** Where the program or, if that is the reason, the refused map is defined; null if the object does not say; absent in comparisons. */
  readonly place?: SourcePlace | null;
}

/** One file's analysis. */
export interface FileResult {
  /** Name for people. */
  readonly file: string;
  /** Version of the kernel that it was verified as. */
  readonly kernel: string;
  readonly policy: string;
  readonly programs: readonly ProgramResult[];
  readonly failed: readonly FailedProgram[];
  readonly warnings: readonly string[];
  /** Functions and variables that another file must define: this one is a part of a program. */
  readonly undefinedSymbols?: readonly string[];
  /** Constants that a loader may set; for views only. */
  readonly constants?: readonly ConstantView[];
}

/** Why a file has no result. */
export interface FileError {
  readonly kind:
    | 'unreadable'
    | 'load-file'
    | 'compiler-missing'
    | 'compile-error'
    | 'no-programs'
    | 'untrusted'
    | 'too-large'
    | 'internal'
    | 'closed'
    | 'gone';
  readonly title: string;
  readonly message: string;
  /** Compiler messages or byte offsets, one a line. */
  readonly details: readonly string[];
  readonly diagnostics: readonly CompilerDiagnostic[];
  /** Choices of what a loader decides that do not fit: steps to each from the top of the file that holds them. */
  readonly choices?: readonly { readonly path: readonly string[]; readonly message: string; readonly name?: true }[];
}

export interface CompilerDiagnostic {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  readonly column: number;
  /** Characters from there on; one if it is not known. */
  readonly length?: number;
  readonly severity: 'error' | 'warning' | 'note';
  readonly message: string;
}

/** One register on entry of an instruction. */
export interface RegView {
  /** 0 to 10. */
  readonly number: number;
  readonly name: string;
  /** Kernel spelling (`trusted_ptr_vm_area_struct(id=3)`). */
  readonly text: string;
  /** Key of the held resource that it carries, null if none. */
  readonly carries: string | null;
  /** The C variable in it, or whose address it is (`&bytes`); null where nothing says so for certain. */
  readonly variable: string | null;
}

/** Eight bytes of stack. */
export interface SlotView {
  /** −8, −16, … */
  readonly offset: number;
  /** Kernel's byte characters, lowest address last as the log prints them, e.g. `????mmmm`. */
  readonly bytes: string;
  /** Spilled register, iterator, dynptr or IRQ flag in the kernel's spelling; '' for plain bytes. */
  readonly text: string;
  readonly carries: string | null;
  /** The C variable that lies there, null where nothing says so for certain. */
  readonly variable: string | null;
}

export interface FrameView {
  readonly frame: number;
  readonly function: string;
  readonly registers: readonly RegView[];
  /** e.g. `r0–r5 not readable`. '' if all are. */
  readonly unreadable: string;
  readonly stack: readonly SlotView[];
}

/** One cell of the Contexts row. */
export interface ContextCell {
  readonly letter: string;
  readonly colour?: string;
  readonly kind: string;
  readonly title: string;
  readonly depth: number;
}

/** One state on entry of an instruction. */
export interface StateView {
  /** Frames from the innermost out. */
  readonly frames: readonly FrameView[];
  readonly held: readonly HeldResource[];
  readonly contexts: readonly ContextCell[];
  /** Whether the program, callback or subprogram itself may sleep. */
  readonly ownPermission: string;
  readonly maySleep: boolean;
  readonly mayFault: boolean;
  readonly because: readonly Because[];
  /** What was given back on the way here and is not held again, with the instruction that did it. */
  readonly given: readonly { readonly resource: HeldResource; readonly at: number }[];
  /** How often this path has come here, counting this time. */
  readonly pass: number;
  /** "Must not sleep here." and the reason, one or two sentences. */
  readonly why: { readonly answer: string; readonly reason: Rich; readonly until: Rich };
}

/** All kept states of one instruction, in order of verification. */
export interface InsnStates {
  readonly insn: number;
  readonly total: number;
  readonly states: readonly StateView[];
}

export interface PolicyInfo {
  readonly id: string;
  readonly title: string;
  readonly description: string;
}

/** A policy under which a function exists that the one in force does not have. */
export interface PolicyOffer {
  readonly call: string;
  /** Id of the policy. */
  readonly policy: string;
}

/** Result and graph of one program. */
export interface ProgramDetail {
  readonly result: ProgramResult;
  readonly graph: ContextGraph;
  /** Where the call exists that the program is rejected for. */
  readonly offer?: PolicyOffer | null;
}
