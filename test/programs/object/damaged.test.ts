// SPDX-License-Identifier: GPL-2.0-only
/** Objects with changed bytes, thousands of them: each is read, or refused for a reason. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { BtfError } from '../../../src/btf/error';
import { readDwarfVariables } from '../../../src/object/dwarf-variables';
import { parseElf } from '../../../src/object/elf';
import { loadObject } from '../../../src/object/load';
import { ObjectError } from '../../../src/object/failure';
import { ROOT } from '../../support/verify';
import { sampleKernel, sampleObject } from '../../unit/object/helpers/sample';

/** A fixed sequence of numbers below 2^32 (xorshift). */
function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

const kernel = sampleKernel();

/** Loads and returns what went wrong in a way that is no answer. */
function accident(bytes: Uint8Array): unknown {
  try {
    loadObject(bytes, 'fuzz.o', kernel);
    return null;
  } catch (error) {
    return error instanceof ObjectError || error instanceof BtfError ? null : error;
  }
}

it('takes single changed bytes for an answer', () => {
  const original = sampleObject();
  for (let at = 0; at < original.length; at += 2) {
    const value = [0x00, 0xff, original[at]! ^ 0x01, original[at]! ^ 0x80][(at >> 1) % 4]!;
    const bytes = original.slice();
    bytes[at] = value;
    expect(accident(bytes), `byte ${at} = ${value}`).toBeNull();
  }
});

it('takes random damage for an answer', () => {
  const original = sampleObject();
  const next = sequence(0x2545f491);
  for (let round = 0; round < 4000; round += 1) {
    const bytes = original.slice(0, round % 4 === 0 ? next() % original.length : original.length);
    const view = new DataView(bytes.buffer);
    for (let damage = next() % 8; damage >= 0 && bytes.length > 8; damage -= 1) {
      const at = next() % (bytes.length - 4);
      view.setUint32(at, [0, 0xffffffff, 0x7fffffff, next(), 1][next() % 5]!, true);
    }
    expect(accident(bytes), `round ${round}`).toBeNull();
  }
});

it('names of variables never make the reader leave its sections or throw, whatever a byte of them says', () => {
  const bytes = new Uint8Array(readFileSync(path.join(ROOT, 'test/variables/names-5.bpf.o')));
  const outcomes = new Set<string>();
  for (const name of ['.debug_info', '.debug_abbrev', '.debug_loclists', '.debug_rnglists', '.debug_addr', '.debug_str_offsets']) {
    const { offset, size } = parseElf(bytes).sections.find((s) => s.name === name)!;
    for (let at = 0; at < size; at += 1) {
      for (const byte of [0, 0xff]) {
        const copy = bytes.slice();
        copy[offset + at] = byte;
        outcomes.add(typeof readDwarfVariables(parseElf(copy)));
      }
    }
  }
  expect(outcomes).toEqual(new Set(['object', 'string']));
});
