// SPDX-License-Identifier: GPL-2.0-only
/** In which kernels something exists that a section name stands for, as their types say. */
import { Kind, type Btf } from '../btf/types';
import { isAnyEnum } from '../btf/util';
import type { KernelProfile } from '../kernel/profile';
import { SECTION_NAMES } from '../object/secdefs';
import { targetsOf } from './targets';

/** Whether an enum of the kernel has a value; `__MAX_BPF_ATTACH_TYPE` and the like are none. */
function hasValue(btf: Btf, name: string, value: number): boolean {
  const type = btf.type(btf.findByNameKind(name, Kind.ENUM));
  return type !== undefined && isAnyEnum(type) && type.values.some((v) => Number(v.value) === value && !v.name.startsWith('__'));
}

/**
 * Whether a kernel has the program type, the attach type and the target of a section name, as far as types and tables know targets; null for no
 * name that libbpf knows.
 */
export function hasSection(kernel: KernelProfile, name: string): boolean | null {
  const text = name.replace(/^\?/, '');
  const slash = text.indexOf('/');
  const stem = slash < 0 ? text : text.slice(0, slash);
  const def = SECTION_NAMES.find((s) => s.name === text) ?? SECTION_NAMES.find((s) => s.takesTarget && s.name === stem);
  if (def === undefined) return null;
  if (!hasValue(kernel.btf, 'bpf_prog_type', def.progType) || !hasValue(kernel.btf, 'bpf_attach_type', def.attachType)) return false;
  const target = def.name === text ? '' : text.slice(slash + 1);
  const targets = target === '' ? null : targetsOf(kernel, { ...def, sleepable: false }, target);
  if (targets === null) return true;
  for (const candidate of targets) if (candidate === target) return true;
  return false;
}
