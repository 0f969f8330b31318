// SPDX-License-Identifier: GPL-2.0-only
/** C names of registers and stack slots: from DWARF, types and line records of the examples, or none. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { StateView } from '../../../src/protocol/model';
import { engine, QUIET, requestFor, ROOT } from '../../support/verify';

const analyze = (key: string, file: string, policy: string): unknown =>
  engine.analyze(requestFor(path.basename(file), readFileSync(path.join(ROOT, file)), { key, policy }), QUIET);

analyze('walk', 'examples/vma_walk.bpf.o', 'forbid-fault');
analyze('names', 'test/variables/names-5.bpf.o', 'linux-7.3');

const stateAt = (insn: number): StateView => engine.states('walk', 'copy_heads', insn)!.states[0]!;
const variable = (insn: number, register: string): string | null =>
  stateAt(insn).frames[0]!.registers.find((r) => r.name === register)!.variable;
const insns = engine.graph('walk', 'copy_heads')!.nodes.flatMap((n) => n.instructions);

describe('the C variable', () => {
  it('in a register is the parameter at the beginning of the program', () => expect(variable(0, 'r1')).toBe('ctx'));
  it('is what a reference was put into', () => {
    const load = insns.find((i) => i.note === 'vm_file')!.index;
    expect(variable(load, 'r7')).toBe('vma');
  });
  it('is the global one that a register points to', () => {
    const names = insns.flatMap((i) =>
      engine.states('walk', 'copy_heads', i.index)!.states.flatMap((s) => s.frames[0]!.registers.map((r) => r.variable)),
    );
    expect(new Set(names)).toEqual(new Set([null, 'ctx', 'vma', '&bytes', '&files']));
  });
  it('in a stack slot is the iterator there', () => {
    const load = insns.find((i) => i.note === 'vm_file')!.index;
    expect(stateAt(load).frames[0]!.stack.map((s) => [s.offset, s.variable])).toContainEqual([-8, 'it']);
  });
});

describe('what DWARF names', () => {
  const state = (program: string, insn: number): StateView => engine.states('names', program, insn)!.states[0]!;
  const named = (program: string, insn: number, frame = 0): Record<string, string | null> => {
    const { registers, stack } = state(program, insn).frames[frame]!;
    return Object.fromEntries([...registers.map((r) => [r.name, r.variable]), ...stack.map((s) => [`fp${s.offset}`, s.variable])]);
  };

  it('is the variable in each register, a local on the stack, and the address of one', () => {
    expect(named('named', 1)).toMatchObject({ r7: 'skb' });
    // r1 = counts; call bpf_map_lookup_elem
    expect(named('named', 11)).toEqual({ r0: null, r1: null, r2: '&wanted', r6: 'began', r7: 'skb', r10: null, 'fp-8': 'wanted' });
    expect(named('named', 14)).toMatchObject({ r0: 'count', r6: 'began' });
  });
  it('has all the names that a value has', () => expect(named('named', 18)).toMatchObject({ r6: 'began, nanoseconds', r1: 'shift' }));
  it('is every variable in a slot, and an array in each of its slots', () => {
    expect(named('on_stack', 17)).toMatchObject({ 'fp-8': 'right, left', 'fp-16': 'table', 'fp-24': 'table', 'fp-32': 'table' });
    expect(named('on_stack', 17)).toMatchObject({ r1: '&table', r2: '&left' });
  });
  it('is in the caller what it has at the call', () => {
    const inside = engine.graph('names', 'named')!.functions.find((f) => f.name === 'mixed')!.start;
    expect(state('named', inside).frames.map((f) => f.function)).toEqual(['mixed', 'named']);
    expect(named('named', inside)).toMatchObject({ r1: 'seed, hash', r2: 'rounds' });
    expect(named('named', inside, 1)).toMatchObject({ r6: 'began', r7: 'skb', 'fp-8': 'wanted' });
  });
});
