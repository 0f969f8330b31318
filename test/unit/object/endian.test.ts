// SPDX-License-Identifier: GPL-2.0-only
/** Objects of either byte order: the same source, compiled both ways (`test/endian`). */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ProgramResult } from '../../../src/protocol/model';
import { parseBtf } from '../../../src/btf/parse';
import { swapBtf } from '../../../src/btf/swap';
import { declarationsOf } from '../../../src/object/dwarf-globals';
import { readDwarfLines } from '../../../src/object/dwarf-lines';
import { readDwarfVariables } from '../../../src/object/dwarf-variables';
import { parseElf } from '../../../src/object/elf';
import { openObject } from '../../../src/object/open';
import { describeConstants } from '../../../src/object/constants';
import { resultOf, ROOT } from '../../support/verify';

const read = (order: 'el' | 'eb'): Uint8Array => new Uint8Array(readFileSync(path.join(ROOT, `test/endian/endian.${order}.o`)));

function results(order: 'el' | 'eb', values: Record<string, string> = {}): ReadonlyMap<string, ProgramResult> {
  const { programs, failed } = resultOf(`endian.${order}.o`, read(order), { choices: { values } });
  expect(failed).toEqual([]);
  return new Map(programs.map((p) => [p.program, p]));
}

describe('a big-endian object', () => {
  const [little, big] = [results('el'), results('eb')];
  const verdicts = (of: typeof little): Record<string, string> => Object.fromEntries([...of].map(([name, { verdict }]) => [name, verdict]));

  it('is verified as for a machine of its byte order', () => {
    const same = { whole: 'accept', field: 'accept', unchecked: 'reject' };
    expect(verdicts(little)).toEqual({
      ...same,
      little_first_byte: 'accept',
      big_first_byte: 'reject',
      little_to_be: 'accept',
      big_to_be: 'reject',
      little_to_le: 'accept',
      big_to_le: 'reject',
      little_half_of_spill: 'accept',
      big_half_of_spill: 'reject',
    });
    expect(verdicts(big)).toEqual({
      ...same,
      little_first_byte: 'reject',
      big_first_byte: 'accept',
      little_to_be: 'reject',
      big_to_be: 'accept',
      little_to_le: 'reject',
      big_to_le: 'accept',
      little_half_of_spill: 'reject',
      big_half_of_spill: 'accept',
    });
  });

  it('is refused in the same words at the same instruction and line', () => {
    const [here, there] = [little.get('unchecked')!, big.get('unchecked')!];
    expect([there.message, there.insn, there.processedInsns]).toEqual([here.message, here.insn, here.processedInsns]);
    expect(there.definition).toEqual(here.definition);
    expect(there.definition).toMatchObject({ line: 134 });
  });

  it('says that a little-endian machine would not load it, once', () => {
    for (const { assumptions } of big.values()) {
      expect(assumptions).toHaveLength(1);
      expect(assumptions![0]).toMatch(/^a big-endian machine .* libbpf on a little-endian machine does not load it$/);
    }
    for (const { assumptions } of little.values()) expect(assumptions).toEqual([]);
  });

  it('takes values in its own byte order', () => {
    expect(results('eb', { one16: '256' }).get('big_first_byte')!.verdict).toBe('reject');
    expect(results('eb', { one: '0x0100000000000000', one32: '0x01000000', one16: '256' }).get('little_first_byte')!.verdict).toBe(
      'accept',
    );
  });
});

describe('readers of a big-endian object', () => {
  it('find the same types, lines, variables, declarations and constants', () => {
    const facts = (order: 'el' | 'eb'): unknown => {
      const elf = parseElf(read(order));
      const object = openObject(read(order), 'endian.o');
      const btf = object.parsedBtf!;
      return {
        functions: object.functions.map((fn) => [fn.name, fn.section, fn.start, fn.relocs]),
        maps: object.maps.map(({ data: _, ...map }) => map),
        types: Array.from({ length: btf.endId - 1 }, (_, id) => btf.type(id + 1)),
        ext: object.btfExt,
        lines: readDwarfLines(elf),
        variables: readDwarfVariables(elf),
        declared: declarationsOf(read(order)),
        constants: describeConstants(object.btf, object.maps, elf.littleEndian).map((c) => [c.name, c.parts]),
      };
    };
    const [little, big] = [facts('el'), facts('eb')] as [Record<string, unknown>, Record<string, unknown>];
    for (const [what, found] of Object.entries(little)) expect(big[what], what).toEqual(found);
    expect(little['constants']).toHaveLength(4);
    expect((little['declared'] as unknown[]).length).toBeGreaterThan(10);
  });

  it('decode the instructions as libbpf does: those that differ are the constants of a bit field', () => {
    const code = (order: 'el' | 'eb') => openObject(read(order), 'endian.o').functions.map((fn) => [fn.name, fn.insns] as const);
    const [little, big] = [code('el'), code('eb')];
    const differ = little.flatMap(([name, insns], f) =>
      insns.flatMap((insn, i) => (insn.imm === big[f]![1][i]!.imm ? [] : [[name, insn.imm, big[f]![1][i]!.imm]])),
    );
    expect(differ).toEqual([['field', 63, 32]]);
  });

  it('turn types round without loss, and never leave what is cut', () => {
    const section = (order: 'el' | 'eb'): Uint8Array => parseElf(read(order)).sections.find((s) => s.name === '.BTF')!.data;
    expect(swapBtf(section('eb')).slice(0, 24)).toEqual(section('el').slice(0, 24));
    expect(swapBtf(swapBtf(section('eb')))).toEqual(Uint8Array.from(section('eb')));
    const bytes = section('eb');
    for (let length = 0; length < bytes.length; length += 13) {
      expect(() => parseBtf(bytes.slice(0, length), { name: 'cut', isKernel: false })).toThrow();
    }
  });
});
