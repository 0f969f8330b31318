// SPDX-License-Identifier: GPL-2.0-only
/**
 * Opens every BPF source of a tree as the editor would (default settings, nothing built, nothing run but clang), and says what came of it:
 *
 *     npm run projects -- [options] DIR...
 *
 * A file is *compiled* when clang made an object of it, *loaded* when all its programs could be handed to a kernel, *verified* when each has
 * a verdict. A file without programs of its own counts as verified if it loads. A file of a program of several is linked with the others, as
 * the editor does.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { AnalysisEngine } from '../src/analysis/engine';
import { headersKey } from '../src/analysis/headers';
import type { ObjectPart } from '../src/analysis/requests';
import { wholeProgram } from '../src/analysis/whole-program';
import { HeaderStore } from '../src/compiler/header-store';
import { sourceWords, suppliedWords } from '../src/compiler/how';
import { compileMessage } from '../src/compiler/message';
import { isBpfProgram, languageOf, objectName } from '../src/compiler/language';
import { findLinkLines, linkedSources } from '../src/compiler/link-lines';
import { listProject, type ProjectFiles } from '../src/compiler/project';
import { type Opened, ProjectCompiler } from '../src/compiler/project-compiler';
import { VERIFIED_KERNEL } from '../src/kernel/releases';
import { QUIET, requestFor } from '../test/support/verify';
import { scriptArgs } from './options';

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
  /** Other files that it was linked with. */
  readonly linked: number;
  readonly how: string;
  readonly ms: number;
}

const { values, positionals } = scriptArgs(
  {
    usage: ['npm run projects -- [options] DIR...'],
    about: 'Opens every BPF source of each DIR as the editor would, and says what came of it: compiled, loaded, verified.',
    positionals: [1, Infinity],
  },
  {
    jobs: { type: 'string', value: 'N', default: '2', help: 'files at once (default 2)' },
    clang: { type: 'string', value: 'PATH', default: '', help: 'the compiler' },
    json: { type: 'string', value: 'FILE', help: 'write a row a file, as JSON lines' },
    match: { type: 'string', value: 'TEXT', default: '', help: 'only files with TEXT in their path' },
    quiet: { type: 'boolean', default: false, help: 'only files that were not verified' },
    'no-build-files': { type: 'boolean', default: false, help: 'do not read build files' },
  },
);

const kernel = { bundle: path.join(import.meta.dirname, '..', ...VERIFIED_KERNEL.media), btf: '' };
const engine = new AnalysisEngine();
const folder = mkdtempSync(path.join(os.tmpdir(), 'bpf-context-projects-'));
const store = new HeaderStore(folder);
const headers = { key: () => headersKey(kernel), source: () => engine.headers(kernel) };

/** A program of one or several files, ready to be verified. */
interface Whole {
  readonly main: string;
  readonly first: Uint8Array;
  readonly parts: readonly ObjectPart[];
}

type Verdicts = Pick<Row, 'loaded' | 'verified' | 'accepted' | 'rejected' | 'unknown' | 'why'>;

function analyze(file: string, { main, first: object, parts }: Whole, text: string): Verdicts {
  const none = { loaded: false, verified: false, accepted: 0, rejected: 0, unknown: 0 };
  try {
    const asked = { key: file, parts, source: { file, text }, kernel, record: false };
    const reply = engine.analyze(requestFor(objectName(path.basename(main)), object, asked), QUIET);
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

/** One tree: compiles its sources, each once, and links those that are one program. */
class Tree {
  private readonly compiler = new ProjectCompiler(store);
  private readonly opened = new Map<string, Promise<Opened>>();

  constructor(
    private readonly root: string,
    private readonly files: ProjectFiles,
  ) {}

  private open(file: string, text: string): Promise<Opened> {
    const known = this.opened.get(file);
    if (known !== undefined) return known;
    const opened = this.compiler.compile({
      clang: values.clang,
      file,
      text,
      args: [],
      timeoutMs: 60_000,
      workspace: this.root,
      headers,
      useBuild: !values['no-build-files'],
    });
    this.opened.set(file, opened);
    return opened;
  }

  private async objectOf(file: string): Promise<Uint8Array | null> {
    const text = textOf(file);
    const { result } = text === '' ? { result: null } : await this.open(file, text);
    return result?.kind === 'ok' ? result.object : null;
  }

  private async whole(file: string, object: Uint8Array): Promise<Whole> {
    const folder = path.dirname(file);
    const at = (name: string): string => path.resolve(folder, name);
    const found = await wholeProgram(
      {
        name: path.basename(file),
        names: readdirSync(folder).sort(),
        exists: (name) => Promise.resolve(existsSync(at(name))),
        text: (name) => Promise.resolve(textOf(at(name))),
        objectOf: (name) => this.objectOf(at(name)),
        kindOf: (name) => (languageOf(name) !== null ? 'source' : name.endsWith('.o') ? 'object' : null),
        linked: () => {
          for (const line of findLinkLines(file, this.root)) {
            const sources = linkedSources(line, file, this.files);
            if (sources !== null) return Promise.resolve({ names: sources.map((s) => path.relative(folder, s)), place: line });
          }
          return Promise.resolve(null);
        },
      },
      object,
    );
    const objects = await Promise.all(found.files.map((name) => (at(name) === file ? object : this.objectOf(at(name)))));
    if (objects.length < 2 || objects.some((o) => o === null)) return { main: file, first: object, parts: [] };
    const parts = objects.slice(1).map((bytes, i) => ({ name: path.basename(found.files[i + 1]!), bytes: bytes! }));
    return { main: at(found.main), first: objects[0]!, parts };
  }

  async row(file: string, text: string): Promise<Row> {
    const began = Date.now();
    const { result, how } = await this.open(file, text);
    const base = {
      file: path.relative(this.root, file),
      tries: how?.tries ?? 0,
      how: how === null ? '' : `${sourceWords(how)}; ${suppliedWords(how)}`,
    };
    if (result.kind === 'ok') {
      const whole = await this.whole(how?.through ?? file, result.object);
      return { ...base, linked: whole.parts.length, compiled: true, ...analyze(file, whole, text), ms: Date.now() - began };
    }
    const why =
      result.kind === 'failed' ? compileMessage(file, result, how).text : result.kind === 'missing' ? 'clang was not found' : 'cancelled';
    const none = { compiled: false, loaded: false, verified: false, accepted: 0, rejected: 0, unknown: 0, linked: 0 };
    return { ...base, ...none, why: why.split('\n')[0]!, ms: Date.now() - began };
  }
}

/** Text of a file, '' for one that cannot be read. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function sourcesOf(files: ProjectFiles): [string, string][] {
  const all = [...files.byName.values()]
    .flat()
    .filter((f) => languageOf(f) === 'c' && f.includes(values.match))
    .sort();
  return all.map((f): [string, string] => [f, textOf(f)]).filter(([f, text]) => isBpfProgram(f, 'c', text));
}

function percent(part: number, all: number): string {
  return all === 0 ? '–' : `${((part / all) * 100).toFixed(1)} %`;
}

const rows: (Row & { readonly tree: string })[] = [];
const summary: string[] = [];
try {
  for (const dir of positionals) {
    const root = path.resolve(dir);
    const files = await listProject(root);
    const sources = sourcesOf(files);
    const tree = new Tree(root, files);
    const queue = [...sources];
    const own: Row[] = [];
    const work = async (): Promise<void> => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const row = await tree.row(...next);
        own.push(row);
        const state = row.verified ? 'verified' : row.loaded ? 'loaded' : row.compiled ? 'compiled' : 'not compiled';
        if (!values.quiet || !row.verified)
          console.log(
            `${state.padEnd(13)}${String(row.tries).padStart(2)}  ${row.file}${row.linked === 0 ? '' : ` with ${row.linked} more`}${row.why === '' ? '' : `  ${row.why}`}`,
          );
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
