// SPDX-License-Identifier: GPL-2.0-only
/**
 * Makes both runs of every program of a corpus for all pairs of built-in policies, and for policies that differ in one rule, and compares them
 * where the first says that it is the second too. Ends with 1 if one is not.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { loadKernel } from '../src/analysis/kernel';
import { VERIFIED_KERNEL } from '../src/kernel/releases';
import { loadObject } from '../src/object/load';
import type { Program } from '../src/object/program';
import { DEFAULT_POLICY, POLICIES } from '../src/policy';
import type { Policy } from '../src/policy/types';
import { isComparable, neighboursOf, pairOf } from './corpus/policy-runs';
import { scriptArgs } from './options';

const { values, positionals } = scriptArgs(
  {
    usage: ['npx tsx scripts/check-policies.ts SET_DIR [OBJECT_PATTERN] [options]'],
    about:
      'Makes both runs of every program of a corpus for pairs of policies, and compares them where the first says that it is the second too.',
    positionals: [1, 2],
  },
  {
    from: { type: 'string', value: 'I', default: '0', help: 'first object (default 0)' },
    step: { type: 'string', value: 'N', default: '1', help: 'every so many-th object (default 1)' },
  },
);
const [setDir = '', pattern = ''] = positionals;
const kernel = loadKernel({ bundle: join(import.meta.dirname, '..', ...VERIFIED_KERNEL.media), btf: '' });
const objects = readdirSync(join(setDir, 'objects')).filter((o) => new RegExp(pattern).test(o));

/** Neighbours of a program that are tried: one in so many. */
const NEIGHBOUR_STEP = 7;
const counts = { programs: 0, one: 0, two: 0, wrong: 0 };

function programsOf(object: string): readonly Program[] {
  try {
    return loadObject(readFileSync(join(setDir, 'objects', object)), object, kernel.object).programs;
  } catch {
    return [];
  }
}

function check(object: string, prog: Program, a: Policy, b: Policy, what: string): void {
  if (!isComparable(prog, kernel.profile, a, b)) return;
  const { one, told, made, sameStates } = pairOf(prog, kernel.profile, a, b);
  counts[one ? 'one' : 'two']++;
  if (!one || (sameStates && isDeepStrictEqual(told, made))) return;
  counts.wrong++;
  console.log(`${object} ${prog.name}: under ${what} the second run is another one`);
}

for (let i = Number(values.from); i < objects.length; i += Number(values.step)) {
  for (const prog of programsOf(objects[i]!)) {
    const turn = counts.programs++;
    for (const [k, a] of POLICIES.entries()) for (const b of POLICIES.slice(k + 1)) check(objects[i]!, prog, a, b, `${a.id} and ${b.id}`);
    for (const [k, other] of neighboursOf(DEFAULT_POLICY, prog, kernel.profile).entries())
      if ((k + turn) % NEIGHBOUR_STEP === 0) check(objects[i]!, prog, DEFAULT_POLICY, other, `${DEFAULT_POLICY.id} and neighbour ${k}`);
  }
}
console.log(counts);
process.exitCode = counts.wrong === 0 ? 0 : 1;
