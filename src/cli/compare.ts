// SPDX-License-Identifier: GPL-2.0-only
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { CompareReply } from '../analysis/requests';
import { AnalysisService } from '../analysis/service';
import { objectName } from '../compiler/language';
import type { FileError } from '../protocol/model';
import { type CliPaths, objectOf } from './check';
import type { CompareOptions } from './compare-options';
import { compareMarkdown, compareRow, compareText, verdictDiffers } from './compare-output';
import { fileErrorText } from './output';
import { Exit, isPolicyFile } from './options';

/** Exit status of `compare` beside those of `check`: some verdict differs. */
const DIFFERS = 1;

/** Runs `compare`; writes file by file in order and returns the exit status. */
export async function runCompare(options: CompareOptions, paths: CliPaths, write: (text: string) => void): Promise<number> {
  const read = (name: string): { name: string; json: string } => ({ name, json: readFileSync(name, 'utf8') });
  const overlays = options.overlays.map(read);
  const policies = options.policies.map((name) => (isPolicyFile(name) ? { policy: '', policyFile: read(name) } : { policy: name }));
  const queue = [...options.files.keys()];
  const done = new Map<number, CompareReply>();
  const seen = { differs: false, bad: false, unknown: false };
  let nextOut = 0;

  const emit = (file: string, reply: CompareReply): void => {
    if (reply.error !== null) {
      seen.bad = true;
      process.stderr.write(`${fileErrorText(reply.error)}\n`);
      return;
    }
    for (const p of reply.programs) {
      if (verdictDiffers(p)) seen.differs = true;
      if (p.results.some((r) => 'verdict' in r && r.verdict === 'unknown')) seen.unknown = true;
      if (options.format === 'jsonl') write(`${JSON.stringify(compareRow(path.basename(file), reply.policies, p))}\n`);
    }
    if (options.format === 'text') write(compareText(file, reply.policies, reply.programs, options.all));
    else if (options.format === 'markdown') write(compareMarkdown(file, reply.policies, reply.programs, options.all));
  };

  const failed = (error: FileError): CompareReply => ({ policies: options.policies, programs: [], warnings: [], error });
  const work = async (): Promise<void> => {
    const service = new AnalysisService(paths.worker);
    try {
      for (let index = queue.shift(); index !== undefined; index = queue.shift()) {
        const file = options.files[index]!;
        const object = await objectOf(file, options);
        let reply: CompareReply;
        if ('error' in object) reply = failed(object.error);
        else {
          try {
            reply = await service.compare({
              file: objectName(path.basename(file)),
              object: object.bytes,
              source: object.source,
              policies,
              ...(options.targetKernel === '' ? {} : { targetKernel: options.targetKernel }),
              kernel: { bundle: paths.kernel, btf: options.kernelBtf },
              overlays,
              program: options.program,
              unprivileged: options.unprivileged,
              timeoutS: options.timeoutS,
            });
          } catch (error) {
            const message = error instanceof Error ? error.message : String(error);
            reply = failed({ kind: 'internal', title: `The analysis of ${file} failed; this is a bug of BPF Context Explorer`, message, details: [], diagnostics: [] });
          }
        }
        done.set(index, reply);
        for (let ready = done.get(nextOut); ready !== undefined; ready = done.get(nextOut)) {
          done.delete(nextOut);
          emit(options.files[nextOut++]!, ready);
        }
      }
    } finally {
      await service.dispose();
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.jobs, options.files.length) }, work));
  if (seen.bad) return Exit.BAD_INPUT;
  if (seen.differs) return DIFFERS;
  return seen.unknown ? Exit.UNKNOWN : Exit.ACCEPTED;
}
