// SPDX-License-Identifier: GPL-2.0-only
/** Messages between the extension host and the panel's webview. Both sides check what they receive with `parse…`. */
import type { ContextGraph, SourcePlace } from './graph';
import type { GraphComparison } from './compare';
import { type Answered, type Ask, isRefusal, parseAnswered, parseAsk, type Refusal } from './asks';
import { isInteger, isListOf, isNumber, isRecord, isText } from './checks';
import type { FileError, PolicyInfo, ProgramDetail, ProgramResult, Verdict } from './model';
import { packGraph, unpackGraph } from './pack';
import { packComparison, unpackComparison } from './pack-compare';

/** Picture of the panel. */
export interface PanelState {
  readonly file: string;
  /** Path of the workspace folder that the file lies in; absent or '' if it lies in none. */
  readonly folder?: string;
  readonly policies: readonly PolicyInfo[];
  readonly policy: string;
  /** Other kernels to compare with, each by the id of its mainline policy. */
  readonly kernels?: readonly PolicyInfo[];
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
  /** The answer to a question, or why there is none. */
  | { readonly type: 'reply'; readonly id: number; readonly answer: Answered }
  | { readonly type: 'refusal'; readonly id: number; readonly reason: Refusal }
  /** The cursor stands on this place: outline the nodes that belong to it. */
  | { readonly type: 'highlight'; readonly insns: readonly number[] }
  /** Select an instruction and show it. */
  | { readonly type: 'reveal'; readonly insn: number }
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
  /** A question; ids are the view's, and none is used twice. */
  | { readonly type: 'ask'; readonly id: number; readonly ask: Ask }
  /** Its answer is wanted no more. */
  | { readonly type: 'unask'; readonly id: number }
  | { readonly type: 'openSource'; readonly place: SourcePlace; readonly preserveFocus: boolean }
  | { readonly type: 'selected'; readonly program: string; readonly insn: number | null }
  /** Numbered steps of the path that is shown, for the gutter; none when no path is. */
  | { readonly type: 'steps'; readonly program: string; readonly steps: readonly StepMark[] }
  | { readonly type: 'cancel' }
  | { readonly type: 'openFile' }
  /** The setting that limits CPU time is wanted. */
  | { readonly type: 'openTimeLimit' }
  /** The keyboard goes back to the editor of the file. */
  | { readonly type: 'leave' }
  /** The page of a problem code is wanted. */
  | { readonly type: 'openProblem'; readonly code: string }
  | { readonly type: 'copy'; readonly text: string };

/** Steps that a path has at most, by far. */
const MOST_STEPS = 100;

function isSteps(v: unknown): v is StepMark[] {
  return isListOf(v, (s) => isRecord(s) && isNumber(s['insn']) && isNumber(s['number']), MOST_STEPS);
}

function isPlace(v: unknown): v is SourcePlace {
  return isRecord(v) && isText(v['file']) && isNumber(v['line']) && isNumber(v['column']) && isText(v['text']);
}

/** Checks a message from the webview; null for anything that is not one. The webview is as untrusted as what it draws. */
export function parseFromWebview(v: unknown): FromWebview | null {
  if (!isRecord(v)) return null;
  switch (v['type']) {
    case 'ready':
    case 'cancel':
    case 'openFile':
    case 'openTimeLimit':
    case 'leave':
      return { type: v['type'] };
    case 'selectProgram':
      return isText(v['program']) ? { type: 'selectProgram', program: v['program'] } : null;
    case 'selectPolicy':
      return isText(v['policy']) ? { type: 'selectPolicy', policy: v['policy'] } : null;
    case 'compareWith':
      return isText(v['policy']) ? { type: 'compareWith', policy: v['policy'] } : null;
    case 'ask': {
      const ask = parseAsk(v['ask']);
      return ask !== null && isInteger(v['id']) ? { type: 'ask', id: v['id'], ask } : null;
    }
    case 'unask':
      return isInteger(v['id']) ? { type: 'unask', id: v['id'] } : null;
    case 'selected':
      return isText(v['program']) && (v['insn'] === null || isNumber(v['insn']))
        ? { type: 'selected', program: v['program'], insn: v['insn'] }
        : null;
    case 'steps':
      return isText(v['program']) && isSteps(v['steps']) ? { type: 'steps', program: v['program'], steps: v['steps'] } : null;
    case 'openSource':
      return isPlace(v['place']) ? { type: 'openSource', place: v['place'], preserveFocus: v['preserveFocus'] === true } : null;
    case 'openProblem':
      return isText(v['code']) ? { type: 'openProblem', code: v['code'] } : null;
    case 'copy':
      return isText(v['text']) ? { type: 'copy', text: v['text'] } : null;
    default:
      return null;
  }
}

/** A message to the view as it crosses: graphs and comparisons packed. */
export function packed(message: ToWebview): unknown {
  if (message.type === 'graphPart') return { ...message, graph: packGraph(message.graph) };
  if (message.type !== 'state') return message;
  const { detail, compare } = message.change;
  const change: Record<string, unknown> = { ...message.change };
  if (detail != null) change['detail'] = { ...detail, graph: packGraph(detail.graph) };
  if (compare?.comparison != null) change['compare'] = { ...compare, comparison: packComparison(compare.comparison) };
  return { ...message, change };
}

const orNull = (v: unknown, check: (x: unknown) => boolean): boolean => v === null || check(v);

/** How the members of a picture look at the top; what is deeper is the host's own, and drawn as text. */
const MEMBERS: { readonly [K in keyof Required<PanelState>]: (v: unknown) => boolean } = {
  file: isText,
  folder: isText,
  policies: (v) => isListOf(v, (p) => isRecord(p) && isText(p['id'])),
  policy: isText,
  kernels: (v) => isListOf(v, (p) => isRecord(p) && isText(p['id'])),
  programs: (v) => isListOf(v, (p) => isRecord(p) && isText(p['program'])),
  program: isText,
  detail: (v) => orNull(v, (d) => isRecord(d) && isRecord(d['result']) && isText(d['result']['program'])),
  busy: (v) => orNull(v, (b) => isRecord(b) && isText(b['stage']) && isNumber(b['progress'])),
  stale: (v) => orNull(v, (x) => isRecord(x) && isText(x['reason']) && isNumber(x['edits'])),
  error: (v) => orNull(v, (e) => isRecord(e) && isText(e['kind']) && isText(e['title']) && isText(e['message'])),
  compare: (v) => orNull(v, (c) => isRecord(c) && isText(c['policy']) && isText(c['problem'])),
  singleKeys: (v) => typeof v === 'boolean',
};

function parseChange(v: unknown): Partial<PanelState> | null {
  if (!isRecord(v)) return null;
  for (const [name, value] of Object.entries(v)) {
    if (!Object.hasOwn(MEMBERS, name) || !MEMBERS[name as keyof PanelState](value)) return null;
  }
  const { detail, compare } = v;
  const change: Record<string, unknown> = { ...v };
  if (isRecord(detail)) {
    const graph = unpackGraph(detail['graph']);
    if (graph === null) return null;
    change['detail'] = { ...detail, graph };
  }
  if (isRecord(compare) && compare['comparison'] !== null) {
    const comparison = unpackComparison(compare['comparison']);
    if (comparison === null) return null;
    change['compare'] = { ...compare, comparison };
  }
  return change as Partial<PanelState>;
}

/** Checks a message from the host, and unpacks its graph; null for anything that is not one. */
export function parseToWebview(v: unknown): ToWebview | null {
  if (!isRecord(v)) return null;
  switch (v['type']) {
    case 'state': {
      const change = parseChange(v['change']);
      const { parts } = v;
      if (change === null || (parts !== undefined && !isInteger(parts))) return null;
      return { type: 'state', change, ...(parts === undefined ? {} : { parts }) };
    }
    case 'graphPart': {
      const graph = unpackGraph(v['graph']);
      return graph !== null && isInteger(v['index']) ? { type: 'graphPart', index: v['index'], graph } : null;
    }
    case 'reply': {
      const answer = parseAnswered(v['answer']);
      return answer !== null && isInteger(v['id']) ? { type: 'reply', id: v['id'], answer } : null;
    }
    case 'refusal':
      return isInteger(v['id']) && isRefusal(v['reason']) ? { type: 'refusal', id: v['id'], reason: v['reason'] } : null;
    case 'highlight':
      return isListOf(v['insns'], isInteger) ? { type: 'highlight', insns: v['insns'] as readonly number[] } : null;
    case 'reveal':
      return isInteger(v['insn']) ? { type: 'reveal', insn: v['insn'] } : null;
    case 'command':
      return isText(v['command']) ? { type: 'command', command: v['command'] } : null;
    default:
      return null;
  }
}
