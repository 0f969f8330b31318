// SPDX-License-Identifier: GPL-2.0-only
/** What makes corpora out of packages: objects inside files, the guest's archive, rows out of what a kernel said. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { rowsOf } from '../../../scripts/corpus/ask';
import { cpio } from '../../../scripts/corpus/cpio';
import { objectsInside } from '../../../scripts/corpus/objects-in';

const object = readFileSync(path.join(import.meta.dirname, '../../policies/messages.bpf.o'));

describe('BPF objects in other files', () => {
  it('are found whole, wherever they begin', () => {
    const program = Buffer.concat([Buffer.from('\x7fELF\x02\x01 no object of BPF'.padEnd(80)), object, Buffer.alloc(13, 7), object]);
    expect(objectsInside(program).map((bytes) => bytes.equals(object))).toEqual([true, true]);
  });
  it('are not found where the file ends before they do', () => expect(objectsInside(object.subarray(0, object.length - 1))).toEqual([]));
});

describe('the archive of a guest', () => {
  it('has folders before what is in them, and rights', () => {
    const text = cpio(new Map([['bin/busybox', Buffer.from('abc')]]), new Set(['bin/busybox'])).toString('latin1');
    const names = [...text.matchAll(/070701.{8}(.{8}).{88}(.*?)\0/gs)].map((m) => [m[2], Number.parseInt(m[1]!, 16).toString(8)]);
    expect(names.slice(0, 2)).toEqual([
      ['bin', '40755'],
      ['bin/busybox', '100755'],
    ]);
    expect(text.length % 4).toBe(0);
  });
});

describe('rows of a corpus', () => {
  const line = { object: 'a.o', program: 'f', section: 'xdp', prog_flags: 0, opened: true };
  const stats = 'processed 3 insns (limit 1000000) max_states_per_insn 0 total_states 1 peak_states 2 mark_read 0\n';
  const rows = (more: Record<string, unknown>) => rowsOf([{ kernel: '6.1.0' }, { ...line, ...more }, { end: true }]);

  it('of an accepted program have its counters', () => {
    expect(rows({ loaded: true, errno: 0, log: stats })).toMatchObject([
      { verdict: 'accept', stage: 'done', message: '', insn: null, processed_insns: 3, total_states: 1, peak_states: 2 },
    ]);
  });
  it('of a rejected one have the message and the instruction', () => {
    const log = `0: R1=ctx(off=0,imm=0) R10=fp0\n; return x;\n0: (b7) r0 = 0\n1: (79) r1 = *(u64 *)(r2 +0)\nR2 !read_ok\n${stats}`;
    expect(rows({ loaded: false, errno: 13, log })).toMatchObject([
      { verdict: 'reject', stage: 'check', errno: 13, message: 'R2 !read_ok', insn: 1 },
    ]);
  });
  it('of what the verifier never saw have no verdict', () => {
    expect(rows({ loaded: false, errno: 22, log: '' })).toMatchObject([{ verdict: 'not_verified', errno: 22 }]);
  });
});
