// SPDX-License-Identifier: GPL-2.0-only
/** What in the kernel a program is for. Rules: `tools/lib/bpf/libbpf.c: libbpf_find_attach_btf_id, bpf_map__init_kern_struct_ops`. */
import { Kind, type Btf } from '../btf/types';
import { isComposite, resolvePtr, resolveSize, skipModsAndTypedefs } from '../btf/util';
import { essentialName } from './core/names';
import { LoadFailure } from './failure';
import type { ObjectKernel } from './object-kernel';
import type { ObjectFunction, ObjectMap, OpenObject } from './model';
import { findInKernel } from './resolve';
import { AttachType, ProgType } from './uapi';

/** A type that a program attaches to: function, typedef of a tracepoint, struct of struct_ops. */
export interface AttachTarget {
  readonly btf: Btf;
  readonly id: number;
}

/** Attachment of a struct_ops program: the kernel's struct and the member that the program is for. */
export interface StructOpsTarget extends AttachTarget {
  readonly member: number;
}

/** Longest name that is looked up (`BTF_MAX_NAME_SIZE`). */
const NAME_MAX = 128;

function prefixAndKind(attachType: AttachType): { readonly prefix: string; readonly kind: Kind } {
  switch (attachType) {
    case AttachType.TRACE_RAW_TP:
      return { prefix: 'btf_trace_', kind: Kind.TYPEDEF };
    case AttachType.LSM_MAC:
    case AttachType.LSM_CGROUP:
      return { prefix: 'bpf_lsm_', kind: Kind.FUNC };
    case AttachType.TRACE_ITER:
      return { prefix: 'bpf_iter_', kind: Kind.FUNC };
    default:
      return { prefix: '', kind: Kind.FUNC };
  }
}

/** The part of a section name after the first `/`, or '' if there is none. */
export function sectionTarget(section: string): string {
  const at = section.indexOf('/');
  return at < 0 ? '' : section.slice(at + 1);
}

/** Finds the target that is named in `SEC("type/[module:]target")`. Throws {@link LoadFailure} as libbpf refuses. */
export function findAttachTarget(kernel: ObjectKernel, fn: ObjectFunction, progType: ProgType, attachType: AttachType): AttachTarget {
  if (!fn.role.includes('/')) {
    throw new LoadFailure(`prog '${fn.name}': no BTF-based attach target is specified, use bpf_program__set_attach_target()`, '', 'attach');
  }
  if (progType === ProgType.EXT) {
    throw new LoadFailure(`prog '${fn.name}': attach program FD is not set`);
  }
  const target = sectionTarget(fn.role);
  const colon = target.indexOf(':');
  const module = colon < 0 ? null : target.slice(0, colon);
  const { prefix, kind } = prefixAndKind(attachType);
  const name = prefix + target.slice(colon + 1);
  const candidates = [
    ...(module === null || 'vmlinux'.startsWith(module) ? [kernel.btf] : []),
    ...kernel.modules.filter((btf) => module === null || btf.name.startsWith(module)),
  ];
  for (const btf of name.length < NAME_MAX ? candidates : []) {
    const id = btf.findByNameKind(name, kind);
    if (id > 0) {
      return { btf, id };
    }
  }
  const reason = name.length < NAME_MAX ? '-ESRCH' : '-ENAMETOOLONG';
  throw new LoadFailure(`prog '${fn.name}': failed to find kernel BTF type ID of '${target}': ${reason}`, '', 'attach', {
    what: 'target',
    name: target,
  });
}

/** The module of a multi-attach section `SEC("fentry.multi/module:pattern")`, or null for vmlinux. */
export function multiAttachModule(kernel: ObjectKernel, fn: ObjectFunction): Btf | null {
  const target = sectionTarget(fn.role);
  const colon = target.indexOf(':');
  if (colon < 0) {
    return null;
  }
  const module = kernel.modules.find((btf) => btf.name === target.slice(0, colon));
  if (module === undefined) {
    throw new LoadFailure(`prog '${fn.name}': failed to prepare load attributes: -EINVAL`);
  }
  return module;
}

/** The kernel's side of a struct_ops map. */
export interface KernelStructOps {
  readonly typeName: string;
  readonly btf: Btf;
  /** `struct X`. */
  readonly typeId: number;
  /** `struct bpf_struct_ops_X`, and its size in bytes: the value of the map. */
  readonly valueTypeId: number;
  readonly valueSize: number;
}

/** Finds the kernel's struct for a map. Throws {@link LoadFailure} if the kernel has none. */
export function findKernelStructOps(object: OpenObject, kernel: ObjectKernel, map: ObjectMap): KernelStructOps {
  const typeName = essentialName(object.btf!.type(map.structOps!.typeId)!.name);
  const valueName = `bpf_struct_ops_${typeName}`;
  const value = findInKernel(kernel, valueName, Kind.STRUCT);
  const valueType = value?.btf.type(value.id);
  if (value === null || valueType?.kind !== Kind.STRUCT) {
    throw new LoadFailure(`struct_ops init_kern: struct ${valueName} is not found in kernel BTF`, '', null, {
      what: 'struct_ops',
      name: typeName,
    });
  }
  const typeId = value.btf.findByNameKind(typeName, Kind.STRUCT);
  if (typeId < 0) {
    throw new LoadFailure(`struct_ops init_kern: struct ${typeName} is not found in kernel BTF`, '', null, {
      what: 'struct_ops',
      name: typeName,
    });
  }
  if (!valueType.members.some((member) => member.type === typeId)) {
    throw new LoadFailure(`struct_ops init_kern: struct ${typeName} data is not found in struct ${valueName}`);
  }
  return { typeName, btf: value.btf, typeId, valueTypeId: value.id, valueSize: valueType.size };
}

/**
 * Where a program goes in a struct_ops map, null if it is not in it; the other programs of the map are left out.
 * Throws {@link LoadFailure} when the map's struct and the kernel's do not fit.
 */
export function initStructOps(object: OpenObject, kernel: ObjectKernel, map: ObjectMap, fn: ObjectFunction): StructOpsTarget | null {
  const target = findKernelStructOps(object, kernel, map);
  const btf = object.btf!;
  const local = btf.type(map.structOps!.typeId)!;
  const remote = target.btf.type(target.typeId)!;
  if (!isComposite(local) || !isComposite(remote)) {
    return null;
  }
  let found: StructOpsTarget | null = null;
  for (const [index, member] of local.members.entries()) {
    const fail = (message: string): never => {
      throw new LoadFailure(`struct_ops init_kern ${map.name}: ${message}`);
    };
    const size = resolveSize(btf, member.type) ?? fail(`failed to resolve the size of member ${member.name}`);
    const isPointer = btf.type(member.type)?.kind === Kind.PTR;
    const mine = map.structOps!.functions.get(index) === fn;
    const kernelIndex = remote.members.findIndex((candidate) => candidate.name === member.name);
    const kernelMember = remote.members[kernelIndex];
    const at = member.bitOffset / 8;
    if (kernelMember === undefined) {
      if (mine || (!isPointer && map.data!.subarray(at, at + size).some((byte) => byte !== 0))) {
        fail(`Cannot find member ${member.name} in kernel BTF`);
      }
      continue;
    }
    if (member.bitfieldSize > 0 || kernelMember.bitfieldSize > 0) {
      fail(`bitfield ${member.name} is not supported`);
    }
    const type = skipModsAndTypedefs(btf, member.type);
    const kernelType = skipModsAndTypedefs(target.btf, kernelMember.type);
    if (type?.kind !== kernelType?.kind) {
      fail(`Unmatched member type ${member.name} ${type?.kind} != ${kernelType?.kind}(kernel)`);
    }
    if (type?.kind !== Kind.PTR) {
      if (size !== resolveSize(target.btf, kernelMember.type)) {
        fail(`Error in size of member ${member.name}`);
      }
    } else if (mine) {
      const pointee = resolvePtr(target.btf, kernelMember.type);
      if (pointee === null || target.btf.type(pointee)?.kind !== Kind.FUNC_PROTO) {
        fail(`kernel member ${member.name} is not a func ptr`);
      }
      if (found !== null && found.member !== kernelIndex) {
        fail(`func ptr ${member.name}: invalid reuse of prog ${fn.name} in sec ${fn.section}`);
      }
      found = { btf: target.btf, id: target.typeId, member: kernelIndex };
    }
  }
  return found;
}
