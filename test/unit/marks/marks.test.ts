// SPDX-License-Identifier: GPL-2.0-only
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { gutterKey, gutterMarks, gutterSvg } from '../../../src/marks/gutter';
import { GLYPH_SHAPES } from '../../../src/marks/glyphs';
import { patternOf, railShapes, roleOf } from '../../../src/marks/rails';
import { DARK, LIGHT, shapeText } from '../../../src/marks/svg';
import { iconFont } from '../../../scripts/icon-font';
import { POLICIES } from '../../../src/policy';
import { ACQUIRED_LOCK } from '../../../src/policy/acquire-lock';
import { COLOURS } from '../../../src/policy/shape';
import { forbiddenText } from '../../../src/protocol/words';
import { gives, insn, resource, takes } from '../webview/graph';

const ROOT = path.resolve(import.meta.dirname, '../../..');

describe('the icon font', () => {
  it('is the one that the glyphs make', () =>
    expect(Buffer.from(iconFont()).equals(readFileSync(path.join(ROOT, 'media/bpf-icons.woff')))).toBe(true));
  it('has a character for each contributed icon', () => {
    const { contributes } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
      contributes: { icons: Record<string, { default: { fontCharacter: string } }> };
    };
    expect(Object.values(contributes.icons).map((i) => i.default.fontCharacter)).toEqual(
      Object.keys(GLYPH_SHAPES).map((_, i) => `\\E00${i + 1}`),
    );
  });
});

describe('the gutter', () => {
  const REF = resource('ref@0');
  const F = resource('nofault@1');
  const lines = new Map([
    [10, [insn(0, 'call bpf_new#1', { effects: [takes('ref@0')] })]],
    [11, [insn(1, 'call bpf_next#1', { held: [REF], effects: [takes('nofault@1')] })]],
    [14, [insn(2, 'r1 = 1', { held: [REF, F] })]],
    [15, [insn(3, 'call bpf_release#1', { held: [REF, F], effects: [gives('nofault@1')] })]],
    [16, [insn(4, 'call bpf_copy_from_user#148', { held: [REF], demands: ['sleep', 'fault'] })]],
    [17, [insn(5, 'call bpf_destroy#1', { held: [REF], effects: [gives('ref@0')] })]],
  ]);
  const after = new Map([[lines.get(11)![0]!, { held: [{ ...F, inStates: 1 }], states: 2 }]]);
  const marks = gutterMarks(lines, new Map(), after);
  const states = (line: number): (string | null)[] =>
    marks.get(line)?.lanes.map((l) => (l === null ? null : `${l.letter} ${l.state}`)) ?? [];
  it('shows where a resource is taken, held and given back', () => {
    expect(states(10)).toEqual(['# take']);
    expect(states(11)).toEqual(['# on', 'F take-partial']);
    expect(states(14)).toEqual(['# on', 'F on']);
    expect(states(15)).toEqual(['# on', 'F give']);
    expect(states(17)).toEqual(['# give']);
  });
  it('goes on through lines without instructions', () =>
    expect([12, 13].map(states)).toEqual(
      [
        ['# on', 'F partial'],
        ['# on', 'F partial'],
      ].map(() => expect.any(Array)),
    ));
  it('marks a line whose call may sleep', () => expect([marks.get(16)?.glyph, marks.get(14)?.glyph]).toEqual(['may', null]));
  it('is not broken by an instruction that the compiler moved away', () => {
    const moved = gutterMarks(
      new Map([
        [1, [insn(0, 'r1 = 1', { held: [F] }), insn(9, 'r2 = 1')]],
        [3, [insn(1, 'r1 = 1', { held: [F] })]],
      ]),
    );
    expect(moved.get(2)?.lanes).toMatchObject([{ letter: 'F', state: 'on' }]);
  });
  it('has the numbers of a path that leads through a line in the place of the glyph', () => {
    const numbered = gutterMarks(
      lines,
      new Map([
        [11, [1]],
        [16, [3, 2]],
        [18, [4]],
      ]),
      after,
    );
    expect([11, 16, 18, 17].map((n) => numbered.get(n)?.step)).toEqual(['1', '2-3', '4', null]);
    expect(numbered.get(11)?.lanes).toEqual(marks.get(11)?.lanes);
    expect(gutterSvg(numbered.get(16)!, DARK)).toContain('>2-3</text>');
    expect(gutterKey(numbered.get(11)!)).not.toBe(gutterKey(marks.get(11)!));
  });
  it('draws the same look once, in the colours of either theme', () => {
    const mark = marks.get(14)!;
    expect(gutterKey(mark)).toBe(gutterKey(structuredClone(mark)));
    expect(gutterSvg(mark, DARK)).toContain(DARK.noFault);
    expect(gutterSvg(mark, LIGHT)).toContain(LIGHT.noFault);
    expect(gutterSvg(mark, DARK)).not.toContain('{');
  });
});

const CLASSES = POLICIES.flatMap(({ classes }) => classes);

describe('marks of classes that come with the extension', () => {
  it('have the colour that users can change for what they are', () =>
    expect(Object.fromEntries(CLASSES.map((cls) => [cls.name, roleOf(cls)]))).toEqual({
      ref: 'reference',
      rcu: 'rcu',
      preempt: 'preempt',
      irq: 'irq',
      lock: 'lock',
      res_lock: 'lock',
      res_lock_irq: 'lock',
      nosleep: 'noFault',
      nofault: 'noFault',
      acquired_lock: 'lock',
    }));
});

describe('marks of classes that a policy file adds', () => {
  it('take the colour that the file names', () => {
    expect(roleOf({ letter: 'N', colour: 'green' })).toBe('rcu');
    expect(roleOf({ letter: 'N' })).toBe('lock');
    // letters are nobody's own
    for (const letter of 'FSLRPI#') expect(roleOf({ letter, colour: 'red' }), letter).toBe('rejected');
  });
  it('take a pattern that none of the classes that come with the extension has, whatever their letter and colour', () => {
    const own = new Set(CLASSES.filter(({ name }) => name !== ACQUIRED_LOCK).map(patternOf));
    expect([...own].sort()).toEqual(['irq', 'lock', 'noFault', 'preempt', 'rcu', 'reference']);
    for (const letter of 'NMXYR#')
      for (const colour of COLOURS) {
        expect(own).not.toContain(patternOf({ letter, colour }));
        expect(railShapes({ letter, colour }, 0, 0, 20, false).length).toBeGreaterThan(0);
      }
  });
  it('write no attribute that could end early', () =>
    expect(shapeText({ tag: 'text', attrs: { x: '"><script>' }, text: '<b>' }, DARK)).toBe(
      '<text x="&#34;&#62;&#60;script&#62;">&#60;b&#62;</text>',
    ));
});

describe('what is forbidden, in words', () => {
  it.each([
    [[], 'nothing'],
    [['fault'], 'faults'],
    [['fault', 'sleep'], 'sleeping and faults'],
    [['fault', 'sleep', 'call'], 'sleeping, faults and calls'],
    [['tail-call'], 'tail calls'],
  ])('%j: %s', (forbids, text) => expect(forbiddenText(forbids)).toBe(text));
});
