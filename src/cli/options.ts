// SPDX-License-Identifier: GPL-2.0-only
/** Options of the commands: one table of those that both have, one way to read them. A row says what it means. */
import { number, type Options, type readArgs, UsageError } from './args';
import type { LimitOf } from '../analysis/limits';
import { LOAD_FILE_SUFFIX, type LoadChoices } from '../analysis/load-file';
import { SETTINGS } from '../contributions/settings';
import { POLICY_FILE_SUFFIX } from '../policy/names';
import { releaseNumber } from '../policy/hazards';
import { KERNELS, VERIFIED_KERNEL } from '../kernel/releases';

/** Exit status. `compare` says 1 where verdicts differ. */
export const enum Exit {
  ACCEPTED = 0,
  REJECTED = 1,
  BAD_INPUT = 2,
  UNKNOWN = 3,
  /** Whoever read the output went away before its end: as of a command that a closed pipe ends, 128 + SIGPIPE. */
  PIPE_CLOSED = 141,
}

/** What a person named cannot be used. The message is one line. */
export class InputTrouble extends UsageError {}

/** Options of `check` and `compare`. */
export const COMMON = {
  program: { type: 'string', value: 'NAME', default: '', help: 'only this program' },
  link: {
    type: 'boolean',
    default: false,
    help: 'all FILEs are parts of one program: linked in this order, as bpftool gen object links them',
  },
  set: {
    type: 'string',
    value: 'NAME=VALUE',
    multiple: true,
    default: [],
    help: 'value of a constant (const volatile), or of a part of one (config.port, ports[3]), that the loader sets; any: all values are verified',
  },
  type: {
    type: 'string',
    value: 'PROG=SECTION',
    multiple: true,
    default: [],
    help: 'type of a program, as a section name stands for it (xdp, fentry.s)',
  },
  attach: { type: 'string', value: 'PROG=TARGET', multiple: true, default: [], help: 'what a program is attached to' },
  'no-load-file': {
    type: 'boolean',
    default: false,
    help: `leave NAME${LOAD_FILE_SUFFIX} beside FILE aside, which holds the same for good`,
  },
  'target-kernel': {
    type: 'string',
    value: 'REL',
    default: '',
    help: 'kernel release that the programs are meant for (e.g. 6.12): decides which hazards are told',
  },
  overlay: { type: 'string', value: 'FILE', multiple: true, default: [], help: 'kfunc annotations (JSON) on top of kernel and policy' },
  jobs: { type: 'string', value: 'N', help: 'workers (default: all cores)' },
  timeout: {
    type: 'string',
    value: 'S',
    default: String(SETTINGS.timeout.default),
    help: `seconds of CPU time that an object may take, all its programs together (default ${SETTINGS.timeout.default}; 0: no limit)`,
  },
  'timeout-each': { type: 'boolean', default: false, help: 'the limit is one of each program' },
  memory: {
    type: 'string',
    value: 'MB',
    default: String(SETTINGS.memory.default),
    help: `memory that each worker may use (default ${SETTINGS.memory.default})`,
  },
  unprivileged: { type: 'boolean', default: false, help: 'verify as for a loader without capabilities' },
  kernel: {
    type: 'string',
    value: 'KERNEL',
    default: '',
    help: `kernel to verify as: ${KERNELS.map((k) => `${k.series}${k === VERIFIED_KERNEL ? ' (default)' : ''}`).join(', ')}, or a folder that kernel add made`,
  },
  'kernel-btf': {
    type: 'string',
    value: 'PATH',
    default: '',
    help: "other BTF instead of the kernel's own: a file, or a folder with that of vmlinux and modules (/sys/kernel/btf)",
  },
  'no-cache': {
    type: 'boolean',
    default: false,
    help: "keep nothing in the user's cache folder that makes the next start faster: kernels as they are once they are read, compiled code",
  },
  clang: { type: 'string', value: 'PATH', default: '', help: 'clang for source files (default: from the PATH)' },
  'no-build-files': {
    type: 'boolean',
    default: false,
    help: "don't read Makefiles, compile_commands.json and the like to find out how a source is compiled",
  },
  'ask-make': {
    type: 'boolean',
    default: false,
    help: 'ask make -n, and ninja -t compdb in build folders, how a source is compiled: nothing is built, but build files can run commands of their own even so',
  },
  how: { type: 'boolean', default: false, help: 'say how each source is compiled, on the standard error' },
  'clang-arg': { type: 'string', value: 'ARG', multiple: true, default: [], help: 'further argument for clang' },
} as const satisfies Options;

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
  /** Series, version or folder of the kernel, '' for the default. */
  readonly kernel: string;
  /** File or folder with other BTF, '' for the kernel's own. */
  readonly kernelBtf: string;
  /** Keep what makes the next start faster. */
  readonly cache: boolean;
  readonly clang: string;
  readonly clangArgs: readonly string[];
  /** False to read nothing but the source: no Makefile and the like. */
  readonly buildFiles: boolean;
  /** Ask `make -n` and `ninja -t compdb` how each source is compiled. */
  readonly askMake: boolean;
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
    kernel: v.kernel,
    kernelBtf: v['kernel-btf'],
    cache: !v['no-cache'],
    clang: v.clang,
    clangArgs: v['clang-arg'],
    buildFiles: !v['no-build-files'],
    askMake: v['ask-make'],
    how: v.how,
    link: v.link,
    choices: choicesOf(v.set, v.type, v.attach),
    loadFile: !v['no-load-file'],
  };
}
