// SPDX-License-Identifier: GPL-2.0-only
/** The one door to the analysis for extension and command line: a worker, cancellation, progress. */
import { Worker } from 'node:worker_threads';
import type { ContextGraph } from '../protocol/graph';
import type { InsnStates } from '../protocol/model';
import type { FollowFacts, OriginView, PathView } from '../protocol/path';
import type { GraphComparison } from '../protocol/compare';
import type { Problem } from '../policy/reader';
import type { AnalyzeReply, AnalyzeRequest, CompareReply, CompareRequest, KernelChoice, OverlayText, ProgressNote, WorkerReply, WorkerRequest } from './requests';

/** The analysis was stopped on request. */
export class AnalysisCancelled extends Error {
  constructor() {
    super('the analysis was cancelled');
    this.name = 'AnalysisCancelled';
  }
}

interface Pending {
  readonly resolve: (reply: WorkerReply) => void;
  readonly reject: (error: Error) => void;
  readonly progress: ((note: ProgressNote) => void) | null;
}

/** A request without its number. */
type Unnumbered = WorkerRequest extends infer R ? (R extends WorkerRequest ? Omit<R, 'id'> : never) : never;

/**
 * One worker thread. Requests are answered in order. A worker that dies fails what is pending and is started anew by the next request;
 * what it kept for `graph` and `states` is gone then, and they answer null.
 */
export class AnalysisService {
  private worker: Worker | null = null;
  private readonly stop = new Int32Array(new SharedArrayBuffer(4));
  private readonly pending = new Map<number, Pending>();
  private nextId = 1;

  constructor(
    /** Path of the bundled `worker.cjs`. */
    private readonly script: string,
    /** Heap limit of the worker, MiB. */
    private readonly memoryMb = 4096,
  ) {}

  /** Verifies the programs of an object. Rejects with {@link AnalysisCancelled} when `signal` fires. */
  async analyze(request: Omit<AnalyzeRequest, 'type'>, options: { signal?: AbortSignal; progress?: (note: ProgressNote) => void } = {}): Promise<AnalyzeReply> {
    const reply = await this.ask({ type: 'analyze', ...request }, options.signal, options.progress ?? null);
    if (reply.type !== 'analyzed') throw new Error(`unexpected reply ${reply.type}`);
    return reply.reply;
  }

  async graph(key: string, program: string): Promise<ContextGraph | null> {
    const reply = await this.ask({ type: 'graph', key, program });
    return reply.type === 'graph' ? reply.graph : null;
  }

  async states(key: string, program: string, insn: number): Promise<InsnStates | null> {
    const reply = await this.ask({ type: 'states', key, program, insn });
    return reply.type === 'states' ? reply.states : null;
  }

  /** The path to a kept state, or to the rejection (`state` −1). */
  async path(key: string, program: string, insn: number, state: number): Promise<PathView | null> {
    const reply = await this.ask({ type: 'path', key, program, insn, state });
    return reply.type === 'path' ? reply.path : null;
  }

  /** Where a register's value in a kept state comes from. */
  async origin(key: string, program: string, insn: number, state: number, register: number): Promise<OriginView | null> {
    const reply = await this.ask({ type: 'origin', key, program, insn, state, register });
    return reply.type === 'origin' ? reply.origin : null;
  }

  /** Verifies under several policies and compares each with the first. Rejects with {@link AnalysisCancelled} when `signal` fires. */
  async compare(request: Omit<CompareRequest, 'type'>, signal?: AbortSignal): Promise<CompareReply> {
    const reply = await this.ask({ type: 'compare', ...request }, signal);
    if (reply.type !== 'compared') throw new Error(`unexpected reply ${reply.type}`);
    return reply.reply;
  }

  /** What differs for a program between two kept results; null if one of them is not kept (any more). */
  async compareKept(keyA: string, keyB: string, program: string): Promise<GraphComparison | null> {
    const reply = await this.ask({ type: 'compareKept', keyA, keyB, program });
    return reply.type === 'comparedKept' ? reply.comparison : null;
  }

  /** Where a held resource goes. */
  async follow(key: string, program: string, resource: string): Promise<FollowFacts | null> {
    const reply = await this.ask({ type: 'follow', key, program, resource });
    return reply.type === 'follow' ? reply.facts : null;
  }

  /** What is wrong with a policy file, by itself and against a kernel. */
  async checkPolicy(file: OverlayText, kernel: KernelChoice): Promise<readonly Problem[]> {
    const reply = await this.ask({ type: 'checkPolicy', file, kernel });
    return reply.type === 'checkedPolicy' ? reply.problems : [];
  }

  /** Drops what the worker keeps under that key. */
  forget(key: string): void {
    this.worker?.postMessage({ type: 'forget', key, id: this.nextId++ } satisfies WorkerRequest);
  }

  async dispose(): Promise<void> {
    const worker = this.worker;
    this.worker = null;
    this.fail(new AnalysisCancelled());
    await worker?.terminate();
  }

  private ask(request: Unnumbered, signal?: AbortSignal, progress: Pending['progress'] = null): Promise<WorkerReply> {
    if (signal?.aborted === true) return Promise.reject(new AnalysisCancelled());
    const id = this.nextId++;
    const worker = this.start();
    worker.ref();
    return new Promise<WorkerReply>((resolve, reject) => {
      const onAbort = (): void => {
        Atomics.store(this.stop, 0, id);
        this.pending.delete(id);
        this.rest();
        reject(new AnalysisCancelled());
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      const done = (): void => signal?.removeEventListener('abort', onAbort);
      this.pending.set(id, {
        resolve: (r) => {
          done();
          resolve(r);
        },
        reject: (e) => {
          done();
          reject(e);
        },
        progress,
      });
      worker.postMessage({ ...request, id } as WorkerRequest);
    });
  }

  private start(): Worker {
    if (this.worker !== null) return this.worker;
    const worker = new Worker(this.script, { workerData: { stop: this.stop.buffer }, resourceLimits: { maxOldGenerationSizeMb: this.memoryMb } });
    worker.on('message', (reply: WorkerReply) => this.receive(reply));
    worker.on('error', (error) => {
      if (this.worker === worker) this.worker = null;
      this.fail(error instanceof Error ? error : new Error(String(error)));
    });
    worker.on('exit', () => {
      if (this.worker === worker) this.worker = null;
      this.fail(new Error('the analysis worker ended unexpectedly'));
    });
    this.worker = worker;
    return worker;
  }

  private receive(reply: WorkerReply): void {
    const pending = this.pending.get(reply.id);
    if (pending === undefined) return;
    if (reply.type === 'progress') {
      pending.progress?.(reply);
      return;
    }
    this.pending.delete(reply.id);
    this.rest();
    if (reply.type === 'cancelled') pending.reject(new AnalysisCancelled());
    else if (reply.type === 'failed') pending.reject(new Error(reply.message));
    else pending.resolve(reply);
  }

  /** An idle worker must not keep the process alive. */
  private rest(): void {
    if (this.pending.size === 0) this.worker?.unref();
  }

  private fail(error: Error): void {
    const all = [...this.pending.values()];
    this.pending.clear();
    for (const p of all) p.reject(error);
  }
}
