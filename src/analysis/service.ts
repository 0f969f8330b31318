// SPDX-License-Identifier: GPL-2.0-only
/** The one door to the analysis for extension and command line: a worker, cancellation, progress. */
import type { ContextGraph } from '../protocol/graph';
import { type GraphPart, joined } from '../protocol/graph-parts';
import type { FileError, InsnStates } from '../protocol/model';
import type { FollowFacts, OriginView, PathView } from '../protocol/path';
import type { LoadsOnReply } from '../protocol/loads-on';
import type { ReferenceAnswer } from '../protocol/reference';
import type { GraphComparison } from '../protocol/compare';
import type { Problem } from '../policy/reader';
import { AnalysisCancelled, type AskOptions, type Question, WorkerDied, WorkerQueue } from './queue';
import type {
  AnalyzeReply,
  AnalyzeRequest,
  CompareReply,
  CompareRequest,
  KernelChoice,
  LoadsOnRequest,
  OverlayText,
  ReferenceRequest,
  WorkerReply,
} from './requests';
import type { HeaderTexts } from '../headers';

export { AnalysisCancelled };

/** Heap that a worker may use when nothing else is said, MiB. */
export const DEFAULT_MEMORY_MB = 4096;

export interface ServiceOptions {
  /** Heap limit of the worker, MiB; another one than before takes effect with the next request. */
  readonly memoryMb?: () => number;
  /** How the limit is raised, to end "…, or" of an error: `set "bpfContext.memory"`. */
  readonly raise?: string;
  /** Folder in which the worker may keep what takes long to make, '' for none; asked when one is started. */
  readonly cache?: () => string;
}

/** Worker replies that answer questions about kept results. */
type View = Extract<WorkerReply, { type: 'graph' | 'states' | 'path' | 'origin' | 'follow' | 'comparedKept' }>;

/**
 * One worker thread, and a second one for several kernels once these are asked for. Requests of each are answered in order. A worker that dies fails nothing but the request that it died of: what waits goes to
 * the next one, and what was kept for `graph`, `states` and the other views is made again when it is asked for.
 */
export class AnalysisService {
  private readonly queue: WorkerQueue;
  /** Another worker, for other kernels: what is asked about the file at hand does not wait for them. */
  private readonly kernels: WorkerQueue;
  private readonly memoryMb: () => number;
  private readonly raise: string;
  /** How each kept result was asked for. */
  private readonly recipes = new Map<string, Question & AnalyzeRequest>();
  /** Keys of results that went with their worker. */
  private readonly lost = new Set<string>();
  private readonly restoring = new Map<string, Promise<void>>();
  /** Analyses under way by key: questions about a key wait behind them. */
  private readonly underway = new Map<string, number>();
  /** Analyses by key that gave a result. */
  private readonly turns = new Map<string, number>();

  constructor(
    /** Path of the bundled `worker.cjs`. */
    script: string,
    options: ServiceOptions = {},
  ) {
    this.memoryMb = options.memoryMb ?? (() => DEFAULT_MEMORY_MB);
    this.raise = options.raise ?? 'allow more';
    const cache = options.cache ?? (() => '');
    const lost = (): void => {
      for (const key of this.recipes.keys()) this.lost.add(key);
    };
    this.queue = new WorkerQueue(script, this.memoryMb, lost, cache);
    // what that one keeps only spares it work
    this.kernels = new WorkerQueue(script, this.memoryMb, () => undefined, cache);
  }

  /**
   * Verifies the programs of an object. Rejects with {@link AnalysisCancelled} when `signal` fires. One that needs more memory than there is
   * has that as its error.
   */
  async analyze(request: Omit<AnalyzeRequest, 'type'>, options: AskOptions = {}): Promise<AnalyzeReply> {
    const question = { type: 'analyze', ...request } as const;
    const count = (by: number): void => void this.underway.set(request.key, (this.underway.get(request.key) ?? 0) + by);
    count(1);
    try {
      const reply = await this.queue.ask(question, options);
      if (reply.type !== 'analyzed') throw new Error(`unexpected reply ${reply.type}`);
      if (request.record && reply.reply.result !== null) {
        this.turns.set(request.key, (this.turns.get(request.key) ?? 0) + 1);
        this.recipes.set(request.key, question);
        this.lost.delete(request.key);
      }
      return reply.reply;
    } catch (error) {
      return { result: null, error: this.tooLarge(request.file, error), extras: new Map() };
    } finally {
      count(-1);
      if (this.underway.get(request.key) === 0) this.underway.delete(request.key);
    }
  }

  /** In pieces, so that a large one does not hold this thread; of a newer result all of them again. */
  async graph(key: string, program: string): Promise<ContextGraph | null> {
    const piece = (from: number): Promise<GraphPart | null> =>
      this.view([key], { type: 'graph', key, program, from }, (reply) => (reply.type === 'graph' ? reply.part : null));
    for (;;) {
      const turn = this.turns.get(key);
      let part = await piece(0);
      let graph = part?.graph ?? null;
      while (graph !== null && part !== null && part.next !== null) {
        part = await piece(part.next);
        graph = part === null ? null : joined(graph, part.graph);
      }
      if (this.turns.get(key) === turn) return graph;
    }
  }

  states(key: string, program: string, insn: number): Promise<InsnStates | null> {
    return this.view([key], { type: 'states', key, program, insn }, (reply) => (reply.type === 'states' ? reply.states : null));
  }

  /** The path to a kept state, or to the rejection (`state` −1). */
  path(key: string, program: string, insn: number, state: number): Promise<PathView | null> {
    return this.view([key], { type: 'path', key, program, insn, state }, (reply) => (reply.type === 'path' ? reply.path : null));
  }

  /** Where a register's value in a kept state comes from. */
  origin(key: string, program: string, insn: number, state: number, register: number): Promise<OriginView | null> {
    return this.view([key], { type: 'origin', key, program, insn, state, register }, (reply) =>
      reply.type === 'origin' ? reply.origin : null,
    );
  }

  /** Where a held resource goes. */
  follow(key: string, program: string, resource: string): Promise<FollowFacts | null> {
    return this.view([key], { type: 'follow', key, program, resource }, (reply) => (reply.type === 'follow' ? reply.facts : null));
  }

  /** What differs for a program between two kept results; null if one of them is not kept (any more). */
  compareKept(keyA: string, keyB: string, program: string): Promise<GraphComparison | null> {
    return this.view([keyA, keyB], { type: 'compareKept', keyA, keyB, program }, (reply) =>
      reply.type === 'comparedKept' ? reply.comparison : null,
    );
  }

  /** Verifies under several policies and compares each with the first. Rejects with {@link AnalysisCancelled} when `signal` fires. */
  async compare(request: Omit<CompareRequest, 'type'>, signal?: AbortSignal): Promise<CompareReply> {
    try {
      const reply = await this.queue.ask({ type: 'compare', ...request }, { signal });
      if (reply.type !== 'compared') throw new Error(`unexpected reply ${reply.type}`);
      return reply.reply;
    } catch (error) {
      return {
        policies: request.policies.map((p) => p.policyFile?.name ?? p.policy),
        programs: [],
        warnings: [],
        error: this.tooLarge(request.file, error),
      };
    }
  }

  /** Verifies as several kernels, oldest first. Rejects with {@link AnalysisCancelled} when `signal` fires. */
  async loadsOn(request: Omit<LoadsOnRequest, 'type'>, signal?: AbortSignal): Promise<LoadsOnReply> {
    try {
      const reply = await this.kernels.ask({ type: 'loadsOn', ...request }, { signal });
      if (reply.type !== 'loadsOn') throw new Error(`unexpected reply ${reply.type}`);
      return reply.reply;
    } catch (error) {
      return { kernels: [], programs: [], error: this.tooLarge(request.file, error) };
    }
  }

  /** Headers of a kernel, for programs to compile with. */
  async headers(kernel: KernelChoice): Promise<HeaderTexts> {
    const reply = await this.queue.ask({ type: 'headers', kernel });
    if (reply.type !== 'headers') throw new Error(`unexpected reply ${reply.type}`);
    return reply.headers;
  }

  /** What is wrong with a policy file, by itself and against a kernel. */
  async checkPolicy(file: OverlayText, kernel: KernelChoice): Promise<readonly Problem[]> {
    const reply = await this.queue.ask({ type: 'checkPolicy', file, kernel });
    return reply.type === 'checkedPolicy' ? reply.problems : [];
  }

  /** What a kernel offers under a policy. Throws for a policy that cannot be used. */
  async reference(request: Omit<ReferenceRequest, 'type'>): Promise<ReferenceAnswer | null> {
    // other kernels are loaded where the several are
    const queue = request.question.ask === 'since' ? this.kernels : this.queue;
    const reply = await queue.ask({ type: 'reference', ...request });
    return reply.type === 'reference' ? reply.answer : null;
  }

  /** Drops what is kept under that key. */
  forget(key: string): void {
    this.recipes.delete(key);
    this.turns.delete(key);
    this.lost.delete(key);
    this.queue.tell({ type: 'forget', key });
    this.kernels.tell({ type: 'forget', key });
  }

  async dispose(): Promise<void> {
    this.recipes.clear();
    this.lost.clear();
    await Promise.all([this.queue.dispose(), this.kernels.dispose()]);
  }

  /** Asks about kept results, which are made again first if their worker has gone. */
  private async view<T>(keys: readonly string[], question: Question, read: (reply: View) => T | null): Promise<T | null> {
    // a worker may go at any moment: the answer counts if what it is about was there
    for (let attempt = 0; attempt < 2; attempt++) {
      for (const key of keys) await this.restore(key);
      const answer = read((await this.queue.ask(question)) as View);
      if (answer !== null || !keys.some((key) => this.lost.has(key))) return answer;
    }
    return null;
  }

  private restore(key: string): Promise<void> {
    const recipe = this.recipes.get(key);
    if (recipe === undefined || !this.lost.has(key) || this.underway.has(key)) return Promise.resolve();
    let restoring = this.restoring.get(key);
    if (restoring === undefined) {
      restoring = this.restoreNow(key, recipe).finally(() => this.restoring.delete(key));
      this.restoring.set(key, restoring);
    }
    return restoring;
  }

  private async restoreNow(key: string, recipe: Question & AnalyzeRequest): Promise<void> {
    try {
      await this.queue.ask(recipe);
      // somebody closed the file meanwhile
      if (this.recipes.has(key)) this.lost.delete(key);
      else this.queue.tell({ type: 'forget', key });
    } catch (error) {
      if (!(error instanceof WorkerDied)) throw error;
      this.forget(key);
    }
  }

  /** What a file is told that its worker ran out of memory for; any other error is thrown. */
  private tooLarge(file: string, error: unknown): FileError {
    if (!(error instanceof WorkerDied) || !error.memory) throw error;
    return {
      kind: 'too-large',
      title: `${file} needs more than ${this.memoryMb()} MB`,
      message: `Its analysis was ended when it had used the memory that it may have. Make the program smaller, verify one program of it alone, or ${this.raise}.`,
      details: [],
      diagnostics: [],
    };
  }
}
