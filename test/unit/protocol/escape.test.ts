// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { isBpfProgram } from '../../../src/compiler/language';
import { graphToDot } from '../../../src/graph/dot';
import { JsonSyntaxError, parseJson } from '../../../src/policy/json';
import {
  eachLine,
  escapeHtml,
  escapeMarkdown,
  indented,
  labelText,
  markdownBlock,
  markdownCode,
  markdownText,
  oneLine,
  pageText,
  safeJson,
  visibleData,
} from '../../../src/protocol/escape';
import { HOSTILE } from '../../support/hostile';

const ACTS = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/;
const NAMES = Object.entries(HOSTILE);

describe('names from a file are data', () => {
  it('on one line: what acts is spelled out, everything else stays', () => {
    expect(oneLine('a\nb\r\t\u001b[0m\u009b\u202e\ud800 é😀 \\n')).toBe('a\\nb\\r\\t\\x1b[0m\\x9b\\u202e\\ud800 é😀 \\n');
    for (const [, name] of NAMES) expect(oneLine(name)).not.toMatch(ACTS);
  });
  it('on several lines: no line begins as one of ours', () =>
    expect(indented('it failed\nok.o: p: accepted\r\nx')).toBe('it failed\n    ok.o: p: accepted\n    x'));
  it('in labels of the editor: no icon, and what looks like one only in part stays', () => {
    expect(labelText('$(bpf-may-sleep) a\n$(x~spin) $(no icon) $x')).toBe('\\$(bpf-may-sleep) a\\n\\$(x~spin) $(no icon) $x');
  });
  it('in a page: tabs stay; where lines are ours, line breaks too', () => {
    expect(pageText('a\tb\nc\u202e')).toBe('a\tb\\nc\\u202e');
    expect(eachLine('a\nb\u001b')).toBe('a\nb\\x1b');
  });
  it('in data: texts, not keys; other kinds of value as they are', () => {
    expect(visibleData({ 'a\n': ['\u001b', 1, null, { b: '\n' }] })).toEqual({ 'a\n': ['\\x1b', 1, null, { b: '\\n' }] });
    expect(visibleData(JSON.parse('{"__proto__":"\\n"}') as object)).toEqual(JSON.parse('{"__proto__":"\\\\n"}'));
  });
  it('in JSON: the same value, shown as it is', () => {
    for (const [, name] of NAMES) {
      const json = safeJson({ name, nested: [name] }, 1);
      expect(JSON.parse(json)).toEqual({ name, nested: [name] });
      expect(json.replace(/\n/g, '')).not.toMatch(ACTS);
    }
  });
  it('in HTML, between quotes too: a name that is an entity reads back as itself', () => {
    for (const [, name] of NAMES) {
      const html = escapeHtml(name);
      expect(html).not.toMatch(/[<>"']/);
      expect(html.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))).toBe(name);
      expect(html.replace(/&#\d+;/g, '')).not.toContain('&');
    }
  });
  it('in Markdown: nothing is marked up, linked or made an icon', () => {
    for (const [, name] of NAMES) {
      const text = escapeMarkdown(name);
      expect(text).not.toMatch(ACTS);
      expect(text.replace(/\\./g, '')).not.toMatch(/[`*_[\]|<>~$&@]|:\/\//);
    }
    expect(escapeMarkdown('# x')).toBe('\\# x');
    expect(escapeMarkdown('1. x - y')).toBe('1\\. x - y');
    expect(escapeMarkdown('see www.example.com')).toBe('see www\\.example.com');
  });
  it('in Markdown code: a fence longer than any run in it, on one line', () => {
    expect(markdownCode('a')).toBe('`a`');
    expect(markdownCode('`a``b')).toBe('``` `a``b ```');
    expect(markdownCode('a | b', true)).toBe('`a \\| b`');
    expect(markdownText('a_b `c_d` `e')).toBe('a\\_b `c_d` e');
    expect(markdownText('`a | b`', true)).toBe('`a \\| b`');
    expect(markdownBlock('a\n```\n\tb\u202e', 'c')).toBe('````c\na\n```\n\tb\\u202e\n````');
    for (const [, name] of NAMES) expect(markdownCode(name)).not.toMatch(ACTS);
  });
  it('in DOT: quotes and line breaks cannot end a label', () => {
    const dot = graphToDot({ program: 'a"]; b [label="\n', object: 'x.o', functions: [], nodes: [], edges: [] });
    expect(dot.split('\n')[0]).toBe('digraph "a\\"]; b [label=\\"\\\\n" {');
  });
});

describe('what a file holds costs the editor little', () => {
  it('telling a BPF source looks at each character once, up to a bound', () => {
    // a search that begins anew at each blank line would not come to an end
    for (const text of ['\n'.repeat(1 << 20), ' '.repeat(1 << 20), 'SEC('.repeat(1 << 18), 'a'.repeat(1 << 20), '\n '.repeat(1 << 19)]) {
      for (const language of ['c', 'assembly'] as const) expect(isBpfProgram('x', language, text)).toBe(false);
    }
    expect(isBpfProgram('x.c', 'c', '\n\n  SEC("tc") int f(void)')).toBe(true);
    expect(isBpfProgram('x.s', 'assembly', 'f:\n\n\t r0 = 0\n')).toBe(true);
    expect(isBpfProgram('x.s', 'assembly', 'f:\n\n\t r0 = \n exit\n')).toBe(false);
  });
  it('a policy file has a length and a number of values', () => {
    const why = (text: string): string => {
      try {
        parseJson(text);
        return 'read';
      } catch (error) {
        return error instanceof JsonSyntaxError ? error.why : String(error);
      }
    };
    expect(why(`{"title":"${'a'.repeat(4 << 20)}"}`)).toBe('too long: more than 256 thousand characters');
    expect(why(`[${'0,'.repeat(100_000)}0]`)).toBe('not JSON: more than 20000 values');
    expect(why(`[${'0,'.repeat(10_000)}0]`)).toBe('read');
  });
});
