// SPDX-License-Identifier: GPL-2.0-only
import { oneOf, type Options, readArgs, UsageError } from './args';
import { COMPARE_FORMATS, type CompareFormatName } from './compare-output';
import { COMMON, type CommonOptions, commonOptions, policyName } from './options';

export interface CompareOptions extends CommonOptions {
  /** Ids or files; the first is the one that the others are compared with. */
  readonly policies: readonly string[];
  readonly format: CompareFormatName;
  /** Also list differences that leave the verdict as it is. */
  readonly all: boolean;
}

const formats = Object.keys(COMPARE_FORMATS) as CompareFormatName[];

/** Options that only `compare` has. */
export const COMPARE = {
  policies: { type: 'string', value: 'A,B[,...]', multiple: true, default: [], help: 'two or more names or policy files' },
  format: {
    type: 'string',
    value: 'FORMAT',
    default: 'text' satisfies CompareFormatName,
    help: formats.map((name) => `${name} (${name === 'text' ? 'default' : COMPARE_FORMATS[name].help})`).join(', '),
  },
  all: { type: 'boolean', default: false, help: 'also list what changes without changing the verdict' },
} as const satisfies Options;

/** Reads the arguments after `compare`. Throws {@link UsageError} for what it does not understand. */
export function parseCompare(args: readonly string[], cores: number, known: readonly string[]): CompareOptions {
  const { values: v, positionals } = readArgs(args, { ...COMMON, ...COMPARE });
  const policies = v.policies.flatMap((list) => list.split(',')).filter((name) => name !== '');
  if (policies.length < 2) throw new UsageError('--policies names two or more, separated by commas');
  if (new Set(policies).size !== policies.length) throw new UsageError('--policies names one twice');
  for (const name of policies) policyName('policies', name, known);
  return { ...commonOptions(v, positionals, cores), policies, format: oneOf('format', v.format, formats), all: v.all };
}
