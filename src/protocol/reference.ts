// SPDX-License-Identifier: GPL-2.0-only
/** What is known of helpers, kfuncs and section names beyond one program. Plain data; code in texts stands between backticks. */
import type { SinceAnswer, SinceQuestion } from './since';

/** Where in a source file a question is asked: the program around it, as far as the text says. */
export interface ProgramPlace {
  /** Name in `SEC()`, '' if unknown. */
  readonly section: string;
  /** struct_ops: the kernel's struct and the member that the program implements; null if it is none or unknown. */
  readonly structOps: { readonly type: string; readonly member: string } | null;
}

/** One program type, or a part of it, and whether a call may be made there. */
export interface CallPlace {
  readonly allowed: boolean;
  /** `tracing`: sleepable programs only (`fentry.s`, `fexit.s`, …3 more). */
  readonly text: string;
  /** The place that was asked about. */
  readonly here: boolean;
}

export interface CallParam {
  /** C declaration: `const void *key`. */
  readonly text: string;
  /** What the verifier wants of it, '' if nothing is known: "pointer to a key of the map". */
  readonly means: string;
}

/** What one helper or kfunc is and does, under a policy. */
export interface CallFacts {
  readonly name: string;
  readonly kind: 'helper' | 'kfunc';
  /** Number of a helper, null for a kfunc. */
  readonly number: number | null;
  /** Module that has the kfunc, null for one of vmlinux and for helpers. */
  readonly module: string | null;
  /** Return type as C spells it. */
  readonly returns: string;
  readonly params: readonly CallParam[];
  /** One sentence in our words, '' if there is none. */
  readonly summary: string;
  /** What it does to the program's state: short phrases, each true of every call. */
  readonly effects: readonly string[];
  /** Kernel flags: `KF_ACQUIRE`, `gpl_only`. */
  readonly flags: readonly string[];
  /** May sleep, and what it does then. */
  readonly sleeps: 'no' | 'sleep' | 'fault';
  readonly places: readonly CallPlace[];
  /** Oldest of the kernels that are known here in which it exists (`6.12`), and the one before, in which it does not; null if there is none. */
  readonly since: { readonly first: string; readonly notIn: string | null };
  /** Page with more. */
  readonly link: string;
}

/** Whether a call may be made at a place, for lists. */
export interface CallOffer {
  readonly name: string;
  readonly kind: 'helper' | 'kfunc';
  readonly allowedHere: boolean;
  /** `task_struct *(pid_t)`-like short form. */
  readonly signature: string;
  /** Program types that may call it, short. */
  readonly where: string;
}

/** A name that may stand in `SEC()`. */
export interface SectionOffer {
  /** `fentry.s` or, with a target, `lsm/file_open`. */
  readonly name: string;
  /** More may follow after a `/`. */
  readonly takesTarget: boolean;
  /** Program type: `tracing`. */
  readonly progType: string;
  /** Of the program: always, never, or the target decides. */
  readonly sleepable: boolean;
  /** One phrase: "may sleep", "never sleeps; `fentry.s` may". */
  readonly text: string;
}

/** Something of the kernel that a program can be attached to. */
export interface AttachOffer {
  readonly name: string;
  /** Return type and parameters as C spells them, '' for what is no function. */
  readonly signature: string;
}

/** A question to the reference. */
export type ReferenceQuestion =
  | { readonly ask: 'call'; readonly name: string; readonly at: ProgramPlace }
  | { readonly ask: 'calls'; readonly kind: 'kfunc' | 'helper'; readonly prefix: string; readonly at: ProgramPlace }
  /** Names for `SEC()`, or targets after its `/`. */
  | { readonly ask: 'sections'; readonly typed: string }
  /** What programs of a section can be attached to, by a part of the name. */
  | { readonly ask: 'targets'; readonly section: string; readonly text: string }
  | SinceQuestion;

export type ReferenceAnswer =
  | { readonly ask: 'call'; readonly call: CallFacts | null }
  | { readonly ask: 'calls'; readonly calls: readonly CallOffer[] }
  | { readonly ask: 'sections'; readonly sections: readonly SectionOffer[]; /** There are more than these. */ readonly more: boolean }
  | { readonly ask: 'targets'; readonly targets: readonly AttachOffer[] }
  | SinceAnswer;
