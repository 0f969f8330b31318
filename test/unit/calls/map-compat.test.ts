// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import type { Behaviour } from '../../../src/kernel/behaviour';
import { checkMapFuncCompatibility } from '../../../src/verifier/calls/map-compat';
import { CallMeta } from '../../../src/verifier/call-meta';
import { KERNEL_TABLES } from '../../../src/kernel/data/linux-7.3.4';
import type { HelperProto } from '../../../src/kernel/profile';
import type { VerifierEnv } from '../../../src/verifier/env';
import type { BpfMap } from '../../../src/verifier/state/map';

function check(mapType: string, behaviour: Behaviour | null, progType = 'xdp'): string {
  let log = '';
  const env = {
    kernel: { mapTypeName: () => mapType, progTypeName: () => progType, constant: () => -1, features: KERNEL_TABLES.features },
    verbose: (text: string) => (log += text),
    reject: (_errno: number, text: string) => (log += text),
  } as unknown as VerifierEnv;
  const meta = new CallMeta();
  meta.fn = { id: 7, name: 'bpf_helper' } as HelperProto;
  meta.behaviour = behaviour;
  checkMapFuncCompatibility(env, { type: 99 } as BpfMap, meta);
  return log;
}

const REFUSED = 'cannot pass map_type 99 into func bpf_helper#7\n';

describe('maps and helpers', () => {
  it.each<[string, Behaviour | null]>([
    ['hash', 'map_lookup_elem'],
    ['hash', null],
    ['prog_array', 'tail_call'],
    ['devmap', 'map_lookup_elem'],
    ['sk_storage', 'kptr_xchg'],
    ['array', 'kptr_xchg'],
    ['ringbuf', 'ringbuf_query'],
  ])('%s goes with %s', (map, helper) => expect(check(map, helper)).toBe(''));

  it.each<[string, Behaviour | null]>([
    ['prog_array', 'map_lookup_elem'],
    ['hash', 'tail_call'],
    ['perf_event_array', null],
    ['cpumap', 'map_lookup_elem'],
    ['insn_array', 'map_lookup_elem'],
    ['array', 'ringbuf_output'],
    ['bloom_filter', 'map_pop_elem'],
  ])('%s does not go with %s', (map, helper) => expect(check(map, helper)).toBe(REFUSED));

  it('changes sockmaps only where no socket can be locked', () => {
    expect(check('sockmap', 'map_update_elem')).toBe(`cannot update sockmap in this context\n${REFUSED}`);
    expect(check('sockhash', 'map_update_elem', 'sk_lookup')).toBe('');
    expect(check('sockmap', 'map_delete_elem', 'sock_ops')).toBe('');
    expect(check('sockmap', 'tail_call')).toBe(REFUSED);
  });
});
