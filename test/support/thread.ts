// SPDX-License-Identifier: GPL-2.0-only
/**
 * A worker thread of the analysis that is none: the worker's own code (`src/analysis/serve.ts`) in the test's thread, so that a test can have it
 * wait, and die.
 */
import { EventEmitter } from 'node:events';
import type { MessagePort } from 'node:worker_threads';
import { serve } from '../../src/analysis/serve';
import type { WorkerReply, WorkerRequest } from '../../src/analysis/requests';

/** What tests do with the worker, and what it was asked. */
export const thread = {
  asked: [] as WorkerRequest[],
  /** The worker that was asked last. */
  current: null as InThread | null,
  waits: false,
  waiting: [] as (() => void)[],
  /** Requests that have no answer yet, each with its worker. */
  open: new Set<string>(),
  /** Lets no request begin until `go`. */
  hold(): void {
    this.waits = true;
  },
  go(): void {
    this.waits = false;
    for (const begin of this.waiting.splice(0)) begin();
  },
  /** The worker ends, out of memory or otherwise. */
  die(error: Error & { code?: string }): void {
    this.waiting.length = 0;
    this.open.clear();
    this.current?.emit('error', error);
  },
  /** Requests of a kind. */
  count(type: WorkerRequest['type']): number {
    return this.asked.filter((request) => request.type === type).length;
  },
};

/** Workers so far. */
let made = 0;

export class InThread extends EventEmitter {
  private readonly number = made++;
  private readonly port = new EventEmitter();
  private ended = false;

  constructor() {
    super();
    const port = { on: this.port.on.bind(this.port), postMessage: (reply: WorkerReply) => this.answer(reply) };
    serve(port as unknown as MessagePort, '');
  }

  postMessage(request: WorkerRequest): void {
    thread.asked.push(request);
    if (request.type !== 'forget') {
      thread.current = this;
      thread.open.add(this.nameOf(request.id));
    }
    const begin = (): void => {
      setImmediate(() => {
        if (!this.ended) this.port.emit('message', request);
      });
    };
    if (thread.waits) thread.waiting.push(begin);
    else begin();
  }

  private answer(reply: WorkerReply): void {
    if (reply.type !== 'progress') thread.open.delete(this.nameOf(reply.id));
    this.emit('message', reply);
  }

  private nameOf(id: number): string {
    return `${this.number}:${id}`;
  }

  ref(): void {}
  unref(): void {}

  terminate(): Promise<number> {
    this.ended = true;
    return Promise.resolve(0);
  }
}
