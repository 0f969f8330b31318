// SPDX-License-Identifier: GPL-2.0-only
/** Explanations of rejections: what was refused, what led to it, what would make it right. Pure functions over a finished verification. */
import type { Explanation } from '../protocol/explanation';
import type { ProblemCode } from '../protocol/problem-code';
import type { VerifyResult } from '../verifier/check';
import { Case, type Told } from './case';
import { explainers } from './explainers';
import { fallbackCause } from './fallback';
import { isEmptyLine } from './words';

export { PathRecorder } from './trace';

/** Categories of the kernel's reports, by the codes that they fall under, for refusals that the kernel has no report for. */
const CATEGORIES: readonly (readonly [string, readonly ProblemCode[]])[] = [
  [
    'Memory Safety',
    [
      'out-of-bounds',
      'unbounded-value',
      'read-only-memory',
      'misaligned-access',
      'context-access',
      'field-access',
      'pointer-leak',
      'stack-too-deep',
    ],
  ],
  [
    'Register Type Safety',
    ['null-not-checked', 'not-initialised', 'not-a-pointer', 'stale-packet-pointer', 'stale-pointer', 'pointer-arithmetic', 'return-value'],
  ],
  [
    'Call Type Safety',
    ['wrong-argument', 'untrusted-pointer', 'constant-needed', 'map-mismatch', 'map-without-types', 'field-missing', 'global-function'],
  ],
  [
    'Resource Lifetime Safety',
    ['reference-leak', 'region-open', 'not-held', 'release-order', 'iterator-state', 'dynptr-state', 'lock-needed'],
  ],
  ['Execution Context Safety', ['context-forbidden', 'not-sleepable', 'region-needed']],
  ['Policy', ['call-forbidden', 'call-missing', 'privilege-needed', 'licence', 'attach-target']],
];

function categoryOf(code: ProblemCode): string {
  return CATEGORIES.find(([, codes]) => codes.includes(code))?.[0] ?? 'Program Structure';
}

/** What is said where nothing more is known than the kernel's words. */
function unexplained(verified: VerifyResult): Told {
  const { report } = verified;
  const last = verified.message[verified.message.length - 1] ?? '';
  if (report !== null)
    return { code: 'unsupported', summary: report.problem, detail: report.reason, cause: [], suggestion: report.suggestion };
  return {
    code: 'unsupported',
    summary: last === '' ? 'The kernel refuses the program without a message' : last,
    detail: '',
    cause: [],
    suggestion: null,
  };
}

/** Refusals of a program as a whole, before its instructions are looked at. */
const WHOLE: ReadonlySet<string> = new Set([
  'attach',
  'licence',
  'capability',
  'limit',
  'type-records',
  'exception-callback',
  'map-program',
  'abnormal-return',
]);

/** What `explainer` says, or `otherwise` when it fails: an explanation that fails must not take the verdict with it. */
function attempt<T>({ refusal }: VerifyResult, explainer: () => T, otherwise: T): T {
  try {
    return explainer();
  } catch (error) {
    console.error(`explaining ${refusal?.kind ?? ''}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return otherwise;
  }
}

/** Why a program is rejected. `verified` is the verification that rejected it, best one with reports and a {@link PathRecorder}. */
export function explain(verified: VerifyResult): Explanation {
  const c = new Case(verified);
  const { refusal } = verified;
  let told = refusal === null ? null : attempt(verified, () => explainers(c, refusal), null);
  told ??= unexplained(verified);
  const cause = told.cause.length > 0 || refusal === null ? told.cause : attempt(verified, () => fallbackCause(c, refusal), []);
  const whole = verified.insn === null && (verified.refusal === null || WHOLE.has(verified.refusal.kind));
  const at = told.at ?? verified.insn ?? (whole ? null : c.at);
  let source = at === null ? null : c.place(at);
  if (source !== null && isEmptyLine(source.text) && cause.length > 0)
    source = cause.findLast((e) => e.event === 'exit' && e.source !== null)?.source ?? source;
  return {
    code: told.code,
    category: verified.report?.category ?? categoryOf(told.code),
    summary: told.summary,
    detail: told.detail.trim(),
    refused: { insn: at, source: source ?? c.place(0) },
    cause,
    suggestion: told.suggestion,
    fixes: [],
  };
}
