// SPDX-License-Identifier: GPL-2.0-only
/** What logs of level 2 say on one kernel and not on another, as guests of both wrote them for the witness programs. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { loadKernel } from '../../../src/analysis/kernel';
import { kernelFolder } from '../../../src/analysis/kernel-folder';
import { loadObject } from '../../../src/object/load';
import { DEFAULT_POLICY } from '../../../src/policy';
import { verify } from '../../../src/verifier/check';

const ROOT = path.join(import.meta.dirname, '../../..');

function logOn(series: string): string {
  const kernel = loadKernel({ bundle: kernelFolder(ROOT, series), btf: '' });
  const { programs } = loadObject(readFileSync(path.join(ROOT, 'test/fixtures/witness/rules.o')), 'rules.o', kernel.object);
  const program = programs.find((p) => p.name === 'alu__divModRange')!;
  return verify(program, kernel.profile, DEFAULT_POLICY, { logLevel: 2, unprivileged: false, flags: 0, recorder: null, tick: null }).log;
}

it('tells the order of functions where stack accesses are known ahead, and only there', () => {
  expect(logOn('7.3')).toContain('topo_order[0] = alu__divModRange\n');
  expect(logOn('6.18')).not.toContain('topo_order');
});
