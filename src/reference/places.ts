// SPDX-License-Identifier: GPL-2.0-only
/** The places from which programs call: every section name with the attach points that can make a difference, as callers of one kernel. */
import { canBeSleepable, functionMaySleep, MEMBER_RULES } from '../kernel/attach-rules';
import { type CallerContext, type KernelProfile, type StructOpsInfo, UNLIMITED } from '../kernel/profile';
import { findSecDef, SECTION_NAMES, type SecDef, type SectionName } from '../object/secdefs';
import { sectionTarget } from '../object/attach';
import { AttachType, ProgType } from '../object/uapi';
import type { ProgramPlace } from '../protocol/reference';

/** One attach point of a section. */
export interface Place {
  /** As written after the `/` of the section; '' where any target is meant. */
  readonly target: string;
  readonly caller: CallerContext;
}

/** A section name with its attach points. */
export interface SectionPlaces {
  readonly section: SectionName;
  readonly progType: string;
  readonly places: readonly Place[];
}

function callerOf(def: SecDef, attachName: string, structOps: CallerContext['structOps'] = null): CallerContext {
  return {
    progType: def.progType,
    expectedAttachType: def.attachType,
    sleepable: def.sleepable,
    attachName,
    structOps,
    ...UNLIMITED,
  };
}

/** For test runs alone (`net/bpf/bpf_dummy_struct_ops.c`). */
const DUMMY_OPS = 'bpf_dummy_ops';

/** struct_ops types that programs are written for: those of the kernel's own tests are left out. */
export function structOpsTypes(kernel: KernelProfile): readonly StructOpsInfo[] {
  return kernel.structOpsNames.map((name) => kernel.structOps(name)!).filter((ops) => ops.module === null && ops.name !== DUMMY_OPS);
}

/** Whether a sleepable program may implement a member. */
export function memberMaySleep(ops: StructOpsInfo, member: string): boolean {
  const rule = MEMBER_RULES.get(ops.checkMember);
  return rule?.sleepable == null || rule.sleepable.includes(member);
}

/** Hooks that LSM programs may attach to, without `bpf_lsm_`. */
export function lsmHooks(kernel: KernelProfile, sleepable: boolean): readonly string[] {
  return [...kernel.lsm.hooks.keys()].filter(
    (hook) =>
      !kernel.listHas('bpf_lsm_disabled_hooks', `bpf_lsm_${hook}`) &&
      (!sleepable || kernel.listHas('sleepable_lsm_hooks', `bpf_lsm_${hook}`)),
  );
}

function structOpsPlaces(kernel: KernelProfile, def: SecDef): Place[] {
  return structOpsTypes(kernel).flatMap((ops) =>
    [...ops.stubs.keys()]
      .filter((member) => !def.sleepable || memberMaySleep(ops, member))
      .map((member) => ({ target: `${ops.name}.${member}`, caller: callerOf(def, member, { type: ops.name, member }) })),
  );
}

/** Attach points of a section. `named` are functions that some helper's own condition names. */
function placesOf(kernel: KernelProfile, def: SecDef, named: readonly string[]): Place[] {
  if (def.progType === ProgType.STRUCT_OPS) return structOpsPlaces(kernel, def);
  if (def.progType === ProgType.LSM)
    return lsmHooks(kernel, def.sleepable).map((hook) => ({ target: hook, caller: callerOf(def, `bpf_lsm_${hook}`) }));
  if (def.attachType === AttachType.TRACE_ITER && def.progType === ProgType.TRACING) {
    return [...kernel.iterators.keys()].map((target) => ({ target, caller: callerOf(def, `bpf_iter_${target}`) }));
  }
  const functions =
    def.attachBtf && def.attachType !== AttachType.TRACE_RAW_TP
      ? named.filter((f) => !def.sleepable || functionMaySleep(kernel, def.progType, f))
      : [];
  return [{ target: '', caller: callerOf(def, '') }, ...functions.map((f) => ({ target: f, caller: callerOf(def, f) }))];
}

/** Every section name that a program of its own can have, with its attach points. Programs that replace others (`freplace`) are as those. */
export function allPlaces(kernel: KernelProfile, named: readonly string[]): readonly SectionPlaces[] {
  return SECTION_NAMES.filter(
    (s) =>
      s.progType !== ProgType.EXT && (!s.sleepable || canBeSleepable(kernel, { progType: s.progType, expectedAttachType: s.attachType })),
  ).map((section) => ({
    section,
    progType: kernel.progTypeName(section.progType),
    places: placesOf(kernel, section, named),
  }));
}

/** The caller that a place of a source file stands for; null for a section that is not known, and for struct_ops without a member. */
export function callerAt(kernel: KernelProfile, at: ProgramPlace): CallerContext | null {
  const def = findSecDef(at.section.replace(/^\?/, ''));
  if (def === null || def.progType === ProgType.EXT) return null;
  if (def.progType === ProgType.STRUCT_OPS) {
    const ops = at.structOps === null ? undefined : kernel.structOps(at.structOps.type);
    return ops === undefined || at.structOps === null ? null : callerOf(def, at.structOps.member, at.structOps);
  }
  const target = sectionTarget(at.section).replace(/^\w+:/, '');
  if (def.progType === ProgType.LSM) return callerOf(def, `bpf_lsm_${target}`);
  if (def.progType === ProgType.TRACING && def.attachType === AttachType.TRACE_ITER) return callerOf(def, `bpf_iter_${target}`);
  return callerOf(def, target);
}
