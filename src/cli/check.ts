// SPDX-License-Identifier: GPL-2.0-only
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { AnalyzeReply, SourceText } from '../analysis/requests';
import { AnalysisService } from '../analysis/service';
import { compile } from '../compiler/clang';
import { languageOf, objectName } from '../compiler/language';
import { graphToDot } from '../graph/dot';
import type { ContextGraph } from '../protocol/graph';
import type { FileError } from '../protocol/model';
import { type CheckRow, errorRow, fileErrorText, programRow, programText } from './output';
import { type CheckOptions, Exit, isPolicyFile } from './options';

/** Where the bundled files are. */
export interface CliPaths {
  readonly worker: string;
  readonly kernel: string;
}

interface Done {
  readonly file: string;
  readonly reply: AnalyzeReply;
}

/** An object's bytes, and the source that they were compiled from, if any. */
export interface ObjectInput {
  readonly bytes: Uint8Array;
  readonly source: SourceText | null;
}

/** Reads an object, or compiles a source file. */
export async function objectOf(file: string, options: Pick<CheckOptions, 'clang' | 'clangArgs'>): Promise<ObjectInput | { readonly error: FileError }> {
  const unreadable = (message: string): { error: FileError } => ({ error: { kind: 'unreadable', title: `${file} cannot be read`, message, details: [], diagnostics: [] } });
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    return unreadable(error instanceof Error ? error.message : String(error));
  }
  if (languageOf(file) === null) return { bytes, source: null };
  const source = { file: path.resolve(file), text: new TextDecoder().decode(bytes) };
  const result = await compile({ clang: options.clang, ...source, args: options.clangArgs, timeoutMs: 120_000 });
  switch (result.kind) {
    case 'ok':
      return { bytes: result.object, source };
    case 'missing':
      return { error: { kind: 'compiler-missing', title: 'clang was not found', message: `${file} is compiled with clang; looked for ${result.tried.join(', ')}. Install it, or name it with --clang.`, details: [], diagnostics: [] } };
    case 'failed':
      return { error: { kind: 'compile-error', title: `${file} does not compile`, message: result.diagnostics.some((d) => d.severity === 'error') ? '' : [result.reason, result.output.trim()].filter((s) => s !== '').join('\n'), details: [], diagnostics: result.diagnostics.filter((d) => d.severity !== 'warning') } };
    case 'cancelled':
      return unreadable('compilation was cancelled');
  }
}

function safeName(text: string): string {
  return text.replace(/[^\w.+-]/g, '_');
}

/** Runs `check`; writes to stdout as results arrive and returns the exit status. */
export async function runCheck(options: CheckOptions, paths: CliPaths, write: (text: string) => void): Promise<Exit> {
  const overlays = options.overlays.map((name) => ({ name, json: readFileSync(name, 'utf8') }));
  const policyFile = isPolicyFile(options.policy) ? { name: options.policy, json: readFileSync(options.policy, 'utf8') } : null;
  for (const dir of [options.logDir, options.dumpInsns]) if (dir !== null) mkdirSync(dir, { recursive: true });
  const queue = [...options.files.keys()];
  const done = new Map<number, Done>();
  const rows: CheckRow[] = [];
  const graphs: ContextGraph[] = [];
  let status: Exit = Exit.ACCEPTED;
  let nextOut = 0;
  const seen = { rejected: false, bad: false, unknown: false };

  const emit = ({ file, reply }: Done): void => {
    const object = path.basename(file);
    const fail = (program: string, section: string, message: string): void => {
      seen.bad = true;
      const row = errorRow(object, program, section, message);
      rows.push(row);
      if (options.format === 'jsonl' && options.graph === null) write(`${JSON.stringify(row)}\n`);
      else if (options.format === 'text' || options.graph !== null) process.stderr.write(`${program === '' ? '' : `${file}: ${program}: `}${message}\n`);
    };
    if (reply.error !== null) {
      fail('', '', fileErrorText(reply.error));
      return;
    }
    const result = reply.result!;
    for (const r of result.programs) {
      if (r.verdict === 'reject') seen.rejected = true;
      if (r.verdict === 'unknown') seen.unknown = true;
      const extras = reply.extras.get(r.program);
      const base = `${safeName(object)}.${safeName(r.program)}`;
      if (options.logDir !== null && extras !== undefined) writeFileSync(path.join(options.logDir, `${base}.log`), extras.log);
      if (options.dumpInsns !== null && extras?.insns) writeFileSync(path.join(options.dumpInsns, `${base}.insns`), extras.insns);
      if (options.graph !== null) {
        if (extras?.graph) {
          if (options.graph === 'dot') write(graphToDot(extras.graph));
          else graphs.push(extras.graph);
        }
        continue;
      }
      const row = programRow(object, r);
      rows.push(row);
      if (options.format === 'jsonl') write(`${JSON.stringify(row)}\n`);
      else if (options.format === 'text') {
        write(`${programText(file, r)}\n`);
        if (options.logLevel > 0 && options.logDir === null && extras !== undefined) write(`${extras.log}\n`);
      }
    }
    for (const f of result.failed) fail(f.program, f.section, f.message);
  };

  const work = async (): Promise<void> => {
    const service = new AnalysisService(paths.worker);
    try {
      for (let index = queue.shift(); index !== undefined; index = queue.shift()) {
        const file = options.files[index]!;
        const object = await objectOf(file, options);
        let reply: AnalyzeReply;
        if ('error' in object) reply = { result: null, error: object.error, extras: new Map() };
        else {
          try {
            reply = await service.analyze({
              key: file,
              file: objectName(path.basename(file)),
              object: object.bytes,
              source: object.source,
              policy: options.policy,
              policyFile,
              ...(options.targetKernel === '' ? {} : { targetKernel: options.targetKernel }),
              kernel: { bundle: paths.kernel, btf: options.kernelBtf },
              overlays,
              program: options.program,
              logLevel: options.logLevel,
              unprivileged: options.unprivileged,
              record: false,
              explain: options.format !== 'json',
              dumpInsns: options.dumpInsns !== null,
              graphs: options.graph !== null,
              timeoutS: options.timeoutS,
            });
          } catch (error) {
            const message = error instanceof Error ? error.message : String(error);
            reply = { result: null, error: { kind: 'internal', title: `The analysis of ${file} failed; this is a bug of BPF Context Explorer`, message, details: [], diagnostics: [] }, extras: new Map() };
          }
        }
        done.set(index, { file, reply });
        for (let ready = done.get(nextOut); ready !== undefined; ready = done.get(nextOut)) {
          done.delete(nextOut++);
          emit(ready);
        }
      }
    } finally {
      await service.dispose();
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.jobs, options.files.length) }, work));

  if (options.graph === 'json') write(`${JSON.stringify(graphs.length === 1 ? graphs[0] : graphs, null, 1)}\n`);
  else if (options.graph === null && options.format === 'json') write(`${JSON.stringify(rows, null, 1)}\n`);
  if (seen.bad) status = Exit.BAD_INPUT;
  else if (seen.rejected) status = Exit.REJECTED;
  else if (seen.unknown) status = Exit.UNKNOWN;
  return status;
}
