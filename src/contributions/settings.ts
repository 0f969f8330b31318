// SPDX-License-Identifier: GPL-2.0-only
/** Settings: a row makes the setting's schema, words, default and type; the extension reads it by its name. */
import { DEFAULT_POLICY, POLICIES } from '../policy';
import { POLICY_FILE_SUFFIX } from '../policy/names';
import { idOf } from './names';
import { KERNELS, RUNNING_KERNEL, VERIFIED_KERNEL } from '../kernel/releases';

/** One setting whose values are of type T. */
export interface Setting<T> {
  readonly default: T;
  /** Schema of its values, without default and description. */
  readonly schema: Readonly<Record<string, unknown>>;
  /** What it does, in Markdown where `code` or a link is in it. */
  readonly description: string;
  /** Words for a value that does not fit the schema's pattern. */
  readonly patternError?: string;
  /** Words for each value of an enumeration. */
  readonly values?: Readonly<Record<string, string>>;
  readonly scope: 'resource' | 'window' | 'machine' | 'machine-overridable';
  /** Whether it changes results or starts something: in a workspace that is not trusted, that workspace cannot set it. */
  readonly restricted?: true;
}

type Rest<T> = Omit<Setting<T>, 'default' | 'schema'>;
const flag = (value: boolean, rest: Rest<boolean>): Setting<boolean> => ({ default: value, schema: { type: 'boolean' }, ...rest });
const text = (rest: Rest<string>, more: Readonly<Record<string, unknown>> = {}): Setting<string> => ({
  default: '',
  schema: { type: 'string', ...more },
  ...rest,
});
const texts = (rest: Rest<readonly string[]>): Setting<readonly string[]> => ({
  default: [],
  schema: { type: 'array', items: { type: 'string' } },
  ...rest,
});
const number = (value: number, schema: Readonly<Record<string, unknown>>, rest: Rest<number>): Setting<number> => ({
  default: value,
  schema,
  ...rest,
});
const choice = <V extends string>(value: NoInfer<V>, values: Readonly<Record<V, string>>, rest: Omit<Rest<V>, 'values'>): Setting<V> => ({
  default: value,
  schema: { type: 'string', enum: Object.keys(values) },
  values,
  ...rest,
});

/** What files of a workspace that is not trusted may use at most, whatever the settings say: seconds of CPU time an object, MiB. */
export const UNTRUSTED = { timeoutS: 5, memoryMb: 512 } as const;

/** Kernels that a program is asked to load on, beside the one that it is verified as. */
export const MOST_KERNELS = 6;

/** All settings, in the order of the settings' page. */
export const SETTINGS = {
  policy: {
    default: DEFAULT_POLICY.id,
    schema: { type: 'string', anyOf: [{ enum: POLICIES.map((p) => p.id) }, { pattern: `${POLICY_FILE_SUFFIX.replaceAll('.', '\\.')}$` }] },
    values: Object.fromEntries(POLICIES.map((p) => [p.id, p.description])),
    description: `Context policy that programs are verified under: ${POLICIES.map((p) => `\`${p.id}\``).join(', ')}, or a policy file of the workspace by its path in it, e.g. \`rules/mine${POLICY_FILE_SUFFIX}\`. The panel can choose another one for a file.`,
    scope: 'resource',
    restricted: true,
  } satisfies Setting<string> as Setting<string>,
  verify: choice(
    'onType',
    {
      onType: 'When a BPF file is opened, whenever it is saved, and after a pause in typing, without being saved.',
      onOpen: 'When a BPF file is opened and whenever it is saved.',
      onSave: 'Whenever a BPF file is saved.',
      manual: 'Only on command, or when the graph is opened.',
    },
    { description: 'When C and assembly files are compiled and verified.', scope: 'resource' },
  ),
  'clang.path': text({
    description: 'Path or name of clang. Empty: `clang` or `clang-NN` on the PATH.',
    scope: 'machine-overridable',
    restricted: true,
  }),
  'clang.args': texts({
    description:
      "Further arguments for clang, after those that were found in the project. `${workspaceFolder}`, `${fileDirname}`, `${userHome}` and `${env:NAME}` are expanded; relative folders are the workspace folder's. Always given: `-g -O2 -target bpf -mcpu=v3 -fms-extensions -D__TARGET_ARCH_x86`.",
    scope: 'machine-overridable',
    restricted: true,
  }),
  'compile.buildFiles': flag(true, {
    description:
      'Read `compile_commands.json`, `.clangd`, Makefiles, `meson.build`, `CMakeLists.txt`, `build.rs` and `go:generate` lines to find out how a BPF source is compiled. Nothing of them is run.',
    scope: 'resource',
  }),
  'compile.kernelHeaders': choice(
    'auto',
    {
      auto: 'Where a source wants the kernel’s own headers (`linux/sched.h` with `struct task_struct`).',
      standIn: 'For every source: nothing of this machine’s kernel headers is used.',
      own: 'Never: a source that wants them has them in its project, or does not compile.',
    },
    {
      description:
        'When all types of the kernel, and macros of its headers, stand in for the kernel’s own headers, which only a configured kernel tree has.',
      scope: 'resource',
      restricted: true,
    },
  ),
  kernel: text(
    {
      description: `Kernel that programs are verified as: ${KERNELS.map((k) => `\`${k.series}\``).join(', ')}, a folder that \`bpf-context kernel add\` made, or a folder or file with BTF (\`/sys/kernel/btf\`), verified by the rules of Linux ${VERIFIED_KERNEL.series}. \`${RUNNING_KERNEL}\`: the types of the kernel of this machine, by the rules of the nearest known kernel. Empty: Linux ${VERIFIED_KERNEL.version}.`,
      scope: 'machine-overridable',
      restricted: true,
    },
    { examples: ['', ...KERNELS.map((k) => k.series), RUNNING_KERNEL] },
  ),
  kernels: {
    default: [],
    schema: { type: 'array', items: { type: 'string', examples: KERNELS.map((k) => k.series) }, uniqueItems: true, maxItems: MOST_KERNELS },
    description: `Kernels that programs have to load on, as \`${idOf('kernel')}\` names them, e.g. \`["6.1", "6.12"]\`: Problems says which programs do not, why, and what to use instead.`,
    scope: 'machine-overridable',
    restricted: true,
  } satisfies Setting<readonly string[]> as Setting<readonly string[]>,
  overlays: texts({
    description:
      'Files with kfunc annotations (JSON), relative to the workspace folder, to try flags that the kernel does not have. A file `NAME.bpf-overlay.json` beside `NAME.bpf.c` is read too.',
    scope: 'machine-overridable',
    restricted: true,
  }),
  sourceMap: {
    default: {},
    schema: { type: 'object', additionalProperties: { type: 'string' } },
    description:
      'Where the sources are of objects that were built elsewhere: folders (or files) as their line records name them, and where they are here, e.g. `{ "/build/src": "${workspaceFolder}/src" }`. Without it they are looked for in the workspace by the end of their names.',
    scope: 'resource',
  } satisfies Setting<Readonly<Record<string, string>>> as Setting<Readonly<Record<string, string>>>,
  timeout: number(
    60,
    { type: 'number', minimum: 0 },
    {
      description: `Seconds of CPU time that an object may take, all its programs together. A program may use half of what is left while others wait for their turn. 0: no limit. At most ${UNTRUSTED.timeoutS} in a workspace that is not trusted.`,
      scope: 'resource',
      restricted: true,
    },
  ),
  memory: number(
    4096,
    { type: 'integer', minimum: 256, maximum: 65_536 },
    {
      description: `Memory that the analysis may use, MiB; that of other kernels as much again. A file that needs more says so, and nothing else is lost. At most ${UNTRUSTED.memoryMb} in a workspace that is not trusted.`,
      scope: 'machine',
    },
  ),
  cache: flag(true, {
    description:
      'Keep what makes the next start faster in the folder that VS Code gives the extension: kernels as they are once they are read (some 10 MB each), compiled code.',
    scope: 'machine',
  }),
  codeLens: flag(true, { description: 'Show verdict and actions over each program.', scope: 'resource' }),
  singleKeys: flag(true, { description: 'Single letters are shortcuts while the graph has the focus.', scope: 'window' }),
  gutter: flag(true, { description: 'Show beside each line what is held there and which calls may sleep.', scope: 'resource' }),
  targetKernel: text(
    {
      description:
        'Kernel release that the programs are meant for, e.g. `6.12`. It decides which hazards are named. Empty: the verified kernel.',
      patternError: 'A kernel release such as 6.12 or 7.1.3, or nothing.',
      scope: 'resource',
    },
    { pattern: '^(\\d+\\.\\d+(\\.\\d+)?)?$' },
  ),
  inlayHints: flag(false, {
    description: 'Show what is held behind each source line that takes something or gives it back.',
    scope: 'resource',
  }),
} as const;

export type SettingName = keyof typeof SETTINGS;

/** Type of a setting's values. */
export type SettingValue<N extends SettingName> = (typeof SETTINGS)[N] extends Setting<infer T> ? T : never;

/** The id of a setting, as `settings.json` spells it. */
export function settingId(name: SettingName): string {
  return idOf(name);
}
