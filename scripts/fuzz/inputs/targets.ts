// SPDX-License-Identifier: GPL-2.0-only
/** What is fed with changed inputs, and what counts as broken. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { AnalysisEngine } from '../../../src/analysis/engine';
import { CpuClock, LoadBudget } from '../../../src/analysis/limits';
import type { AnalyzeReply, AnalyzeRequest } from '../../../src/analysis/requests';
import { contentOf } from '../../../src/analysis/wrapped';
import { kernelObjection } from '../../../src/btf/accept';
import { TooMuch } from '../../../src/btf/budget';
import { BtfError } from '../../../src/btf/error';
import { parseBtf, validateBtf } from '../../../src/btf/parse';
import { TypeTable } from '../../../src/btf/table';
import { parseBtfExt } from '../../../src/object/btfext';
import { linkProgram } from '../../../src/object/linker/program';
import { explainPoisonedLog } from '../../../src/object/logfix';
import { ObjectError } from '../../../src/object/failure';
import { type Program } from '../../../src/object/program';
import { parseElf } from '../../../src/object/elf';
import { tellingLines } from '../../../src/verifier/log/telling';
import { archiveOf } from '../../../test/support/archive';
import { QUIET, requestFor } from '../../../test/support/verify';
import { KERNEL_BUNDLE, ROOT } from '../../corpus/bundle';
import { Random } from '../random';
import { apply, edits, type Edit } from './mutate';

/** Seconds that one program may take, and that one input may take beyond it. */
export const LIMIT_S = 2;
const MORE_S = 2;
/** Programs of an object and instructions of a program whose views are asked for. */
const ASKED = 4;

export type Kind = 'object' | 'container' | 'link' | 'btf' | 'btf-ext' | 'policy' | 'overlay' | 'log' | 'assembly';

/** Of how many inputs each kind is one. Analysing an object costs a thousand times what reading a BTF does. */
const WEIGHTS: readonly (readonly [number, Kind])[] = [
  [2, 'object'],
  [44, 'btf'],
  [22, 'btf-ext'],
  [10, 'container'],
  [2, 'link'],
  [10, 'policy'],
  [2, 'overlay'],
  [20, 'log'],
];

interface Seed {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** An input: what it is made from and how. */
export interface Input {
  readonly kind: Kind;
  readonly seed: Seed;
  readonly changes: readonly Edit[];
  /** How an object is verified, where it is not as usual. */
  readonly options?: Partial<Pick<AnalyzeRequest, 'unprivileged' | 'explain' | 'logLevel'>>;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const LOG =
  '0: R1=ctx() R10=fp0\n0: (85) call unknown#195896080\ninvalid func unknown#195896080\nprocessed 1 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0\n';
const OVERLAY =
  '{"kfuncs": [{"name": "bpf_rcu_read_lock", "acquires": [{"class": "rcu"}]}, {"name": "bpf_task_acquire", "flags": ["KF_FORBID_SLEEP"]}]}';

function folder(path: string, suffix: string): Seed[] {
  const dir = join(ROOT, path);
  return readdirSync(dir)
    .filter((name) => name.endsWith(suffix))
    .sort()
    .map((name) => ({ name, bytes: new Uint8Array(readFileSync(join(dir, name))) }));
}

/** Anywhere changes mostly break the container: half of them stay within one section. */
function objectEdits(seed: Seed, random: Random): Edit[] {
  if (random.chance(0.5)) return edits(seed.bytes, random, false);
  const section = random.pick(parseElf(seed.bytes).sections.filter(({ data }) => data.length > 8));
  return edits(seed.bytes, random, false, section.offset, section.offset + section.size);
}

function optionsOf(random: Random): NonNullable<Input['options']> {
  return { unprivileged: random.chance(0.15), explain: random.chance(0.5), logLevel: random.chance(0.3) ? 2 : 0 };
}

/** Objects in archives of both kinds, and compressed. */
function containers(objects: readonly Seed[]): Seed[] {
  return [
    { name: 'system-v.a', bytes: archiveOf(objects, 'system-v') },
    { name: 'bsd.a', bytes: archiveOf(objects, 'bsd') },
    { name: 'object.gz', bytes: new Uint8Array(gzipSync(objects[0]!.bytes)) },
  ];
}

/** Feeds one engine; keeps the kernel between inputs. */
export class Targets {
  readonly #engine = new AnalysisEngine();
  readonly #kernel = { bundle: KERNEL_BUNDLE, btf: '' };
  readonly #objects: Seed[];
  readonly #seeds: Readonly<Record<Kind, readonly Seed[]>>;
  readonly #assembly: boolean;

  /** `assembly`: also compile changed assembly, which takes clang and a process each. */
  constructor(assembly: boolean) {
    this.#assembly = assembly;
    this.#objects = [
      'examples',
      'test/policies',
      'test/answers',
      'test/fixtures/btf',
      'test/endian',
      'test/parts-lost',
      'test/linked',
    ].flatMap((path) => folder(path, '.o'));
    const sections = (name: string): Seed[] =>
      this.#objects.flatMap((seed) => {
        const data = parseElf(seed.bytes).sections.find((section) => section.name === name)?.data;
        return data === undefined ? [] : [{ name: seed.name, bytes: data.slice() }];
      });
    this.#seeds = {
      object: this.#objects,
      container: containers(this.#objects.slice(0, 3)),
      link: this.#objects.filter(({ name }) => /^(hard|ops)_[ab]\./.test(name)),
      btf: sections('.BTF'),
      'btf-ext': sections('.BTF.ext'),
      policy: folder('test/policies', '.bpf-policy.json'),
      overlay: [{ name: 'overlay', bytes: encoder.encode(OVERLAY) }],
      log: [{ name: 'log', bytes: encoder.encode(LOG) }],
      assembly: folder('examples', '.s'),
    };
  }

  /** The input of a seed. */
  make(number: number): Input {
    const random = new Random(number);
    const kind = this.#assembly && random.chance(0.001) ? 'assembly' : random.weighted(WEIGHTS);
    const seed = random.pick(this.#seeds[kind]);
    if (kind === 'object') return { kind, seed, changes: objectEdits(seed, random), options: optionsOf(random) };
    const text = kind === 'policy' || kind === 'overlay' || kind === 'log' || kind === 'assembly';
    return { kind, seed, changes: edits(seed.bytes, random, text) };
  }

  /** What is wrong with how we take an input, or null. */
  broken({ kind, seed, changes, options = {} }: Input): string | null {
    const bytes = apply(seed.bytes, changes);
    const used = new CpuClock();
    let wrong: string | null;
    try {
      wrong = this.#feed(kind, bytes, options);
    } catch (error) {
      const { message, stack } = error instanceof Error ? error : new Error(String(error));
      wrong = `threw: ${message} ${(stack ?? '').split('\n')[1]?.trim() ?? ''}`;
    }
    return wrong ?? (used.usedMs > (LIMIT_S + MORE_S) * 1000 ? `took ${Math.round(used.usedMs)} ms of CPU time` : null);
  }

  #feed(kind: Kind, bytes: Uint8Array, options: Input['options']): string | null {
    switch (kind) {
      case 'object':
        return this.#analyze(bytes, [], options);
      case 'container':
        try {
          contentOf(bytes);
        } catch (error) {
          // what cannot be taken out is told as a plain error
          if (!(error instanceof Error) || error.constructor !== Error) throw error;
        }
        return null;
      case 'link':
        return readable(() =>
          linkProgram([{ name: 'changed.o', bytes }, ...this.#seeds.link.slice(0, 1)], new LoadBudget(LIMIT_S, () => undefined).spend),
        );
      case 'btf':
        kernelObjection(bytes);
        return readable(() => {
          const btf = parseBtf(bytes, { name: 'fuzz', isKernel: false });
          validateBtf(btf);
          new TypeTable(btf).declTags(1);
        });
      case 'btf-ext':
        parseBtfExt(bytes);
        return null;
      case 'policy':
        this.#engine.checkPolicy({ name: 'fuzz.bpf-policy.json', json: decoder.decode(bytes) }, this.#kernel);
        return null;
      case 'overlay':
        return this.#analyze(this.#objects.find(({ name }) => name === 'socket.bpf.o')!.bytes, [
          { name: 'fuzz', json: decoder.decode(bytes) },
        ]);
      case 'log': {
        const text = decoder.decode(bytes);
        tellingLines(text);
        explainPoisonedLog({ notes: new Map([[0, { kind: 'core', text: 'x', poisoned: true }]]) } as unknown as Program, text);
        return null;
      }
      case 'assembly': {
        const made = spawnSync('clang', ['-target', 'bpf', '-x', 'assembler', '-c', '-o', '-', '-'], {
          input: bytes,
          timeout: 20_000,
          maxBuffer: 1 << 26,
        });
        return made.status === 0 ? this.#analyze(new Uint8Array(made.stdout), []) : null;
      }
    }
  }

  #analyze(object: Uint8Array, overlays: AnalyzeRequest['overlays'], options: Input['options'] = {}): string | null {
    const asked = { key: 'fuzz', kernel: this.#kernel, overlays, explain: true, graphs: true, timeoutS: LIMIT_S, ...options };
    const reply = this.#engine.analyze(requestFor('fuzz.bpf.o', object, asked), QUIET);
    const wrong = internal(reply);
    if (wrong === null) {
      this.#ask(reply);
    }
    this.#engine.forget('fuzz');
    return wrong;
  }

  /** Asks for what the views show of each program. */
  #ask(reply: AnalyzeReply): void {
    for (const { program, insn } of (reply.result?.programs ?? []).slice(0, ASKED)) {
      const graph = this.#engine.graph('fuzz', program);
      const insns = graph?.nodes.flatMap((node) => node.instructions) ?? [];
      for (const { index } of insns.filter((_, place) => place % Math.ceil(insns.length / ASKED) === 0)) {
        this.#engine.states('fuzz', program, index);
        this.#engine.path('fuzz', program, index, 0);
        this.#engine.origin('fuzz', program, index, 0, 1);
      }
      this.#engine.path('fuzz', program, insn ?? 0, -1);
      for (const key of new Set(insns.flatMap(({ held }) => held.map((resource) => resource.key)))) {
        this.#engine.follow('fuzz', program, key);
      }
    }
  }
}

/** Null if an action ends, or by an error that says what is wrong with the input. */
function readable(action: () => void): null {
  try {
    action();
  } catch (error) {
    if (!(error instanceof BtfError || error instanceof ObjectError || error instanceof TooMuch)) {
      throw error;
    }
  }
  return null;
}

function internal({ error, result }: AnalyzeReply): string | null {
  if (error?.kind === 'internal') {
    return `${error.message} ${error.details[0] ?? ''}`;
  }
  return result?.programs.map(({ reason }) => reason).find((reason) => reason?.startsWith('internal') === true) ?? null;
}
