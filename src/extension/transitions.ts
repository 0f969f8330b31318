// SPDX-License-Identifier: GPL-2.0-only
/** How what is known of a file changes: pure, from one event to the next state. The store carries out what has to be done beside it. */
import { AS_COMPILED, type LoadChoices } from '../analysis/load-file';
import { INSN_LIMIT } from '../protocol/limits';
import type { FileError, FileResult, ProgramResult } from '../protocol/model';
import { closedError, type FileState, goneError } from './file-state';
import type { FoundProgram } from './program-files';

/** What can happen to a file. */
export type FileEvent =
  /** Another policy is in force. */
  | { readonly type: 'policy'; readonly policy: string }
  /** It is to be compared with a policy, '' to end the comparison. */
  | { readonly type: 'compareWith'; readonly policy: string }
  /** What came of comparing with a policy. */
  | { readonly type: 'compared'; readonly policy: string; readonly result: FileResult | null; readonly error: FileError | null }
  /** Its text changed; `back`: it is again what the result was made from; `due`: it is verified again after a pause. */
  | { readonly type: 'edited'; readonly back: boolean; readonly due: boolean }
  /** The text of another file of its program changed, likewise. */
  | { readonly type: 'partEdited'; readonly back: boolean }
  | { readonly type: 'compiling' }
  /** Its bytes were read: where the object comes from, null for a source. */
  | { readonly type: 'read'; readonly origin: FileState['origin'] }
  | { readonly type: 'loading' }
  /** So many instructions of a program have been processed; `finished` since this was told last. */
  | {
      readonly type: 'progress';
      readonly stage: NonNullable<FileState['busy']>['stage'];
      readonly processed: number;
      readonly finished: readonly ProgramResult[];
    }
  | { readonly type: 'cancelled' }
  /** There is no newer result, and why. */
  | { readonly type: 'failed'; readonly error: FileError; readonly program?: FoundProgram | null }
  /** `edited`: its text is another by now than what was verified. */
  | {
      readonly type: 'verified';
      readonly result: FileResult;
      readonly program: FoundProgram;
      readonly choices: LoadChoices;
      readonly edited: boolean;
    }
  /** Its editor was closed, while something of it is looked at. */
  | { readonly type: 'left'; readonly name: string }
  /** It was deleted or moved. */
  | { readonly type: 'gone'; readonly name: string };

/** A file of which nothing is known yet. */
export function unverified(uri: FileState['uri'], policy: string): FileState {
  return {
    uri,
    policy,
    result: null,
    error: null,
    busy: null,
    found: [],
    edits: 0,
    due: false,
    program: null,
    origin: null,
    choices: AS_COMPILED,
    compare: null,
  };
}

function edited(state: FileState, back: boolean, due: boolean): FileState {
  if (back) return { ...state, edits: 0, due: false, error: state.error?.kind === 'compile-error' ? null : state.error };
  return state.result === null && state.error === null ? state : { ...state, edits: state.edits + 1, due };
}

/** A result stands under one policy: what was compared with that very policy is compared no more, any other comparison is made anew. */
function verified(state: FileState, { result, program, choices, edited: old }: Extract<FileEvent, { type: 'verified' }>): FileState {
  const { compare, policy } = state;
  const compared = compare === null || compare.policy === policy ? null : { ...compare, busy: true };
  return { ...state, result, error: null, busy: null, edits: old ? 1 : 0, compare: compared, program, choices };
}

/** The state after an event; the same object when nothing changes. */
export function step(state: FileState, event: FileEvent): FileState {
  const next = stepped(state, event);
  // what a run has found on the way is of no use without it, nor for another text
  const over = next.busy === null || next.edits > state.edits || event.type === 'loading';
  return over && next.found.length > 0 ? { ...next, found: [] } : next;
}

function stepped(state: FileState, event: FileEvent): FileState {
  switch (event.type) {
    case 'policy':
      return { ...state, policy: event.policy };
    case 'compareWith': {
      const { policy } = event;
      if (policy === '' || policy === state.policy) return { ...state, compare: null };
      return { ...state, compare: { policy, busy: true, result: null, error: null } };
    }
    case 'compared': {
      const { policy, result, error } = event;
      return state.compare?.policy === policy ? { ...state, compare: { policy, busy: false, result, error } } : state;
    }
    case 'edited':
      return edited(state, event.back, event.due);
    case 'partEdited':
      return state.result === null ? state : { ...state, edits: event.back ? 0 : state.edits + 1 };
    case 'compiling':
      return { ...state, busy: { stage: 'compile', progress: -1 }, due: false };
    case 'read':
      return { ...state, origin: event.origin, due: false };
    case 'loading':
      return { ...state, busy: { stage: 'load', progress: -1 } };
    case 'progress':
      return {
        ...state,
        busy: { stage: event.stage, progress: Math.min(1, event.processed / INSN_LIMIT) },
        found: event.finished.length === 0 ? state.found : [...state.found, ...event.finished],
      };
    case 'cancelled':
      return { ...state, busy: null };
    case 'failed': {
      // a source that does not compile is another text than the result's
      const edits = event.error.kind === 'compile-error' ? Math.max(1, state.edits) : state.edits;
      return {
        ...state,
        ...(event.program === undefined ? {} : { program: event.program }),
        busy: null,
        error: event.error,
        edits,
      };
    }
    case 'verified':
      return verified(state, event);
    case 'left':
      return state.error?.kind === 'gone' ? state : { ...state, busy: null, due: false, error: closedError(event.name) };
    case 'gone':
      return { ...state, result: null, busy: null, due: false, edits: 0, compare: null, error: goneError(event.name) };
  }
}
