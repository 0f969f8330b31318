// SPDX-License-Identifier: GPL-2.0-only
/** What verifying as all known kernels costs, in single runs: `check` of a file beside `loads-on` of the same file. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { AnalysisEngine } from '../../src/analysis/engine';
import type { AnalyzeReply } from '../../src/analysis/requests';
import { AnalysisService } from '../../src/analysis/service';
import { KERNELS } from '../../src/kernel/releases';
import { QUIET, requestFor } from '../../test/support/verify';
import { ROOT } from '../corpus/bundle';
import { geometricMean, quantile, Ratio } from './figure';
import type { Outcome } from './jobs';
import type { Row } from './report';
import { BurstProcess, type Side, timed } from './runtime';

/** `kernels` 0: `check` as the default kernel; else `loads-on` with so many, newest first. */
export interface KernelsJob {
  readonly kind: 'kernels';
  readonly file: string;
  readonly kernels: number;
}

/** The function to time. `bundle`: folder of the default kernel, beside which the others are. */
export function kernelsJob(engine: AnalysisEngine, bundle: string, { file, kernels }: KernelsJob): () => Outcome {
  const choices = KERNELS.map(({ version }) => ({ bundle: join(bundle, '..', version), btf: '' }));
  const asked = { key: 'x', kernel: choices[0]!, record: false, explain: true, timeoutS: 0 };
  const request = requestFor(basename(file), readFileSync(file), asked);
  if (kernels === 0) {
    return () => {
      const { result } = engine.analyze(request, QUIET);
      return { verdict: result?.programs.map((p) => p.verdict).join() ?? '', processed: 0, states: 0 };
    };
  }
  return () => {
    // nothing is kept from run to run
    const { key: _, ...all } = request;
    const { programs, error } = engine.loadsOn({ ...all, type: 'loadsOn', kernels: choices.slice(0, kernels) }, QUIET.check);
    if (error !== null || programs.length === 0) throw new Error(`${file}: ${error?.title ?? 'no programs'}`);
    return { verdict: programs.flatMap((p) => p.cells.map((c) => c.kind)).join(), processed: 0, states: 0 };
  };
}

/** Every nth object of a corpus set. */
function sample(corpus: string, count: number): string[] {
  const dir = join(corpus, 'debian/objects');
  const all = readdirSync(dir).sort();
  return Array.from({ length: count }, (_, i) => join(dir, all[Math.floor(((i + 0.5) * all.length) / count)]!));
}

/** CPU of the built command line, all threads, milliseconds. */
function cpuOf(node: string, hook: string, out: string, args: readonly string[]): number {
  const [command, full] = timed(node, ['--require', hook, join(ROOT, 'dist/cli.cjs'), ...args]);
  const { status, stdout, stderr } = spawnSync(command, full, { encoding: 'utf8' });
  // that a program does not load is an answer too
  if (stdout === '') throw new Error(`${args.join(' ')}: status ${status}: ${stderr}`);
  return Number(readFileSync(out, 'utf8')) / 1000;
}

function coldRatios(side: Side, files: readonly string[], rounds: number): number[][] {
  const dir = mkdtempSync(join(tmpdir(), 'bpf-context-'));
  try {
    const [hook, out] = [join(dir, 'hook.cjs'), join(dir, 'cpu')];
    writeFileSync(
      hook,
      `process.on('exit', () => { const c = process.cpuUsage(); require('node:fs').writeFileSync(${JSON.stringify(out)}, String(c.user + c.system)); });`,
    );
    return files.map((file) =>
      Array.from({ length: rounds }, () => {
        const single = cpuOf(side.node, hook, out, ['check', file]);
        return cpuOf(side.node, hook, out, ['loads-on', file]) / single;
      }),
    );
  } finally {
    rmSync(dir, { recursive: true });
  }
}

async function warmRatios(side: Side, files: readonly string[], rounds: number, seconds: number): Promise<number[][]> {
  const child = new BurstProcess(side);
  const ratios: number[][] = [];
  for (const file of files) {
    const job = (kernels: number): KernelsJob => ({ kind: 'kernels', file, kernels });
    const list: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const [, all] = await child.byTurns({ jobs: [job(0), job(KERNELS.length)], seconds, runs: 8 });
      list.push(all!.overFirst.all);
    }
    ratios.push(list);
  }
  await child.end();
  return ratios;
}

/** What somebody waits for in the editor: milliseconds on the wall and of CPU, all threads. */
interface Waited {
  readonly wall: number;
  readonly cpu: number;
}

async function waited(action: () => Promise<unknown>): Promise<Waited> {
  const [wall, { user, system }] = [performance.now(), process.cpuUsage()];
  await action();
  const cpu = process.cpuUsage({ user, system });
  return { wall: performance.now() - wall, cpu: (cpu.user + cpu.system) / 1000 };
}

/** As the editor asks: the file as its own kernel with states and graph, the others beside it, then the table of all. */
class Saving {
  private readonly service = new AnalysisService(join(ROOT, 'dist/worker.cjs'));
  private readonly kernels = KERNELS.map(({ media }) => ({ bundle: join(ROOT, ...media), btf: '' }));
  private turn = 0;

  private request(file: string) {
    const asked = { key: `${file} ${this.turn}`, kernel: this.kernels[0]!, explain: true, timeoutS: 0 };
    return requestFor(basename(file), readFileSync(file), asked);
  }

  private own(request: ReturnType<Saving['request']>): Promise<AnalyzeReply> {
    return this.service.analyze(request);
  }

  /** One kernel alone, then all of them, as if the file had never been seen: in runs of one kernel. */
  async ratio(file: string): Promise<Waited> {
    this.turn++;
    const alone = this.request(file);
    const single = await waited(() => this.own(alone));
    this.service.forget(alone.key);
    this.turn++;
    const request = this.request(file);
    const all = await waited(async () => {
      const others = this.service.loadsOn({ ...request, kernels: this.kernels.slice(1) });
      const { result } = await this.own(request);
      if (result === null) throw new Error(`${file}: no result`);
      await Promise.all([others, this.service.loadsOn({ ...request, kernels: this.kernels, known: { asked: 0, result } })]);
    });
    this.service.forget(request.key);
    return { wall: all.wall / single.wall, cpu: all.cpu / single.cpu };
  }

  dispose(): Promise<void> {
    return this.service.dispose();
  }
}

async function savingRatios(files: readonly string[], rounds: number, runs: number): Promise<{ wall: number[][]; cpu: number[][] }> {
  const saving = new Saving();
  const median = (list: readonly number[]): number => quantile(list, 0.5);
  try {
    const ratios: Waited[][] = [];
    for (const file of files) {
      for (let i = 0; i < runs; i++) await saving.ratio(file);
      const all: Waited[] = [];
      for (let round = 0; round < rounds; round++) {
        const list: Waited[] = [];
        for (let i = 0; i < runs; i++) list.push(await saving.ratio(file));
        all.push({ wall: median(list.map((w) => w.wall)), cpu: median(list.map((w) => w.cpu)) });
      }
      ratios.push(all);
    }
    return { wall: ratios.map((r) => r.map((w) => w.wall)), cpu: ratios.map((r) => r.map((w) => w.cpu)) };
  } finally {
    await saving.dispose();
  }
}

function rowsOf(what: string, side: Side, files: readonly string[], ratios: readonly (readonly number[])[], rounds: number): Row[] {
  const means = Array.from({ length: rounds }, (_, r) => geometricMean(ratios.map((list) => list[r]!)));
  const best = ratios.map((list) => Math.min(...list));
  const worst = best.indexOf(Math.max(...best));
  return [
    [`${what}: geometric mean of ${files.length} objects`, side.name, new Ratio(means).text(2)],
    [`${what}: least favourable`, side.name, `${best[worst]!.toFixed(2)} (${basename(files[worst]!)})`],
  ];
}

/** All kernels beside one, in a process that has run for a while and in one of the command line. Needs `npm run build`. */
export async function kernelRows(
  side: Side,
  { corpus, rounds, seconds }: { corpus: string; rounds: number; seconds: number },
): Promise<Row[]> {
  const files = sample(corpus, 8);
  const what = `${KERNELS.length} kernels, in single runs`;
  const saving = await savingRatios(files, rounds, 7);
  return [
    ...rowsOf(`${what} (editor, on the wall)`, side, files, saving.wall, rounds),
    ...rowsOf(`${what} (editor, CPU)`, side, files, saving.cpu, rounds),
    ...rowsOf(`${what} (command line, from nothing)`, side, files, coldRatios(side, files, rounds), rounds),
    ...rowsOf(`${what} (warm)`, side, files, await warmRatios(side, files, rounds, seconds), rounds),
  ];
}
