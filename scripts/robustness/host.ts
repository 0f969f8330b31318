// SPDX-License-Identifier: GPL-2.0-only
/**
 * What the editor's own thread does with what is in files: CPU time of the longest stretch between two turns of its loop, so that it is the same on
 * a busy machine.
 */
import { join } from 'node:path';
import { CpuClock } from '../../src/analysis/limits';
import { AnalysisService } from '../../src/analysis/service';
import { isBpfProgram } from '../../src/compiler/language';
import { heldChanges } from '../../src/extension/held-changes';
import { listingInTurns } from '../../src/extension/listing';
import { messagesOf } from '../../src/extension/panel-parts';
import type { Insn } from '../../src/isa/insn';
import { loadPolicy } from '../../src/policy/file';
import type { ProgramResult } from '../../src/protocol/model';
import { PolicyFileError } from '../../src/policy/reader';
import { objectOf } from '../../test/support/objects';
import { KERNEL_BUNDLE, ROOT } from '../corpus/bundle';
import { VERIFIED_KERNEL } from '../../src/kernel/releases';
import { asm, insn } from '../../test/support/asm';
import { requestFor } from '../../test/support/verify';

const LIMIT_MS = 50;
let worst = 0;

function row(what: string, ms: number): void {
  worst = Math.max(worst, ms);
  console.log(`| ${what} | ${ms.toFixed(1)} |${ms > LIMIT_MS ? ' too long' : ''}`);
}

function held(what: string, action: () => unknown): void {
  const used = new CpuClock();
  action();
  row(what, used.usedMs);
}

async function heldOver<T>(what: string, action: () => Promise<T>): Promise<T> {
  let turn = new CpuClock();
  let longest = 0;
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    longest = Math.max(longest, turn.usedMs);
    turn = new CpuClock();
    timer = setTimeout(look, 1);
  };
  look();
  const answer = await action();
  clearTimeout(timer);
  row(what, Math.max(longest, turn.usedMs));
  return answer;
}

/** The longest of several turns; `turn` says whether it was the last. */
function inTurns(what: string, turn: () => boolean): void {
  let longest = 0;
  for (let done = false; !done;) {
    const used = new CpuClock();
    done = turn();
    longest = Math.max(longest, used.usedMs);
  }
  row(what, longest);
}

function refused(json: string): void {
  try {
    loadPolicy(json);
  } catch (error) {
    if (!(error instanceof PolicyFileError)) throw error;
  }
}

const policyOf = (kfuncs: number): string =>
  JSON.stringify({ id: 'x', title: 'x', kfuncs: Array.from({ length: kfuncs }, (_, i) => ({ name: `f${i}`, flags: ['KF_SLEEPABLE'] })) });

/** A program of so many instructions, with a branch every tenth. */
function branching(count: number): Insn[] {
  const body = Array.from({ length: count - 3 }, (_, i) => (i % 10 === 9 ? insn`if r2 < 1000 goto pc+1` : insn`r${3 + (i % 5)} = ${i}`));
  return asm`r2 = *(u32 *)(r1 +0); ${body}; r0 = 0; exit`;
}

async function main(): Promise<void> {
  console.log('| what the thread does | ms of CPU time |\n|---|---|');
  for (const language of ['c', 'assembly'] as const) {
    const lines = '\n'.repeat(80 << 10);
    held(`tells whether 80 KB of blank lines are BPF ${language}`, () => isBpfProgram('x', language, lines));
    held(`the same of 4 MB`, () => isBpfProgram('x', language, '\n'.repeat(4 << 20)));
  }
  held('reads a policy file of 1 MiB of zeroes in a list', () => refused(`[${'0,'.repeat((1 << 19) - 2)}0]`));
  held('reads a policy file of 1 MiB of brackets', () => refused('['.repeat(1 << 20)));
  held('reads a policy file of 64 KiB', () => refused(policyOf(1300)));
  const service = new AnalysisService(join(ROOT, 'dist/worker.cjs'));
  const ask = (object: Uint8Array): Promise<unknown> =>
    service.analyze(
      requestFor('x.bpf.o', object, {
        key: 'k',
        policy: VERIFIED_KERNEL.policy,
        kernel: { bundle: KERNEL_BUNDLE, btf: '' },
        explain: true,
      }),
    );
  try {
    await ask(objectOf([{ name: 'warm' }]));
    const large = new Uint8Array(new SharedArrayBuffer(64 << 20));
    large.set(objectOf([{ name: 'p' }]));
    await heldOver('hands over an object of 64 MiB', () => ask(large));
    await heldOver('hears of 1,000 programs', () => ask(objectOf(Array.from({ length: 1000 }, (_, i) => ({ name: `p${i}` })))));
    for (const count of [4000, 16_000, 40_000]) {
      const name = count.toLocaleString('en');
      await heldOver(`hears of a program of ${name} instructions`, () => ask(objectOf([{ name: 'p', insns: branching(count) }])));
      const graph = await heldOver(`gets its graph`, () => service.graph('k', 'p'));
      if (graph === null) throw new Error('no graph');
      const result = { result: {} as ProgramResult, graph, offer: null };
      const messages = messagesOf({ detail: result });
      inTurns(`sends it to the panel (${(JSON.stringify(graph).length / 1e6).toFixed(1)} MB)`, () => {
        const next = messages.next();
        if (next.done !== true) JSON.stringify(next.value);
        return next.done === true;
      });
      const work = listingInTurns(graph);
      inTurns('writes its disassembly', () => work.next().done === true);
      held(`finds what is held after each line`, () => heldChanges(graph));
    }
  } finally {
    await service.dispose();
  }
  console.log(`\nat most ${worst.toFixed(1)} ms`);
  process.exitCode = worst > LIMIT_MS ? 1 : 0;
}

await main();
