// SPDX-License-Identifier: GPL-2.0-only
/** Tries ways to compile a file until one works, each step led by what the compiler said of the last. */
import type { CompileResult } from './clang';
import { missingHeader, repairs, type RepairContext } from './repair';
import { type Setup, setupKey } from './setup';

/** Tries for one file. */
const MAX_TRIES = 40;
/** Milliseconds for all tries of one file. */
const MAX_MS = 60_000;

/** How a search ended: the way that works, or the one that came furthest. */
export interface SearchEnd {
  readonly setup: Setup;
  readonly result: CompileResult;
  readonly tries: number;
}

type Failed = Extract<CompileResult, { kind: 'failed' }>;

function errorCount(result: Failed): number {
  return result.diagnostics.filter((d) => d.severity === 'error').length;
}

/** Whether a failure is nearer to success: the first missing header is another one, or fewer things are wrong. */
function isBetter(result: Failed, than: Failed): boolean {
  const [now, before] = [missingHeader(result.diagnostics), missingHeader(than.diagnostics)];
  if (before !== null) return now === null || now.name !== before.name;
  return now === null && errorCount(result) < errorCount(than);
}

/**
 * @param first where to begin
 * @param attempt compiles with a setup
 */
export async function search(
  first: Setup,
  attempt: (setup: Setup) => Promise<CompileResult>,
  context: RepairContext,
  signal?: AbortSignal,
): Promise<SearchEnd> {
  const seen = new Set<string>([setupKey(first)]);
  const began = Date.now();
  let tries = 0;
  let best: { setup: Setup; result: CompileResult } | null = null;

  const run = async (setup: Setup): Promise<CompileResult> => {
    tries++;
    return attempt(setup);
  };
  /** Returns true when a way was found, or there is no point in going on. */
  const descend = async (setup: Setup, result: CompileResult): Promise<boolean> => {
    if (result.kind !== 'failed') {
      best = { setup, result };
      return true;
    }
    if (best === null || (best.result.kind === 'failed' && setup.build === best.setup.build && isBetter(result, best.result)))
      best = { setup, result };
    if (result.diagnostics.length === 0) return false;
    for (const next of await repairs(setup, result.diagnostics, context)) {
      const key = setupKey(next);
      if (seen.has(key)) continue;
      if (tries >= MAX_TRIES || Date.now() - began > MAX_MS || signal?.aborted === true) return true;
      seen.add(key);
      const after = await run(next);
      // without the build's arguments other things are missing: that is no step on the way
      if (after.kind === 'failed' && (!isBetter(after, result) || (next.build !== setup.build && setup.build?.exact === true))) continue;
      if (await descend(next, after)) return true;
    }
    return false;
  };
  const result = await run(first);
  await descend(first, result);
  const end = best as { setup: Setup; result: CompileResult } | null;
  return { setup: end?.setup ?? first, result: end?.result ?? result, tries };
}
