// SPDX-License-Identifier: GPL-2.0-only
/** The pictures and the examples in docs/policies.md are what the engine says. `UPDATE_PICTURES=1` writes the pictures. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { policyFileProblems } from '../../../src/analysis/policy';
import type { AnalyzeReply, OverlayText } from '../../../src/analysis/requests';
import { DEFAULT_POLICY, POLICIES } from '../../../src/policy';
import { picture } from '../../support/picture';
import { analysed, kept } from '../../support/policy-programs';
import { engine, QUIET, requestFor, ROOT } from '../../support/verify';
import { kernelOf } from '../../support/kernel';

const kernel = kernelOf();
const FILE = path.join(ROOT, 'docs/policies.md');
const PICTURE = /<!-- picture: ([\w.-]+) -->\n```\n([\s\S]*?)```/g;

function drawn(policy: string): string {
  const result = analysed('picture', policy).result!.programs[0]!;
  const { engine, key } = kept('picture', policy);
  return `${picture(engine.graph(key, result.program)!, result)}\n`;
}

if (process.env['UPDATE_PICTURES'] !== undefined) {
  writeFileSync(
    FILE,
    readFileSync(FILE, 'utf8').replace(PICTURE, (_, policy: string) => `<!-- picture: ${policy} -->\n\`\`\`\n${drawn(policy)}\`\`\``),
  );
}
const text = readFileSync(FILE, 'utf8');

describe('docs/policies.md', () => {
  it.each([...text.matchAll(PICTURE)].map((m) => [m[1]!, m[2]!] as const))('draws %s as it is', (policy, shown) => {
    expect(shown).toBe(drawn(policy));
  });

  const examples = [...text.matchAll(/```json\n(\{[\s\S]*?)```/g)].map((m) => m[1]!);
  const policies = examples.filter((e) => e.includes('"id"'));
  const overlays = examples.filter((e) => !e.includes('"id"'));

  it.each(policies)('has a policy that fits the kernel: %s', (json) => {
    expect(policyFileProblems({ name: 'docs.bpf-policy.json', json }, () => kernel)).toEqual([]);
  });

  it('says what its own class does', () => {
    const nmi = policies.find((e) => e.includes('"nmi"'))!;
    const reply = analyse('test/policies/nmi.bpf.o', '', [], { name: 'nmi.bpf-policy.json', json: nmi });
    expect(last(reply)['nmi_copy']).toBe('reject sleepable helper bpf_copy_from_user#148 in NMI section');
  });

  it.each(POLICIES.map((p) => p.id))('says what its first overlay does, under %s', (policy) => {
    const plain = last(analyse('examples/contexts.bpf.o', policy, []));
    const overlaid = last(analyse('examples/contexts.bpf.o', policy, [{ name: 'docs.bpf-overlay.json', json: overlays[0]! }]));
    expect(overlaid).toEqual({ ...plain, task_held_copy: 'reject sleepable helper bpf_copy_from_user#148 in nofault region' });
  });

  it('says what its second overlay does, under the default policy', () => {
    expect(overlays).toHaveLength(2);
    const overlaid = last(analyse('examples/vma_walk.bpf.o', DEFAULT_POLICY.id, [{ name: 'docs.bpf-overlay.json', json: overlays[1]! }]));
    expect(overlaid).toEqual(last(analyse('examples/vma_walk.bpf.o', 'forbid-fault-sound', [])));
    const cases = last(analyse('examples/vma_nosleep.bpf.o', DEFAULT_POLICY.id, [{ name: 'docs.bpf-overlay.json', json: overlays[1]! }]));
    expect(cases).toEqual(last(analyse('examples/vma_nosleep.bpf.o', 'forbid-fault-sound', [])));
  });
});

/** Verdict and last line of the message, by program. */
function last(reply: AnalyzeReply): Record<string, string> {
  expect(reply.error).toBeNull();
  return Object.fromEntries(reply.result!.programs.map((p) => [p.program, [p.verdict, p.message.at(-1) ?? ''].join(' ').trim()]));
}

function analyse(file: string, policy: string, overlays: readonly OverlayText[], policyFile: OverlayText | null = null): AnalyzeReply {
  return engine.analyze(requestFor(file, readFileSync(path.join(ROOT, file)), { policy, policyFile, overlays, record: false }), QUIET);
}
