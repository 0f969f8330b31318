// SPDX-License-Identifier: GPL-2.0-only
/** Public face of the verifier: one program in, one verdict out (`kernel/bpf/verifier.c: bpf_check`). */
import { nowMs } from './clock';
import { chooseRules } from './domain';
import { LD_IMM64 } from '../isa/opcode';
import type { KernelProfile } from '../kernel/profile';
import type { Program } from '../object/program';
import type { Policy } from '../policy/types';
import type { Refusal, Report } from './diag';
import { exploreAllGlobals, exploreGlobals, exploreMain } from './explore/main';
import { VerifierEnv, type VerifyOptions } from './env';
import { Cancelled, Errno, Refused, Unmodelled } from './errors';
import { explainPoisonedLog } from '../object/logfix';
import { VerifierLog } from './log/log';
import { printStats } from './log/stats';
import { tellingLines } from './log/telling';
import { checkMaxStackDepth, checkPermission, lateRewriteChecks, runPrepasses } from './prepass';

export type { CausalPath, Location, Report } from './diag';
export type { Recorder, VerifierEnv, VerifyOptions } from './env';

/** What verification of one program came to. */
export interface VerifyResult {
  readonly verdict: 'accept' | 'reject' | 'unknown';
  /** Positive error number of a rejection, else 0. */
  readonly errno: number;
  /** The last telling lines of the log, at most four, oldest first; the last one is the error. */
  readonly message: readonly string[];
  /** Last instruction that was looked at, null if none was. */
  readonly insn: number | null;
  readonly processedInsns: number;
  readonly totalStates: number;
  readonly peakStates: number;
  readonly maxStatesPerInsn: number;
  /** Why the verdict is unknown, else null. */
  readonly reason: string | null;
  /** The log as the kernel would write it at the chosen level, '' at level 0. */
  readonly log: string;
  /** What was refused, as data; null for what is not rejected and where only the message says it. */
  readonly refusal: Refusal | null;
  /** The kernel's structured report of a rejection; null when it has none for it, or when neither `explain` nor a log with states was asked for. */
  readonly report: Report | null;
  /** Microseconds. */
  readonly timeUs: number;
  /** What verification left behind: instructions' facts, subprograms. */
  readonly env: VerifierEnv;
}

const NO_SECOND_HALF: Refusal = { kind: 'bad-instruction', name: 'a 64-bit load has no second half' };

/** All passes in order; returns if the program is fine. */
function check(env: VerifierEnv): void {
  runPrepasses(env);
  if (env.kernel.features['global.whenCalled']) {
    exploreMain(env);
    exploreGlobals(env);
  } else {
    exploreAllGlobals(env);
    exploreMain(env);
  }
  checkMaxStackDepth(env);
  lateRewriteChecks(env);
}

/** How a check ended, as a value. */
interface Outcome {
  readonly verdict: VerifyResult['verdict'];
  readonly errno: number;
  readonly reason: string | null;
  readonly refusal: Refusal | null;
}

const ACCEPT: Outcome = { verdict: 'accept', errno: 0, reason: null, refusal: null };

function outcomeOf(error: unknown): Outcome {
  if (error instanceof Refused) return { verdict: 'reject', errno: error.errno, reason: null, refusal: error.what };
  if (error instanceof Unmodelled) return { verdict: 'unknown', errno: 0, reason: error.what, refusal: null };
  const what = error instanceof Error ? error : new Error(String(error));
  return { verdict: 'unknown', errno: 0, reason: `internal: ${what.message} ${placeOf(what)}`.trimEnd(), refusal: null };
}

/** Where in our own code an unexpected error arose. */
function placeOf(error: Error): string {
  const frame = (error.stack ?? '').split('\n').find((line) => line.trimStart().startsWith('at '));
  return frame === undefined
    ? ''
    : `(${frame
        .trim()
        .replace(/\(?(?:file:\/\/)?\S*\/(src\/)/, '$1')
        .replace(/\)$/, '')})`;
}

/**
 * Verifies one program as the kernel that `kernel` describes would, under the context rules of `policy`.
 * Throws only what `options.tick` throws; everything else is a value.
 */
export function verify(prog: Program, kernel: KernelProfile, policy: Policy, options: VerifyOptions): VerifyResult {
  chooseRules(
    kernel.features['bounds.circular'] ? null : { halves: kernel.features['bounds.halves'], sign32: kernel.features['bounds.sign32'] },
  );
  const start = nowMs();
  const stop: { error: unknown } = { error: null };
  const env = new VerifierEnv(prog, kernel, policy, guarded(options, stop), new VerifierLog(options.logLevel, options.log ?? null));

  let outcome = ACCEPT;
  let hasStats = false;
  try {
    checkPermission(env);
    if (prog.insns[prog.insns.length - 1]?.code === LD_IMM64)
      env.reject(Errno.EINVAL, 'invalid bpf_ld_imm64 insn\n', undefined, NO_SECOND_HALF);
    hasStats = true;
    check(env);
  } catch (error) {
    if (error instanceof Cancelled || (stop.error !== null && error === stop.error)) {
      options.log?.end(env.log.toString());
      throw error;
    }
    outcome = outcomeOf(error);
  }
  const { namedInsn } = env.exploration;
  const message = tellingLines(explainPoisonedLog(prog, env.log.tail, namedInsn));
  const timeUs = Math.round((nowMs() - start) * 1000);
  if (hasStats && outcome.verdict !== 'unknown') printStats(env, timeUs);
  const log = options.logLevel === 0 ? '' : explainPoisonedLog(prog, env.log.toString(), namedInsn);
  options.log?.end(log);
  return {
    ...outcome,
    message,
    insn: namedInsn < 0 ? null : namedInsn,
    processedInsns: env.insnProcessed,
    totalStates: env.totalStates,
    peakStates: env.peakStates,
    maxStatesPerInsn: env.maxStatesPerInsn,
    log: options.log == null ? log : '',
    report: outcome.verdict === 'reject' ? lastReport(env) : null,
    timeUs,
    env,
  };
}

/** The report of the refusal that ended the verification; those of speculative paths, which are given up, count for nothing. */
function lastReport(env: VerifierEnv): Report | null {
  const last = env.diag?.last ?? null;
  return last !== null && last.processed === env.insnProcessed ? last.report : null;
}

/**
 * Verifies a program once more that {@link verify} rejects, and records what explains that: the first verification goes without.
 */
export function verifyExplained(prog: Program, kernel: KernelProfile, policy: Policy, options: VerifyOptions): VerifyResult {
  return verify(prog, kernel, policy, { ...options, logLevel: 0, log: null, explain: true });
}

/** The options with a tick whose exceptions are remembered, so that they are told from our own. */
function guarded(options: VerifyOptions, stop: { error: unknown }): VerifyOptions {
  const { tick } = options;
  if (tick === null) return options;
  return {
    ...options,
    tick: (processed) => {
      try {
        tick(processed);
      } catch (error) {
        stop.error = error;
        throw error;
      }
    },
  };
}
