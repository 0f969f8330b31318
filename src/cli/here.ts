// SPDX-License-Identifier: GPL-2.0-only
/** Small files are verified in this process: that spares the start of a worker, which takes longer than most of them. */
import { keepCode } from '../analysis/code-cache';
import type { AnalyzeRequest } from '../analysis/requests';
import type { AnalysisService } from '../analysis/service';

/** Who answers a command's requests. */
export type Analyses = Pick<AnalysisService, 'analyze' | 'compare' | 'loadsOn'>;

/** Larger objects are left to a worker. */
const MOST_BYTES = 256 << 10;

function isSmall({ object, parts = [], logTo }: Omit<AnalyzeRequest, 'type'>): boolean {
  return logTo === undefined && parts.reduce((sum, part) => sum + part.bytes.length, object.length) <= MOST_BYTES;
}

/** Asks here first and `service` for what is too much. */
export function hereFirst(service: AnalysisService, cache: string): Analyses {
  return {
    analyze: async (request, options) => {
      if (isSmall(request)) {
        keepCode(cache, __dirname);
        const { quickAnswer } = await import('../analysis/serve');
        const reply = quickAnswer(request, cache);
        if (reply !== null) return reply;
      }
      return service.analyze(request, options);
    },
    compare: (request, signal) => service.compare(request, signal),
    loadsOn: (request, signal) => service.loadsOn(request, signal),
  };
}
