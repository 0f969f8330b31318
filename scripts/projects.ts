// SPDX-License-Identifier: GPL-2.0-only
/**
 * Opens every BPF source of a tree as the editor would (default settings, nothing built, nothing run but clang), and says what came of it:
 *
 *     npm run projects -- [--jobs N] [--clang PATH] [--json FILE] [--match TEXT] [--quiet] [--no-build-files] DIR...
 *
 * A file is *compiled* when clang made an object of it, *loaded* when all its programs could be handed to a kernel, *verified* when each has
 * a verdict. A file without programs of its own counts as verified if it loads.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { AnalysisEngine } from '../src/analysis/engine';
import { headersKey } from '../src/analysis/headers';
import { HeaderStore } from '../src/compiler/header-store';
import { sourceWords, suppliedWords } from '../src/compiler/how';
import { compileMessage } from '../src/compiler/message';
import { isBpfProgram, languageOf, objectName } from '../src/compiler/language';
import { listProject } from '../src/compiler/project';
import { type Opened, ProjectCompiler } from '../src/compiler/project-compiler';

interface Row {
  readonly file: string;
  readonly compiled: boolean;
  readonly loaded: boolean;
  readonly verified: boolean;
  readonly accepted: number;
  readonly rejected: number;
  readonly unknown: number;
  /** Why not, '' if all is well. */
  readonly why: string;
  readonly tries: number;
  readonly how: string;
  readonly ms: number;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    jobs: { type: 'string', default: '2' },
    clang: { type: 'string', default: '' },
    json: { type: 'string' },
    match: { type: 'string', default: '' },
    quiet: { type: 'boolean', default: false },
    'no-build-files': { type: 'boolean', default: false },
  },
});
if (positionals.length === 0) {
  console.error('usage: npm run projects -- [--jobs N] [--clang PATH] [--json FILE] [--match TEXT] [--quiet] [--no-build-files] DIR...');
  process.exit(2);
}

const kernel = { bundle: path.join(import.meta.dirname, '../media/kernel/7.3.4'), btf: '' };
const engine = new AnalysisEngine();
const folder = mkdtempSync(path.join(os.tmpdir(), 'bpf-context-projects-'));
const store = new HeaderStore(folder);
const headers = { key: () => headersKey(kernel), source: () => Promise.resolve(engine.headers(kernel)) };

function analyze(
  file: string,
  object: Uint8Array,
  text: string,
): Pick<Row, 'loaded' | 'verified' | 'accepted' | 'rejected' | 'unknown' | 'why'> {
  const none = { loaded: false, verified: false, accepted: 0, rejected: 0, unknown: 0 };
  try {
    const request = {
      type: 'analyze',
      id: 0,
      key: file,
      file: objectName(path.basename(file)),
      object,
      source: { file, text },
      policy: 'linux-7.3',
      kernel,
      overlays: [],
      program: '',
      logLevel: 0,
    } as const;
    const reply = engine.analyze(
      { ...request, unprivileged: false, record: false, dumpInsns: false, graphs: false, timeoutS: 60 },
      { check: () => undefined, progress: () => undefined },
    );
    engine.forget(file);
    if (reply.error?.kind === 'no-programs') return { ...none, loaded: true, verified: true, why: 'no program of its own' };
    if (reply.error !== null) return { ...none, why: `not loaded: ${[reply.error.title, reply.error.message].join(': ')}` };
    const { programs, failed } = reply.result!;
    const count = (v: string): number => programs.filter((p) => p.verdict === v).length;
    const unknown = programs.find((p) => p.verdict === 'unknown');
    const rejected = programs.find((p) => p.verdict === 'reject');
    const [first] = failed;
    const why =
      first !== undefined
        ? `not loaded: ${first.program}: ${first.message}`
        : unknown !== undefined
          ? `unknown: ${unknown.program}: ${unknown.reason ?? ''}`
          : rejected !== undefined
            ? `rejected: ${rejected.program}: ${rejected.message.at(-1) ?? ''}`
            : '';
    return {
      loaded: first === undefined,
      verified: first === undefined && unknown === undefined,
      accepted: count('accept'),
      rejected: count('reject'),
      unknown: count('unknown'),
      why,
    };
  } catch (error) {
    return {
      ...none,
      why: `internal: ${error instanceof Error ? (error.stack ?? error.message).split('\n').slice(0, 2).join(' ') : String(error)}`,
    };
  }
}

async function openOne(compiler: ProjectCompiler, root: string, file: string, text: string): Promise<Row> {
  const began = Date.now();
  const opened: Opened = await compiler.compile({
    clang: values.clang,
    file,
    text,
    args: [],
    timeoutMs: 60_000,
    workspace: root,
    headers,
    useBuild: !values['no-build-files'],
  });
  const { result, how } = opened;
  const base = {
    file: path.relative(root, file),
    tries: how?.tries ?? 0,
    how: how === null ? '' : `${sourceWords(how)}; ${suppliedWords(how)}`,
  };
  if (result.kind === 'ok') return { ...base, compiled: true, ...analyze(file, result.object, text), ms: Date.now() - began };
  const why =
    result.kind === 'failed' ? compileMessage(file, result, how).text : result.kind === 'missing' ? 'clang was not found' : 'cancelled';
  return {
    ...base,
    compiled: false,
    loaded: false,
    verified: false,
    accepted: 0,
    rejected: 0,
    unknown: 0,
    why: why.split('\n')[0]!,
    ms: Date.now() - began,
  };
}

async function sourcesOf(root: string): Promise<[string, string][]> {
  const files = await listProject(root);
  const all = [...files.byName.values()]
    .flat()
    .filter((f) => languageOf(f) === 'c' && f.includes(values.match))
    .sort();
  return all.map((f): [string, string] => [f, readFileSync(f, 'utf8')]).filter(([f, text]) => isBpfProgram(f, 'c', text));
}

function percent(part: number, all: number): string {
  return all === 0 ? '–' : `${((part / all) * 100).toFixed(1)} %`;
}

const rows: (Row & { readonly tree: string })[] = [];
const summary: string[] = [];
try {
  for (const dir of positionals) {
    const root = path.resolve(dir);
    const sources = await sourcesOf(root);
    const compiler = new ProjectCompiler(store);
    const queue = [...sources];
    const own: Row[] = [];
    const work = async (): Promise<void> => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const row = await openOne(compiler, root, ...next);
        own.push(row);
        const state = row.verified ? 'verified' : row.loaded ? 'loaded' : row.compiled ? 'compiled' : 'not compiled';
        if (!values.quiet || !row.verified)
          console.log(`${state.padEnd(13)}${String(row.tries).padStart(2)}  ${row.file}${row.why === '' ? '' : `  ${row.why}`}`);
      }
    };
    await Promise.all(Array.from({ length: Number(values.jobs) }, work));
    rows.push(...own.map((r) => ({ tree: dir, ...r })));
    const count = (f: (r: Row) => boolean): number => own.filter(f).length;
    const [compiled, loaded, verified] = [count((r) => r.compiled), count((r) => r.loaded), count((r) => r.verified)];
    summary.push(
      `| ${path.basename(root)} | ${own.length} | ${compiled} (${percent(compiled, own.length)}) | ${loaded} | ${verified} (${percent(verified, own.length)}) | ${own.reduce((n, r) => n + r.accepted, 0)} | ${own.reduce((n, r) => n + r.rejected, 0)} |`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const all = (f: (r: Row) => boolean): number => rows.filter(f).length;
console.log(
  '\n| Tree | Sources | Compiled | Loaded | Verified | Programs accepted | Programs rejected |\n| --- | --- | --- | --- | --- | --- | --- |',
);
for (const line of summary) console.log(line);
console.log(
  `\n${all((r) => r.compiled)} of ${rows.length} compiled, ${all((r) => r.loaded)} loaded, ${all((r) => r.verified)} verified (${percent(
    all((r) => r.verified),
    rows.length,
  )})`,
);
if (values.json !== undefined) writeFileSync(values.json, rows.map((r) => JSON.stringify(r)).join('\n') + '\n');
