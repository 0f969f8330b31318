// SPDX-License-Identifier: GPL-2.0-only
/**
 * Verifies a corpus and compares with what the kernel said.
 *
 * Usage: `npx tsx scripts/conform.ts CORPUS_DIR [--set selftests] [--only GLOB]... [--jobs N] [--timeout S] [--list KIND]
 * [--logs] [--out FILE] [--groups N]`. GLOB is matched with `OBJECT PROGRAM` without `.bpf.o`; KIND is verdict, message, insn,
 * processed, states or log.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { lineShape } from './corpus/logdiff';
import { CorpusRunner, type RunOptions } from './corpus/run';
import { counted, keyOf, lastLine, type Ours, readRows, type Truth } from './corpus/truth';

interface Task {
  readonly object: string;
  readonly programs: readonly string[];
  readonly options: RunOptions;
}

if (process.send !== undefined && process.env['CONFORM_SET_DIR'] !== undefined) runWorker(process.env['CONFORM_SET_DIR']);
else {
  main().catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
}

/** Worker: rows of one object after the other. */
function runWorker(setDir: string): void {
  const runner = new CorpusRunner(setDir);
  process.on('message', (task: Task) => {
    try {
      const loaded = runner.load(task.object);
      for (const program of task.programs) process.send!({ row: runner.row(loaded, program, task.options) });
    } catch (error) {
      process.send!({ failed: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
    process.send!({ done: true });
  });
  process.send!({ done: true });
}

function globRegExp(glob: string): RegExp {
  return new RegExp(`^${glob.replace(/[.+^${}()|[\]\\]/g, '\\$&').replace(/\*/g, '.*')}$`);
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      set: { type: 'string', default: 'selftests' },
      only: { type: 'string', multiple: true, default: [] },
      jobs: { type: 'string', default: '1' },
      timeout: { type: 'string', default: '20' },
      list: { type: 'string', default: '' },
      logs: { type: 'boolean', default: false },
      out: { type: 'string', default: '' },
      groups: { type: 'string', default: '25' },
      policy: { type: 'string', default: 'linux-7.3' },
    },
  });
  const corpus = positionals[0];
  if (corpus === undefined) {
    console.error('usage: conform.ts CORPUS_DIR [--set selftests] [--only GLOB] [--jobs N] [--timeout S] [--list KIND] [--logs] [--out FILE]');
    process.exit(2);
  }
  const setDir = join(corpus, values.set);
  const globs = values.only.map(globRegExp);
  const rows = counted(readRows<Truth>(join(setDir, 'truth.jsonl'))).filter((t) => {
    const name = t.object.replace(/\.bpf\.o$/, '');
    return globs.length === 0 || globs.some((g) => g.test(name) || g.test(`${name} ${t.program}`));
  });
  const options: RunOptions = { timeoutS: Number(values.timeout), logLevel: values.logs ? 6 : 0, policy: values.policy, unprivileged: false };
  const ours = await runAll(setDir, rows, options, Number(values.jobs));
  if (values.out !== '') writeFileSync(values.out, [...ours.values()].map((o) => `${JSON.stringify(o)}\n`).join(''));
  report(rows, ours, values.list, Number(values.groups));
}

/** Runs all rows in worker processes. A worker that says nothing for too long is replaced. */
async function runAll(setDir: string, rows: readonly Truth[], options: RunOptions, jobs: number): Promise<Map<string, Ours>> {
  const byObject = new Map<string, string[]>();
  for (const t of rows) byObject.set(t.object, [...(byObject.get(t.object) ?? []), t.program]);
  const queue: Task[] = [...byObject].map(([object, programs]) => ({ object, programs, options }));
  const ours = new Map<string, Ours>();
  let doneRows = 0;

  const lost = (task: Task, reason: string): Task | null => {
    const at = task.programs.findIndex((p) => !ours.has(`${task.object} ${p}`));
    if (at < 0) return null;
    const program = task.programs[at]!;
    ours.set(`${task.object} ${program}`, {
      object: task.object, program, verdict: 'unknown', errno: 0, message: '', insn: null, processedInsns: 0, totalStates: 0, peakStates: 0,
      maxStatesPerInsn: 0, reason, timeUs: 0, logDiff: null,
    });
    return { ...task, programs: task.programs.slice(at + 1) };
  };

  const runWorkerProcess = (): Promise<void> =>
    new Promise((resolve) => {
      let task: Task | null = null;
      let child: ChildProcess | null = null;
      let timer: NodeJS.Timeout | undefined;
      const watch = (): void => {
        clearTimeout(timer);
        timer = setTimeout(() => restart('hang'), options.timeoutS * 2000 + 20000);
      };
      const next = (): void => {
        task = queue.shift() ?? null;
        if (task === null) {
          clearTimeout(timer);
          child?.removeAllListeners();
          child?.kill();
          resolve();
        } else {
          watch();
          child!.send(task);
        }
      };
      const restart = (reason: string): void => {
        child?.removeAllListeners();
        child?.kill('SIGKILL');
        if (task !== null) {
          const rest = lost(task, reason);
          if (rest !== null && rest.programs.length > 0) queue.unshift(rest);
        }
        start();
      };
      const start = (): void => {
        task = null;
        child = fork(import.meta.filename, [], {
          env: { ...process.env, CONFORM_SET_DIR: setDir },
          execArgv: ['--import', 'tsx', '--stack-size=4000', '--max-old-space-size=2500'],
        });
        watch();
        child.on('message', (message: { row?: Ours; failed?: string; done?: boolean }) => {
          watch();
          if (message.row !== undefined) {
            ours.set(keyOf(message.row), message.row);
            if (++doneRows % 200 === 0) process.stderr.write(`${doneRows}/${rows.length}\n`);
          }
          if (message.failed !== undefined && task !== null) {
            let rest: Task | null = task;
            while (rest !== null && rest.programs.length > 0) rest = lost(rest, `load: ${message.failed.split('\n')[0]!}`);
          }
          if (message.done === true) next();
        });
        child.on('exit', () => restart('crash'));
      };
      start();
    });
  await Promise.all(Array.from({ length: jobs }, runWorkerProcess));
  return ours;
}

/** Numbers out, so that messages with different registers and offsets fall in one group. */
function shape(message: string): string {
  return message.replace(/0x[0-9a-f]+/g, 'N').replace(/-?\d+/g, 'N').slice(0, 150);
}

function percent(a: number, b: number): string {
  return b === 0 ? 'n/a' : `${((100 * a) / b).toFixed(2)}%`;
}

/** Prints the figures, and the disagreements by pairs of messages. */
function report(rows: readonly Truth[], ours: ReadonlyMap<string, Ours>, list: string, groupLimit: number): void {
  const c = { agree: 0, unknown: 0, error: 0, falseAccept: 0, falseReject: 0, rejects: 0, message: 0, insnOf: 0, insn: 0, processed: 0, states: 0, logOf: 0, log: 0 };
  const groups = new Map<string, string[]>();
  const add = (group: string, id: string): void => {
    groups.set(group, [...(groups.get(group) ?? []), id]);
  };
  const note = (kind: string, text: string): void => {
    if (list === kind) console.log(text);
  };
  for (const t of rows) {
    const id = `${t.object.replace(/\.bpf\.o$/, '')} ${t.program}`;
    const o = ours.get(keyOf(t));
    const theirs = lastLine(t.message);
    if (o === undefined || o.verdict === 'unknown' || o.verdict === 'error') {
      if (o?.verdict === 'error') c.error++;
      else c.unknown++;
      const reason = o === undefined ? 'missing' : o.reason === 'loader' ? `loader: ${o.message}` : o.reason;
      add(`${o?.verdict ?? 'missing'}: ${shape(reason)}`, id);
      note('verdict', `${(o?.verdict ?? 'missing').padEnd(12)} ${id}  kernel: ${t.verdict} ${theirs}  reason: ${reason}`);
      continue;
    }
    const mine = lastLine(o.message);
    if (o.verdict !== t.verdict) {
      const isAccept = o.verdict === 'accept';
      if (isAccept) c.falseAccept++;
      else c.falseReject++;
      const kind = isAccept ? 'FALSE ACCEPT' : 'false reject';
      add(`${kind}: ${shape(isAccept ? theirs : mine)}`, id);
      note('verdict', `${kind} ${id}  kernel: ${isAccept ? theirs : t.verdict}  ours: ${isAccept ? 'accept' : mine}`);
      continue;
    }
    c.agree++;
    if (t.verdict === 'reject') {
      c.rejects++;
      if (mine === theirs) c.message++;
      else {
        add(`message: ${shape(theirs)}  <>  ${shape(mine)}`, id);
        note('message', `${id}\n  kernel: ${theirs}\n  ours:   ${mine}`);
      }
      if (t.insn !== null) {
        c.insnOf++;
        if (o.insn === t.insn) c.insn++;
        else note('insn', `${id}  kernel: ${t.insn}  ours: ${o.insn}`);
      }
    }
    if (o.processedInsns === t.processed_insns) c.processed++;
    else note('processed', `${id}  kernel: ${t.processed_insns}  ours: ${o.processedInsns}`);
    if (o.totalStates === t.total_states && o.peakStates === t.peak_states && o.maxStatesPerInsn === t.max_states_per_insn) c.states++;
    else {
      const counters = `${t.total_states}/${t.peak_states}/${t.max_states_per_insn}`;
      note('states', `${id}  kernel: ${counters}  ours: ${o.totalStates}/${o.peakStates}/${o.maxStatesPerInsn}`);
    }
    if (o.logDiff !== null) {
      c.logOf++;
      if (o.logDiff === 'same') c.log++;
      else {
        const { line, theirs: kernelLine, ours: ourLine } = o.logDiff;
        add(`log: ${lineShape(kernelLine)}  <>  ${lineShape(ourLine)}`, id);
        note('log', `${id} line ${line}\n  kernel: ${kernelLine ?? '(end)'}\n  ours:   ${ourLine ?? '(end)'}`);
      }
    }
  }
  const sorted = [...groups].sort((a, b) => b[1].length - a[1].length).slice(0, groupLimit);
  for (const [group, ids] of sorted) console.log(`${String(ids.length).padStart(4)}  ${group}\n        ${ids.slice(0, 3).join(', ')}`);
  const n = rows.length;
  console.log(
    `counted ${n}: verdict agrees ${c.agree} (${percent(c.agree, n)}), false accept ${c.falseAccept}, false reject ${c.falseReject}, unknown ${c.unknown}, error ${c.error}\n` +
      `of the agreed: message ${c.message}/${c.rejects} (${percent(c.message, c.rejects)}), failing instruction ${c.insn}/${c.insnOf} (${percent(c.insn, c.insnOf)}), ` +
      `processed instructions ${c.processed}/${c.agree} (${percent(c.processed, c.agree)}), states ${c.states}/${c.agree} (${percent(c.states, c.agree)})` +
      (c.logOf > 0 ? `, logs ${c.log}/${c.logOf} (${percent(c.log, c.logOf)})` : ''),
  );
}
