// SPDX-License-Identifier: GPL-2.0-only
/** What travels between the analysis service and its workers. Plain data only. */
import type { ContextGraph } from '../graph/types';
import type { FileError, FileResult, InsnStates, ProgramResult } from '../protocol/model';

/** Which kernel programs are verified against. */
export interface KernelChoice {
  /** Folder of the shipped kernel data (`vmlinux.btf.br` …). */
  readonly bundle: string;
  /** Another BTF for vmlinux (file path), '' for the shipped one. Modules are then left out. */
  readonly btf: string;
}

/** Annotations that the user adds: an overlay file's text and where it came from. */
export interface OverlayText {
  readonly name: string;
  readonly json: string;
}

export interface AnalyzeRequest {
  readonly type: 'analyze';
  /** Key under which the worker keeps the result for later questions. */
  readonly key: string;
  /** Name for people. */
  readonly file: string;
  readonly object: Uint8Array;
  readonly policy: string;
  readonly kernel: KernelChoice;
  readonly overlays: readonly OverlayText[];
  /** Only this program, '' for all. */
  readonly program: string;
  readonly logLevel: number;
  readonly unprivileged: boolean;
  /** Record states for graph and inspector. */
  readonly record: boolean;
  /** Also give back relocated instructions. */
  readonly dumpInsns: boolean;
  /** Also give back the graphs. */
  readonly graphs: boolean;
  /** Seconds a program may take, 0 = no limit. A program over it is `unknown`. */
  readonly timeoutS: number;
}

export interface GraphRequest {
  readonly type: 'graph';
  readonly key: string;
  readonly program: string;
}

export interface StatesRequest {
  readonly type: 'states';
  readonly key: string;
  readonly program: string;
  readonly insn: number;
}

export interface ForgetRequest {
  readonly type: 'forget';
  readonly key: string;
}

export type WorkerRequest = (AnalyzeRequest | GraphRequest | StatesRequest | ForgetRequest) & { readonly id: number };

/** Things that only the command line asks for. */
export interface ProgramExtras {
  readonly log: string;
  readonly insns: Uint8Array | null;
  readonly graph: ContextGraph | null;
}

export interface AnalyzeReply {
  readonly result: FileResult | null;
  readonly error: FileError | null;
  /** By program name. */
  readonly extras: ReadonlyMap<string, ProgramExtras>;
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
  /** A finished program, as soon as it is. */
  readonly finished: ProgramResult | null;
}

export type WorkerReply =
  | ProgressNote
  | { readonly type: 'analyzed'; readonly id: number; readonly reply: AnalyzeReply }
  | { readonly type: 'graph'; readonly id: number; readonly graph: ContextGraph | null }
  | { readonly type: 'states'; readonly id: number; readonly states: InsnStates | null }
  | { readonly type: 'cancelled'; readonly id: number }
  | { readonly type: 'failed'; readonly id: number; readonly message: string };
