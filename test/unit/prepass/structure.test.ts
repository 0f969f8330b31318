// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { Alu, Class, Jmp, LD_IMM64, Mode, Size, Source } from '../../../src/isa/opcode';
import { Fact } from '../../../src/verifier/aux';
import { Errno } from '../../../src/verifier/errors';
import { packFlow } from '../../../src/verifier/prepass/successors';
import { findSubprog, subprogOf } from '../../../src/verifier/prepass/subprog-table';
import { asm, insn, raw } from '../../support/asm';
import { prepass, program } from './programs';

const BPF_LOOP = 181;
const TAIL_CALL = 12;

describe('subprograms', () => {
  it('finds them in order of their start and says where an instruction belongs', () => {
    const { env, log } = prepass(program(asm`call pc+3; call pc+0; exit; r0 = 0; exit`.map((i, n) => (n === 1 ? insn`call pc+1` : i))));
    expect(env.subprogs.map((s) => s.start)).toEqual([0, 3, 4, 5]);
    expect([0, 2, 3, 4, 5].map((i) => subprogOf(env, i))).toEqual([0, 0, 1, 2, -1]);
    expect([3, 4, 1].map((i) => findSubprog(env, i))).toEqual([1, 2, -1]);
    expect(log.startsWith('func#0 @0\nfunc#1 @3\nfunc#2 @4\n')).toBe(true);
  });
  it.each([
    ['a call out of the program', asm`call pc+7; exit`, 'call to invalid destination'],
    ['a jump into another subprogram', asm`call pc+2; goto pc+2; exit; r0 = 0; exit`, 'jump out of range from insn 1 to 4'],
    ['falling out of the end', asm`call pc+1; exit; r0 = 0`, 'last insn is not an exit or jmp'],
    ['code that nothing reaches', asm`r0 = 0; exit; exit`, 'unreachable insn 2'],
    ['a jump between the halves of a 64-bit load', asm`if r1 == 0 goto pc+1; r0 = 1 ll; exit`, 'jump into the middle of ldimm64 insn 1'],
    ['recursion', asm`call pc+1; exit; call pc-1; exit`, 'recursive call from () to ()'],
  ])('refuses %s', (_what, insns, message) => {
    const r = prepass(program(insns));
    expect([r.refused, r.errno]).toEqual([message, Errno.EINVAL]);
  });
  it('needs CAP_BPF for calls and loops', () => {
    const call = prepass(program(asm`call pc+1; exit; r0 = 0; exit`), { unprivileged: true });
    expect([call.refused, call.errno]).toEqual([
      'loading/calling other bpf or kernel functions are allowed for CAP_BPF and CAP_SYS_ADMIN',
      Errno.EPERM,
    ]);
    const loop = prepass(program(asm`r0 = 0; if r1 != 0 goto pc-2; exit`), { unprivileged: true });
    expect(loop.refused).toBe('back-edge from insn 1 to 0');
  });
});

describe('instruction fields', () => {
  it.each([
    ['R11 is invalid', insn`r11 = 0`],
    ['R12 is invalid', insn`r1 = r12`],
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
    expect(prepass(program(asm`${insn}; exit`)).refused).toBe(message);
  });
  it('knows the forms that use those fields', () => {
    const divisions = [raw(Class.ALU64 | Alu.DIV | Source.X, 1, 2, 1, 0), raw(Class.ALU | Alu.MOD | Source.K, 1, 0, 1, 3)];
    expect(prepass(program(asm`r1 = 9; r2 = 3; ${divisions}; r0 = 0; exit`)).refused).toBe('');
  });
  it('refuses malformed 64-bit loads', () => {
    expect(prepass(program([[raw(LD_IMM64, 1, 9), raw(0)], insn`exit`])).refused).toBe('unrecognized bpf_ld_imm64 insn');
    expect(prepass(program([asm`r1 = 0 ll`[0]!, insn`exit`, insn`exit`])).refused).toBe('invalid bpf_ld_imm64 insn');
  });
});

describe('control flow marks', () => {
  const marks = (insns: Parameters<typeof program>[0]): string[] => {
    const { aux } = prepass(program(insns)).env;
    const letter = (i: number, fact: Fact, text: string): string => (aux.has(i, fact) ? text : '');
    return insns.map(
      (_, i) =>
        letter(i, Fact.PRUNE_POINT, 'P') +
        letter(i, Fact.JMP_POINT, 'J') +
        letter(i, Fact.FORCE_CHECKPOINT, 'F') +
        letter(i, Fact.JUMP_TARGET, 'T'),
    );
  };

  it('compares states at conditional jumps and at targets', () => {
    expect(marks(asm`r0 = 0; if r1 == 0 goto pc+1; r0 = 1; exit`)).toEqual(['', 'P', '', 'PJT']);
  });
  it('keeps history after a call and at the entry of the callee', () => {
    expect(marks(asm`call pc+1; exit; r0 = 0; exit`)).toEqual(['P', 'PJ', 'PJT', '']);
  });
  it('forces a state at may_goto and at calls that run callbacks', () => {
    expect(marks(asm`r0 = 0; may_goto pc-2; exit`)).toEqual(['PJT', 'PF', '']);
    const loop = asm`
r1 = 3
r2 = func pc+5 ll
r3 = 0
r4 = 0
call #${BPF_LOOP}
exit
r0 = 0
exit
`;
    const env = prepass(program(loop)).env;
    expect(env.aux.of(5) & (Fact.PRUNE_POINT | Fact.FORCE_CHECKPOINT | Fact.CALLS_CALLBACK)).toBe(
      Fact.PRUNE_POINT | Fact.FORCE_CHECKPOINT | Fact.CALLS_CALLBACK,
    );
    expect(env.aux.scc[5]).toBe(1);
  });
  it('gives tail calls and LD_ABS a hidden exit', () => {
    const { env } = prepass(program(asm`r6 = r1; ${raw(Class.LD | Mode.ABS | Size.W, 0, 0, 0, 0)}; r0 = 0; exit`));
    const { first, list } = packFlow(env);
    const successors = (i: number): number[] => Array.from(list.subarray(first[i], first[i + 1]));
    expect(successors(1)).toEqual([2, 3]);
    expect(successors(3)).toEqual([]);
    expect(prepass(program(asm`r3 = 0; call #${TAIL_CALL}; r0 = 0; exit`)).env.aux.rare(1).jt).toEqual([2, 3]);
  });
  it('numbers loops', () => {
    const { env } = prepass(program(asm`r0 = 0; r0 += r1; if r0 < 9 goto pc-2; r2 = *(u64 *)(r1 +0); exit`));
    expect(Array.from(env.aux.scc)).toEqual([0, 1, 1, 0, 0]);
  });
});
