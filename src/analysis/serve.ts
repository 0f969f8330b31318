// SPDX-License-Identifier: GPL-2.0-only
/** What the worker of the analysis service does: answers requests (`requests.ts`) with an engine. A bundle of its own, which `worker.ts` loads. */
import type { MessagePort } from 'node:worker_threads';
import type { ProgramResult } from '../protocol/model';
import { Cancelled } from '../verifier/errors';
import { AnalysisEngine } from './engine';
import type { EngineHooks } from './object-run';
import { type AnalyzeReply, CELL, type KernelChoice, type WorkerReply, type WorkerRequest } from './requests';

/** Milliseconds between progress messages. */
const PROGRESS_MS = 50;
/** A worker that nobody has asked for anything for so long gives memory back, milliseconds. */
const REST_MS = 5000;

export { quickAnswer } from './small';

/** Throws when nobody wants the request any more. */
function checkOf(request: WorkerRequest): () => void {
  const cell = new Int32Array(request.cell);
  return () => {
    if (Atomics.load(cell, CELL.STOP) !== 0) throw new Cancelled();
  };
}

/** Loads what all requests share, and says so: a cancel does not end the worker for that. */
function prepare(engine: AnalysisEngine, request: WorkerRequest, kernel: KernelChoice): void {
  const cell = new Int32Array(request.cell);
  Atomics.store(cell, CELL.SETUP, 1);
  engine.prepare(kernel);
  Atomics.store(cell, CELL.SETUP, 0);
}

type Asked = Extract<WorkerRequest, { type: 'analyze' }>;

/** Verifies, and tells of progress and of finished programs now and then. */
function analyze(engine: AnalysisEngine, request: Asked, check: () => void, post: (reply: WorkerReply) => void): AnalyzeReply {
  let last = 0;
  let waiting: ProgramResult[] = [];
  prepare(engine, request, request.kernel);
  // a large object comes in memory that is shared, not all of whose readers take that
  const object = request.object.buffer instanceof SharedArrayBuffer ? request.object.slice() : request.object;
  const progress: EngineHooks['progress'] = ({ finished, ...note }) => {
    if (finished !== null) waiting.push(finished);
    const now = Date.now();
    if (now - last < PROGRESS_MS) return;
    last = now;
    post({ type: 'progress', id: request.id, ...note, finished: waiting });
    waiting = [];
  };
  return engine.analyze({ ...request, object }, { check, progress });
}

type Looked = Extract<WorkerRequest, { type: 'headers' | 'reference' }>;

/** Answers from what is loaded when it is first asked for. */
async function lookUp(engine: AnalysisEngine, request: Looked, post: (reply: WorkerReply) => void): Promise<void> {
  const { id } = request;
  if (request.type === 'headers') {
    post({ type: 'headers', id, headers: await engine.headers(request.kernel) });
    return;
  }
  const { question, policy, policyFile = null, kernel, overlays } = request;
  post({ type: 'reference', id, answer: await engine.reference({ question, policy, policyFile, kernel, overlays }) });
}

/** A promise for what is not answered at once. */
function handle(engine: AnalysisEngine, request: WorkerRequest, post: (reply: WorkerReply) => void): Promise<void> | undefined {
  const check = checkOf(request);
  check();
  switch (request.type) {
    case 'analyze':
      post({ type: 'analyzed', id: request.id, reply: analyze(engine, request, check, post) });
      return undefined;
    case 'graph':
      post({ type: 'graph', id: request.id, part: engine.graphPart(request.key, request.program, request.from ?? 0, check) });
      return undefined;
    case 'states':
      post({ type: 'states', id: request.id, states: engine.states(request.key, request.program, request.insn, check) });
      return undefined;
    case 'path':
      post({ type: 'path', id: request.id, path: engine.path(request.key, request.program, request.insn, request.state, check) });
      return undefined;
    case 'origin':
      post({
        type: 'origin',
        id: request.id,
        origin: engine.origin(request.key, request.program, request.insn, request.state, request.register, check),
      });
      return undefined;
    case 'compare':
      prepare(engine, request, request.kernel);
      post({ type: 'compared', id: request.id, reply: engine.compare(request, check) });
      return undefined;
    case 'loadsOn':
      for (const kernel of request.kernels) prepare(engine, request, kernel);
      post({ type: 'loadsOn', id: request.id, reply: engine.loadsOn(request, check) });
      return undefined;
    case 'compareKept':
      post({ type: 'comparedKept', id: request.id, comparison: engine.compareKept(request.keyA, request.keyB, request.program, check) });
      return undefined;
    case 'follow':
      post({ type: 'follow', id: request.id, facts: engine.follow(request.key, request.program, request.resource, check) });
      return undefined;
    case 'checkPolicy':
      post({ type: 'checkedPolicy', id: request.id, problems: engine.checkPolicy(request.file, request.kernel) });
      return undefined;
    case 'headers':
    case 'reference':
      prepare(engine, request, request.kernel);
      return lookUp(engine, request, post);
    case 'forget':
      engine.forget(request.key);
      return undefined;
  }
}

/** Answers what comes through the port, one request after the other. `cache`: folder for what is worth keeping, '' for none. */
export function serve(port: MessagePort, cache: string): void {
  const engine = new AnalysisEngine(undefined, cache);
  const post = (reply: WorkerReply): void => port.postMessage(reply);
  const failed = ({ id }: WorkerRequest, error: unknown): void => {
    if (error instanceof Cancelled) post({ type: 'cancelled', id });
    else post({ type: 'failed', id, message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  };
  const rest = setTimeout(() => engine.rest(), REST_MS).unref();
  port.on('message', (request: WorkerRequest) => {
    try {
      handle(engine, request, post)?.catch((error: unknown) => failed(request, error));
    } catch (error) {
      failed(request, error);
    }
    rest.refresh();
  });
}
