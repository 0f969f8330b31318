// SPDX-License-Identifier: GPL-2.0-only
/** Verifies recorded corpora on all cores and compares with what the kernel said. `npm run conformance -- --help` says how. */
import { Random } from './fuzz/random';
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join, relative } from 'node:path';
import { misused, scriptArgs } from './options';
import { KERNEL_BUNDLE, kernelBundle, ROOT } from './corpus/bundle';
import { type Corpus, openCorpus, openFolder } from './corpus/folder';
import { runPool } from './corpus/pool';
import { printGroups, type SetReport, summary, writeReport } from './corpus/report';
import { figures, score } from './corpus/score';
import type { Truth } from './corpus/truth';
import { VERIFIED_KERNEL } from '../src/kernel/releases';

const HELP = {
  usage: ['npm run conformance -- --corpus DIR [options]', 'npm run conformance -- --objects DIR --truth FILE [--log-dir DIR] [options]'],
  about: `Verifies recorded programs on all cores and compares with what a kernel said of them.`,
  end: 'Exit status: 0, or 1 below a floor, or 2 for bad usage.',
  positionals: [0, 1],
} as const;

const OPTIONS = {
  corpus: {
    type: 'string',
    value: 'DIR',
    default: '',
    help: 'has selftests/, debian/, kernel-tools/, or their archives and an unpack script',
  },
  objects: { type: 'string', value: 'DIR', default: '', help: 'any folder, searched to its bottom' },
  truth: {
    type: 'string',
    value: 'FILE',
    default: '',
    help: "the kernel's rows: one JSON object a program with object, program, verdict, message, insn, processed_insns, …",
  },
  'log-dir': { type: 'string', value: 'DIR', default: '', help: "the kernel's logs: OBJECT.PROGRAM.log" },
  set: { type: 'string', value: 'NAME', default: [] as string[], multiple: true, help: 'only this set (selftests, debian, kernel-tools)' },
  only: {
    type: 'string',
    value: 'GLOB',
    default: [] as string[],
    multiple: true,
    help: 'only programs whose "OBJECT PROGRAM" or OBJECT (without .bpf.o) match',
  },
  logs: { type: 'boolean', default: false, help: 'compare level-2 logs too' },
  unprivileged: { type: 'boolean', default: false, help: 'as a user without capabilities, against truth-unprivileged.jsonl' },
  policy: {
    type: 'string',
    value: 'NAME',
    default: VERIFIED_KERNEL.policy,
    help: `under this policy instead of ${VERIFIED_KERNEL.policy}`,
  },
  'same-as': { type: 'string', value: 'POLICY', default: '', help: 'also under POLICY, and say where that changes anything' },
  kernel: { type: 'string', value: 'VERSION', default: '', help: 'another shipped kernel, against truth-VERSION.jsonl' },
  btf: { type: 'string', value: 'FILE', default: '', help: "another kernel's BTF" },
  sample: { type: 'string', value: 'N', default: '0', help: 'of each set N programs, always the same ones' },
  jobs: { type: 'string', value: 'N', default: String(availableParallelism()), help: 'processes (default: cores)' },
  explain: {
    type: 'boolean',
    default: false,
    help: 'also count explanations of rejections with a reason and a place, and those with a cause',
  },
  timeout: { type: 'string', value: 'S', default: '60', help: 'CPU seconds for a program (default 60)' },
  report: { type: 'string', value: 'FILE', default: '', help: 'write what disagrees by cause: Markdown, or JSON if FILE ends in .json' },
  out: { type: 'string', value: 'FILE', default: '', help: 'write our rows, one JSON object a line' },
  list: {
    type: 'string',
    value: 'KIND',
    default: '',
    help: 'print each finding of a kind: verdict, message, insn, processed, states, log, policy, explained, caused',
  },
  groups: { type: 'string', value: 'N', default: '25', help: 'groups of disagreements to print a set (default 25)' },
  floors: {
    type: 'string',
    value: 'FILE',
    default: '',
    help: 'fail if a figure is below its floor in FILE; only the sets in FILE are run',
  },
  counts: { type: 'string', value: 'FILE', default: '', help: 'write {passed, failed, skipped} of the floors' },
} as const;

/** Least percentages, by set and figure. */
type Floors = Readonly<Record<string, Readonly<Record<string, number>>>>;

function globRegExp(glob: string): RegExp {
  return new RegExp(`^${glob.replace(/[.+^${}()|[\]\\]/g, '\\$&').replace(/\*/g, '.*')}$`);
}

/** Shows how far we are: in place on a terminal, else every ten seconds. */
function progressPrinter(): (done: number, of: number, at: string) => void {
  let last = 0;
  const interval = process.stderr.isTTY ? 200 : 10_000;
  return (done, of, at) => {
    const now = Date.now();
    if (now - last < interval && done < of) return;
    last = now;
    process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${done}/${of} ${at}${done === of ? '\n' : ''}` : `${done}/${of}\n`);
  };
}

function printList(set: SetReport, list: string): void {
  const kinds = list === 'verdict' ? ['false accept', 'false reject', 'unknown', 'error', 'missing'] : [list];
  for (const f of set.findings) {
    if (kinds.includes(f.kind)) console.log(`${f.kind}  ${f.object} ${f.program}\n  kernel: ${f.kernel}\n  ours:   ${f.ours}`);
  }
}

/** `count` of the rows in their order, chosen by a generator with a fixed seed; all if `count` is 0. */
function sampled<T>(rows: readonly T[], count: number): readonly T[] {
  if (count === 0 || count >= rows.length) return rows;
  const random = new Random(20261129);
  const left = rows.map((_, i) => i);
  const chosen = new Set<number>();
  while (chosen.size < count) chosen.add(left.splice(random.below(left.length), 1)[0]!);
  return rows.filter((_, i) => chosen.has(i));
}

/** Says which figures hold their floors; how many do not. */
function checkFloors(sets: readonly SetReport[], floors: Floors): { passed: number; failed: number } {
  const count = { passed: 0, failed: 0 };
  for (const set of sets) {
    const got = figures(set.score);
    for (const [name, floor] of Object.entries(floors[set.name] ?? {})) {
      const value = got[name];
      if (value === undefined) continue;
      const ok = value >= floor;
      console.log(`  ${ok ? 'ok  ' : 'FAIL'} ${set.name} ${name} ${value.toFixed(2)} % (floor ${floor} %)`);
      if (ok) count.passed++;
      else count.failed++;
    }
  }
  return count;
}

async function main(): Promise<number> {
  const { values, positionals } = scriptArgs(HELP, OPTIONS);
  const floors = values.floors === '' ? null : (JSON.parse(readFileSync(values.floors, 'utf8')) as Floors);
  const bundle = values.kernel === '' ? KERNEL_BUNDLE : kernelBundle(values.kernel);
  const kernel = bundle === KERNEL_BUNDLE ? '' : basename(bundle);
  const suffix = values.unprivileged ? '-unprivileged' : kernel === '' ? '' : `-${kernel}`;
  const floored = Object.keys(floors ?? {})
    .filter(
      (s) => s.endsWith(suffix) && !s.slice(0, s.length - suffix.length).includes('-6.') && (suffix !== '' || !s.endsWith('-unprivileged')),
    )
    .map((s) => s.slice(0, s.length - suffix.length));
  const dir = values.corpus || (positionals[0] ?? '');
  let corpus: Corpus;
  if (values.objects !== '') {
    if (values.truth === '') misused('--objects needs --truth', HELP, OPTIONS);
    corpus = openFolder(values.objects, values.truth, values['log-dir']);
  } else if (dir !== '') corpus = openCorpus(dir, values.set.length > 0 ? values.set : floored, values.unprivileged, kernel);
  else misused('--corpus or --objects is needed', HELP, OPTIONS);

  const globs = values.only.map(globRegExp);
  const wanted = (t: Truth): boolean => {
    const name = t.object.replace(/(\.bpf)?\.o$/, '');
    return globs.length === 0 || globs.some((g) => g.test(name) || g.test(`${name} ${t.program}`));
  };
  const sets = corpus.sets.map((set) => ({ set, rows: sampled(set.truth.filter(wanted), Number(values.sample)) }));
  const jobs = Number(values.jobs);
  try {
    const result = await runPool(sets, {
      jobs,
      bundle,
      btf: values.btf,
      run: {
        timeoutS: Number(values.timeout),
        logLevel: values.logs ? 6 : 0,
        policy: values.policy,
        unprivileged: values.unprivileged,
        sameAs: values['same-as'],
        explain: values.explain,
      },
      progress: progressPrinter(),
    });
    if (values.out !== '')
      writeFileSync(
        values.out,
        [...result.rows].flatMap(([set, rows]) => [...rows.values()].map((o) => `${JSON.stringify({ set, ...o })}\n`)).join(''),
      );
    const reports = sets.map(({ set, rows }): SetReport => ({ name: set.name, ...score(rows, result.rows.get(set.name)!) }));
    for (const set of reports) {
      if (values.list !== '') printList(set, values.list);
      printGroups(set, Number(values.groups));
      console.log(summary(set));
    }
    console.log(`${result.seconds.toFixed(0)} s with ${jobs} processes, peak memory ${result.peakMb.toFixed(0)} MB`);
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    if (values.report !== '') {
      const source = values.objects === '' ? `--corpus ${dir}` : `--objects ${values.objects} --truth ${values.truth}`;
      const command = `npm run conformance -- ${source}${values.unprivileged ? ' --unprivileged' : ''}${values.logs ? ' --logs' : ''}`;
      writeReport(values.report, {
        sets: reports,
        seconds: result.seconds,
        jobs,
        peakMb: result.peakMb,
        version,
        date: new Date().toISOString().slice(0, 10),
        command,
      });
      console.log(`report: ${relative(process.cwd(), values.report) || values.report}`);
    }
    if (floors === null) return 0;
    const count = checkFloors(reports, floors);
    if (values.counts !== '') writeFileSync(values.counts, JSON.stringify({ ...count, skipped: 0, notes: [] }));
    return count.failed > 0 ? 1 : 0;
  } finally {
    corpus.dispose();
  }
}

process.exitCode = await main();
