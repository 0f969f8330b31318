// SPDX-License-Identifier: GPL-2.0-only
/** Words of what the known kernels have. */
import { describe, expect, it } from 'vitest';
import { fieldChanges, fieldSince, type FieldUse, type SinceKernel } from '../../../src/protocol/since';

/** Kernels by `byte type`, '' for one without the field. */
const on = (...there: string[]): SinceKernel[] =>
  there.map((text, i) => {
    const series = ['6.1', '6.12', '7.3'][i]!;
    const [byte, ...type] = text.split(' ');
    return text === '' ? { series, has: false } : { series, has: true, field: { bitOffset: Number(byte) * 8, type: type.join(' ') } };
  });

const core: FieldUse = { keyword: 'struct', type: 'kernfs_node', path: ['__parent'], offset: 8, core: true };
const compiled: FieldUse = { ...core, core: false };

describe('what is said of a field', () => {
  it.each([
    ['all have it', core, on('8 int', '8 int', '8 int'), '`kernfs_node.__parent` is in all of 6.1, 6.12, 7.3.'],
    [
      'it came',
      core,
      on('', '', '8 int'),
      '`kernfs_node.__parent` came between 6.12 and 7.3. `bpf_core_field_exists(struct kernfs_node, __parent)` asks for it.',
    ],
    [
      'its type changed',
      core,
      on('8 long', '8 int', '8 int'),
      '`kernfs_node.__parent` is in all of 6.1, 6.12, 7.3. It is `long` in 6.1, `int` in 6.12, 7.3.',
    ],
    ['it moved, and CO-RE finds it', core, on('8 int', '16 int', '8 int'), '`kernfs_node.__parent` is in all of 6.1, 6.12, 7.3.'],
    [
      'it moved, and the program reads a fixed byte',
      compiled,
      on('8 int', '16.125 int', '8 int'),
      '`kernfs_node.__parent` is in all of 6.1, 6.12, 7.3. It is at byte 8 in 6.1, 7.3, at byte 16, bit 1, in 6.12; ' +
        'the program has byte 8 compiled in: it is not relocated by CO-RE.',
    ],
    ['it went, and the program reads a fixed byte', compiled, on('8 int', '', ''), '`kernfs_node.__parent` went between 6.1 and 6.12.'],
  ])('where %s', (_, use, kernels, text) => {
    expect(fieldSince(use, kernels)).toBe(text);
  });

  it('is more than that all have it only if kernels differ in what matters to the program', () => {
    const moved = on('8 int', '16 int', '8 int');
    expect([fieldChanges(core, moved), fieldChanges(compiled, moved), fieldChanges(core, on('', '8 int', '8 int'))]).toEqual([
      false,
      true,
      true,
    ]);
  });

  it('spells elements of arrays, and types without a keyword, as C does', () => {
    const use: FieldUse = { keyword: 'typedef', type: 'page_t', path: ['flags', 1, 'f'], offset: 0, core: true };
    expect(fieldSince(use, on('', '8 int', '8 int'))).toBe(
      '`page_t.flags[1].f` came between 6.1 and 6.12. `bpf_core_field_exists(page_t, flags[1].f)` asks for it.',
    );
  });
});
