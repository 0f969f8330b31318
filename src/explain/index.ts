// SPDX-License-Identifier: GPL-2.0-only
/** Explanations of rejections: what was refused, what led to it, what would make it right. Pure functions over a finished verification. */
import { LineTable } from '../graph/lines';
import type { Explanation } from '../protocol/explanation';
import type { ProblemCode } from '../protocol/problem-code';
import type { Category } from '../verifier/diag';
import type { VerifyResult } from '../verifier/check';

/** Code of a refusal of which nothing more is known than its category. */
const BY_CATEGORY: Readonly<Record<Category, ProblemCode>> = {
  'Register Type Safety': 'wrong-argument',
  'Memory Safety': 'out-of-bounds',
  'Resource Lifetime Safety': 'reference-leak',
  'Call Type Safety': 'wrong-argument',
  'Execution Context Safety': 'context-forbidden',
  'Program Structure': 'control-flow',
  Policy: 'call-forbidden',
};

/** Why a program is rejected. `verified` is the verification that rejected it, best one with reports (`VerifyOptions.explain`). */
export function explain(verified: VerifyResult): Explanation {
  const lines = new LineTable(verified.env.prog.sourceLines);
  const at = verified.insn;
  const { report } = verified;
  const last = verified.message[verified.message.length - 1] ?? '';
  return {
    code: report === null ? 'unsupported' : BY_CATEGORY[report.category],
    category: report?.category ?? 'Program Structure',
    summary: report?.problem ?? last,
    detail: report?.reason ?? '',
    refused: { insn: at, source: lines.at(at ?? 0) },
    cause: [],
    suggestion: report?.suggestion ?? null,
    fixes: [],
  };
}
