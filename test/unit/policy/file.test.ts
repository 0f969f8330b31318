// SPDX-License-Identifier: GPL-2.0-only
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadPolicy, policyProblems } from '../../../src/policy/file';
import { KNOWN_FLAGS } from '../../../src/policy/call-flags';
import { POLICIES } from '../../../src/policy';
import { OPS } from '../../../src/policy/ops';
import { rulesOf } from '../../../src/policy/rules';
import { Op } from '../../../src/policy/types';
import { FOLDER } from '../../support/policy-programs';
import { ROOT } from '../../support/verify';

const policy = (file: object): ReturnType<typeof loadPolicy> => loadPolicy(JSON.stringify(file));

describe('policy files', () => {
  it('add a class with what is usual for its token', () => {
    const p = policy({ id: 'x', classes: [{ name: 'quiet' }], kfuncs: [{ name: 'f', enters: 'quiet' }] });
    expect(p.classes.at(-1)).toMatchObject({
      name: 'quiet',
      letter: 'Q',
      title: 'quiet',
      token: 'none',
      nesting: 'counter',
      order: null,
      compare: 'count',
      forbids: Op.SLEEP | Op.FAULT | Op.LEAVE,
      describe: 'quiet region',
      exitRegion: 'quiet region',
    });
    expect(rulesOf(p).kfunc('f').effect).toEqual({ enter: true, cls: p.classes.at(-1) });
    expect(rulesOf(p).kfunc('bpf_rcu_read_lock').effect?.cls.name).toBe('rcu');
  });

  it('change a class of their base and leave the rest of it', () => {
    const p = policy({ id: 'x', extends: 'forbid-fault', classes: [{ name: 'nofault', forbids: ['fault', 'leave'] }] });
    expect(p.classes.find((c) => c.name === 'nofault')).toMatchObject({
      forbids: Op.FAULT | Op.LEAVE,
      describe: 'nofault region',
      letter: 'F',
    });
    expect(p.annotations.map((a) => a.name)).toEqual(['bpf_iter_task_vma_next', 'bpf_iter_task_vma_release']);
    expect(p.iteratorElements).toBe(true);
  });

  it('answer the open questions of acquire-lock', () => {
    const p = policy({
      id: 'x',
      extends: 'acquire-lock',
      parameters: { nesting: 'once', order: 'lifo', forbids: ['call'], sleepingLock: 'fault' },
    });
    expect(p.classes.at(-1)).toMatchObject({ nesting: 'once', order: 'acquired_lock', forbids: Op.FAULT | Op.LEAVE | Op.CALL });
  });

  it('know the flags of proposals', () => {
    const p = policy({
      id: 'x',
      extends: 'acquire-lock',
      classes: [{ name: 'c' }],
      kfuncs: [
        { name: 'f', flags: ['KF_ACQUIRE_LOCK'] },
        { name: 'g', flags: ['KF_CTX_ENTER(c)'] },
      ],
    });
    expect(p.annotations.find((a) => a.name === 'f')).toMatchObject({ acquires: 'acquired_lock', set: 1 });
    expect(p.annotations.find((a) => a.name === 'g')).toMatchObject({ enters: 'c' });
  });

  it.each<[string, string, string, RegExp]>([
    ['{', '1:2', '$', /not JSON: expected a name in quotes/],
    ['{\n  "id": "x",\n}', '3:1', '$', /expected a name in quotes/],
    ['{"id": "x", "id": "y"}', '1:13', '$', /'id' is there twice/],
    ['[]', '1:1', '$', /must be an object/],
    ['{}', '1:1', '$.id', /id is missing/],
    ['{"id": "linux-7.3"}', '1:8', '$.id', /built in; choose another id/],
    ['{"id": "x", "klasses": []}', '1:13', '$.klasses', /unknown key; known: \$schema, id/],
    ['{"id": "x", "extends": "linux-8"}', '1:24', '$.extends', /must be one of linux-7.3, forbid-sleep/],
    ['{"id": "x", "parameters": {}}', '1:27', '$.parameters', /has no parameters/],
    [
      '{"id": "x",\n "classes": [\n  {"name": "a", "token": "stick"}]}',
      '3:26',
      '$.classes[0].token',
      /must be one of none, stack-slot, object, pointer/,
    ],
    ['{"id": "x", "classes": [{"name": "a"}, {"name": "a"}]}', '1:49', '$.classes[1].name', /already at \$\.classes\[0\]/],
    [
      '{"id": "x", "classes": [{"name": "a", "forbids": ["sleep", "talk"]}]}',
      '1:60',
      '$.classes[0].forbids[1]',
      /must be one of fault, sleep, call/,
    ],
    ['{"id": "x", "classes": [{"name": "a", "slotClass": "rcu"}]}', '1:52', '$.classes[0].slotClass', /not held by a stack slot/],
    ['{"id": "x", "kfuncs": [{"name": "f", "enters": "nmi"}]}', '1:48', '$.kfuncs[0].enters', /no class 'nmi'; known: ref, rcu/],
    [
      '{"id": "x", "kfuncs": [{"name": "f", "acquires": "rcu"}]}',
      '1:50',
      '$.kfuncs[0].acquires',
      /not held by a pointer \(token none\): use enters/,
    ],
    ['{"id": "x", "kfuncs": [{"name": "f", "enters": "ref"}]}', '1:48', '$.kfuncs[0].enters', /held by a pointer: use acquires/],
    ['{"id": "x", "kfuncs": [{"name": "f", "enters": "rcu", "leaves": "rcu"}]}', '1:65', '$.kfuncs[0].leaves', /not both/],
    [
      '{"id": "x", "helpers": [{"name": "bpf_find_vma", "callback": {"holds": "lock"}}]}',
      '1:72',
      '$.helpers[0].callback.holds',
      /has no token; class 'lock' has token object/,
    ],
    ['{"id": "x", "helpers": [{"name": "f", "flags": []}]}', '1:39', '$.helpers[0].flags', /unknown key/],
    [
      '{"id": "x", "hazards": [{"id": "h", "text": "t", "while": {"iterator": "i"}, "from": "six"}]}',
      '1:86',
      '$.hazards[0].from',
      /no kernel release/,
    ],
  ])('say what is wrong in %s', (text, at, where, why) => {
    const [problem] = policyProblems(text);
    expect(problem).toBeDefined();
    expect(`${problem!.line}:${problem!.column}`).toBe(at);
    expect(problem!.path).toBe(where);
    expect(problem!.message).toMatch(why);
  });

  it('say everything that is wrong at once', () => {
    expect(policyProblems('{"id": "", "extends": 3, "classes": [{"name": "a", "letter": "ab"}]}').map((p) => p.path)).toEqual([
      '$.id',
      '$.extends',
      '$.classes[0].letter',
    ]);
  });
});

describe('the schema', () => {
  const schema = JSON.parse(readFileSync(path.join(ROOT, 'media/schemas/bpf-policy.schema.json'), 'utf8')) as Schema;
  interface Schema {
    readonly properties?: Readonly<Record<string, Schema>>;
    readonly definitions?: Readonly<Record<string, Schema>>;
    readonly items?: Schema;
    readonly $ref?: string;
    readonly enum?: readonly unknown[];
    readonly anyOf?: readonly Schema[];
    readonly type?: string;
    readonly required?: readonly string[];
    readonly additionalProperties?: boolean;
    readonly pattern?: string;
  }
  const resolve = (s: Schema): Schema => (s.$ref === undefined ? s : schema.definitions![s.$ref.replace('#/definitions/', '')]!);

  /** What a value breaks of a schema; the small part of the language that ours uses. */
  function broken(value: unknown, of: Schema, at: string): string[] {
    const s = resolve(of);
    if (s.anyOf !== undefined) return s.anyOf.some((o) => broken(value, o, at).length === 0) ? [] : [at];
    if (s.enum !== undefined) return s.enum.includes(value) ? [] : [at];
    if (s.type === 'array') return Array.isArray(value) ? value.flatMap((v, i) => broken(v, s.items ?? {}, `${at}[${i}]`)) : [at];
    if (s.type === 'object') {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return [at];
      const missing = (s.required ?? []).filter((k) => !(k in value)).map((k) => `${at}.${k}`);
      return [
        ...missing,
        ...Object.entries(value).flatMap(([k, v]) =>
          s.properties?.[k] === undefined ? [`${at}.${k}`] : broken(v, s.properties[k], `${at}.${k}`),
        ),
      ];
    }
    if (s.pattern !== undefined && typeof value === 'string') return new RegExp(s.pattern).test(value) ? [] : [at];
    return s.type === undefined || typeof value === s.type ? [] : [at];
  }

  it.each(readdirSync(FOLDER).filter((f) => f.endsWith('.bpf-policy.json')))('accepts %s, which loads', (file) => {
    const text = readFileSync(path.join(FOLDER, file), 'utf8');
    expect(policyProblems(text)).toEqual([]);
    expect(broken(JSON.parse(text), schema, '$')).toEqual([]);
  });

  /** What completion offers at a place. */
  const offered = (s: Schema | undefined): readonly unknown[] =>
    s === undefined ? [] : [...(s.enum ?? []), ...(s.anyOf ?? []).flatMap(offered)];

  it('lists the same policies, operations and flags as the loader', () => {
    expect(offered(schema.properties?.['extends'])).toEqual(POLICIES.map((p) => p.id));
    expect(offered(schema.definitions?.['class']?.properties?.['forbids']?.items)).toEqual([...OPS.keys()]);
    expect(offered(schema.definitions?.['kfunc']?.properties?.['flags']?.items)).toEqual(KNOWN_FLAGS.filter((f) => !f.includes('(')));
  });

  // what is wrong is said once, by the reader
  it.each(['{"id": "x", "extends": 3}', '{"id": "x", "classes": [{"name": "a", "token": "stick"}]}', '{"title": "no id"}'])(
    'leaves it to the reader to refuse %s',
    (text) => {
      expect(policyProblems(text)).not.toEqual([]);
      expect(broken(JSON.parse(text), schema, '$')).toEqual([]);
    },
  );
});
