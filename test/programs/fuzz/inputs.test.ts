// SPDX-License-Identifier: GPL-2.0-only
/** A short run of `npm run fuzz:inputs` with a fixed seed. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { apply } from '../../../scripts/fuzz/inputs/mutate';
import { Targets } from '../../../scripts/fuzz/inputs/targets';

const POLICY = join(import.meta.dirname, '../../policies/fault-class.bpf-policy.json');

describe('changed inputs', () => {
  let targets: Targets;
  beforeAll(() => {
    targets = new Targets(false);
  });

  it('are the same of the same seed', () => {
    expect(targets.make(7)).toEqual(targets.make(7));
    expect(new Set(Array.from({ length: 1000 }, (_, seed) => targets.make(seed).kind))).toEqual(
      new Set(['object', 'btf', 'btf-ext', 'policy', 'overlay', 'log', 'container', 'link']),
    );
  });

  it('break nothing', () => {
    const broken = Array.from({ length: 600 }, (_, index) => index + 1).flatMap((seed) => {
      const wrong = targets.broken(targets.make(seed));
      return wrong === null ? [] : [`seed ${seed}: ${wrong}`];
    });
    expect(broken).toEqual([]);
  });

  it('may spoil a prototype of a policy: a problem, not an accident', () => {
    const bytes = new Uint8Array(readFileSync(POLICY));
    const at = Buffer.from(bytes).indexOf('bpf_iter_task_vma *it__iter');
    const changes = [{ at: at + 18, removed: 1, bytes: new TextEncoder().encode(')') }];
    expect(new TextDecoder().decode(apply(bytes, changes))).toContain('bpf_iter_task_vma )it__iter');
    expect(targets.broken({ kind: 'policy', seed: { name: 'fault-class', bytes }, changes })).toBeNull();
  });
});
