// SPDX-License-Identifier: GPL-2.0-only
/** What to use instead on older kernels is there, and open to programs of that type. */
import { describe, expect, it } from 'vitest';
import { loadKernel } from '../../../src/analysis/kernel';
import { withOlder } from '../../../src/analysis/older';
import type { Program } from '../../../src/object/program';
import { OLDER } from '../../../src/protocol/older';
import { kernelNamed, VERIFIED_KERNEL } from '../../../src/kernel/releases';
import { insteadOf } from '../../../src/protocol/loads-on';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../../..');
const kernelOf = (name: string) => loadKernel({ bundle: join(ROOT, ...kernelNamed(name)!.media), btf: '' }).profile;
const newest = kernelOf(VERIFIED_KERNEL.series);
const oldest = kernelOf('6.1');
const helpers = new Set(Array.from({ length: newest.helperCount }, (_, id) => newest.helperName(id)));

/** A program of a type of which nothing else is asked. */
const of = (progType: number): Program =>
  ({ progType, expectedAttachType: 0, progFlags: 0, attachTarget: '', section: '' }) as unknown as Program;
const [KPROBE, TC, XDP] = [2, 3, 6];

describe('what is older', () => {
  it('is known of calls of the newest kernel, and made of its helpers', () => {
    const kfuncs = new Set([newest.btf, ...newest.modules].flatMap((btf) => newest.kfuncNames(btf)));
    expect(Object.keys(OLDER).filter((name) => !helpers.has(name) && !kfuncs.has(name))).toEqual([]);
    expect(Object.values(OLDER).flatMap((o) => o.helpers.filter((name) => !helpers.has(name)))).toEqual([]);
  });

  it.each([
    [TC, 'bpf_dynptr_from_skb', 'bpf_skb_load_bytes() into the stack'],
    [XDP, 'bpf_dynptr_from_xdp', 'bpf_xdp_load_bytes() into the stack'],
    [XDP, 'bpf_dynptr_from_skb', undefined],
    [KPROBE, 'bpf_iter_num_new', 'bpf_loop(), or a loop with a constant bound'],
    [KPROBE, 'bpf_task_from_pid', undefined],
  ])('program type %i on 6.1, %s: %s', (type, name, older) => {
    expect(withOlder({ what: 'kfunc', name }, oldest, of(type)).older).toBe(older);
  });

  it('comes before the guard', () => {
    const thing = withOlder({ what: 'kfunc', name: 'bpf_strcmp' }, oldest, of(KPROBE));
    expect(insteadOf(thing, { cells: [] }, [])).toBe(
      'bpf_strncmp(), whose second text is a constant. Or declare bpf_strcmp __weak and call it only if bpf_ksym_exists(bpf_strcmp)',
    );
  });
});
