// SPDX-License-Identifier: GPL-2.0-only
/** In which kernels something exists that a section name stands for, or a field, as their types say. */
import { Kind, type Btf } from '../btf/types';
import { memberOnWay } from '../btf/members';
import { isAnyEnum, typeName } from '../btf/util';
import type { KernelProfile } from '../kernel/profile';
import { essentialName } from '../object/core/names';
import { SECTION_NAMES } from '../object/secdefs';
import type { FieldName, FieldThere, SinceKernel, SinceSubject } from '../protocol/since';
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
function hasSection(kernel: KernelProfile, name: string): boolean | null {
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

const KEYWORDS: Readonly<Record<string, Kind>> = { struct: Kind.STRUCT, union: Kind.UNION, typedef: Kind.TYPEDEF };

/** A field as a kernel's types have it, vmlinux before modules; null if none of them has it. A flavor of the type's name stands for the type without it. */
export function fieldIn({ btf, modules }: KernelProfile, { keyword, type, path }: FieldName): FieldThere | null {
  const kind = KEYWORDS[keyword];
  if (kind === undefined) return null;
  const name = essentialName(type);
  for (const types of [btf, ...modules]) {
    for (const id of types === btf ? types.idsByName(name, kind) : types.ownIdsByName(name, kind)) {
      const found = memberOnWay(types, id, path);
      if (found !== null) return { bitOffset: found.bitOffset, type: typeName(types, found.type) };
    }
  }
  return null;
}

/** A kernel's answer about a subject; null for a section name that libbpf does not know. */
export function answerOf(kernel: KernelProfile, subject: SinceSubject): Pick<SinceKernel, 'has' | 'field'> | null {
  if (subject.what === 'section') {
    const has = hasSection(kernel, subject.section);
    return has === null ? null : { has };
  }
  const field = fieldIn(kernel, subject.field);
  return field === null ? { has: false } : { has: true, field };
}
