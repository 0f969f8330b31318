// SPDX-License-Identifier: GPL-2.0-only
/** An object of this project, verified once, and shown in the page of `page.ts`, whose questions it answers as the host does. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { compareState } from '../../src/extension/panel-compare';
import { unverified } from '../../src/extension/transitions';
import type { Answered, Ask } from '../../src/protocol/asks';
import type { ContextGraph } from '../../src/protocol/graph';
import type { PanelState } from '../../src/protocol/messages';
import type { FileResult } from '../../src/protocol/model';
import { drawn, host, tell } from './page';
import { engineWith, QUIET, requestFor, ROOT } from './verify';

const engine = engineWith();
const POLICIES = ['linux-7.3', 'forbid-fault'].map((id) => ({ id, title: id, description: '' }));

export class Shown {
  readonly result: FileResult;
  program = '';
  /** Messages of the page that were looked at. */
  private heard = 0;
  private last: Partial<PanelState> = {};

  constructor(
    /** Name of the object in this project. */
    readonly object: string,
    readonly policy = 'linux-7.3',
  ) {
    this.result = this.verified(policy, this.key(policy));
  }

  private key(policy: string): string {
    return `${this.object} ${policy}`;
  }

  private verified(policy: string, key: string): FileResult {
    const bytes = new Uint8Array(readFileSync(path.join(ROOT, this.object)));
    const { result } = engine.analyze(requestFor(path.basename(this.object), bytes, { key, explain: true, policy }), QUIET);
    return result!;
  }

  graph(program: string): ContextGraph {
    return engine.graph(this.key(this.policy), program)!;
  }

  private picture(program: string): PanelState {
    const result = this.result.programs.find((p) => p.program === program);
    return {
      file: path.basename(this.object).replace(/\.o$/, '.c'),
      folder: '/w',
      policies: POLICIES,
      policy: this.policy,
      kernels: [],
      programs: this.result.programs,
      program,
      detail: result === undefined ? null : { result, graph: this.graph(program), offer: null },
      busy: null,
      stale: null,
      error: null,
      compare: null,
      singleKeys: true,
    };
  }

  /** Shows a program, and answers what the page asks of it. */
  async show(program: string, change: Partial<PanelState> = {}): Promise<void> {
    this.program = program;
    this.last = { ...this.picture(program), ...change };
    await tell({ type: 'state', change: this.last });
    await this.answer();
  }

  /** Something of the picture is different now. */
  async change(change: Partial<PanelState>): Promise<void> {
    await tell({ type: 'state', change });
    await this.answer();
  }

  /** The program compared with what it is under another policy, as the host says it. */
  async compareWith(policy: string): Promise<void> {
    const other = this.verified(policy, this.key(policy));
    const comparison = engine.compareKept(this.key(policy), this.key(this.policy), this.program);
    const state = { ...unverified({ toString: () => '' } as never, this.policy), result: this.result };
    await this.change({ compare: compareState(state, { policy, busy: false, result: other, error: null }, this.program, comparison) });
  }

  /** Answers what is asked until nothing more is. */
  async answer(): Promise<void> {
    for (; this.heard < host.said.length; this.heard++) {
      const message = host.said[this.heard]!;
      if (message.type !== 'ask') continue;
      const answer = this.answerOf(message.ask);
      await tell(answer === null ? { type: 'refusal', id: message.id, reason: 'gone' } : { type: 'reply', id: message.id, answer });
    }
    await drawn();
  }

  private answerOf(ask: Ask): Answered | null {
    const key = this.key(this.policy);
    const as = <N extends Answered['name']>(name: N, value: unknown): Answered | null =>
      value === null ? null : ({ name, value } as Answered);
    switch (ask.name) {
      case 'states':
        return as(ask.name, engine.states(key, ask.program, ask.insn));
      case 'path':
        return as(ask.name, engine.path(key, ask.program, ask.insn, ask.state));
      case 'rejection':
        return as(ask.name, engine.path(key, ask.program, -1, -1));
      case 'origin':
        return as(ask.name, engine.origin(key, ask.program, ask.insn, ask.state, ask.register));
      case 'follow':
        return as(ask.name, engine.follow(key, ask.program, ask.key));
    }
  }
}
