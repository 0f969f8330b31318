// SPDX-License-Identifier: GPL-2.0-only
/** An object, verified as editor and command line have it done, in the test's own thread. */
import path from 'node:path';
import { AnalysisEngine } from '../../src/analysis/engine';
import { KeptResults } from '../../src/analysis/kept';
import type { AnalyzeReply, AnalyzeRequest } from '../../src/analysis/requests';
import type { FileResult } from '../../src/protocol/model';
import { choiceOf, kernelFor } from './kernel';

export const ROOT = path.resolve(import.meta.dirname, '../..');

/** An engine that keeps results of its own; kernels are those of all tests of the worker. */
export const engineWith = (kept = new KeptResults()): AnalysisEngine => new AnalysisEngine(kept, '', kernelFor);

/** One for all tests of a worker. What a test keeps there it keeps under a key of its own. */
export const engine = engineWith();

/** Callbacks of whom nothing is asked. */
export const QUIET = { check: () => undefined, progress: () => undefined };

/** Asks for an object under `linux-7.3`, with recorded states; `more` changes what is asked. */
export function requestFor(file: string, object: Uint8Array, more: Partial<AnalyzeRequest> = {}): AnalyzeRequest {
  return {
    type: 'analyze',
    key: file,
    file,
    object,
    policy: 'linux-7.3',
    kernel: choiceOf(),
    overlays: [],
    program: '',
    logLevel: 0,
    unprivileged: false,
    record: true,
    dumpInsns: false,
    graphs: false,
    timeoutS: 60,
    ...more,
  };
}

/** What comes of an object under `linux-7.3`; `more` changes what is asked. */
export function analyseObject(file: string, object: Uint8Array, more: Partial<AnalyzeRequest> = {}): AnalyzeReply {
  return engine.analyze(requestFor(file, object, more), QUIET);
}

/** The result of an object that can be read. */
export function resultOf(file: string, object: Uint8Array, more: Partial<AnalyzeRequest> = {}): FileResult {
  const { result, error } = analyseObject(file, object, more);
  if (result === null) throw new Error(`${error?.title}: ${error?.message}`);
  return result;
}
