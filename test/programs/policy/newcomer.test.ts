// SPDX-License-Identifier: GPL-2.0-only
/** A class that nobody has heard of, from a policy file alone: graph, states, hover, explanation. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { AnalyzeReply } from '../../../src/analysis/requests';
import { POLICIES } from '../../../src/policy';
import { MAINLINE_DESCRIPTORS } from '../../../src/policy/descriptors';
import { fromDescriptors, LINUX_7_3 } from '../../../src/policy/mainline';
import type { Policy } from '../../../src/policy/types';
import { loadObject } from '../../../src/object/load';
import { verify } from '../../../src/verifier/check';
import { analysed, FOLDER, kept } from '../../support/policy-programs';
import { richText } from '../../../src/protocol/rich';
import { engine, QUIET, requestFor } from '../../support/verify';
import { kernelOf } from '../../support/kernel';

describe('a class of a policy file', () => {
  const result = analysed('nmi', 'nmi').result!.programs.find((p) => p.program === 'nmi_copy')!;
  const { engine, key } = kept('nmi', 'nmi');
  const graph = engine.graph(key, 'nmi_copy')!;
  const insns = graph.nodes.flatMap((n) => n.instructions);

  it('explains the rejection and shows where it was entered', () => {
    const entered = insns.find((i) => i.text.startsWith('call bpf_nmi_enter'))!;
    expect(result.sentence).toBe(
      `bpf_copy_from_user may sleep, and the NMI section entered at ${entered.index} (line ${entered.source!.line}) forbids that here.`,
    );
    expect(result.related).toMatchObject([{ insn: entered.index, text: 'NMI section entered here' }]);
    expect(result.short).toMatch(/^\d+: sleeps, NMI section held$/);
    expect(result.policy).toBe('nmi');
  });

  it('is in the graph with its letter, words and what it forbids', () => {
    const call = insns.find((i) => i.text.startsWith('call bpf_copy_from_user'))!;
    expect(call).toMatchObject({ maySleep: 'no', mayFault: 'no', rejected: true, demands: ['sleep', 'fault'] });
    expect(call.held).toMatchObject([{ kind: 'nmi', letter: 'N', title: 'NMI section', forbids: ['fault', 'sleep', 'tail-call'] }]);
    expect(call.because[0]?.text).toMatch(/^NMI section entered at \d+ \(line \d+\)$/);
    expect(insns.find((i) => i.text.startsWith('call bpf_nmi_enter'))!.effects).toMatchObject([{ verb: 'enters' }]);
  });

  it('is in the states of an instruction', () => {
    const call = insns.find((i) => i.text.startsWith('call bpf_copy_from_user'))!;
    const [state] = engine.states(key, 'nmi_copy', call.index)!.states;
    expect(state!.contexts.find((c) => c.letter === 'N')).toMatchObject({ kind: 'nmi', title: 'NMI section', depth: 1 });
    expect(state!.why!.answer).toBe('Must not sleep here.');
    expect(richText(state!.why!.reason)).toMatch(/^The NMI section entered at \d+ \(line \d+\) is still open\.$/);
  });

  it('nests', () => {
    const nested = engine
      .graph(key, 'nmi_nested')!
      .nodes.flatMap((n) => n.instructions)
      .find((i) => i.rejected)!;
    expect(nested.held).toHaveLength(1);
  });
});

function analyse(json: string): AnalyzeReply {
  return engine.analyze(
    requestFor('nmi.bpf.o', readFileSync(path.join(FOLDER, 'nmi.bpf.o')), {
      key: 'x',
      policy: '',
      policyFile: { name: 'my.bpf-policy.json', json },
      record: false,
    }),
    QUIET,
  );
}

describe('errors of a policy file', () => {
  it('are diagnostics in that file', () => {
    const reply = analyse('{\n  "id": "x",\n  "classes": [{ "name": "a", "token": "stick" }]\n}');
    expect(reply.result).toBeNull();
    expect(reply.error).toMatchObject({ kind: 'unreadable', title: 'The policy my.bpf-policy.json cannot be used' });
    expect(reply.error!.diagnostics).toEqual([
      {
        file: 'my.bpf-policy.json',
        line: 3,
        column: 39,
        length: 7,
        severity: 'error',
        message: '$.classes[0].token: must be one of none, stack-slot, object, pointer',
      },
    ]);
  });

  it.each([
    ['{"id": "x", "kfuncs": [{"name": "bpf_no_such"}]}', 33, /\$\.kfuncs\[0\]\.name: the kernel has no such function; a proto is needed/],
    [
      '{"id": "x", "kfuncs": [{"name": "bpf_no_such", "proto": {"ret": "struct nothing *"}}]}',
      33,
      /return type of bpf_no_such: the kernel has no type 'struct nothing'/,
    ],
    [
      '{"id": "x", "extends": "forbid-fault", "kfuncs": [{"name": "bpf_task_release", "acquires": "nofault"}]}',
      60,
      /has no KF_ACQUIRE \(flags: KF_RELEASE\)/,
    ],
    ['{"id": "x", "helpers": [{"name": "bpf_no_such"}]}', 34, /the kernel has no such helper/],
  ])('that show only against the kernel have their place too: %s', (json, column, message) => {
    const [diagnostic] = analyse(json).error!.diagnostics;
    expect(diagnostic).toMatchObject({ file: 'my.bpf-policy.json', line: 1, column });
    expect(diagnostic!.message).toMatch(message);
  });
});

/** Mainline's classes under names that nothing in the source knows. */
function renamed(): Policy {
  const name = (n: string): string => (n === 'ref' ? n : `z_${n}`);
  const table = MAINLINE_DESCRIPTORS.map((d) => ({
    ...d,
    cls: { ...d.cls, name: name(d.cls.name), slotClass: d.cls.slotClass === null ? null : name(d.cls.slotClass) },
  }));
  return { ...LINUX_7_3, ...fromDescriptors(table), id: 'renamed' };
}

describe('names of classes', () => {
  it('mean nothing to the verifier', () => {
    const kernel = kernelOf();
    const policy = renamed();
    for (const file of ['table_h', 'messages']) {
      const object = loadObject(readFileSync(path.join(FOLDER, `${file}.bpf.o`)), file, kernel.object);
      for (const prog of object.programs) {
        const [a, b] = [LINUX_7_3, policy].map((p) =>
          verify(prog, kernel.profile, p, { logLevel: 0, unprivileged: false, flags: 0, recorder: null, tick: null }),
        );
        expect([b!.verdict, b!.message, b!.insn, b!.processedInsns, b!.totalStates], prog.name).toEqual([
          a!.verdict,
          a!.message,
          a!.insn,
          a!.processedInsns,
          a!.totalStates,
        ]);
      }
    }
  });

  it('are each once in every policy, with a letter', () => {
    for (const p of POLICIES) for (const c of p.classes) expect(c.letter, `${p.id} ${c.name}`).toMatch(/^[A-Z#]$/);
  });
});
