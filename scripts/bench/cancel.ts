// SPDX-License-Identifier: GPL-2.0-only
/** How soon the worker is free again after an analysis is cancelled. Prints one line a program and the longest wait. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { AnalysisCancelled, AnalysisService } from '../../src/analysis/service';
import { requestFor } from '../../test/support/verify';
import { bundle, KERNEL_BUNDLE } from '../corpus/bundle';
import { VERIFIED_KERNEL } from '../../src/kernel/releases';

/** Programs that take long, with many states, with many instructions, or with a long prepass. */
const PROGRAMS = [
  ['selftests', 'test_verif_scale1.bpf.o', 'balancer_ingress'],
  ['selftests', 'pyperf600.bpf.o', 'on_event'],
  ['selftests', 'pyperf180.bpf.o', 'on_event'],
  ['selftests', 'strobemeta.bpf.o', 'on_event'],
  ['selftests', 'verifier_call_large_imm.bpf.o', 'call_large_imm_test'],
  ['selftests', 'verifier_liveness_exp.bpf.o', ''],
] as const;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Cancels at many points of each program's analysis, states being recorded as the editor does. */
export async function cancelBench(corpus: string): Promise<string[]> {
  const script = await bundle(join(import.meta.dirname, '../../src/analysis/worker.ts'));
  const lines: string[] = [];
  let longest = 0;
  for (const [set, object, program] of PROGRAMS) {
    const service = new AnalysisService(script);
    const bytes = readFileSync(join(corpus, set, 'objects', object));
    const kernel = { bundle: KERNEL_BUNDLE, btf: '' };
    const request = requestFor(object, bytes, { policy: VERIFIED_KERNEL.policy, kernel, program, timeoutS: 0 });
    const waits: number[] = [];
    // the kernel's types are there in an editor that has been open for a second
    await service.analyze({ ...request, program: 'no_such_program' });
    let total = 0;
    for (let k = 0; k < 24; k++) {
      const stop = new AbortController();
      const started = performance.now();
      const done = service.analyze(request, { signal: stop.signal }).then(
        () => true,
        (error: unknown) => {
          if (error instanceof AnalysisCancelled) return false;
          throw error;
        },
      );
      await Promise.race([done, sleep(k < 12 ? 30 + k * 40 : Math.random() * Math.max(200, total))]);
      const asked = performance.now();
      stop.abort();
      const finished = await done;
      if (finished) {
        total = asked - started;
        continue;
      }
      await service.graph('nothing', '');
      waits.push(performance.now() - asked);
      total = Math.max(total, performance.now() - started);
    }
    await service.dispose();
    const worst = waits.length === 0 ? 0 : Math.max(...waits);
    longest = Math.max(longest, worst);
    lines.push(`${object} ${program}: cancelled ${waits.length} times, longest wait ${worst.toFixed(0)} ms`);
  }
  return [...lines, `cancellation: longest wait ${longest.toFixed(0)} ms`];
}
