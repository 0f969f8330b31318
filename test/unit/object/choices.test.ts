// SPDX-License-Identifier: GPL-2.0-only
/** What a loader decides: values of constants as bytes, what does not fit, and the files that hold choices. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { applyChoices } from '../../../src/object/apply-choices';
import {
  choiceProblemText,
  loadFileName,
  mergeChoices,
  readChoices,
  type LoadChoices,
  type ValueChoice,
} from '../../../src/object/choices';
import { encodeInsns } from '../../../src/isa/insn';
import { ciliumSizes, foreignSection } from '../../../src/object/foreign';
import { LEGACY_MAPS } from '../../../src/object/legacy-maps';
import { loadObject } from '../../../src/object/load';
import { loaderOf } from '../../../src/object/loaders';
import type { ObjectMap, OpenObject } from '../../../src/object/model';
import { openObject } from '../../../src/object/open';
import { MapType } from '../../../src/object/uapi';
import { ElfWriter } from './helpers/elf';
import { EXIT, sampleKernel } from './helpers/sample';

const BYTES = readFileSync(path.resolve(import.meta.dirname, '../../loader/loader.bpf.o'));

/** The constants after choices, and the object. */
function decided(choices: LoadChoices): { readonly object: OpenObject; readonly rodata: ObjectMap } {
  const object = openObject(BYTES, 'loader.bpf.o');
  applyChoices(object, choices);
  return { object, rodata: object.maps.find((map) => map.origin === 'rodata')! };
}

/** Bytes that differ from the compiled ones, by offset. */
function changed(values: Readonly<Record<string, ValueChoice>>): (readonly [number, number])[] {
  const [before, after] = [decided({}).rodata.data!, decided({ values }).rodata.data!];
  return [...after].flatMap((byte, at) => (byte === before[at] ? [] : [[at, byte] as const]));
}

describe('a value', () => {
  it('is written with the size and sign of its type', () => {
    expect(changed({ limit: -2 }).map(([, byte]) => byte)).toEqual([0xfe, 0xff, 0xff, 0xff]);
    expect(changed({ careless: true }).map(([, byte]) => byte)).toEqual([1]);
    expect(changed({ mode: 'LOUD' }).map(([, byte]) => byte)).toEqual([2]);
    expect(changed({ 'config.hosts[3]': '0x105' }).map(([, byte]) => byte)).toEqual([5, 1]);
    expect(changed({ title: 'x' }).map(([, byte]) => byte)).toEqual([0x78, 0, 0, 0]);
  });

  it('leaves the file as it is', () => {
    const before = Uint8Array.from(BYTES);
    changed({ limit: 7 });
    expect(BYTES.equals(before)).toBe(true);
  });

  it('may be any', () => {
    expect(decided({ values: { 'config.port': 'any' } }).rodata.any).toMatchObject([{ size: 4 }]);
  });

  it.each<[string, ValueChoice, string]>([
    ['limt', 3, 'there is no constant limt; there are limit, careless, mode, config, title'],
    ['limit', 5_000_000_000, 'limit: 5000000000 is not in bytes of int: -2147483648 to 2147483647'],
    ['limit', 1.5, 'limit: a number is wanted'],
    ['careless', 2, 'careless: 2 is not in bytes of _Bool: 0 to 1'],
    ['mode', 'QUIET', 'mode: a number is wanted'],
    ['title', 'much too long', 'title: the text takes 14 bytes, there are 8'],
    ['config', 1, 'config: a member is set alone, as name.member'],
    ['config.ports', 1, 'config.ports: there is no member ports'],
    ['config.hosts', 1, 'config.hosts: an element is set alone, as name[0]'],
    ['config.hosts[4]', 1, 'config.hosts[4]: it has 4 elements'],
    ['limit[0]', 1, 'limit[0]: not an array'],
    ['limit;', 1, 'there is no constant limit;; there are limit, careless, mode, config, title'],
  ])('does not fit: %s = %s', (name, value, message) => {
    expect(() => decided({ values: { [name]: value } })).toThrow(message);
  });
});

describe('programs and maps', () => {
  it('take type, target and sizes', () => {
    const { object } = decided({
      programs: { unnamed: { type: 'fentry', attach: 'tcp_sendmsg' } },
      maps: { numbers: { maxEntries: 7, valueSize: 16 } },
    });
    expect(object.functions.find((fn) => fn.name === 'unnamed')).toMatchObject({ section: 'handler', role: 'fentry/tcp_sendmsg' });
    expect(object.maps.find((map) => map.name === 'numbers')).toMatchObject({ maxEntries: 7, valueSize: 16, btfValue: 0 });
  });

  it.each<[LoadChoices, string]>([
    [{ programs: { unamed: { type: 'xdp' } } }, 'there is no program unamed; there are'],
    [{ programs: { unnamed: { type: 'express' } } }, 'unnamed: express is no section name that libbpf knows'],
    [{ maps: { number: { maxEntries: 1 } } }, 'there is no map number; there are numbers'],
    [{ maps: { numbers: { inner: 'numbers' } } }, 'there is no map numbers'],
  ])('do not fit: %j', (choices, message) => {
    expect(() => decided(choices)).toThrow(message);
  });

  it.each([
    ['xdp_prog', 'xdp'],
    ['socket1', 'socket'],
    ['classifier/ingress/main', 'classifier'],
    ['tcp_filter', null],
    ['handler', null],
    ['kprobe.custom', 'kprobe'],
  ])('section %s of another loader means %s', (section, meant) => {
    expect(foreignSection(section)).toBe(meant);
  });
});

describe('a file with choices', () => {
  it('stands beside source and object', () => {
    expect(['a.bpf.c', 'a.bpf.o', 'a.c', 'a.o', 'a.b.bpf.c'].map(loadFileName)).toEqual([
      'a.bpf-load.json',
      'a.bpf-load.json',
      'a.bpf-load.json',
      'a.bpf-load.json',
      'a.b.bpf-load.json',
    ]);
  });

  it.each<[unknown, string]>([
    [[], 'an object is wanted: { … }'],
    [{ value: {} }, 'value: unknown property; there are values, programs, maps, files, loader'],
    [{ values: { a: [] } }, 'values.a: a number, true, false or a text is wanted'],
    [{ programs: { p: { load: 1 } } }, 'programs.p.load: true or false is wanted'],
    [{ programs: { p: { kind: 'xdp' } } }, 'programs.p.kind: unknown property; there are type, attach, load'],
    [{ files: 'b.bpf.c' }, 'files: a list of at most 100 file names is wanted'],
    [{ maps: { m: { maxEntries: -1 } } }, 'maps.m.maxEntries: a whole number from 0 to 4294967295 is wanted'],
  ])('says what is wrong: %j', (json, message) => {
    const read = readChoices(json);
    expect(Array.isArray(read) ? read.map(choiceProblemText) : read).toEqual([message]);
  });

  it('yields to what is decided elsewhere', () => {
    expect(
      mergeChoices({ values: { a: 1, b: 2 }, programs: { p: { type: 'xdp' } } }, { values: { b: 3 }, programs: { p: { load: false } } }),
    ).toEqual({
      values: { a: 1, b: 3 },
      programs: { p: { type: 'xdp', load: false } },
      maps: {},
    });
  });
});

describe('what other loaders than libbpf take', () => {
  const word = (...numbers: readonly number[]): Uint8Array => {
    const view = new DataView(new ArrayBuffer(4 * numbers.length));
    numbers.forEach((number, at) => view.setUint32(4 * at, number, true));
    return new Uint8Array(view.buffer);
  };

  it('maps of the time before BTF, with the members that libbpf’s, iproute2’s and gobpf’s structs share', () => {
    const elf = new ElfWriter();
    const code = elf.code('classifier', encodeInsns([EXIT]));
    elf.symbol('classify', { section: code, type: 2, size: 8 });
    const maps = elf.section('maps', word(2, 4, 8, 16, 0, /* id, pinning, … of iproute2 */ 0, 2, 0, 0, 1, 4, 4, 64, 0));
    elf.symbol('counters', { section: maps, type: 1, value: 0 });
    elf.symbol('flows', { section: maps, type: 1, value: 36 });
    const loaded = loadObject(elf.bytes(), 'old.o', sampleKernel());
    expect(loaded.maps.map(({ name, type, keySize, valueSize, maxEntries }) => [name, type, keySize, valueSize, maxEntries])).toEqual([
      ['counters', 2, 4, 8, 16],
      ['flows', 1, 4, 4, 64],
    ]);
    expect(loaded.programs[0]!.assumptions).toEqual([LEGACY_MAPS]);
  });

  it('says that a definition is cut off', () => {
    const elf = new ElfWriter();
    const maps = elf.section('maps', word(2, 4, 8));
    elf.symbol('counters', { section: maps, type: 1, value: 0 });
    expect(() => openObject(elf.bytes(), 'old.o')).toThrow("map 'counters': its definition is cut off");
  });

  it('a type of what ring buffers and perf event arrays hold, for cilium/ebpf', () => {
    const maps = decided({})
      .object.maps.filter((map) => map.origin === 'user')
      .slice(0, 1);
    const ring = { ...maps[0]!, type: MapType.RINGBUF, keySize: 0, valueSize: 16, btfValue: 1 };
    const perf = { ...maps[0]!, type: MapType.PERF_EVENT_ARRAY, keySize: 0, valueSize: 84, btfValue: 1 };
    expect(ciliumSizes([ring, perf, ...maps])).toHaveLength(2);
    expect([ring.valueSize, perf.keySize, perf.valueSize]).toEqual([0, 4, 4]);
  });

  it.each([
    ['counter_bpfel.o', null, 'cilium/ebpf'],
    ['counter_x86_bpfel.o', null, 'cilium/ebpf'],
    ['counter.bpf.o', null, 'libbpf'],
    ['counter.o', '//go:build ignore\n\n#include <linux/bpf.h>\n', 'cilium/ebpf'],
    ['counter.o', '#include <linux/bpf.h>\n', 'libbpf'],
  ])('%s is for the loader that its name or source says', (object, source, loader) => {
    expect(loaderOf(object, source)).toBe(loader);
  });
});
