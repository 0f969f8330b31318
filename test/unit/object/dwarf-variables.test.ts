// SPDX-License-Identifier: GPL-2.0-only
/** Places of C variables: of test/variables/names.bpf.c, in both versions of DWARF, and of damaged sections. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { placeDwarfVariables, readDwarfVariables } from '../../../src/object/dwarf-variables';
import { parseElf } from '../../../src/object/elf';
import { openObject } from '../../../src/object/open';
import { sampleObject } from './helpers/sample';

const FOLDER = path.join(import.meta.dirname, '../../variables');
const read = (file: string): Uint8Array => new Uint8Array(readFileSync(path.join(FOLDER, file)));

/** `name from–to place` of a function. */
function placesOf(file: string, name: string): string[] {
  const object = openObject(read(file), file);
  const dwarf = readDwarfVariables(object.elf);
  if (typeof dwarf === 'string') throw new Error(dwarf);
  const fn = object.functions.find((f) => f.name === name)!;
  return placeDwarfVariables([{ fn, at: 0 }], dwarf).map(
    (v) => `${v.name} ${v.from}–${v.to} ${v.place.kind === 'register' ? `r${v.place.register}` : `fp${v.place.offset}+${v.place.size}`}`,
  );
}

describe.each(['names-5.bpf.o', 'names-4.bpf.o'])('places of variables in %s', (file) => {
  it('are those of parameters, locals and what was inlined', () => {
    expect(placesOf(file, 'named')).toEqual([
      'skb 0–1 r1',
      'skb 1–34 r7',
      'wanted 0–34 fp-8+8',
      'began 7–34 r6',
      'count 12–26 r0',
      'length 15–24 r2',
      'nanoseconds 17–19 r6',
      'nanoseconds 20–21 r6',
      'shift 17–20 r1',
      'micro 19–26 r3',
    ]);
  });

  it('are those of a static function with a block of its own; a constant is in no register', () => {
    expect(placesOf(file, 'mixed')).toEqual([
      'seed 0–2 r1',
      'seed 2–4 r6',
      'rounds 0–1 r2',
      'rounds 1–12 r7',
      'hash 0–2 r1',
      'hash 2–5 r6',
      'hash 8–12 r6',
      'i 4–10 r8',
    ]);
  });

  it('count stack offsets from r10, as the code does', () => {
    // *(u32 *)(r10 - 0x4) is left, *(u32 *)(r10 - 0x8) is right, *(u64 *)(r10 - 0x20) is table[0]
    expect(placesOf(file, 'on_stack').filter((x) => x.includes('fp'))).toEqual([
      'left 0–30 fp-4+4',
      'right 0–30 fp-8+4',
      'table 0–30 fp-32+24',
    ]);
  });
});

describe('names of variables', () => {
  it('of an object without DWARF are none', () => expect(readDwarfVariables(parseElf(sampleObject()))).toEqual(new Map()));

  it('of a damaged section are none, and it says where it is wrong', () => {
    const bytes = read('names-5.bpf.o');
    const { offset } = parseElf(bytes).sections.find((s) => s.name === '.debug_info')!;
    const told = (at: number, ...changed: number[]): unknown => {
      const copy = bytes.slice();
      copy.set(changed, offset + at);
      return readDwarfVariables(parseElf(copy));
    };
    expect(told(0, 0xff, 0xff, 0xff, 0x7f)).toBe('names of variables ignored: the unit at byte 0 is longer than the section');
    expect(told(0, 0xff, 0xff, 0xff, 0xff)).toBe('names of variables ignored: the unit at byte 0 is of the 64-bit format');
    expect(told(12, 0x7f)).toBe('names of variables ignored: the entry at byte 12 is of an unknown shape 127');
  });
});
