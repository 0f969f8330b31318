// SPDX-License-Identifier: GPL-2.0-only
/** Kinds that only a layout section describes: loaders know how long their records are and go on, the kernel refuses them. */
import { describe, expect, it } from 'vitest';
import { parseBtf, validateBtf } from '../../../src/btf/parse';
import { Kind } from '../../../src/btf/types';
import { SymbolType } from '../../../src/object/elf';
import { linkObjects } from '../../../src/object/linker/linker';
import { loadObject } from '../../../src/object/load';
import { encodeInsns } from '../../../src/isa/insn';
import { RETURN_0 } from '../../support/objects';
import { BtfWriter } from '../object/helpers/btf';
import { ElfWriter } from '../object/helpers/elf';
import { kernelOf } from '../../support/kernel';

const NEW_KIND = 21;
const HEADER = 24;

/** A BTF with its layout section between types and strings: `[bytes of the fixed part, bytes of an element]` by kind. */
function withLayout(bytes: Uint8Array, sizes: ReadonlyMap<number, readonly [number, number]>): Uint8Array {
  const at = HEADER + new DataView(bytes.buffer).getUint32(12, true);
  const layout = new Uint8Array((Math.max(...sizes.keys()) + 1) * 4);
  for (const [kind, size] of sizes) layout.set(size, kind * 4);
  const out = new Uint8Array(bytes.length + 8 + layout.length);
  out.set(bytes.subarray(0, HEADER));
  out.set(bytes.subarray(HEADER, at), HEADER + 8);
  out.set(layout, at + 8);
  out.set(bytes.subarray(at), at + 8 + layout.length);
  const view = new DataView(out.buffer);
  view.setUint32(4, HEADER + 8, true);
  view.setUint32(16, at - HEADER + layout.length, true);
  view.setUint32(24, at - HEADER, true);
  view.setUint32(28, layout.length, true);
  return out;
}

/** An int, two records of a kind to come with a fixed word and two words an element, and a pointer behind them. */
function btf(sizes: ReadonlyMap<number, readonly [number, number]>): Uint8Array {
  const writer = new BtfWriter();
  const int = writer.int('int', 4);
  writer.raw(NEW_KIND, 'new', 2, 0, [7, 1, 2, 3, 4]);
  writer.raw(NEW_KIND, '', 0, 0, [8]);
  writer.ptr(int);
  return withLayout(writer.bytes(), sizes);
}

const DESCRIBED = new Map([[NEW_KIND, [4, 8] as const]]);

function object(types: Uint8Array): Uint8Array {
  const elf = new ElfWriter();
  const code = encodeInsns(RETURN_0);
  elf.symbol('p', { section: elf.code('socket', code), type: SymbolType.FUNC, value: 0, size: code.length });
  elf.section('.BTF', types, { flags: 0 });
  elf.section('license', new TextEncoder().encode('GPL\0'), { flags: 3 });
  return elf.bytes();
}

describe('a kind that only the layout section describes', () => {
  it('has its length from there, and is nothing otherwise', () => {
    const parsed = parseBtf(btf(DESCRIBED), { name: 'x', isKernel: false });
    validateBtf(parsed);
    expect([1, 2, 3, 4].map((id) => parsed.type(id)?.kind)).toEqual([Kind.INT, Kind.VOID, Kind.VOID, Kind.PTR]);
    expect(parsed.type(2)?.name).toBe('new');
    expect(parsed.endId).toBe(5);
  });

  it.each<[string, ReadonlyMap<number, readonly [number, number]>]>([
    ['that ends before it', new Map([[NEW_KIND - 1, [4, 8]]])],
    ['with a fixed part of no words', new Map([[NEW_KIND, [5, 8]]])],
    ['with elements of no words', new Map([[NEW_KIND, [4, 6]]])],
  ])('is unknown in a section %s', (_, sizes) => {
    expect(() => parseBtf(btf(sizes), { name: 'x', isKernel: false })).toThrow(`unknown kind ${NEW_KIND}`);
  });

  it('runs over the end if its description says so', () => {
    expect(() => parseBtf(btf(new Map([[NEW_KIND, [252, 252]]])), { name: 'x', isKernel: false })).toThrow('runs over the end');
  });

  it('costs an object its BTF, by the kernel, and nothing else', () => {
    const kernel = kernelOf();
    const loaded = loadObject(object(btf(DESCRIBED)), 'x.o', kernel.object);
    expect(loaded.failed).toEqual([]);
    expect(loaded.programs.map((p) => [p.name, p.btf])).toEqual([['p', null]]);
    expect(loaded.warnings).toEqual([`BTF is not loaded: the kernel refuses it: [2] Invalid kind:${NEW_KIND}`]);
  });

  it('cannot be linked', () => {
    const bytes = object(btf(DESCRIBED));
    expect(() =>
      linkObjects([
        { name: 'a.o', bytes },
        { name: 'b.o', bytes: object(new BtfWriter().bytes()) },
      ]),
    ).toThrow('type [2] is of a kind that cannot be linked');
  });
});
