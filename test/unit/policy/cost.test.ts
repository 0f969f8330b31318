// SPDX-License-Identifier: GPL-2.0-only
/** What comparing costs, on the largest program of Debian's libbpf-tools in the corpus (BPF_CORPUS). */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { AnalysisEngine } from '../../../src/analysis/engine';
import { ROOT } from '../../support/policy-programs';

const OBJECT = path.join(process.env['BPF_CORPUS'] ?? '/nowhere', 'debian/objects/libbpf-tools_0.37.0_ds-8__ksnoop-libbpf__0.o');
const PROGRAM = 'kprobe_entry';
/** Differs from mainline in rules that the program meets, so that nothing is saved. */
const OTHER = JSON.stringify({ id: 'other', helpers: ['bpf_map_lookup_elem', 'bpf_probe_read_kernel', 'bpf_ktime_get_ns'].map((name) => ({ name, callable: true })) });
const ROUNDS = 7;

describe.skipIf(!existsSync(OBJECT))('the cost of a comparison (needs BPF_CORPUS)', () => {
  it('is less than 2.2 single runs', () => {
    const engine = new AnalysisEngine();
    const common = { file: 'x.o', object: readFileSync(OBJECT), kernel: { bundle: path.join(ROOT, 'media/kernel/7.3.4'), btf: '' }, overlays: [], program: PROGRAM, unprivileged: false, timeoutS: 0 };
    const least = (run: () => void): number => {
      run();
      return Math.min(
        ...Array.from({ length: ROUNDS }, () => {
          const before = process.cpuUsage();
          run();
          return process.cpuUsage(before).user;
        }),
      );
    };
    const single = least(() => {
      const reply = engine.analyze({ type: 'analyze', key: 'x', policy: 'linux-7.3', logLevel: 0, record: false, dumpInsns: false, graphs: false, ...common }, { check: () => undefined, progress: () => undefined });
      expect(reply.result?.programs[0]?.verdict).toBe('accept');
    });
    const both = least(() => {
      const reply = engine.compare({ type: 'compare', policies: [{ policy: 'linux-7.3' }, { policy: '', policyFile: { name: 'other', json: OTHER } }], ...common }, () => undefined);
      expect(reply.programs[0]?.comparisons[0]?.rules.length).toBeGreaterThan(0);
    });
    expect(both / single).toBeLessThan(2.2);
  }, 120_000);
});
