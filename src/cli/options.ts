// SPDX-License-Identifier: GPL-2.0-only
/** Options of the commands: one table of those that both have, one way to read them. `usage.ts` says what they mean. */
import { parseArgs, type ParseArgsConfig } from 'node:util';
import type { LimitOf } from '../analysis/limits';
import type { LoadChoices } from '../analysis/load-file';
import { POLICY_FILE_SUFFIX } from '../policy/names';
import { releaseNumber } from '../policy/hazards';

/** Exit status. `compare` says 1 where verdicts differ. */
export const enum Exit {
  ACCEPTED = 0,
  REJECTED = 1,
  BAD_INPUT = 2,
  UNKNOWN = 3,
  /** Whoever read the output went away before its end: as of a command that a closed pipe ends, 128 + SIGPIPE. */
  PIPE_CLOSED = 141,
}

/** What a person typed cannot be done. The message is one line. */
export class UsageError extends Error {}

/** What a person named cannot be used. The message is one line. */
export class InputTrouble extends UsageError {}

/** Options of all commands. */
export const COMMON = {
  program: { type: 'string', default: '' },
  overlay: { type: 'string', multiple: true, default: [] },
  'target-kernel': { type: 'string', default: '' },
  jobs: { type: 'string' },
  timeout: { type: 'string', default: '60' },
  'timeout-each': { type: 'boolean', default: false },
  memory: { type: 'string', default: '4096' },
  unprivileged: { type: 'boolean', default: false },
  'kernel-btf': { type: 'string', default: '' },
  clang: { type: 'string', default: '' },
  'clang-arg': { type: 'string', multiple: true, default: [] },
  'no-build-files': { type: 'boolean', default: false },
  how: { type: 'boolean', default: false },
  link: { type: 'boolean', default: false },
  set: { type: 'string', multiple: true, default: [] },
  type: { type: 'string', multiple: true, default: [] },
  attach: { type: 'string', multiple: true, default: [] },
  'no-load-file': { type: 'boolean', default: false },
} as const satisfies ParseArgsConfig['options'];

export interface CommonOptions {
  readonly files: readonly string[];
  readonly program: string;
  /** Overlay files. */
  readonly overlays: readonly string[];
  readonly targetKernel: string;
  readonly jobs: number;
  /** Seconds of CPU time. */
  readonly timeoutS: number;
  readonly limitOf: LimitOf;
  /** Heap of each worker, MiB. */
  readonly memoryMb: number;
  readonly unprivileged: boolean;
  /** File with the kernel's BTF, '' for the shipped one. */
  readonly kernelBtf: string;
  readonly clang: string;
  readonly clangArgs: readonly string[];
  /** False to read nothing but the source: no Makefile and the like. */
  readonly buildFiles: boolean;
  /** Say how each source is compiled. */
  readonly how: boolean;
  /** All files are parts of one program. */
  readonly link: boolean;
  /** What the options decide in a loader's place. */
  readonly choices: LoadChoices;
  /** Read the file with choices beside each source or object. */
  readonly loadFile: boolean;
}

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
function releaseName(value: string): string {
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
  if (value.trim() === '' || !Number.isInteger(n) || n < min || n > max)
    throw new UsageError(`--${name} is a whole number from ${min} to ${max}, not "${value}"`);
  return n;
}

/** Reads arguments by a table. Throws {@link UsageError} for what is not in it. */
export function readArgs<T extends NonNullable<ParseArgsConfig['options']>>(args: readonly string[], options: T) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options });
  } catch (error) {
    // Node adds advice for programmers after the first sentence
    throw new UsageError((error instanceof Error ? error.message : String(error)).split('. ')[0]!);
  }
}

/** Choices of `--set`, `--type` and `--attach`. */
function choicesOf(set: readonly string[], type: readonly string[], attach: readonly string[]): LoadChoices {
  const values = new Map<string, string>();
  const programs = new Map<string, { type?: string; attach?: string }>();
  const each = (option: string, args: readonly string[], take: (name: string, value: string) => void): void => {
    for (const arg of args) {
      const at = arg.indexOf('=');
      if (at < 1 || at === arg.length - 1) throw new UsageError(`--${option} is NAME=VALUE, not "${arg}"`);
      take(arg.slice(0, at), arg.slice(at + 1));
    }
  };
  each('set', set, (name, value) => values.set(name, value));
  each('type', type, (name, value) => programs.set(name, { ...programs.get(name), type: value }));
  each('attach', attach, (name, value) => programs.set(name, { ...programs.get(name), attach: value }));
  return { values: Object.fromEntries(values), programs: Object.fromEntries(programs) };
}

/** The options that all commands have, checked. */
export function commonOptions(
  v: ReturnType<typeof readArgs<typeof COMMON>>['values'],
  files: readonly string[],
  cores: number,
): CommonOptions {
  if (files.length === 0) throw new UsageError('no FILE given');
  return {
    files,
    program: v.program,
    overlays: v.overlay,
    targetKernel: releaseName(v['target-kernel']),
    jobs: v.jobs === undefined ? cores : number('jobs', v.jobs, 1, 256),
    timeoutS: number('timeout', v.timeout, 0, 86400),
    limitOf: v['timeout-each'] ? 'program' : 'object',
    memoryMb: number('memory', v.memory, 64, 1 << 20),
    unprivileged: v.unprivileged,
    kernelBtf: v['kernel-btf'],
    clang: v.clang,
    clangArgs: v['clang-arg'],
    buildFiles: !v['no-build-files'],
    how: v.how,
    link: v.link,
    choices: choicesOf(v.set, v.type, v.attach),
    loadFile: !v['no-load-file'],
  };
}
