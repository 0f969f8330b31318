// SPDX-License-Identifier: GPL-2.0-only
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readDwarfLines } from '../../../src/object/dwarf-lines';
import { parseElf, type ElfSection } from '../../../src/object/elf';
import { sampleObject } from './helpers/sample';

const EXAMPLES = path.join(import.meta.dirname, '../../../examples');
const object = new Uint8Array(readFileSync(path.join(EXAMPLES, 'socket.bpf.o')));
const source = readFileSync(path.join(EXAMPLES, 'socket.bpf.s'), 'utf8').split('\n');

function section(name: string): ElfSection {
  return parseElf(object).sections.find((s) => s.name === name)!;
}

/** The object with some bytes of a section replaced. */
function withBytes(at: number, ...bytes: number[]): Uint8Array {
  const copy = object.slice();
  copy.set(bytes, at);
  return copy;
}

describe('lines of DWARF', () => {
  it('are those of the assembly, one an instruction', () => {
    const lines = readDwarfLines(parseElf(object));
    if (typeof lines === 'string') throw new Error(lines);
    const rows = lines.get(section('tc').index)!;
    expect(new Set(rows.map((r) => r.file))).toEqual(new Set(['socket.bpf.s']));
    const at = (line: number): string => source[line - 1]!.trim();
    expect(rows.slice(0, 3).map((r) => [r.offset, at(r.line)])).toEqual([
      [0, 'r2 = 0'],
      [8, '*(u64 *)(r10 - 16) = r2'],
      [16, '*(u32 *)(r10 - 8) = r2'],
    ]);
    expect(rows.filter((r) => at(r.line) === 'exit').map((r) => r.offset)).toContain(15 * 8);
  });

  it('of an object without them are none', () => expect(readDwarfLines(parseElf(sampleObject()))).toEqual(new Map()));

  it('of a damaged table are none, and it says where it is wrong', () => {
    const { offset } = section('.debug_line');
    const told = (at: number, ...bytes: number[]): unknown => readDwarfLines(parseElf(withBytes(offset + at, ...bytes)));
    expect(told(0, 0xff, 0xff, 0xff, 0x7f)).toBe('.debug_line ignored: the unit at byte 0 is longer than the section');
    expect(told(0, 0xff, 0xff, 0xff, 0xff)).toBe('.debug_line ignored: the unit at byte 0 is of the 64-bit format');
    expect(told(4, 9)).toBe('.debug_line ignored: the unit at byte 0 has version 9');
    expect(told(8, 0xff, 0xff)).toBe('.debug_line ignored: the header at byte 0 is longer than its unit');
  });

  it('never leave their section, whatever a byte of the table says', () => {
    const { offset, size } = section('.debug_line');
    const outcomes = new Set<string>();
    for (let at = 0; at < size; at += 1) {
      for (const byte of [0, 1, 0x7f, 0x80, 0xff]) outcomes.add(typeof readDwarfLines(parseElf(withBytes(offset + at, byte))));
    }
    expect(outcomes).toEqual(new Set(['object', 'string']));
  });
});
