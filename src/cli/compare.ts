// SPDX-License-Identifier: GPL-2.0-only
import type { CompareReply } from '../analysis/requests';
import type { CompareOptions } from './compare-options';
import { COMPARE_FORMATS, verdictDiffers } from './compare-output';
import { failureText } from './formats';
import { kernelOf, readRules } from './inputs';
import { Exit, isPolicyFile } from './options';
import { fileErrorText } from './output';
import { commonRequest, runFiles } from './run-files';
import type { CliPaths } from './paths';
import type { Sink } from './sink';
import { tell } from './tell';

/** Exit status of `compare` beside those of `check`: some verdict differs. */
const DIFFERS = 1;

/** Runs `compare`; writes file by file in order and returns the exit status. Throws `UsageError` for what the options name and is not there. */
export async function runCompare(options: CompareOptions, root: string, paths: CliPaths, sink: Sink): Promise<number> {
  const kernels = options.kernels.map((kernel) => ({ bundle: kernelOf(root, { kernel, kernelBtf: '' }), btf: '' }));
  const overlays = options.overlays.map((name) => readRules('overlay', name));
  const policies = options.policies.map((name) =>
    isPolicyFile(name) ? { policy: '', policyFile: readRules('policies', name) } : { policy: name },
  );
  const seen = { differs: false, bad: false, unknown: false };
  await runFiles<CompareReply>(options, paths, {
    analyse: (service, file, object) =>
      service.compare({ ...commonRequest(file, object, options, paths), policies, overlays, ...(kernels.length === 0 ? {} : { kernels }) }),
    failed: (error) => ({ policies: options.policies, programs: [], warnings: [], error }),
    emit: async ({ shown }, reply) => {
      if (reply.error !== null) {
        seen.bad = true;
        tell(failureText(shown, '', fileErrorText(reply.error)));
        return;
      }
      for (const p of reply.programs) {
        if (verdictDiffers(p)) seen.differs = true;
        if (p.results.some((r) => 'verdict' in r && r.verdict === 'unknown')) seen.unknown = true;
      }
      await sink.write(COMPARE_FORMATS[options.format].write(shown, reply.policies, reply.programs, options.all));
    },
    stopped: () => sink.broken,
  });
  if (seen.bad) return Exit.BAD_INPUT;
  if (seen.differs) return DIFFERS;
  return seen.unknown ? Exit.UNKNOWN : Exit.ACCEPTED;
}
