// SPDX-License-Identifier: GPL-2.0-only
import { DEFAULT_POLICY } from '../policy';
import { oneOf, type Options, readArgs, UsageError } from './args';
import { COMPARE_FORMATS, type CompareFormatName } from './compare-output';
import { COMMON, type CommonOptions, commonOptions, policyName } from './options';

export interface CompareOptions extends CommonOptions {
  /** Ids or files; the first is the one that the others are compared with. */
  readonly policies: readonly string[];
  /** Kernels that are compared under the one policy; [] to compare policies. */
  readonly kernels: readonly string[];
  readonly format: CompareFormatName;
  /** Also list differences that leave the verdict as it is. */
  readonly all: boolean;
}

const formats = Object.keys(COMPARE_FORMATS) as CompareFormatName[];

/** Options that only `compare` has. */
export const COMPARE = {
  policies: { type: 'string', value: 'A,B[,...]', multiple: true, default: [], help: 'two or more names or policy files' },
  kernels: {
    type: 'string',
    value: 'A,B[,...]',
    multiple: true,
    default: [],
    help: 'two or more kernels as --kernel names them, instead of policies',
  },
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
  const kernels = v.kernels.flatMap((list) => list.split(',')).filter((name) => name !== '');
  if (kernels.length === 1) throw new UsageError('--kernels names two or more, separated by commas');
  if (kernels.length > 0 && policies.length > 1) throw new UsageError('--kernels are compared under one policy');
  if (kernels.length === 0 && policies.length < 2)
    throw new UsageError('--policies names two or more, separated by commas; or --kernels does');
  if (new Set(kernels).size !== kernels.length) throw new UsageError('--kernels names one twice');
  if (new Set(policies).size !== policies.length) throw new UsageError('--policies names one twice');
  for (const name of policies) policyName('policies', name, known);
  return {
    ...commonOptions(v, positionals, cores),
    policies: policies.length === 0 ? [DEFAULT_POLICY.id] : policies,
    kernels,
    format: oneOf('format', v.format, formats),
    all: v.all,
  };
}
