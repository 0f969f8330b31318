// SPDX-License-Identifier: GPL-2.0-only
/** Statements over dynptrs of all kinds: of packets, files, ring buffers, memory; slices of them, copies, adjusted ones. */
import { Alu, Jmp } from '../../../src/isa/opcode';
import { scalar, type Statement } from './basic';
import type { Scope } from './scope';

const HELPER = {
  random: 7,
  dynptrFromMem: 197,
  reserveDynptr: 198,
  submitDynptr: 199,
  discardDynptr: 200,
  dynptrRead: 201,
  dynptrWrite: 202,
  dynptrData: 203,
} as const;

/** What can be done with a dynptr at `state` of the frame. */
function use(s: Scope, state: number, block: (s: Scope) => void): void {
  const { asm, random: r } = s;
  const at = (dst: number): void => {
    const held = s.find('dynptr');
    if (held !== 0 && r.chance(0.3)) asm.movReg(dst, held);
    else asm.lea(dst, 10, r.chance(0.98) ? state : state + 8);
  };
  switch (
    r.pick([
      'read',
      'write',
      'data',
      'slice',
      'slice',
      'adjust',
      'clone',
      'ask',
      'copy',
      'memset',
      'probe',
      'clobber',
      'block',
      'block',
    ] as const)
  ) {
    case 'read': {
      const buffer = s.stack(16);
      asm.lea(1, 10, buffer);
      if (r.chance(0.3)) {
        asm.helper(HELPER.random);
        asm.alu(Alu.AND, 0, 15);
        asm.movReg(2, 0);
        asm.lea(1, 10, buffer);
      } else asm.mov(2, r.pick([8, 16, 16, 17]));
      at(3);
      asm.mov(4, 0);
      asm.mov(5, r.chance(0.9) ? 0 : 1);
      asm.helper(HELPER.dynptrRead);
      break;
    }
    case 'write': {
      const buffer = s.stack(16);
      asm.storeImm(8, 10, buffer, 1);
      asm.storeImm(8, 10, buffer + 8, 1);
      at(1);
      asm.mov(2, 0);
      asm.lea(3, 10, buffer);
      asm.mov(4, 16);
      asm.mov(5, r.pick([0, 0, 1]));
      asm.helper(HELPER.dynptrWrite);
      break;
    }
    case 'data': {
      const none = asm.label();
      at(1);
      asm.mov(2, r.pick([0, 0, 4]));
      asm.mov(3, r.pick([8, 16, 1]));
      asm.helper(HELPER.dynptrData);
      if (r.chance(0.95)) asm.jump(Jmp.JEQ, 0, 0, none);
      const reg = s.take({ kind: 'memory', size: 8, writable: true });
      if (reg === 0) asm.load(8, 1, 0, 0);
      else {
        asm.movReg(reg, 0);
        block(s);
        s.give(reg);
      }
      asm.put(none);
      break;
    }
    case 'slice': {
      const none = asm.label();
      const buffer = s.stack(16);
      const rw = r.chance(0.4);
      const size = r.pick([8, 16, 16, 24, 1]);
      at(1);
      scalar2(s);
      if (r.chance(0.7)) asm.lea(3, 10, buffer);
      else asm.mov(3, 0);
      asm.mov(4, size);
      asm.kfunc(rw ? 'bpf_dynptr_slice_rdwr' : 'bpf_dynptr_slice');
      if (r.chance(0.95)) asm.jump(Jmp.JEQ, 0, 0, none);
      const reg = s.take({ kind: 'memory', size: Math.min(size, 16), writable: rw });
      if (reg === 0) asm.load(1, 1, 0, size - 1);
      else {
        asm.movReg(reg, 0);
        block(s);
        asm.load(1, 1, reg, 0);
        s.give(reg);
      }
      asm.put(none);
      break;
    }
    case 'adjust':
      at(1);
      asm.mov(2, r.below(4));
      asm.mov(3, r.between(2, 8));
      asm.kfunc('bpf_dynptr_adjust');
      break;
    case 'clone': {
      const copy = s.stack(16);
      if (copy === 0) return;
      at(1);
      asm.lea(2, 10, r.chance(0.92) ? copy : state);
      asm.kfunc('bpf_dynptr_clone');
      if (r.chance(0.6)) use(s, copy, block);
      break;
    }
    case 'ask':
      at(1);
      asm.kfunc(r.pick(['bpf_dynptr_is_null', 'bpf_dynptr_is_rdonly', 'bpf_dynptr_size']));
      break;
    case 'copy':
      at(1);
      asm.mov(2, 0);
      at(3);
      asm.mov(4, 0);
      asm.mov(5, 4);
      asm.kfunc('bpf_dynptr_copy');
      break;
    case 'memset':
      at(1);
      asm.mov(2, 0);
      asm.mov(3, 4);
      asm.mov(4, 0);
      asm.kfunc('bpf_dynptr_memset');
      break;
    case 'probe':
      if (!s.host.tracing) return;
      at(1);
      asm.mov(2, 0);
      asm.mov(3, 8);
      asm.mov(4, 0);
      asm.kfunc(
        r.pick([
          'bpf_probe_read_kernel_dynptr',
          'bpf_probe_read_user_str_dynptr',
          'bpf_copy_from_user_dynptr',
          'bpf_copy_from_user_str_dynptr',
        ]),
      );
      break;
    case 'clobber':
      // its slots are no memory
      if (r.chance(0.8)) return;
      if (r.chance(0.5)) asm.storeImm(r.pick([8, 1]), 10, state + r.pick([0, 8]), 0);
      else asm.load(8, 1, 10, state + r.pick([0, 8]));
      break;
    default:
      block(s);
  }
}

/** An offset in R2; R1 stays. */
function scalar2(s: Scope): void {
  const { asm, random: r } = s;
  const known = s.find('scalar');
  if (known !== 0 && r.chance(0.3)) asm.movReg(2, known);
  else asm.mov(2, r.pick([0, 0, 4, 8]));
}

export const dynptrOf: Statement = (s, block) => {
  const { asm, random: r } = s;
  const state = s.stack(16);
  if (state === 0) return;
  const ctx = s.find('ctx');
  const section = s.host.section;
  const isXdp = section.startsWith('xdp');
  const isSkb = s.host.packet !== null && !isXdp;
  const file = s.find('file');
  const kind = r.weighted([
    [2, 'ring'],
    [1.5, 'memory'],
    [isSkb && ctx !== 0 ? 5 : 0.1, 'skb'],
    [isSkb && ctx !== 0 ? 1 : 0, 'meta'],
    [isXdp && ctx !== 0 ? 5 : 0.1, 'xdp'],
    [file !== 0 ? 5 : 0, 'file'],
    [s.find('dynptr') !== 0 ? 3 : 0, 'given'],
  ] as const);
  const context = (dst: number): void => asm.movReg(dst, ctx === 0 ? 10 : ctx);
  switch (kind) {
    case 'ring':
      asm.map(1, 'ring');
      if (r.chance(0.3)) scalar(s, 2);
      else asm.mov(2, r.pick([8, 32, 4096]));
      asm.map(1, 'ring');
      asm.mov(3, 0);
      asm.lea(4, 10, state);
      asm.helper(HELPER.reserveDynptr);
      break;
    case 'memory': {
      const memory = s.find('memory');
      if (memory === 0 || r.chance(0.3)) asm.data(1, r.chance(0.9) ? 'scratch' : 'table');
      else asm.movReg(1, memory);
      asm.mov(2, r.pick([8, 8, 4, 0]));
      asm.mov(3, r.chance(0.95) ? 0 : 1);
      asm.lea(4, 10, state);
      asm.helper(HELPER.dynptrFromMem);
      break;
    }
    case 'skb':
    case 'meta':
    case 'xdp':
      context(1);
      asm.mov(2, r.chance(0.95) ? 0 : 1);
      asm.lea(3, 10, state);
      asm.kfunc(kind === 'skb' ? 'bpf_dynptr_from_skb' : kind === 'meta' ? 'bpf_dynptr_from_skb_meta' : 'bpf_dynptr_from_xdp');
      break;
    case 'file':
      asm.movReg(1, file);
      asm.mov(2, 0);
      asm.lea(3, 10, state);
      asm.kfunc('bpf_dynptr_from_file');
      break;
    default:
      use(s, state, block);
      return;
  }
  if (r.chance(0.15)) asm.jump(Jmp.JNE, 0, 0, s.out);
  for (let n = r.between(1, 3); n > 0; n--) use(s, state, block);
  asm.lea(1, 10, state);
  if (kind === 'ring' && r.chance(0.97)) {
    asm.mov(2, 0);
    asm.helper(r.pick([HELPER.submitDynptr, HELPER.discardDynptr]));
  } else if (kind === 'file' && r.chance(0.97)) asm.kfunc('bpf_dynptr_file_discard');
  if (r.chance(0.05)) use(s, state, block);
};

/** The executable of a task, held for a block. */
export const taskFile: Statement = (s, block) => {
  const { asm, random: r } = s;
  const task = s.find('task');
  const reg = task === 0 ? 0 : s.take({ kind: 'file' });
  if (reg === 0) return;
  const none = asm.label();
  asm.movReg(1, task);
  asm.kfunc('bpf_get_task_exe_file');
  asm.movReg(reg, 0);
  if (r.chance(0.96)) asm.jump(Jmp.JEQ, reg, 0, none);
  block(s);
  if (r.chance(0.6)) dynptrOf(s, block);
  asm.movReg(1, reg);
  if (r.chance(0.97)) asm.kfunc('bpf_put_file');
  asm.put(none);
  s.give(reg);
};
