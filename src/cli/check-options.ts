// SPDX-License-Identifier: GPL-2.0-only
import { OTHER_KERNELS } from '../kernel/releases';
import { DEFAULT_POLICY, POLICIES } from '../policy';
import { POLICY_FILE_SUFFIX } from '../policy/names';
import { number, oneOf, type Options, readArgs } from './args';
import { FORMATS, type FormatName, GRAPH_FORMATS, type GraphFormatName } from './formats';
import { COMMON, type CommonOptions, commonOptions, policyName } from './options';

export interface CheckOptions extends CommonOptions {
  /** Id of a policy, or path of a policy file. */
  readonly policy: string;
  readonly format: FormatName;
  readonly logLevel: number;
  readonly logDir: string | null;
  readonly graph: GraphFormatName | null;
  readonly dumpInsns: string | null;
}

const formats = Object.keys(FORMATS) as FormatName[];
const graphs = Object.keys(GRAPH_FORMATS) as GraphFormatName[];
const others = POLICIES.filter((p) => p !== DEFAULT_POLICY).map((p) => p.id);

/** Options that only `check` has. */
export const CHECK = {
  policy: {
    type: 'string',
    value: 'NAME',
    default: DEFAULT_POLICY.id,
    help: `context policy: ${DEFAULT_POLICY.id} (default; with --kernel that kernel's own: ${OTHER_KERNELS.map((k) => k.policy).join(', ')}), ${others.join(', ')}, or a file NAME${POLICY_FILE_SUFFIX}`,
  },
  format: {
    type: 'string',
    value: 'FORMAT',
    default: 'text' satisfies FormatName,
    help: formats.map((name) => `${name} (${name === 'text' ? 'default' : FORMATS[name].help})`).join(', '),
  },
  'log-level': { type: 'string', value: 'N', default: '0', help: '0 (default), 1, 2 or 4; 1, 2 and 4 add up' },
  'log-dir': { type: 'string', value: 'DIR', help: 'one kernel-format log a program' },
  graph: { type: 'string', value: 'FORMAT', help: `${graphs.join(' or ')}: the context graphs instead of verdicts` },
  'dump-insns': { type: 'string', value: 'DIR', help: 'relocated instructions, 8 bytes each, one file a program' },
} as const satisfies Options;

/** Reads the arguments after `check`. Throws `UsageError` for what it does not understand. */
export function parseCheck(args: readonly string[], cores: number, policies: readonly string[]): CheckOptions {
  const { values: v, positionals } = readArgs(args, { ...COMMON, ...CHECK });
  const logDir = v['log-dir'] ?? null;
  const logLevel = number('log-level', v['log-level'], 0, 7);
  return {
    ...commonOptions(v, positionals, cores),
    policy: policyName('policy', v.policy, policies),
    format: oneOf('format', v.format, formats),
    logLevel: logDir !== null && logLevel === 0 ? 2 : logLevel,
    logDir,
    graph: v.graph === undefined ? null : oneOf('graph', v.graph, graphs),
    dumpInsns: v['dump-insns'] ?? null,
  };
}
