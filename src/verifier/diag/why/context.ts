// SPDX-License-Identifier: GPL-2.0-only
/**
 * Refusals because of the execution context: regions that are entered, and those that are not. The regions' words are the policy's.
 * Texts: `kernel/bpf/diagnostics.c: bpf_diag_ctx_forbidden` and others.
 */
import { Op, type ContextClass, type RegionWords } from '../../../policy/types';
import type { VerifierEnv } from '../../env';
import type { Failure } from '../failure';

const NOT_ALLOWED = 'operation is not allowed in this context';
/** Where a program may not sleep although it is in no region. */
const NON_SLEEPABLE = 'non-sleepable program';

function depthOf(env: VerifierEnv, region: string): number {
  let depth = 0;
  for (const { cls } of env.cur.held.entries) if (cls.report?.region === region) depth++;
  return depth;
}

function activeText(region: string, depth: number): string {
  return depth === 1 ? `an active ${region} (depth 1)` : `${depth} active ${region}s (depth ${depth})`;
}

/** The held class that `op` is forbidden by, first by rank. */
function regionAgainst(env: VerifierEnv, op: number): RegionWords | null {
  let best: ContextClass | null = null;
  for (const { cls, forbids } of env.cur.held.entries) {
    if (cls.report === undefined || (forbids & op) === 0) continue;
    if (best === null || cls.describeRank < best.describeRank) best = cls;
  }
  return best?.report ?? null;
}

/** A call that may sleep where that is not allowed (`bpf_diag_ctx_forbidden`). `operation` names the callee. */
export function sleepForbidden(env: VerifierEnv, insn: number, operation: string, suggestion: string): Failure {
  const words = regionAgainst(env, Op.SLEEP) ?? regionAgainst(env, Op.FAULT);
  const region = words?.region ?? NON_SLEEPABLE;
  const depth = words === null ? 0 : depthOf(env, region);
  return {
    category: 'Execution Context Safety',
    problem: NOT_ALLOWED,
    reason:
      words === null
        ? `The operation ${operation} cannot be used in ${region}.`
        : `The operation ${operation} cannot be used in ${region} because ${words.sleepRule}. This path is still inside ${activeText(region, depth)}.`,
    insn,
    note: `${operation} is not allowed in ${region}`,
    scope: words === null ? null : { kind: 'region', region, depth },
    suggestion,
  };
}

/** Something that must not be done inside a region (`bpf_diag_ctx_active`). Undefined for a class that is no region. */
export function stillInside(
  env: VerifierEnv,
  insn: number,
  operation: string,
  cls: ContextClass,
  suggestion?: string,
): Failure | undefined {
  const words = cls.report;
  if (words === undefined) return undefined;
  const { region } = words;
  const depth = depthOf(env, region);
  return {
    category: 'Execution Context Safety',
    problem: NOT_ALLOWED,
    reason: `The operation ${operation} cannot be used while this path is still inside ${activeText(region, depth)}. Leave the region before this operation.`,
    insn,
    note: `${operation} is not allowed before leaving ${region}`,
    scope: { kind: 'region', region, depth },
    suggestion: suggestion ?? words.leave,
  };
}

/** Something that needs the protection of a region (`bpf_diag_ctx_required`). */
export function regionRequired(env: VerifierEnv, insn: number, operation: string, suggestion: string): Failure {
  const region = env.rules.rcuRegion;
  return {
    category: 'Execution Context Safety',
    problem: 'required context is not active',
    reason: `The operation ${operation} requires an active ${region}, but this path is outside one.`,
    insn,
    note: `${operation} requires ${region}`,
    scope: null,
    suggestion,
  };
}

/** A region is left that was not entered (`bpf_diag_ctx_underflow`). Undefined for a class that is no region. */
export function notEntered(insn: number, operation: string, cls: ContextClass): Failure | undefined {
  const words = cls.report;
  if (words === undefined) return undefined;
  const { region } = words;
  return {
    category: 'Execution Context Safety',
    problem: 'unmatched context exit',
    reason: `The operation ${operation} tries to leave ${region}, but this path has no active ${region} to leave. The current depth is 0.`,
    insn,
    note: `${operation} has no matching enter on this path`,
    scope: { kind: 'region', region, depth: 0 },
    suggestion: words.unmatched,
  };
}
