// SPDX-License-Identifier: GPL-2.0-only
import { COMMON, type CommonOptions, commonOptions, number, oneOf, policyName, readArgs } from './options';

export interface CheckOptions extends CommonOptions {
  /** Id of a policy, or path of a policy file. */
  readonly policy: string;
  readonly format: 'text' | 'jsonl' | 'json' | 'markdown';
  readonly logLevel: number;
  readonly logDir: string | null;
  readonly graph: 'json' | 'dot' | null;
  readonly dumpInsns: string | null;
}

/** Reads the arguments after `check`. Throws `UsageError` for what it does not understand. */
export function parseCheck(args: readonly string[], cores: number, policies: readonly string[]): CheckOptions {
  const { values: v, positionals } = readArgs(args, {
    ...COMMON,
    policy: { type: 'string', default: 'linux-7.3' },
    format: { type: 'string', default: 'text' },
    'log-level': { type: 'string', default: '0' },
    'log-dir': { type: 'string' },
    graph: { type: 'string' },
    'dump-insns': { type: 'string' },
  });
  const logDir = v['log-dir'] ?? null;
  const logLevel = number('log-level', v['log-level'], 0, 7);
  return {
    ...commonOptions(v, positionals, cores),
    policy: policyName('policy', v.policy, policies),
    format: oneOf('format', v.format, ['text', 'jsonl', 'json', 'markdown']),
    logLevel: logDir !== null && logLevel === 0 ? 2 : logLevel,
    logDir,
    graph: v.graph === undefined ? null : oneOf<'json' | 'dot'>('graph', v.graph, ['json', 'dot']),
    dumpInsns: v['dump-insns'] ?? null,
  };
}
