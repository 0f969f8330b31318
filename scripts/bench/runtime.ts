// SPDX-License-Identifier: GPL-2.0-only
/** Which Node runs which sources, and the processes that do. */
import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { bundle, KERNEL_BUNDLE, NODE_FLAGS, ROOT, temporaryFolder } from '../corpus/bundle';
import type { BurstRow, BurstTask } from './burst';
import type { Job } from './jobs';

/** One side of a measurement. */
export interface Side {
  /** For tables: `Node 24.21.0`, and whose sources if not these. */
  readonly name: string;
  readonly node: string;
  /** What Node is started with: `plain`, V8 compiles as it goes; `kept`, as in the product it has what was compiled in processes before. */
  readonly plain: readonly string[];
  readonly kept: readonly string[];
}

/** A command that processes are started through, as words; see `--through` of the bench. */
const through: string[] = [];

/** Starts everything that is timed through a command from now on: `nice -n -5`, `chrt -f 1`. */
export function startThrough(command: string): void {
  through.splice(0, through.length, ...command.split(' ').filter((word) => word !== ''));
}

/** What {@link startThrough} was told last. */
export function startedThrough(): string {
  return through.join(' ');
}

/** A command line as it is started. */
export function timed(command: string, args: readonly string[]): [string, string[]] {
  const [first = command, ...rest] = [...through, command, ...args];
  return [first, rest];
}

/** A Node binary by path, `this`, or by version: then the package `node` has it, which is kept under `node_modules/.cache`. */
export function nodeBinary(name: string): string {
  if (name === 'this') return process.execPath;
  if (name.includes('/')) return name;
  const dir = join(ROOT, 'node_modules/.cache/bench-node', name);
  const file = join(dir, 'node_modules/.bin/node');
  if (!existsSync(file)) {
    mkdirSync(dir, { recursive: true });
    execFileSync('npm', ['install', '--prefix', dir, '--no-save', '--foreground-scripts', `node@${name}`], { stdio: 'ignore' });
  }
  return file;
}

/** All sides: each Node with our sources, then each with those of another checkout. */
export async function sides(nodes: readonly string[], against: string): Promise<Side[]> {
  const entry = join(import.meta.dirname, 'burst.ts');
  const starter = await bundle(join(import.meta.dirname, 'kept.ts'), undefined, 'cjs');
  const list: Side[] = [];
  for (const checkout of against === '' ? [''] : ['', against]) {
    const sources = checkout === '' ? undefined : join(checkout, 'src');
    const script = await bundle(entry, sources);
    const common = await bundle(entry, sources, 'cjs');
    for (const name of nodes) {
      const node = nodeBinary(name);
      const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim().slice(1);
      const kept = [starter, KERNEL_BUNDLE, common, temporaryFolder()];
      list.push({ name: `Node ${version}${checkout === '' ? '' : `, ${checkout}`}`, node, plain: [script, KERNEL_BUNDLE], kept });
    }
  }
  return list;
}

/** A process that answers one burst after the other. */
export class BurstProcess {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly lines: AsyncIterator<string>;
  private readonly closed: Promise<unknown>;
  private trouble = '';

  constructor(
    readonly side: Side,
    start: 'plain' | 'kept' = 'plain',
  ) {
    this.child = spawn(...timed(side.node, [...NODE_FLAGS, ...side[start]]), { stdio: 'pipe' });
    this.closed = once(this.child, 'close');
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => (this.trouble += text));
    this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }

  /** One job. */
  async time({ job, ...task }: Omit<BurstTask, 'jobs'> & { readonly job: Job }): Promise<BurstRow> {
    const [row] = await this.byTurns({ ...task, jobs: [job] });
    return row!;
  }

  /** Several jobs by turns, a row for each: what happens on the machine meanwhile happens to all of them. */
  async byTurns(task: BurstTask): Promise<BurstRow[]> {
    this.child.stdin.write(`${JSON.stringify(task)}\n`);
    const line = await this.lines.next();
    if (line.done === true) throw new Error(this.trouble.trim().split('\n').slice(-3).join(' '));
    return JSON.parse(line.value) as BurstRow[];
  }

  /** Ends when it has read everything; waits for what it does at its end. */
  async end(): Promise<void> {
    this.child.stdin.end();
    await this.closed;
  }
}

/** One burst in a process of its own. */
export async function timedAlone(
  side: Side,
  task: Parameters<BurstProcess['time']>[0],
  start: 'plain' | 'kept' = 'plain',
): Promise<BurstRow> {
  const child = new BurstProcess(side, start);
  try {
    return await child.time(task);
  } finally {
    await child.end();
  }
}
