// SPDX-License-Identifier: GPL-2.0-only
import { COMMON, type CommonOptions, commonOptions, oneOf, policyName, readArgs, UsageError } from './options';

export interface CompareOptions extends CommonOptions {
  /** Ids or files; the first is the one that the others are compared with. */
  readonly policies: readonly string[];
  readonly format: 'text' | 'jsonl' | 'markdown';
  /** Also list differences that leave the verdict as it is. */
  readonly all: boolean;
}

/** Reads the arguments after `compare`. Throws {@link UsageError} for what it does not understand. */
export function parseCompare(args: readonly string[], cores: number, known: readonly string[]): CompareOptions {
  const { values: v, positionals } = readArgs(args, {
    ...COMMON,
    policies: { type: 'string', multiple: true, default: [] },
    format: { type: 'string', default: 'text' },
    all: { type: 'boolean', default: false },
  });
  const policies = v.policies.flatMap((list) => list.split(',')).filter((name) => name !== '');
  if (policies.length < 2) throw new UsageError('--policies names two or more, separated by commas');
  if (new Set(policies).size !== policies.length) throw new UsageError('--policies names one twice');
  for (const name of policies) policyName('policies', name, known);
  return {
    ...commonOptions(v, positionals, cores),
    policies,
    format: oneOf('format', v.format, ['text', 'jsonl', 'markdown']),
    all: v.all,
  };
}
