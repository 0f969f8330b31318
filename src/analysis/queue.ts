// SPDX-License-Identifier: GPL-2.0-only
/** One worker thread and what waits for it. Requests run one by one, in order; each can be cancelled, wherever it is. */
import { Worker } from 'node:worker_threads';
import { CELL, type ProgressNote, type WorkerReply, type WorkerRequest } from './requests';

/** The analysis was stopped on request. */
export class AnalysisCancelled extends Error {
  constructor() {
    super('the analysis was cancelled');
    this.name = 'AnalysisCancelled';
  }
}

/** The worker ended while it ran this request, twice or with nothing else in it: the request is why. */
export class WorkerDied extends Error {
  constructor(
    /** Out of its memory; false: for another reason, which is our bug. */
    readonly memory: boolean,
    message: string,
  ) {
    super(message);
    this.name = 'WorkerDied';
  }
}

/** A request without what the queue adds to it. */
export type Question = WorkerRequest extends infer R ? (R extends WorkerRequest ? Omit<R, 'id' | 'cell'> : never) : never;

export interface AskOptions {
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ((note: ProgressNote) => void) | undefined;
}

/** A cancelled request that still runs after so long, milliseconds, is ended with its worker. */
const GRACE_MS = 150;
/** While the worker prepares what all requests need (a kernel's BTF), it is given so long. */
const SETUP_MS = 10_000;

interface Job {
  readonly question: Question;
  readonly cell: Int32Array;
  readonly progress: AskOptions['progress'];
  /** Answers whoever asked; the first word counts. */
  readonly settle: (answer: WorkerReply | Error) => void;
  cancelled: boolean;
  /** Run again after a worker died under it that others had used before. */
  again: boolean;
}

export class WorkerQueue {
  private worker: Worker | null = null;
  private readonly waiting: Job[] = [];
  private running: { readonly id: number; readonly job: Job } | null = null;
  /** Requests that the worker has answered. */
  private served = 0;
  private nextId = 1;
  private grace: NodeJS.Timeout | undefined;
  /** Heap limit that the worker was started with, MiB. */
  private startedWith = 0;

  constructor(
    /** Path of the bundled `worker.cjs`. */
    private readonly script: string,
    /** Heap limit of the worker, MiB, asked before each request: with another one than before there is a new worker. */
    private readonly memoryMb: () => number,
    /** Called when a worker has gone, with all that it kept. */
    private readonly lost: () => void,
    /** Folder for what is worth keeping, '' for none. */
    private readonly cache: () => string,
  ) {}

  /** Answers a request; rejects with {@link AnalysisCancelled} when `signal` fires, or {@link WorkerDied}. */
  ask(question: Question, { signal, progress }: AskOptions = {}): Promise<WorkerReply> {
    if (signal?.aborted === true) return Promise.reject(new AnalysisCancelled());
    return new Promise((resolve, reject) => {
      const onAbort = (): void => this.cancel(job);
      const job: Job = {
        question,
        cell: new Int32Array(new SharedArrayBuffer(8)),
        progress,
        settle: (answer) => {
          signal?.removeEventListener('abort', onAbort);
          if (answer instanceof Error) reject(answer);
          else resolve(answer);
        },
        cancelled: false,
        again: false,
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.waiting.push(job);
      this.next();
    });
  }

  /** Tells the worker something that needs no answer. Nothing happens when there is none. */
  tell(question: Question): void {
    this.worker?.postMessage({ ...question, id: this.nextId++, cell: new SharedArrayBuffer(8) } as WorkerRequest);
  }

  async dispose(): Promise<void> {
    const jobs = [...(this.running === null ? [] : [this.running.job]), ...this.waiting.splice(0)];
    this.running = null;
    const worker = this.drop();
    for (const job of jobs) job.settle(new AnalysisCancelled());
    await worker?.terminate();
  }

  private cancel(job: Job): void {
    job.cancelled = true;
    const at = this.waiting.indexOf(job);
    if (at >= 0) this.waiting.splice(at, 1);
    else if (this.running?.job === job) {
      Atomics.store(job.cell, CELL.STOP, 1);
      this.later(job, Date.now() + SETUP_MS);
    }
    job.settle(new AnalysisCancelled());
  }

  /** Looks at a cancelled job after its grace: when a busy machine held this thread for so long, the answer is heard first. */
  private later(job: Job, patience: number): void {
    this.grace = setTimeout(() => setImmediate(() => this.endUnlessReady(job, patience)), GRACE_MS);
  }

  /** A stage that does not look at its cell is ended with its worker. */
  private endUnlessReady(job: Job, patience: number): void {
    if (this.running?.job !== job) return;
    if (Atomics.load(job.cell, CELL.SETUP) !== 0 && Date.now() < patience) {
      this.later(job, patience);
      return;
    }
    this.running = null;
    void this.drop()?.terminate();
    this.lost();
    this.next();
  }

  private next(): void {
    if (this.running !== null) return;
    const job = this.waiting.shift();
    if (job === undefined) {
      // an idle worker must not keep the process alive
      this.worker?.unref();
      return;
    }
    if (this.worker !== null && this.memoryMb() !== this.startedWith) {
      void this.drop()?.terminate();
      this.lost();
    }
    const worker = this.worker ?? this.start();
    worker.ref();
    const id = this.nextId++;
    this.running = { id, job };
    worker.postMessage({ ...job.question, id, cell: job.cell.buffer } as WorkerRequest);
  }

  private start(): Worker {
    this.startedWith = this.memoryMb();
    const worker = new Worker(this.script, {
      resourceLimits: { maxOldGenerationSizeMb: this.startedWith },
      workerData: { cache: this.cache() },
    });
    worker.on('message', (reply: WorkerReply) => {
      if (this.worker === worker) this.receive(reply);
    });
    worker.on('error', (error: NodeJS.ErrnoException) => {
      if (this.worker === worker) this.died(error.code === 'ERR_WORKER_OUT_OF_MEMORY', error.message);
    });
    worker.on('exit', (code) => {
      if (this.worker === worker) this.died(false, `the analysis worker ended with status ${code}`);
    });
    this.worker = worker;
    this.served = 0;
    return worker;
  }

  private drop(): Worker | null {
    clearTimeout(this.grace);
    const { worker } = this;
    this.worker = null;
    return worker;
  }

  private receive(reply: WorkerReply): void {
    if (this.running?.id !== reply.id) return;
    const { job } = this.running;
    if (reply.type === 'progress') {
      if (!job.cancelled) job.progress?.(reply);
      return;
    }
    clearTimeout(this.grace);
    this.running = null;
    this.served++;
    if (reply.type === 'cancelled') job.settle(new AnalysisCancelled());
    else if (reply.type === 'failed') job.settle(new Error(reply.message));
    else job.settle(reply);
    this.next();
  }

  /** What others left in the worker may be why it died under a request: that one is run again, once, in a worker of its own. */
  private died(memory: boolean, message: string): void {
    this.drop();
    const job = this.running?.job;
    this.running = null;
    if (job !== undefined && !job.cancelled) {
      if (this.served > 0 && !job.again) {
        job.again = true;
        this.waiting.unshift(job);
      } else job.settle(new WorkerDied(memory, message));
    }
    this.lost();
    this.next();
  }
}
