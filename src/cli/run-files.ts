// SPDX-License-Identifier: GPL-2.0-only
import path from 'node:path';
import { AnalysisService } from '../analysis/service';
import { objectName } from '../compiler/language';
import type { FileError } from '../protocol/model';
import { type InputFile, inputFiles, type ProgramInput, withMembers } from './inputs';
import { type Analyses, hereFirst } from './here';
import { programOf } from './load-inputs';
import type { CommonOptions } from './options';
import type { CliPaths } from './paths';
import { Sources } from './sources';

/** What is done with the files of a command. */
export interface FileWork<R> {
  readonly analyse: (service: Analyses, file: InputFile, object: ProgramInput) => Promise<R>;
  /** The answer for a file that could not be read, compiled or analysed. */
  readonly failed: (error: FileError) => R;
  /** Called once a file, in their order, one after the other. */
  readonly emit: (file: InputFile, reply: R) => Promise<void>;
  /** Whether what is left need not be done. */
  readonly stopped: () => boolean;
}

/** Parts of a request that check, compare and loads-on have in common. */
export function commonRequest(file: InputFile, object: ProgramInput, options: CommonOptions, paths: CliPaths) {
  return {
    file: objectName(path.basename(file.in?.member ?? file.shown)),
    object: object.bytes,
    source: object.source,
    parts: object.parts,
    choices: object.choices,
    ...(options.targetKernel === '' ? {} : { targetKernel: options.targetKernel }),
    kernel: { bundle: paths.kernel, btf: options.kernelBtf },
    program: options.program,
    unprivileged: options.unprivileged,
    timeoutS: options.timeoutS,
    limitOf: options.limitOf,
  };
}

/** Works on the files with as many workers as are asked for. */
export async function runFiles<R>(options: CommonOptions, paths: CliPaths, work: FileWork<R>): Promise<void> {
  const named = inputFiles(options.files).flatMap(withMembers);
  const programs = options.link ? [named] : named.map((file) => [file]);
  const files = programs.map((of) => of[0]!);
  const sources = new Sources(options, paths);
  const queue = [...files.keys()];
  const done = new Map<number, R>();
  let nextOut = 0;
  let emitting = Promise.resolve();

  const one = async (service: Analyses, of: readonly InputFile[]): Promise<R> => {
    const file = of[0]!;
    const object = await programOf(of, (input) => sources.objectOf(input), options);
    if ('error' in object) return work.failed(object.error);
    try {
      return await work.analyse(service, file, object);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return work.failed({
        kind: 'internal',
        title: `The analysis of ${file.shown} failed; this is a bug of BPF Context Explorer`,
        message,
        details: [],
        diagnostics: [],
      });
    }
  };
  const worker = async (): Promise<void> => {
    const service = new AnalysisService(paths.worker, {
      memoryMb: () => options.memoryMb,
      raise: 'allow more with --memory',
      cache: () => paths.cache,
    });
    const analyses = files.length === 1 ? hereFirst(service, paths.cache) : service;
    try {
      for (let index = queue.shift(); index !== undefined && !work.stopped(); index = queue.shift()) {
        done.set(index, await one(analyses, programs[index]!));
        for (let ready = done.get(nextOut); ready !== undefined; ready = done.get(nextOut)) {
          const [file, reply] = [files[nextOut]!, ready];
          done.delete(nextOut++);
          emitting = emitting.then(() => work.emit(file, reply));
        }
        await emitting;
      }
    } finally {
      await service.dispose();
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.jobs, files.length) }, worker));
}
