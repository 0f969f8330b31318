// SPDX-License-Identifier: GPL-2.0-only
import { KERNELS } from '../kernel/releases';
import { DEFAULT_POLICY } from '../policy';
import { POLICY_FILE_SUFFIX } from '../policy/names';
import { oneOf, type Options, readArgs, UsageError } from './args';
import { LOADS_ON_FORMATS, type LoadsOnFormatName } from './loads-on-output';
import { COMMON, type CommonOptions, commonOptions, policyName } from './options';

export interface LoadsOnOptions extends CommonOptions {
  /** Series, versions or folders. */
  readonly kernels: readonly string[];
  /** The one that all programs must load on; '' for the oldest. */
  readonly floor: string;
  readonly policy: string;
  readonly format: LoadsOnFormatName;
  /** Also programs that are the same on all. */
  readonly all: boolean;
}

const formats = Object.keys(LOADS_ON_FORMATS) as LoadsOnFormatName[];

/** Options that only `loads-on` has. */
export const LOADS_ON = {
  kernels: {
    type: 'string',
    value: 'A,B[,...]',
    multiple: true,
    default: [],
    help: `kernels as --kernel names them (default: all, ${KERNELS.map((k) => k.series).join(', ')})`,
  },
  floor: { type: 'string', value: 'KERNEL', default: '', help: 'the kernel that decides the exit status (default: the oldest)' },
  policy: {
    type: 'string',
    value: 'NAME',
    default: DEFAULT_POLICY.id,
    help: `context policy on top of each kernel (default: each kernel's own), or a file NAME${POLICY_FILE_SUFFIX}`,
  },
  format: {
    type: 'string',
    value: 'FORMAT',
    default: 'text' satisfies LoadsOnFormatName,
    help: formats.map((name) => `${name} (${name === 'text' ? 'default' : LOADS_ON_FORMATS[name].help})`).join(', '),
  },
  all: { type: 'boolean', default: false, help: 'also list programs that are the same on all kernels' },
} as const satisfies Options;

/** Options of every command but those that name one kernel. */
const ONE_KERNEL = ['kernel', 'kernel-btf', 'target-kernel'] as const;
const SHARED = Object.fromEntries(Object.entries(COMMON).filter(([name]) => !ONE_KERNEL.some((n) => n === name))) as Omit<
  typeof COMMON,
  (typeof ONE_KERNEL)[number]
>;
const NO_KERNEL = { kernel: '', 'kernel-btf': '', 'target-kernel': '' };

/** Reads the arguments after `loads-on`. Throws {@link UsageError} for what it does not understand. */
export function parseLoadsOn(args: readonly string[], cores: number, policies: readonly string[]): LoadsOnOptions {
  const { values: v, positionals } = readArgs(args, { ...SHARED, ...LOADS_ON });
  const named = v.kernels.flatMap((list) => list.split(',')).filter((name) => name !== '');
  const kernels = named.length > 0 ? named : KERNELS.map((k) => k.series);
  if (kernels.length > MOST_KERNELS) throw new UsageError(`--kernels names at most ${MOST_KERNELS}`);
  if (new Set(kernels).size !== kernels.length) throw new UsageError('--kernels names one twice');
  return {
    ...commonOptions({ ...v, ...NO_KERNEL }, positionals, cores),
    kernels,
    floor: v.floor,
    policy: policyName('policy', v.policy, policies),
    format: oneOf('format', v.format, formats),
    all: v.all,
  };
}

/** Beside each other in a table. */
const MOST_KERNELS = 8;
