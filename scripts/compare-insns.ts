// SPDX-License-Identifier: GPL-2.0-only
/**
 * Compares what the loader makes of a corpus' objects with what libbpf handed to the kernel.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseBtf } from '../src/btf/parse';
import type { Btf } from '../src/btf/types';
import { decodeInsns, type Insn } from '../src/isa/insn';
import { CALL, LD_IMM64, PseudoCall, PseudoLd } from '../src/isa/opcode';
import { parseKernelConfig, type ObjectKernel } from '../src/object/object-kernel';
import { loadObject } from '../src/object/load';
import type { LoadedObject, Program } from '../src/object/program';
import { KERNEL_TABLES } from '../src/kernel/data/linux-7.3.4';
import { createKernelProfile } from '../src/kernel/load';
import { refusesTypes } from '../src/verifier/memory/map/create';
import { scriptArgs } from './options';
import { structMetas } from '../src/verifier/memory/map/struct-meta';
import { relocateModule } from './kernel/relocate';

interface DumpedMap {
  readonly fd: number;
  readonly name: string;
  readonly type: number;
  readonly key_size: number;
  readonly value_size: number;
  readonly max_entries: number;
  readonly flags: number;
  readonly btf_key: number;
  readonly btf_value: number;
  readonly map_extra: number;
}

interface Dump {
  readonly prog_type: number;
  readonly expected_attach_type: number;
  readonly prog_flags: number;
  readonly attach_btf_id: number;
  readonly attach_btf_obj_fd: number;
  readonly func_info_cnt: number;
  readonly line_info_cnt: number;
  readonly license: string;
  readonly maps: readonly DumpedMap[];
}

interface Truth {
  readonly object: string;
  readonly program: string;
  readonly verdict: string;
  readonly guessed_type?: boolean;
  readonly guessed_maps?: number;
}

/** KERNEL_VERSION(7, 3, 4). */
const KERNEL_VERSION = 0x070304;

function readKernel(corpus: string): ObjectKernel {
  const folder = join(corpus, 'kernel', 'btf');
  const vmlinux = readFileSync(join(folder, 'vmlinux.btf'));
  const btf = parseBtf(vmlinux, { name: 'vmlinux', isKernel: true });
  const modules = readdirSync(folder)
    .filter((file) => file.endsWith('.btf') && file !== 'vmlinux.btf')
    .sort()
    .map((file) => {
      const name = file.replace(/\.btf$/, '');
      return parseBtf(relocateModule(name, readFileSync(join(folder, file)), btf, vmlinux), { name, isKernel: true, base: btf });
    });
  const config = parseKernelConfig(readFileSync(join(corpus, 'kernel', 'config'), 'utf8'));
  const profile = createKernelProfile(KERNEL_TABLES, btf, modules, config);
  const refusesBtf = (program: Btf): string | null => (structMetas(profile, program) === null ? 'special fields' : null);
  return { btf, modules, config, kernelVersion: KERNEL_VERSION, refusesBtf, refusesTypes: (map) => refusesTypes(profile, map) };
}

function compareInsns(program: Program, dump: Dump, theirs: readonly Insn[]): string | null {
  const { insns } = program;
  if (insns.length !== theirs.length) {
    return `${insns.length} instructions, libbpf has ${theirs.length}`;
  }
  const oursByFd = new Map(program.maps.map((map) => [map.fd, map.name]));
  const theirsByFd = new Map(dump.maps.map((map) => [map.fd, map.name]));
  for (let index = 0; index < insns.length; index += 1) {
    const a = insns[index]!;
    const b = theirs[index]!;
    const differs = (): string => `insn ${index}: ours ${JSON.stringify(a)}, libbpf's ${JSON.stringify(b)}`;
    if (a.code !== b.code || a.dst !== b.dst || a.src !== b.src) {
      return differs();
    }
    if (a.code === CALL && a.src === PseudoCall.KFUNC) {
      if (a.imm !== b.imm || (a.off === 0) !== (b.off === 0)) {
        return differs();
      }
    } else if (a.code === LD_IMM64) {
      const [highA, highB] = [insns[index + 1]!, theirs[index + 1]!];
      const isMap = a.src === PseudoLd.MAP_FD || a.src === PseudoLd.MAP_VALUE;
      const note = program.notes.get(index);
      const isKsym = note?.kind === 'ksym' && a.src === 0;
      if (isMap && (note === undefined ? a.imm !== b.imm : oursByFd.get(a.imm) !== (theirsByFd.get(b.imm) ?? '.jumptables'))) {
        return `insn ${index}: map ${oursByFd.get(a.imm)}, libbpf has ${theirsByFd.get(b.imm)}`;
      }
      if (isKsym && (a.imm === 0 && highA.imm === 0) !== (b.imm === 0 && highB.imm === 0)) {
        return `insn ${index}: ksym ${note.name} ${differs()}`;
      }
      if (!isMap && !isKsym && a.imm !== b.imm) {
        return differs();
      }
      if (a.src === PseudoLd.BTF_ID ? (highA.imm === 0) !== (highB.imm === 0) : !isKsym && highA.imm !== highB.imm) {
        return `insn ${index + 1}: ours ${JSON.stringify(highA)}, libbpf's ${JSON.stringify(highB)}`;
      }
      index += 1;
    } else if (a.off !== b.off || a.imm !== b.imm) {
      return differs();
    }
  }
  return null;
}

/** Map types whose number of entries the loader of the corpus changes to keep them small: hash tables, queues, ring buffers… */
const FORCED_ENTRIES: ReadonlySet<number> = new Set([1, 5, 7, 9, 10, 18, 22, 23, 25, 27, 30, 31]);

function compareAttributes(program: Program, dump: Dump, guessedMaps: boolean): string | null {
  // Where links could not be created, libbpf takes multi-uprobe links for unsupported and loads USDT programs without attach type.
  const usdt = program.section.startsWith('usdt') && dump.expected_attach_type === 0;
  const pairs: [string, unknown, unknown][] = [
    ['prog_type', program.progType, dump.prog_type],
    ['expected_attach_type', usdt ? 0 : program.expectedAttachType, dump.expected_attach_type],
    ['prog_flags', program.progFlags, dump.prog_flags],
    ['attach_btf_id', program.attachBtfId, dump.attach_btf_id],
    ['module attach BTF', program.attachBtf !== null && program.attachBtf.base !== null, dump.attach_btf_obj_fd !== 0],
    ['func_info_cnt', program.funcInfo.length, dump.func_info_cnt],
    ['line_info_cnt', program.lineInfo.length, dump.line_info_cnt],
    ['license', program.license, dump.license],
  ];
  if (!guessedMaps) {
    for (const theirs of dump.maps) {
      const ours = program.maps.find((map) => map.name === theirs.name);
      pairs.push(
        [`map ${theirs.name} type`, ours?.type, theirs.type],
        [`map ${theirs.name} key_size`, ours?.keySize, theirs.key_size],
        [`map ${theirs.name} value_size`, ours?.valueSize, theirs.value_size],
        [`map ${theirs.name} flags`, ours?.flags, theirs.flags],
        [`map ${theirs.name} btf_key`, program.btf === null ? theirs.btf_key : ours?.btfKeyTypeId, theirs.btf_key],
        [`map ${theirs.name} btf_value`, program.btf === null ? theirs.btf_value : ours?.btfValueTypeId, theirs.btf_value],
        [`map ${theirs.name} map_extra`, Number(ours?.extra), theirs.map_extra],
        [`map ${theirs.name} max_entries`, FORCED_ENTRIES.has(theirs.type) ? theirs.max_entries : ours?.maxEntries, theirs.max_entries],
      );
    }
  }
  const wrong = pairs.find(([, ours, theirs]) => ours !== theirs);
  return wrong === undefined ? null : `${wrong[0]}: ours ${String(wrong[1])}, libbpf's ${String(wrong[2])}`;
}

interface Counts {
  compared: number;
  insns: number;
  attributes: number;
  missing: number;
  refusedAlike: number;
  refusedWrongly: number;
  openAlike: number;
  ms: number;
}

function compareSet(corpus: string, set: string, kernel: ObjectKernel, only: string | null, list: (line: string) => void): Counts {
  const folder = join(corpus, set);
  const truth = readFileSync(join(folder, 'truth.jsonl'), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Truth);
  const counts: Counts = { compared: 0, insns: 0, attributes: 0, missing: 0, refusedAlike: 0, refusedWrongly: 0, openAlike: 0, ms: 0 };
  const loaded = new Map<string, LoadedObject | string>();
  for (const row of truth) {
    if ((only !== null && row.object !== only) || row.guessed_type === true) {
      continue;
    }
    let object = loaded.get(row.object);
    if (object === undefined) {
      const start = performance.now();
      try {
        object = loadObject(readFileSync(join(folder, 'objects', row.object)), row.object, kernel);
      } catch (error) {
        object =
          error instanceof Error ? `${error.name}: ${error.message}${error.name.endsWith('TypeError') ? error.stack : ''}` : String(error);
      }
      const ms = performance.now() - start;
      counts.ms += ms;
      if (ms > 1000) {
        list(`${row.object} slow: ${ms.toFixed(0)} ms`);
      }
      loaded.set(row.object, object);
    }
    const id = `${row.object} ${row.program}`;
    const dumpFile = join(folder, 'insns', `${row.object}.${row.program}`);
    const program = typeof object === 'string' ? undefined : object.programs.find((candidate) => candidate.name === row.program);
    const reason = typeof object === 'string' ? object : object.failed.find((candidate) => candidate.name === row.program)?.message;
    if (!existsSync(`${dumpFile}.insns`)) {
      if (row.verdict === 'open_error' ? typeof object === 'string' : program === undefined) {
        counts.refusedAlike += 1;
      } else {
        list(`refused by libbpf only: ${id} (${row.verdict}) ${reason ?? ''}`);
        counts.refusedWrongly += 1;
      }
      continue;
    }
    counts.compared += 1;
    if (program === undefined) {
      counts.missing += 1;
      list(`missing: ${id}: ${reason ?? 'no such program'}`);
      continue;
    }
    const dump = JSON.parse(readFileSync(`${dumpFile}.json`, 'utf8')) as Dump;
    const insns = compareInsns(program, dump, decodeInsns(readFileSync(`${dumpFile}.insns`)));
    const attributes = compareAttributes(program, dump, (row.guessed_maps ?? 0) > 0);
    counts.insns += insns === null ? 1 : 0;
    counts.attributes += attributes === null ? 1 : 0;
    for (const difference of [insns, attributes]) {
      if (difference !== null) {
        list(`${id}: ${difference}`);
      }
    }
  }
  return counts;
}

function main(): number {
  const { values, positionals } = scriptArgs(
    {
      usage: ['npx tsx scripts/compare-insns.ts CORPUS_DIR [SET...] [options]'],
      about: 'Compares the instructions and attributes that our loader makes with those that libbpf handed to the kernel.',
      positionals: [1, Infinity],
    },
    {
      list: { type: 'boolean', default: false, help: 'print what differs' },
      object: { type: 'string', value: 'NAME', default: '', help: 'only this object' },
    },
  );
  const [corpus = '', ...sets] = positionals;
  const only = values.object === '' ? null : values.object;
  const kernel = readKernel(corpus);
  let wrong = 0;
  for (const set of sets.length > 0 ? sets : ['selftests', 'debian', 'kernel-tools']) {
    const lines: string[] = [];
    const counts = compareSet(corpus, set, kernel, only, (line) => lines.push(line));
    if (values.list && lines.length > 0) {
      console.log(lines.join('\n'));
    }
    wrong += counts.compared - counts.insns + counts.compared - counts.attributes;
    const percent = (part: number): string => `${part} (${((100 * part) / counts.compared).toFixed(2)} %)`;
    console.log(
      `${set}: ${counts.compared} programs; instructions equal ${percent(counts.insns)}, attributes and maps equal ${percent(counts.attributes)}, ` +
        `not loaded ${counts.missing}; refused by both ${counts.refusedAlike}, by libbpf only ${counts.refusedWrongly}; ${counts.ms.toFixed(0)} ms`,
    );
  }
  return wrong === 0 ? 0 : 1;
}

process.exitCode = main();
