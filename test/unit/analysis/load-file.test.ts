// SPDX-License-Identifier: GPL-2.0-only
/** Files with choices as texts: places of what is wrong, changes that leave the rest alone. */
import { describe, expect, it } from 'vitest';
import { placeProblems, readLoadFile, withChoice } from '../../../src/analysis/load-file';

/** What is wrong in a text: words, and the text under each. */
function wrong(text: string): (readonly [string, string])[] {
  return readLoadFile(text).problems.map(({ message, offset, length }) => [message, text.slice(offset, offset + length)]);
}

describe('a text with choices', () => {
  it('may hold comments and trailing commas', () => {
    expect(readLoadFile('// why\n{ "values": { "limit": 3, /* both */ "careless": "any", }, }\n').choices).toMatchObject({
      values: { limit: 3, careless: 'any' },
    });
  });

  it.each<[string, string, string]>([
    ['{ "value": {} }', 'unknown property; there are values, programs, maps, files, loader', '"value"'],
    ['{ "values": { "a": [1] } }', 'a number, true, false or a text is wanted', '['],
    ['{ "programs": { "p": { "kind": "xdp" } } }', 'unknown property; there are type, attach, load', '"kind"'],
    ['{ "programs": { "p": { "load": "no" } } }', 'true or false is wanted', '"no"'],
    ['{ "maps": { "m": { "maxEntries": 1.5 } } }', 'a whole number from 0 to 4294967295 is wanted', '1.5'],
    ['{ "files": "b.bpf.c" }', 'a list of at most 100 file names is wanted', '"b.bpf.c"'],
    ['[]', 'an object is wanted: { … }', '['],
  ])('%s: says what is wrong and where', (text, message, under) => {
    expect(wrong(text)).toEqual([[message, under]]);
  });

  it('says all that is wrong at once', () => {
    expect(wrong('{ "values": { "a": null }, "maps": { "m": { "size": 1 } } }')).toHaveLength(2);
  });

  it('that is no JSON, too long or too deep ends with a plain word', () => {
    expect(wrong('{ "values" {} }')[0]![0]).toMatch(/^not JSON: /);
    expect(wrong('')).toHaveLength(1);
    expect(wrong('['.repeat(100_000))).toEqual([['nested deeper than 200 levels', '[']]);
    expect(wrong(`"${'x'.repeat(300_000)}"`)[0]![0]).toBe('more than 256 thousand characters');
  });

  it('knows where a choice stands that turned out wrong', () => {
    const text = '{\n  "values": { "limt": 3 },\n  "programs": { "p": { "type": "express" } }\n}';
    const places = placeProblems(text, [
      { path: ['values', 'limt'], message: '' },
      { path: ['programs', 'p'], message: '', name: true },
      { path: ['programs', 'p', 'type'], message: '' },
      { path: ['maps', 'gone'], message: '' },
    ]);
    expect(places.map(({ offset, length }) => text.slice(offset, offset + length))).toEqual(['3', '"p"', '"express"', '{']);
  });
});

describe('a choice that is made', () => {
  const TEXT = '{\n    // kept\n    "values": {\n        "limit": 3 // mine\n    }\n}\n';

  it('changes its own place alone', () => {
    expect(withChoice(TEXT, ['values', 'limit'], 'any')).toBe(TEXT.replace('3', '"any"'));
  });

  it('is put beside the others', () => {
    const text = withChoice(TEXT, ['programs', 'p', 'attach'], 'tcp_sendmsg');
    expect(text).toContain('// kept\n');
    expect(text).toContain('// mine\n');
    expect(readLoadFile(text).choices).toEqual({ values: { limit: 3 }, programs: { p: { attach: 'tcp_sendmsg' } }, maps: {} });
  });

  it('is taken back with the block that it leaves empty, unless somebody wrote into that', () => {
    const one = withChoice('', ['values', 'limit'], 3);
    expect(one).toBe('{\n  "values": {\n    "limit": 3\n  }\n}\n');
    expect(withChoice(one, ['values', 'limit'], undefined)).toBe('{\n}\n');
    expect(withChoice(one, ['values', 'other'], undefined)).toBe(one);
    expect(withChoice(TEXT, ['values', 'limit'], undefined)).toContain('// kept\n');
  });
});
