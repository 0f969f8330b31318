// SPDX-License-Identifier: GPL-2.0-only
import { parseArgs } from 'node:util';
import { POLICY_FILE_SUFFIX } from '../policy/file';
import { releaseNumber } from '../policy/hazards';

/** Exit status of `check`. */
export const enum Exit {
  ACCEPTED = 0,
  REJECTED = 1,
  BAD_INPUT = 2,
  UNKNOWN = 3,
}

export const USAGE = `usage: bpf-context check [options] FILE...
       bpf-context compare --policies A,B[,...] [options] FILE...

FILE is an ELF object with BPF programs, or C (.c) or BPF assembly (.s, .S), which clang compiles.

  --program NAME        only this program
  --policy NAME         context regime: linux-7.3 (default), forbid-sleep, forbid-fault, forbid-fault-sound, acquire-lock,
                        context-classes, or a file NAME.bpf-policy.json
  --target-kernel REL   kernel release that the programs are meant for (e.g. 6.12): decides which hazards are told
  --overlay FILE        kfunc annotations (JSON) on top of kernel and policy; may be repeated
  --format FORMAT       text (default), jsonl (one object a program), json
  --log-level N         0 (default), 1, 2 or 4; 1, 2 and 4 add up
  --log-dir DIR         one kernel-format log a program
  --graph FORMAT        json or dot: the context graphs instead of verdicts
  --dump-insns DIR      relocated instructions, 8 bytes each, one file a program
  --jobs N              workers (default: all cores)
  --timeout S           seconds a program may take (default 60; 0: no limit)
  --unprivileged        verify as for a loader without capabilities
  --kernel-btf FILE     another BTF instead of the one of Linux 7.3.4
  --clang PATH          clang for source files (default: from the PATH)
  --clang-arg ARG       further argument for clang; may be repeated

exit status: 0 all accepted, 1 something rejected, 2 bad usage or unreadable input, 3 something unknown

compare verifies under each policy and says where the others differ from the first, and which rule makes the difference.

  --policies A,B[,...]  two or more names or policy files
  --format FORMAT       text (default), jsonl (one object a program), markdown
  --all                 also list what changes without changing the verdict
  --program, --overlay, --target-kernel, --jobs, --timeout, --unprivileged, --kernel-btf, --clang, --clang-arg as above

exit status of compare: 0 no verdict differs, 1 one does, 2 bad usage or unreadable input, 3 something unknown
`;

export interface CheckOptions {
  readonly files: readonly string[];
  readonly program: string;
  /** Id of a policy, or path of a policy file. */
  readonly policy: string;
  readonly targetKernel: string;
  readonly overlays: readonly string[];
  readonly format: 'text' | 'jsonl' | 'json';
  readonly logLevel: number;
  readonly logDir: string | null;
  readonly graph: 'json' | 'dot' | null;
  readonly dumpInsns: string | null;
  readonly jobs: number;
  readonly timeoutS: number;
  readonly unprivileged: boolean;
  readonly kernelBtf: string;
  readonly clang: string;
  readonly clangArgs: readonly string[];
}

export class UsageError extends Error {}

/** Whether a policy is named by its file. */
export function isPolicyFile(name: string): boolean {
  return name.endsWith(POLICY_FILE_SUFFIX);
}

/** A policy's id or file. */
export function policyName(option: string, value: string, known: readonly string[]): string {
  if (isPolicyFile(value) || known.includes(value)) return value;
  throw new UsageError(`--${option} is ${known.join(', ')}, or a file *${POLICY_FILE_SUFFIX}, not "${value}"`);
}

/** A kernel release such as 6.12, '' for none. */
export function releaseName(value: string): string {
  if (value !== '' && releaseNumber(value) === null) throw new UsageError(`--target-kernel is a release such as 6.12, not "${value}"`);
  return value;
}

export function oneOf<T extends string>(name: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((a) => a === value);
  if (found === undefined) throw new UsageError(`--${name} is ${allowed.join(', ')}, not "${value}"`);
  return found;
}

export function number(name: string, value: string, min: number, max: number): number {
  const n = Number(value);
  if (value.trim() === '' || !Number.isInteger(n) || n < min || n > max) throw new UsageError(`--${name} is a whole number from ${min} to ${max}, not "${value}"`);
  return n;
}

/** Reads the arguments after `check`. Throws {@link UsageError} for what it does not understand. */
export function parseCheck(args: readonly string[], cores: number, policies: readonly string[]): CheckOptions {
  let parsed;
  try {
    parsed = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        program: { type: 'string', default: '' },
        policy: { type: 'string', default: 'linux-7.3' },
        'target-kernel': { type: 'string', default: '' },
        overlay: { type: 'string', multiple: true, default: [] },
        format: { type: 'string', default: 'text' },
        'log-level': { type: 'string', default: '0' },
        'log-dir': { type: 'string' },
        graph: { type: 'string' },
        'dump-insns': { type: 'string' },
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
  if (parsed.positionals.length === 0) throw new UsageError('no FILE given');
  const logDir = v['log-dir'] ?? null;
  let logLevel = number('log-level', v['log-level'], 0, 7);
  if (logDir !== null && logLevel === 0) logLevel = 2;
  return {
    files: parsed.positionals,
    program: v.program,
    policy: policyName('policy', v.policy, policies),
    targetKernel: releaseName(v['target-kernel']),
    overlays: v.overlay,
    format: oneOf('format', v.format, ['text', 'jsonl', 'json']),
    logLevel,
    logDir,
    graph: v.graph === undefined ? null : oneOf<'json' | 'dot'>('graph', v.graph, ['json', 'dot']),
    dumpInsns: v['dump-insns'] ?? null,
    jobs: v.jobs === undefined ? cores : number('jobs', v.jobs, 1, 256),
    timeoutS: number('timeout', v.timeout, 0, 86400),
    unprivileged: v.unprivileged,
    kernelBtf: v['kernel-btf'],
    clang: v.clang,
    clangArgs: v['clang-arg'],
  };
}
