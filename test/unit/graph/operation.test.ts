// SPDX-License-Identifier: GPL-2.0-only
/** Instructions as data: what they read, write, call, and where they lead, in programs that were verified for real. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { GraphInsn } from '../../../src/protocol/graph';
import { callName, kernelCallee, spell } from '../../../src/protocol/insns';
import { engine, QUIET, requestFor, ROOT } from '../../support/verify';

function insnsOf(file: string, program: string, folder = 'examples', unprivileged = false): readonly GraphInsn[] {
  const { result } = engine.analyze(requestFor(file, readFileSync(path.join(ROOT, folder, file)), { program, unprivileged }), QUIET);
  const name = program === '' ? result!.programs[0]!.program : program;
  return engine.graph(file, name)!.nodes.flatMap((n) => n.instructions);
}

describe('instructions as data', () => {
  const insns = insnsOf('contexts.bpf.o', 'task_leak');
  const at = (text: RegExp): GraphInsn => insns.find((i) => text.test(spell(i)))!;
  it('says what a call calls, takes and changes', () => {
    const call = at(/^call bpf_task_from_pid/);
    expect(call.operation).toEqual({
      class: 'jmp',
      kind: 'call',
      name: 'call',
      reads: [1],
      writes: [0, 1, 2, 3, 4, 5],
      targets: [],
      callee: { kind: 'kfunc', name: 'bpf_task_from_pid', start: null },
    });
    expect([kernelCallee(call), callName(call), spell(call), call.noteShown]).toEqual([
      'bpf_task_from_pid',
      'bpf_task_from_pid',
      'call bpf_task_from_pid',
      true,
    ]);
  });
  it('says where a branch leads and what it compares', () => {
    const branch = at(/^if /);
    expect(branch.operation).toMatchObject({ kind: 'branch', writes: [], callee: null });
    expect(branch.operation.targets).toHaveLength(1);
    expect(spell(branch).endsWith(` goto ${branch.operation.targets[0]}`)).toBe(true);
  });
  it('says that an exit reads R0', () => expect(at(/^exit/).operation).toMatchObject({ kind: 'exit', reads: [0], targets: [] }));
  it('has each operation once', () => {
    const all = insns.map((i) => i.operation);
    expect(new Set(all).size).toBe(new Set(all.map((o) => JSON.stringify(o))).size);
  });
  it('names no function of a program that was refused before its functions were looked for', () => {
    const calls = insnsOf('global_arguments.bpf.o', '', 'test/answers', true).filter((i) => i.operation.callee?.kind === 'function');
    expect(calls.length).toBeGreaterThan(0);
    for (const { index, operation } of calls) {
      expect(operation.callee!.name).toBe('');
      expect(operation.callee!.start).toBeGreaterThan(index);
    }
  });
});
