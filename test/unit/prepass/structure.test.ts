// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { Alu, Class, Jmp, Mode, Size, Source } from '../../../src/isa/opcode';
import { insnSuccessors } from '../../../src/verifier/prepass';
import { Errno } from '../../../src/verifier/errors';
import {
  aluReg,
  callSub,
  exit,
  goto,
  helper,
  jumpIf,
  ldFunc,
  ldImm64,
  load,
  mayGoto,
  movImm,
  movReg,
  prepass,
  program,
  raw,
} from './programs';
import { findSubprog, subprogOf } from '../../../src/verifier/prepass/subprog-table';

const BPF_LOOP = 181;
const TAIL_CALL = 12;

describe('subprograms', () => {
  it('finds them in order of their start and says where an instruction belongs', () => {
    const { env, log } = prepass(program([callSub(3), callSub(0), exit(), movImm(0, 0), exit()].map((i, n) => (n === 1 ? callSub(1) : i))));
    expect(env.subprogs.map((s) => s.start)).toEqual([0, 3, 4, 5]);
    expect([0, 2, 3, 4, 5].map((i) => subprogOf(env, i))).toEqual([0, 0, 1, 2, -1]);
    expect([3, 4, 1].map((i) => findSubprog(env, i))).toEqual([1, 2, -1]);
    expect(log.startsWith('func#0 @0\nfunc#1 @3\nfunc#2 @4\n')).toBe(true);
  });
  it.each([
    ['a call out of the program', [callSub(7), exit()], 'call to invalid destination'],
    ['a jump into another subprogram', [callSub(2), goto(2), exit(), movImm(0, 0), exit()], 'jump out of range from insn 1 to 4'],
    ['falling out of the end', [callSub(1), exit(), movImm(0, 0)], 'last insn is not an exit or jmp'],
    ['code that nothing reaches', [movImm(0, 0), exit(), exit()], 'unreachable insn 2'],
    [
      'a jump between the halves of a 64-bit load',
      [jumpIf(Jmp.JEQ, 1, 0, 1), ldImm64(0, 1), exit()],
      'jump into the middle of ldimm64 insn 1',
    ],
    ['recursion', [callSub(1), exit(), callSub(-1), exit()], 'recursive call from () to ()'],
  ])('refuses %s', (_what, insns, message) => {
    const r = prepass(program(insns));
    expect([r.refused, r.errno]).toEqual([message, Errno.EINVAL]);
  });
  it('needs CAP_BPF for calls and loops', () => {
    const call = prepass(program([callSub(1), exit(), movImm(0, 0), exit()]), { unprivileged: true });
    expect([call.refused, call.errno]).toEqual([
      'loading/calling other bpf or kernel functions are allowed for CAP_BPF and CAP_SYS_ADMIN',
      Errno.EPERM,
    ]);
    const loop = prepass(program([movImm(0, 0), jumpIf(Jmp.JNE, 1, 0, -2), exit()]), { unprivileged: true });
    expect(loop.refused).toBe('back-edge from insn 1 to 0');
  });
});

describe('instruction fields', () => {
  it.each([
    ['R11 is invalid', movImm(11, 0)],
    ['R12 is invalid', movReg(1, 12)],
    ['unknown opcode 8e', raw(Class.JMP32 | Jmp.CALL | Source.X, 0, 0, 0, 0)],
    ['unknown opcode ff', raw(0xff, 0, 0, 0, 0)],
    ['BPF_MOV uses reserved fields', raw(Class.ALU64 | Alu.MOV | Source.X, 1, 2, 24, 0)],
    ['BPF_ALU uses reserved fields', raw(Class.ALU64 | Alu.ADD | Source.X, 1, 2, 1, 0)],
    ['BPF_LDX uses reserved fields', raw(Class.LDX | Mode.MEM | Size.DW, 1, 1, 0, 5)],
    ['BPF_EXIT uses reserved fields', raw(Class.JMP | Jmp.EXIT, 0, 0, 0, 1)],
    ['invalid may_goto imm 4', raw(Class.JMP | Jmp.JCOND, 0, 0, 0, 4)],
    ['addr_space_cast insn can only convert between address space 1 and 0', raw(Class.ALU64 | Alu.MOV | Source.X, 1, 1, 1, 2)],
    ['BPF_END uses reserved fields', raw(Class.ALU | Alu.END, 1, 0, 0, 8)],
  ])('%s', (message, insn) => {
    expect(prepass(program([insn, exit()])).refused).toBe(message);
  });
  it('knows the forms that use those fields', () => {
    const divisions = [raw(Class.ALU64 | Alu.DIV | Source.X, 1, 2, 1, 0), raw(Class.ALU | Alu.MOD | Source.K, 1, 0, 1, 3)];
    expect(prepass(program([movImm(1, 9), movImm(2, 3), ...divisions, movImm(0, 0), exit()])).refused).toBe('');
  });
  it('refuses malformed 64-bit loads', () => {
    expect(prepass(program([ldImm64(1, 0, 0, 9), exit()])).refused).toBe('unrecognized bpf_ld_imm64 insn');
    expect(prepass(program([ldImm64(1, 0)[0]!, exit(), exit()])).refused).toBe('invalid bpf_ld_imm64 insn');
  });
});

describe('control flow marks', () => {
  const marks = (insns: Parameters<typeof program>[0]): string[] =>
    prepass(program(insns)).env.aux.map(
      (a) => (a.prunePoint ? 'P' : '') + (a.jmpPoint ? 'J' : '') + (a.forceCheckpoint ? 'F' : '') + (a.jumpTarget ? 'T' : ''),
    );

  it('compares states at conditional jumps and at targets', () => {
    expect(marks([movImm(0, 0), jumpIf(Jmp.JEQ, 1, 0, 1), movImm(0, 1), exit()])).toEqual(['', 'P', '', 'PJT']);
  });
  it('keeps history after a call and at the entry of the callee', () => {
    expect(marks([callSub(1), exit(), movImm(0, 0), exit()])).toEqual(['P', 'PJ', 'PJT', '']);
  });
  it('forces a state at may_goto and at calls that run callbacks', () => {
    expect(marks([movImm(0, 0), mayGoto(-2), exit()])).toEqual(['PJT', 'PF', '']);
    const loop = [movImm(1, 3), ldFunc(2, 5), movImm(3, 0), movImm(4, 0), helper(BPF_LOOP), exit(), movImm(0, 0), exit()];
    const env = prepass(program(loop)).env;
    expect([env.aux[5]!.prunePoint, env.aux[5]!.forceCheckpoint, env.aux[5]!.callsCallback, env.aux[5]!.scc]).toEqual([
      true,
      true,
      true,
      1,
    ]);
  });
  it('gives tail calls and LD_ABS a hidden exit', () => {
    const { env } = prepass(program([movReg(6, 1), raw(Class.LD | Mode.ABS | Size.W, 0, 0, 0, 0), movImm(0, 0), exit()]));
    expect(insnSuccessors(env, 1)).toEqual([2, 3]);
    expect(insnSuccessors(env, 3)).toEqual([]);
    expect(prepass(program([movImm(3, 0), helper(TAIL_CALL), movImm(0, 0), exit()])).env.aux[1]!.jt).toEqual([2, 3]);
  });
  it('numbers loops', () => {
    const { env } = prepass(program([movImm(0, 0), aluReg(Alu.ADD, 0, 1), jumpIf(Jmp.JLT, 0, 9, -2), load(2, 1, 0), exit()]));
    expect(env.aux.map((a) => a.scc)).toEqual([0, 1, 1, 0, 0]);
  });
});
