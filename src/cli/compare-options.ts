// SPDX-License-Identifier: GPL-2.0-only
import { parseArgs } from 'node:util';
import { number, oneOf, policyName, releaseName, UsageError } from './options';

export interface CompareOptions {
  readonly files: readonly string[];
  /** Ids or files; the first is the one that the others are compared with. */
  readonly policies: readonly string[];
  readonly program: string;
  readonly overlays: readonly string[];
  readonly targetKernel: string;
  readonly format: 'text' | 'jsonl' | 'markdown';
  /** Also list differences that leave the verdict as it is. */
  readonly all: boolean;
  readonly jobs: number;
  readonly timeoutS: number;
  readonly unprivileged: boolean;
  readonly kernelBtf: string;
  readonly clang: string;
  readonly clangArgs: readonly string[];
}

/** Reads the arguments after `compare`. Throws {@link UsageError} for what it does not understand. */
export function parseCompare(args: readonly string[], cores: number, known: readonly string[]): CompareOptions {
  let parsed;
  try {
    parsed = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        policies: { type: 'string', multiple: true, default: [] },
        program: { type: 'string', default: '' },
        overlay: { type: 'string', multiple: true, default: [] },
        'target-kernel': { type: 'string', default: '' },
        format: { type: 'string', default: 'text' },
        all: { type: 'boolean', default: false },
        jobs: { type: 'string' },
        timeout: { type: 'string', default: '60' },
        unprivileged: { type: 'boolean', default: false },
        'kernel-btf': { type: 'string', default: '' },
        clang: { type: 'string', default: '' },
        'clang-arg': { type: 'string', multiple: true, default: [] },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
  const v = parsed.values;
  const policies = v.policies.flatMap((list) => list.split(',')).filter((name) => name !== '');
  if (policies.length < 2) throw new UsageError('--policies names two or more, separated by commas');
  if (new Set(policies).size !== policies.length) throw new UsageError('--policies names one twice');
  for (const name of policies) policyName('policies', name, known);
  if (parsed.positionals.length === 0) throw new UsageError('no FILE given');
  return {
    files: parsed.positionals,
    policies,
    program: v.program,
    overlays: v.overlay,
    targetKernel: releaseName(v['target-kernel']),
    format: oneOf('format', v.format, ['text', 'jsonl', 'markdown']),
    all: v.all,
    jobs: v.jobs === undefined ? cores : number('jobs', v.jobs, 1, 256),
    timeoutS: number('timeout', v.timeout, 0, 86400),
    unprivileged: v.unprivileged,
    kernelBtf: v['kernel-btf'],
    clang: v.clang,
    clangArgs: v['clang-arg'],
  };
}
