// SPDX-License-Identifier: GPL-2.0-only
/** Statements with strings that the verifier reads: formats, names, what is compared. */
import { Alu, Jmp } from '../../../src/isa/opcode';
import { stringAt, STRINGS } from '../types';
import { scalar, type Statement } from './basic';
import type { Scope } from './scope';

const HELPER = { lookup: 1, tracePrintk: 6, seqPrintf: 126, snprintf: 165, traceVprintk: 177, strncmp: 182, strtol: 105 } as const;

/** A constant string in `dst`, or something that is none. */
function constant(s: Scope, dst: number): void {
  const { asm, random: r } = s;
  switch (
    r.weighted([
      [12, 'string'],
      [0.6, 'inside'],
      [0.5, 'end'],
      [0.5, 'numbers'],
      [0.3, 'writable'],
      [0.3, 'stack'],
      [0.3, 'table'],
      [0.3, 'memory'],
      [0.4, 'variable'],
    ] as const)
  ) {
    case 'inside':
      asm.data(dst, 'strings', stringAt(r.below(STRINGS.length)) + 1);
      return;
    case 'end':
      asm.data(dst, 'strings', stringAt(STRINGS.length) + r.pick([0, 1]));
      return;
    case 'numbers':
      asm.data(dst, 'table', r.pick([0, 8, 31]));
      return;
    case 'writable':
      asm.data(dst, 'scratch');
      return;
    case 'stack':
      asm.storeImm(8, 10, -8, 0x6425);
      asm.lea(dst, 10, -8);
      return;
    case 'table': {
      const place = asm.label();
      asm.table(dst, `s${asm.length}`, [place]);
      asm.put(place);
      return;
    }
    case 'memory':
      asm.movReg(dst, s.find('memory') === 0 ? 10 : s.find('memory'));
      return;
    case 'variable':
      asm.data(dst, 'strings');
      asm.load(1, 0, 10, -8);
      asm.alu(Alu.AND, 0, 3);
      asm.aluReg(Alu.ADD, dst, 0);
      return;
    default:
      asm.data(dst, 'strings', stringAt(r.below(STRINGS.length)));
  }
}

/** Arguments of a format on the stack: their offset and bytes. */
function words(s: Scope): { readonly at: number; readonly bytes: number } {
  const { asm, random: r } = s;
  const count = r.between(0, 4);
  const at = count === 0 ? 0 : s.stack(count * 8);
  if (at === 0) return { at: 0, bytes: 0 };
  for (let i = 0; i < count; i++) {
    if (r.chance(0.05)) continue;
    if (r.chance(0.6)) asm.storeImm(8, 10, at + i * 8, r.constant());
    else {
      if (r.chance(0.5)) asm.data(1, 'strings');
      else asm.movReg(1, 10);
      asm.store(8, 10, at + i * 8, 1);
    }
  }
  return { at, bytes: count * 8 };
}

/** Prints, or compares with, a constant string. */
export const format: Statement = (s) => {
  const { asm, random: r } = s;
  const buffer = s.stack(16);
  if (buffer === 0) return;
  const { at, bytes } = words(s);
  const wrong = r.chance(0.06) ? r.pick([-8, 8, 4, -1]) : 0;
  const list = (pointer: number, size: number): void => {
    if (at === 0) asm.mov(pointer, 0);
    else asm.lea(pointer, 10, at);
    asm.mov(size, bytes + wrong);
  };
  switch (
    r.weighted([
      [5, 'snprintf'],
      [2, 'seq'],
      [1.5, 'vprintk'],
      [1, 'printk'],
      [2, 'strncmp'],
      [2, 'stream'],
      [1, 'name'],
      [1, 'plain'],
    ] as const)
  ) {
    case 'snprintf':
      asm.lea(1, 10, buffer);
      asm.mov(2, 16);
      constant(s, 3);
      list(4, 5);
      asm.helper(HELPER.snprintf);
      break;
    case 'seq': {
      const ctx = s.find('ctx');
      if (ctx === 0) break;
      asm.load(8, 1, ctx, 0);
      asm.load(8, 1, 1, 0);
      constant(s, 2);
      asm.mov(3, r.pick([3, 4, 1]));
      list(4, 5);
      asm.helper(HELPER.seqPrintf);
      break;
    }
    case 'vprintk':
      constant(s, 1);
      asm.mov(2, r.pick([3, 4, 1]));
      list(3, 4);
      asm.helper(HELPER.traceVprintk);
      break;
    case 'printk':
      constant(s, 1);
      asm.mov(2, r.pick([3, 4, 1]));
      scalar(s, 3);
      asm.mov(4, 0);
      asm.mov(5, 0);
      asm.helper(HELPER.tracePrintk);
      break;
    case 'strncmp':
      asm.storeImm(8, 10, buffer, 0x61);
      asm.lea(1, 10, buffer);
      asm.mov(2, r.pick([8, 4, 1, 0, 16]));
      constant(s, 3);
      asm.helper(HELPER.strncmp);
      break;
    case 'stream':
      asm.mov(1, r.pick([1, 2]));
      constant(s, 2);
      list(3, 4);
      asm.kfunc(r.chance(0.9) ? 'bpf_stream_vprintk' : 'bpf_stream_vprintk_impl');
      break;
    case 'name':
      asm.mov(1, 1);
      asm.kfunc('bpf_cgroup_from_id');
      {
        const none = asm.label();
        const cgroup = s.take({ kind: 'cgroup' });
        if (cgroup === 0) break;
        asm.movReg(cgroup, 0);
        asm.jump(Jmp.JEQ, 0, 0, none);
        constant(s, 2);
        asm.movReg(1, cgroup);
        asm.lea(3, 10, buffer);
        asm.kfunc('bpf_cgroup_read_xattr');
        asm.movReg(1, cgroup);
        asm.kfunc('bpf_cgroup_release');
        asm.put(none);
        s.give(cgroup);
      }
      break;
    default:
      constant(s, 1);
      constant(s, 2);
      asm.kfunc(r.pick(['bpf_strcmp', 'bpf_strstr', 'bpf_strspn', 'bpf_strcasecmp']));
  }
};
