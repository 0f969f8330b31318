// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { axisOf, modelPlace, unfolded } from '../../../../webview/large/axis';
import { repeatsOf } from '../../../../webview/large/repeats';

/** Letters as instructions: equal letters do the same, `W` counts as two. Blocks begin at each `|`, and at the first. */
function found(text: string, contexts?: string): ReturnType<typeof repeatsOf> {
  const starts: number[] = [];
  const does: number[] = [];
  for (const c of `|${text}`) {
    if (c === '|') starts[does.length] = 1;
    else does.push(c.charCodeAt(0));
  }
  const context = Int32Array.from(does, (_, i) => contexts?.charCodeAt(i) ?? 0);
  const sizes = Uint8Array.from(does, (c) => (c === 'W'.charCodeAt(0) ? 2 : 1));
  return repeatsOf(
    { does: Int32Array.from(does), context, sizes },
    Uint8Array.from(does, (_, i) => starts[i] ?? 0),
  );
}

const plain = (r: ReturnType<typeof found>): string[] => r.map((x) => `${x.copies}×${x.length}@${x.start}`);

describe('repeats', () => {
  it('are three copies of eight instructions and more', () => {
    expect(plain(found('abcdefgh'.repeat(3)))).toEqual(['3×8@0']);
    expect(plain(found('abcdefgh'.repeat(2)))).toEqual([]);
    expect(plain(found('abcdefg'.repeat(9)))).toEqual([]);
    expect(plain(found('abcdefW'.repeat(9)))).toEqual(['9×7@0']);
    expect(plain(found('a'.repeat(200)))).toEqual([]);
  });
  it('begin with a block', () => {
    expect(plain(found(`xyz${'|abcdefghij'.repeat(4)}|uvw`))).toEqual(['4×10@3']);
    // where the same run of copies may be cut anywhere, it is cut where a block begins
    expect(plain(found(`hij${'|abcdefghij'.repeat(4)}|abcdw`))).toEqual(['4×10@3']);
  });
  it('may differ in one of 32 instructions', () => {
    const copy = (x: string): string => `|abcdefghijklmnopqrstuvwxyzABCDEF${x}H`;
    const [one] = found(copy('1') + copy('2') + copy('1') + copy('2'));
    expect(one).toMatchObject({ copies: 4, length: 34, varies: [32] });
    const two = (x: string): string => copy(x).replace('b', x);
    expect(plain(found(two('1') + two('2') + two('3') + two('4')))).toEqual([]);
  });
  it('include copies at their ends that were peeled', () => {
    const copy = '|abcdefghijkl';
    const peeled = '|abcdefghXYkl';
    expect(found(`uvw${peeled}${copy.repeat(5)}zzz`)).toMatchObject([{ copies: 6, before: 1, after: 0, start: 3 }]);
    expect(found(`uvw${copy.repeat(5)}${peeled}zzz`)).toMatchObject([{ copies: 6, before: 0, after: 1, start: 3 }]);
  });
  it('are found in repeats, from the inside', () => {
    const inner = '|abcdefghij'.repeat(6);
    const [outer] = found(`|xyz${inner}|uvw`.repeat(3));
    expect(outer).toMatchObject({ copies: 3, length: 66, start: 0, inner: [{ copies: 6, length: 10, start: 3, inner: [] }] });
  });
  it('never hold copies of which verification says something else', () => {
    const text = 'abcdefghij'.repeat(8);
    const contexts = 'n'.repeat(30) + 'h'.repeat(50);
    expect(plain(found(text, contexts))).toEqual(['3×10@0', '5×10@30']);
    expect(plain(found(text, 'n'.repeat(42) + 'h' + 'n'.repeat(37)))).toEqual(['4×10@0', '3×10@43']);
  });
});

describe('the axis', () => {
  const text = `xyz${'|abcdefghij'.repeat(5)}|uvw`;
  const repeats = found(text);
  const axis = axisOf(56, repeats);
  it('is as long as one copy of what is folded', () => {
    expect(axis.kept.length).toBe(16);
    expect(axis.frames).toMatchObject([{ from: 3, to: 13, depth: 0 }]);
  });
  it('has one place for the same instruction of all copies', () => {
    expect([3, 13, 23, 33, 43].map((p) => axis.at(p))).toEqual([3, 3, 3, 3, 3]);
    expect([0, 12, 52, 53, 55].map((p) => axis.at(p))).toEqual([0, 12, 12, 13, 15]);
    expect(modelPlace(repeats, 47)).toBe(7);
  });
  it('shows the copies of an outer repeat when it is unfolded', () => {
    const nested = found(`|xyz${'|abcdefghij'.repeat(6)}|uvw`.repeat(3));
    const folded = axisOf(198, nested);
    const open = axisOf(198, unfolded(nested));
    expect([folded.kept.length, open.kept.length]).toEqual([16, 48]);
    expect(open.frames.map((f) => [f.from, f.to])).toEqual([
      [3, 13],
      [19, 29],
      [35, 45],
    ]);
    expect(open.at(66 + 3 + 25)).toBe(19 + 5);
  });
});
