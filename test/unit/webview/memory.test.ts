// SPDX-License-Identifier: GPL-2.0-only
/** What a panel kept over a reload is taken back only where it makes sense. */
import { describe, expect, it } from 'vitest';
import { freshMemory, MEMORY_VERSION, readMemory, readStart, type ViewMemory } from '../../../webview/session/memory';

const START = { uri: 'file:///a.bpf.c', program: 'prog' };
const FRESH = freshMemory(START);
const KEPT: ViewMemory = {
  version: MEMORY_VERSION,
  uri: 'file:///a.bpf.c',
  program: 'other',
  rows: 'c',
  inspector: false,
  legend: false,
  selected: 7,
  zoom: 0.4,
  pan: { x: -3, y: 1e5 },
  folded: ['f0b1'],
  lens: 'path',
  followed: 'rcu@42',
  closedSections: ['stack'],
  inspectorWidth: 512,
  compare: 'forbid-sleep',
  all: true,
};

describe('memory of a panel', () => {
  it('comes back as it was kept', () => expect(readMemory(structuredClone(KEPT), START)).toEqual(KEPT));
  it.each([
    [undefined],
    [null],
    [7],
    ['x'],
    [[]],
    [{}],
    [{ ...KEPT, version: undefined }],
    [{ ...KEPT, version: MEMORY_VERSION + 1 }],
    [{ ...KEPT, version: '1' }],
  ])('is fresh where it is of another version or none: %j', (known) => expect(readMemory(known, START)).toEqual(FRESH));
  it('is of the file that the host says', () => expect(readMemory({ ...KEPT, uri: 'file:///etc/passwd' }, START).uri).toBe(START.uri));
  it.each<[keyof ViewMemory, unknown]>([
    ['program', 7],
    ['program', 'x'.repeat(5000)],
    ['rows', 'none'],
    ['rows', ['c']],
    ['inspector', 'yes'],
    ['legend', null],
    ['selected', -1],
    ['selected', 1.5],
    ['selected', 2 ** 40],
    ['zoom', 0],
    ['zoom', 1e9],
    ['zoom', Number.NaN],
    ['pan', { x: 1 }],
    ['pan', { x: Infinity, y: 0 }],
    ['pan', [1, 2]],
    ['folded', 'f0b1'],
    ['folded', [7]],
    ['folded', new Array(30_000).fill('f0b1')],
    ['lens', 'toString'],
    ['lens', '__proto__'],
    ['followed', {}],
    ['closedSections', [null]],
    ['inspectorWidth', -5],
    ['inspectorWidth', '100px'],
    ['compare', 0],
    ['all', 1],
  ])('refuses a damaged %s: %j', (name, value) => {
    expect(readMemory({ ...KEPT, [name]: value }, START)).toEqual({ ...KEPT, [name]: FRESH[name] });
  });
  it('drops what nobody knows, and has no prototype from outside', () => {
    const hostile = JSON.parse(`{"version":${MEMORY_VERSION},"__proto__":{"rows":"all"},"constructor":"x","evil":true}`) as unknown;
    expect(readMemory(hostile, START)).toEqual(FRESH);
    expect(Object.keys(readMemory(hostile, START))).toEqual(Object.keys(FRESH));
  });
});

describe('what the host wrote into the page', () => {
  it.each<[string | undefined, unknown]>([
    ['{"uri":"file:///a","program":"p"}', { uri: 'file:///a', program: 'p' }],
    ['{"uri":7,"program":null}', { uri: '', program: '' }],
    ['null', { uri: '', program: '' }],
    ['{', { uri: '', program: '' }],
    [undefined, { uri: '', program: '' }],
  ])('%j', (raw, start) => expect(readStart(raw)).toEqual(start));
});
