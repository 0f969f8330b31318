// SPDX-License-Identifier: GPL-2.0-only
/** Messages between the extension host and the panel's webview. Both sides check what they receive with `parse…`. */
import type { ContextGraph, SourcePlace } from './graph';
import type { GraphComparison } from './compare';
import type { FileError, InsnStates, PolicyInfo, ProgramDetail, ProgramResult, Verdict } from './model';
import type { FollowFacts, OriginView, PathView } from './path';

/** Picture of the panel. */
export interface PanelState {
  readonly file: string;
  readonly policies: readonly PolicyInfo[];
  readonly policy: string;
  readonly programs: readonly ProgramResult[];
  /** Selected program's name, '' if none. */
  readonly program: string;
  /** Detail of the selected program, null while there is none. */
  readonly detail: ProgramDetail | null;
  /** Set while an analysis runs; progress 0 to 1 of the kernel's instruction limit, or −1 if unknown. */
  readonly busy: { readonly stage: 'compile' | 'load' | 'verify' | 'graph'; readonly progress: number } | null;
  /** What is shown is older than the file, and why. */
  readonly stale: { readonly reason: string; readonly edits: number } | null;
  readonly error: FileError | null;
  /** Policies by which the file may be compared, the one chosen, and what came of it. */
  readonly compare?: CompareState | null;
  /** Settings that the view obeys. */
  readonly singleKeys: boolean;
}

/** The comparison of the selected program with another policy. */
export interface CompareState {
  /** Policy compared with (A). */
  readonly policy: string;
  readonly busy: boolean;
  /** Null while it is made, or when one side did not load. */
  readonly comparison: GraphComparison | null;
  /** All programs of the file under both: short words, and whether it is accepted. */
  readonly programs: readonly { readonly program: string; readonly a: CompareWord; readonly b: CompareWord }[];
  /** Why there is no comparison, '' if there is one or it is being made. */
  readonly problem: string;
}

export interface CompareWord {
  readonly verdict: Verdict | 'not loaded';
  readonly text: string;
}

/** Host → webview. */
export type ToWebview =
  /** What is different now; the first time, and after each `ready`, everything. */
  | { readonly type: 'state'; readonly change: Partial<PanelState>; readonly parts?: number }
  /** A piece of a large graph; `index` 0 begins anew. The last piece is the graph of the state that names so many `parts` before it. */
  | { readonly type: 'graphPart'; readonly index: number; readonly graph: ContextGraph }
  | { readonly type: 'insnStates'; readonly program: string; readonly states: InsnStates }
  /** The cursor stands on this place: outline the nodes that belong to it. */
  | { readonly type: 'highlight'; readonly insns: readonly number[] }
  /** Select an instruction and show it. */
  | { readonly type: 'reveal'; readonly insn: number }
  | { readonly type: 'path'; readonly program: string; readonly path: PathView | null }
  | { readonly type: 'origin'; readonly program: string; readonly origin: OriginView | null }
  | { readonly type: 'follow'; readonly program: string; readonly facts: FollowFacts | null }
  /** A command from the palette or a key binding. */
  | { readonly type: 'command'; readonly command: string };

/** An instruction with the number that its step of the path has. */
export interface StepMark {
  readonly insn: number;
  readonly number: number;
}

/** Webview → host. */
export type FromWebview =
  | { readonly type: 'ready' }
  | { readonly type: 'selectProgram'; readonly program: string }
  | { readonly type: 'selectPolicy'; readonly policy: string }
  /** Compare with another policy, '' for none. */
  | { readonly type: 'compareWith'; readonly policy: string }
  | { readonly type: 'requestStates'; readonly program: string; readonly insn: number }
  /** `state` −1 asks for the path to the rejection. */
  | { readonly type: 'requestPath'; readonly program: string; readonly insn: number; readonly state: number }
  | { readonly type: 'requestOrigin'; readonly program: string; readonly insn: number; readonly state: number; readonly register: number }
  | { readonly type: 'requestFollow'; readonly program: string; readonly key: string }
  | { readonly type: 'openSource'; readonly place: SourcePlace; readonly preserveFocus: boolean }
  | { readonly type: 'selected'; readonly program: string; readonly insn: number | null }
  /** Numbered steps of the path that is shown, for the gutter; none when no path is. */
  | { readonly type: 'steps'; readonly program: string; readonly steps: readonly StepMark[] }
  | { readonly type: 'cancel' }
  | { readonly type: 'openFile' }
  /** The keyboard goes back to the editor of the file. */
  | { readonly type: 'leave' }
  /** The page of a problem code is wanted. */
  | { readonly type: 'openProblem'; readonly code: string }
  | { readonly type: 'copy'; readonly text: string };

const isRecord = (v: unknown): v is Record<string, unknown> => typeof v === 'object' && v !== null;
const isStr = (v: unknown): v is string => typeof v === 'string' && v.length <= 1 << 20;
const isNum = (v: unknown): v is number => typeof v === 'number' && Number.isFinite(v);

/** Steps that a path has at most, by far. */
const MOST_STEPS = 100;

function isSteps(v: unknown): v is StepMark[] {
  return Array.isArray(v) && v.length <= MOST_STEPS && v.every((s) => isRecord(s) && isNum(s['insn']) && isNum(s['number']));
}

function isPlace(v: unknown): v is SourcePlace {
  return isRecord(v) && isStr(v['file']) && isNum(v['line']) && isNum(v['column']) && isStr(v['text']);
}

/** Checks a message from the webview; null for anything that is not one. The webview is as untrusted as what it draws. */
export function parseFromWebview(v: unknown): FromWebview | null {
  if (!isRecord(v)) return null;
  switch (v['type']) {
    case 'ready':
    case 'cancel':
    case 'openFile':
    case 'leave':
      return { type: v['type'] };
    case 'selectProgram':
      return isStr(v['program']) ? { type: 'selectProgram', program: v['program'] } : null;
    case 'selectPolicy':
      return isStr(v['policy']) ? { type: 'selectPolicy', policy: v['policy'] } : null;
    case 'compareWith':
      return isStr(v['policy']) ? { type: 'compareWith', policy: v['policy'] } : null;
    case 'requestStates':
      return isStr(v['program']) && isNum(v['insn']) ? { type: 'requestStates', program: v['program'], insn: v['insn'] } : null;
    case 'requestPath':
      return isStr(v['program']) && isNum(v['insn']) && isNum(v['state'])
        ? { type: 'requestPath', program: v['program'], insn: v['insn'], state: v['state'] }
        : null;
    case 'requestOrigin':
      return isStr(v['program']) && isNum(v['insn']) && isNum(v['state']) && isNum(v['register'])
        ? { type: 'requestOrigin', program: v['program'], insn: v['insn'], state: v['state'], register: v['register'] }
        : null;
    case 'requestFollow':
      return isStr(v['program']) && isStr(v['key']) ? { type: 'requestFollow', program: v['program'], key: v['key'] } : null;
    case 'selected':
      return isStr(v['program']) && (v['insn'] === null || isNum(v['insn']))
        ? { type: 'selected', program: v['program'], insn: v['insn'] }
        : null;
    case 'steps':
      return isStr(v['program']) && isSteps(v['steps']) ? { type: 'steps', program: v['program'], steps: v['steps'] } : null;
    case 'openSource':
      return isPlace(v['place']) ? { type: 'openSource', place: v['place'], preserveFocus: v['preserveFocus'] === true } : null;
    case 'openProblem':
      return isStr(v['code']) ? { type: 'openProblem', code: v['code'] } : null;
    case 'copy':
      return isStr(v['text']) ? { type: 'copy', text: v['text'] } : null;
    default:
      return null;
  }
}
