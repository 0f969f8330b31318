// SPDX-License-Identifier: GPL-2.0-only
/** The verifier knows operations, tokens and rules; functions and classes of contexts are the policy's. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { POLICIES } from '../../../src/policy';

const ROOM = path.join(import.meta.dirname, '../../../src/verifier');
const files = readdirSync(ROOM, { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('.ts'));
const sources = files.map((f) => [f, withoutComments(readFileSync(path.join(ROOM, f), 'utf8'))] as const);

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
}

/** Quoted words of a source, with all that a template says between its holes. */
function literals(text: string): Set<string> {
  return new Set(
    [...text.matchAll(/'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g)].map((m) => m[1] ?? m[2] ?? m[3] ?? ''),
  );
}

/** `bpf_rcu_read_lock` and its tag `rcu_read_lock`. */
const spellings = (name: string): string[] => [name, name.replace(/^bpf_/, '')];

const rules = POLICIES.flatMap((p) => [...p.kfuncs, ...p.helpers, ...p.annotations]);
const regionFunctions = new Set(rules.filter((r) => r.enters !== undefined || r.leaves !== undefined).flatMap((r) => spellings(r.name)));
const contextFunctions = new Set(rules.flatMap((r) => spellings(r.name)));
const classes = new Set(POLICIES.flatMap((p) => p.classes.map((c) => c.name)));

/** Words that mean something else there: the BTF type tag `rcu`, the structs that locks are. */
const ACCIDENTS: ReadonlyMap<string, readonly string[]> = new Map([
  ['memory/btf/walk.ts', ['rcu']],
  ['memory/map/fields.ts', ['bpf_spin_lock', 'bpf_res_spin_lock']],
  ['memory/map/record.ts', ['bpf_spin_lock']],
  ['kfuncs/classify.ts', ['bpf_res_spin_lock']],
]);
const meant = (file: string, word: string): boolean => ACCIDENTS.get(file)?.includes(word) !== true;

describe('src/verifier', () => {
  it('names no function that enters or leaves a context', () => {
    expect(regionFunctions.size).toBeGreaterThan(20);
    expect(
      sources.flatMap(([file, text]) =>
        [...literals(text)].filter((l) => regionFunctions.has(l) && meant(file, l)).map((l) => `${file}: ${l}`),
      ),
    ).toEqual([]);
  });

  it('names no class of contexts', () => {
    const found = sources.flatMap(([file, text]) =>
      [...literals(text)].filter((l) => classes.has(l) && meant(file, l)).map((l) => `${file}: ${l}`),
    );
    expect(found).toEqual([]);
  });

  it('asks for no behaviour of contexts by tag', () => {
    expect(sources.filter(([, text]) => [...literals(text)].some((l) => /^(enter|leave):/.test(l))).map(([file]) => file)).toEqual([]);
  });

  it.each([
    'contexts.ts',
    'objects/context.ts',
    'objects/element.ts',
    'objects/irq.ts',
    'objects/lock.ts',
    'objects/refs.ts',
    'state/held.ts',
    'calls/leak.ts',
    'calls/callbacks.ts',
    'calls/exit.ts',
    'calls/subprog.ts',
    'calls/availability.ts',
    'engine/equal.ts',
    'explore/step.ts',
  ])('%s names no function that a policy has a rule for', (file) => {
    const text = sources.find(([f]) => f === file)?.[1];
    expect(text).toBeDefined();
    expect([...literals(text!)].filter((l) => contextFunctions.has(l))).toEqual([]);
  });
});
