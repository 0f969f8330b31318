// SPDX-License-Identifier: GPL-2.0-only
import { expect, it } from 'vitest';
import { loadObject } from '../../../src/object/load';
import { explainPoisonedLog } from '../../../src/object/logfix';
import type { Program } from '../../../src/object/program';
import { sampleKernel, sampleObject, type SampleOptions } from './helpers/sample';

function program(options: SampleOptions): Program {
  return loadObject(sampleObject(options), 'sample.bpf.o', sampleKernel()).programs[0]!;
}

it('tells of a CO-RE relocation without target', () => {
  const log = '0: R1=ctx() R10=fp0\n0: (85) call unknown#195896080\ninvalid func unknown#195896080\nprocessed 1 insns\n';
  expect(explainPoisonedLog(program({ struct: 'gone' }), log)).toBe(
    '0: R1=ctx() R10=fp0\n0: <invalid CO-RE relocation>\n' +
      'failed to resolve CO-RE relocation <byte_off> [3] struct gone.pid (0:1 @ offset 8)\nprocessed 1 insns\n',
  );
});

it('tells of a kfunc that is missing, also without the line of the call', () => {
  const poisoned = program({ kfunc: 'bpf_none', weak: true });
  expect(explainPoisonedLog(poisoned, '5: (85) call unknown#2002000000\ninvalid func unknown#2002000000\n')).toBe(
    "5: <invalid kfunc call>\nkfunc 'bpf_none' is referenced but wasn't resolved\n",
  );
  expect(explainPoisonedLog(poisoned, 'invalid func unknown#2002000000', 5)).toBe(
    "5: <invalid kfunc call>\nkfunc 'bpf_none' is referenced but wasn't resolved",
  );
});

it.each(['', 'R1 !read_ok\n', '3: (85) call unknown#7777\ninvalid func unknown#7777\n', 'invalid func unknown#195896080\n'])(
  'leaves %j alone',
  (log) => {
    expect(explainPoisonedLog(program({}), log)).toBe(log);
  },
);
