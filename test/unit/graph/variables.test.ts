// SPDX-License-Identifier: GPL-2.0-only
/** C names of registers and stack slots: from types and line records of the examples, or none. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { AnalysisEngine } from '../../../src/analysis/engine';
import type { StateView } from '../../../src/protocol/model';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const engine = new AnalysisEngine();
engine.analyze(
  {
    type: 'analyze',
    key: 'walk',
    file: 'vma_walk.bpf.o',
    object: readFileSync(path.join(ROOT, 'examples/vma_walk.bpf.o')),
    policy: 'forbid-fault',
    kernel: { bundle: path.join(ROOT, 'media/kernel/7.3.4'), btf: '' },
    overlays: [],
    program: '',
    logLevel: 0,
    unprivileged: false,
    record: true,
    dumpInsns: false,
    graphs: false,
    timeoutS: 60,
  },
  { check: () => undefined, progress: () => undefined },
);

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
