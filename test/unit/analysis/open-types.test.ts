// SPDX-License-Identifier: GPL-2.0-only
/** Programs whose type only their loader knows (`test/loader/kinds.bpf.c`): no verdict is a guess. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { contextSections } from '../../../src/object/foreign';
import { openObject } from '../../../src/object/open';
import { findSecDef } from '../../../src/object/secdefs';
import { resultOf, ROOT } from '../../support/verify';

const bytes = readFileSync(path.join(ROOT, 'test/loader/kinds.bpf.o'));
const ALL = 'tc, action, socket, cgroup_skb/ingress, cgroup_skb/egress, sk_skb, flow_dissector, lwt_in, lwt_out, lwt_xmit, lwt_seg6local';

describe('a program whose section names no type', () => {
  const { programs, failed } = resultOf('kinds.bpf.o', bytes);
  const assumed = (name: string): readonly string[] => programs.find((p) => p.program === name)!.assumptions!;

  it('has a verdict where all types that it may have agree, and that is said', () => {
    expect(programs.map((p) => [p.program, p.verdict])).toEqual([
      ['same', 'accept'],
      ['wrong', 'reject'],
      ['only', 'accept'],
    ]);
    const open = 'section cut_here names no program type, and several get struct __sk_buff';
    expect(assumed('same')).toEqual([`${open}: accepted as ${ALL}; shown as tc`]);
    expect(assumed('wrong')).toEqual([`${open}: rejected as ${ALL}; shown as tc`]);
    expect(assumed('only')).toEqual(['type xdp, because of struct xdp_md: section cut_here names none, the loader does']);
  });

  it('has none where they differ: it says as what it is accepted and rejected, and the type is to be chosen', () => {
    expect(failed).toHaveLength(1);
    expect(failed[0]).toMatchObject({ program: 'differs', undecided: { what: 'type' } });
    expect(failed[0]!.message).toBe(
      `section cut_here names no program type, and several get struct __sk_buff, which decides: accepted as ${ALL.replace('socket, ', '')}; ` +
        'rejected as socket. Its loader says which (--type differs=tc, or a load file)',
    );
  });

  it('is verified as what is chosen', () => {
    for (const [type, verdict] of [
      ['socket', 'reject'],
      ['tc', 'accept'],
    ] as const) {
      const chosen = resultOf('kinds.bpf.o', bytes, { choices: { programs: { differs: { type } } } });
      expect(chosen.programs.find((p) => p.program === 'differs')).toMatchObject({ verdict, assumptions: [`type ${type}`] });
    }
  });

  it('may be of types that libbpf knows by these names, each once', () => {
    const { sections } = contextSections(openObject(bytes, 'kinds.bpf.o').btf, 'same')!;
    const kinds = sections.map((section) => findSecDef(section)!).map(({ progType, attachType }) => `${progType} ${attachType}`);
    expect(new Set(kinds).size).toBe(sections.length);
  });
});
