// SPDX-License-Identifier: GPL-2.0-only
/** What comparing two policies costs, in runs of one: on the largest program of Debian's libbpf-tools in the corpus (first argument). Bundled and started by `scripts/bench.ts`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AnalysisEngine } from '../../src/analysis/engine';
import { KERNEL_BUNDLE } from '../corpus/bundle';
import { VERIFIED_KERNEL } from '../../src/kernel/releases';

const OBJECT = 'debian/objects/libbpf-tools_0.37.0_ds-8__ksnoop-libbpf__0.o';
const PROGRAM = 'kprobe_entry';
/** Differs from mainline in rules that the program meets, so that both sides are really verified. */
const OTHER = JSON.stringify({
  id: 'other',
  helpers: ['bpf_map_lookup_elem', 'bpf_probe_read_kernel', 'bpf_ktime_get_ns'].map((name) => ({ name, callable: true })),
});
const ROUNDS = 15;

const median = (list: readonly number[]): number => [...list].sort((a, b) => a - b)[list.length >> 1]!;

/** Alternates single runs and comparisons, so that a change of the machine's mood meets both. Returns lines to print. */
function compareBench(corpus: string): string[] {
  const engine = new AnalysisEngine();
  const common = {
    file: 'x.o',
    object: readFileSync(join(corpus, OBJECT)),
    kernel: { bundle: KERNEL_BUNDLE, btf: '' },
    overlays: [],
    program: PROGRAM,
    unprivileged: false,
    timeoutS: 0,
  };
  const single = (): void => {
    const reply = engine.analyze(
      { type: 'analyze', key: 'x', policy: VERIFIED_KERNEL.policy, logLevel: 0, record: false, dumpInsns: false, graphs: false, ...common },
      { check: () => undefined, progress: () => undefined },
    );
    if (reply.result?.programs[0]?.verdict !== 'accept') throw new Error(`${PROGRAM} must be accepted`);
  };
  const both = (): void => {
    const reply = engine.compare(
      {
        type: 'compare',
        policies: [{ policy: VERIFIED_KERNEL.policy }, { policy: '', policyFile: { name: 'other', json: OTHER } }],
        ...common,
      },
      () => undefined,
    );
    if ((reply.programs[0]?.comparisons[0]?.rules.length ?? 0) === 0) throw new Error('the policies must differ in what the program meets');
  };
  const cpu = (run: () => void): number => {
    const before = process.cpuUsage();
    run();
    const used = process.cpuUsage(before);
    return used.user + used.system;
  };
  const ones: number[] = [];
  const twos: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    ones.push(cpu(single));
    twos.push(cpu(both));
  }
  const warm = (list: readonly number[]): number => median(list.slice(list.length >> 1));
  return [
    `${OBJECT.split('/').pop()} ${PROGRAM}: one run ${(warm(ones) / 1000).toFixed(1)} ms, comparison ${(warm(twos) / 1000).toFixed(1)} ms of CPU`,
    `comparison: ${(warm(twos) / warm(ones)).toFixed(2)} single runs`,
  ];
}

console.log(compareBench(process.argv[2]!).join('\n'));
