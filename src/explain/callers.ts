// SPDX-License-Identifier: GPL-2.0-only
/** Which kinds of programs may call something: asked of the kernel's tables, for one section name of each kind. */
import { SECTION_KINDS } from '../object/secdefs';
import { type CallerContext, type Kfunc, UNLIMITED } from '../kernel/profile';
import type { Case } from './case';

/** Kinds of sections that may call it, in the words of section names (`tc`, `fentry`, `struct_ops`). */
export function kindsThatMayCall(may: (caller: CallerContext) => boolean): string[] {
  const found: string[] = [];
  const asked = new Set<string>();
  for (const { stem, progType, attachType } of SECTION_KINDS) {
    // sections with several names count once
    const key = `${progType}/${attachType}`;
    if (asked.has(key) && progType !== 2) continue;
    asked.add(key);
    const caller: CallerContext = {
      progType,
      expectedAttachType: attachType,
      sleepable: true,
      attachName: '',
      structOps: null,
      ...UNLIMITED,
    };
    let ok: boolean;
    try {
      ok = may(caller);
    } catch {
      ok = false;
    }
    if (ok && !found.includes(stem)) found.push(stem);
  }
  return found;
}

/** Members of a struct_ops that may call a kfunc, by asking each. */
export function membersThatMayCall(c: Case, kfunc: Kfunc, type: string): string[] {
  const ops = c.env.kernel.structOps(type);
  if (ops === undefined) return [];
  return [...ops.stubs.keys()].filter((member) => c.env.kernel.kfuncAllowed(kfunc, { ...c.env.caller(), structOps: { type, member } }));
}

/** Types of struct_ops any member of which may call a kfunc. */
export function structOpsThatMayCall(c: Case, kfunc: Kfunc): string[] {
  const progType = c.env.kernel.constant('BPF_PROG_TYPE_STRUCT_OPS');
  const found: string[] = [];
  for (const type of STRUCT_OPS) {
    const ops = c.env.kernel.structOps(type);
    if (ops === undefined) continue;
    const caller = { ...c.env.caller(), progType, expectedAttachType: 0 };
    if ([...ops.stubs.keys()].some((member) => c.env.kernel.kfuncAllowed(kfunc, { ...caller, structOps: { type, member } })))
      found.push(type);
  }
  return found;
}

const STRUCT_OPS = ['sched_ext_ops', 'tcp_congestion_ops', 'hid_bpf_ops', 'Qdisc_ops', 'bpf_dummy_ops'];
