// SPDX-License-Identifier: GPL-2.0-only
/**
 * Logs are written as the kernel writes them that is chosen: `dialects/PROGRAM.KERNEL.log` is what a guest of that kernel wrote about a witness
 * program at level 2 with statistics, unchanged. `scripts/kernel/log-agreement.ts` compares many at once.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { kernelFolder } from '../../../src/analysis/kernel-folder';
import { loadObject } from '../../../src/object/load';
import type { Program } from '../../../src/object/program';
import { DEFAULT_POLICY } from '../../../src/policy';
import { verify } from '../../../src/verifier/check';
import { logDifference } from '../../../scripts/corpus/logdiff';
import { kernelFor } from '../../support/kernel';

const ROOT = path.join(import.meta.dirname, '../../..');

function logOn(series: string, name: string, logLevel: number): { readonly program: Program; readonly log: string } {
  const kernel = kernelFor({ bundle: kernelFolder(ROOT, series), btf: '' });
  const { programs } = loadObject(readFileSync(path.join(ROOT, 'test/fixtures/witness/rules.o')), 'rules.o', kernel.object);
  const program = programs.find((p) => p.name === name)!;
  const options = { logLevel, unprivileged: false, flags: 0, recorder: null, tick: null };
  return { program, log: verify(program, kernel.profile, DEFAULT_POLICY, options).log };
}

/** References, a call of a subprogram, what spills turn into; arguments of global functions, a lock, the stack of may_goto; values of maps and bounds. */
const PROGRAMS: readonly (readonly [string, string])[] = [
  ['6.18', 'exit__oneWording'],
  ['6.18', 'tailCall__returns'],
  ['6.18', 'stack__zeroSpills'],
  ['6.12', 'exit__oneWording'],
  ['6.12', 'tailCall__returns'],
  ['6.12', 'stack__zeroSpills'],
  ['6.12', 'global__argTags'],
  ['6.12', 'lock__staticCalls'],
  ['6.12', 'isa__mayGoto'],
  ['6.1', 'global__untrustedArgs'],
  ['6.1', 'spill__fillLinks'],
  ['6.1', 'exit__oneWording'],
  ['6.1', 'alu__negRange'],
  ['6.1', 'bounds__halves'],
];

describe('logs are those of guests', () => {
  it.each(PROGRAMS)('of Linux %s: %s', (series, name) => {
    const theirs = readFileSync(path.join(import.meta.dirname, 'dialects', `${name}.${series}.log`), 'utf8');
    const { log, program } = logOn(series, name, 6);
    expect(logDifference(theirs, log, program)).toBeNull();
  });
});

it('tells the order of functions where stack accesses are known ahead, and only there', () => {
  expect(logOn('7.3', 'alu__divModRange', 2).log).toContain('topo_order[0] = alu__divModRange\n');
  expect(logOn('6.18', 'alu__divModRange', 2).log).not.toContain('topo_order');
});

it('explains refusals in structured reports where the kernel does, and only there', () => {
  expect(logOn('7.3', 'exit__oneWording', 1).log).toContain('\nVerification failed: ');
  expect(logOn('6.12', 'exit__oneWording', 1).log).not.toContain('Verification failed');
});
