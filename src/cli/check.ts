// SPDX-License-Identifier: GPL-2.0-only
import path from 'node:path';
import type { AnalyzeReply } from '../analysis/requests';
import type { CheckOptions } from './check-options';
import { failureText, formatOf } from './formats';
import { oneLine } from '../protocol/escape';
import type { FailedProgram } from '../protocol/model';
import { whyNoGraph } from '../protocol/without-graph';
import { readRules } from './inputs';
import { Logs } from './logs';
import { Exit, isPolicyFile } from './options';
import { errorRow, fileErrorText } from './output';
import { OutputFolder } from './output-files';
import { commonRequest, runFiles } from './run-files';
import type { CliPaths } from './paths';
import type { Sink } from './sink';
import { tell } from './tell';

/** Runs `check`; writes as results arrive and returns the exit status. Throws `UsageError` for what the options name and is not there. */
export async function runCheck(options: CheckOptions, paths: CliPaths, sink: Sink): Promise<Exit> {
  const overlays = options.overlays.map((name) => readRules('overlay', name));
  const policyFile = isPolicyFile(options.policy) ? readRules('policy', options.policy) : null;
  const logDir = options.logDir === null ? null : new OutputFolder('log-dir', options.logDir);
  const dumps = options.dumpInsns === null ? null : new OutputFolder('dump-insns', options.dumpInsns);
  const printsLogs = options.logLevel > 0 && logDir === null && options.format === 'text' && options.graph === null;
  const logs = logDir !== null || printsLogs ? new Logs(logDir) : null;
  const format = formatOf(options);
  const seen = { rejected: false, bad: false, unknown: false };

  const hints = new Map<string, string>();

  const fail = async (file: string, f: Pick<FailedProgram, 'program' | 'section' | 'message' | 'errno' | 'place'>): Promise<void> => {
    seen.bad = true;
    const text = format.failed(errorRow(file, f));
    if (text === null) tell(failureText(file, f.program, f.message, f.place ?? null));
    else await sink.write(text);
  };
  const emit = async (file: string, reply: AnalyzeReply): Promise<void> => {
    if (reply.error !== null) return fail(file, { program: '', section: '', message: fileErrorText(reply.error), place: null });
    const result = reply.result!;
    for (const r of result.programs) {
      if (r.verdict === 'reject') seen.rejected = true;
      if (r.verdict === 'unknown') seen.unknown = true;
      const extras = reply.extras.get(r.program);
      const object = path.basename(file);
      const log = extras?.log ?? null;
      const problems = [
        log === null ? null : (logs?.adopt(object, r.program, log) ?? null),
        options.graph !== null && extras?.graph == null
          ? `${oneLine(object)}: ${oneLine(r.program)}: no graph, ${oneLine(whyNoGraph(r))}`
          : null,
        extras?.insns == null ? null : (dumps?.write(object, r.program, 'insns', extras.insns) ?? null),
      ];
      await sink.write(format.program(file, r, extras));
      if (printsLogs && log !== null) problems.push(await logs!.print(log, sink));
      for (const problem of problems) {
        if (problem === null) continue;
        seen.bad = true;
        tell(`bpf-context: ${problem}\n`);
      }
    }
    for (const f of result.failed) await fail(file, f);
    const hint = hints.get(file) ?? '';
    if (hint !== '' && options.format === 'text') tell(`${hint.split('\n').map(oneLine).join('\n')}\n`);
  };
  try {
    await runFiles<AnalyzeReply>(options, paths, {
      analyse: async (service, file, object) => {
        const reply = await service.analyze({
          ...commonRequest(file, object, options, paths),
          key: file.shown,
          policy: options.policy,
          policyFile,
          overlays,
          logLevel: logs === null ? 0 : options.logLevel,
          ...(logs === null ? {} : { logTo: logs.next() }),
          record: false,
          explain: true,
          dumpInsns: options.dumpInsns !== null,
          graphs: options.graph !== null,
        });
        if ((reply.result?.undefinedSymbols ?? []).length > 0) {
          const { partsHint } = await import('./parts-hint');
          hints.set(file.shown, partsHint(file.shown, object.bytes));
        }
        return reply;
      },
      failed: (error) => ({ result: null, error, extras: new Map() }),
      emit: (file, reply) => emit(file.shown, reply),
      stopped: () => sink.broken && logDir === null && dumps === null,
    });
  } finally {
    logs?.dispose();
  }
  await sink.write(format.end());
  if (seen.bad) return Exit.BAD_INPUT;
  if (seen.rejected) return Exit.REJECTED;
  return seen.unknown ? Exit.UNKNOWN : Exit.ACCEPTED;
}
