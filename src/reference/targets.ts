// SPDX-License-Identifier: GPL-2.0-only
/** What of a kernel programs can be attached to. */
import { Kind, type Btf } from '../btf/types';
import { typeName } from '../btf/util';
import { functionMaySleep } from '../kernel/attach-rules';
import type { KernelProfile } from '../kernel/profile';
import { SECTION_NAMES, type SectionName } from '../object/secdefs';
import { AttachType, ProgType } from '../object/uapi';
import type { AttachOffer } from '../protocol/reference';
import { lsmHooks, memberMaySleep, structOpsTypes } from './places';

/** Most targets in one answer. */
const MAX_TARGETS = 200;

/** Names that a section takes after its `/`, as far as the kernel's tables and types know them; null for a section whose targets they do not know. */
export function targetsOf(kernel: KernelProfile, def: SectionName, start: string): Iterable<string> | null {
  if (def.progType === ProgType.LSM) return lsmHooks(kernel, def.sleepable);
  if (def.progType === ProgType.STRUCT_OPS)
    return new Set(structOpsTypes(kernel).flatMap((ops) => [...ops.stubs.keys()].filter((m) => !def.sleepable || memberMaySleep(ops, m))));
  if (def.progType !== ProgType.TRACING || !def.attachBtf) return null;
  if (def.attachType === AttachType.TRACE_ITER) return kernel.iterators.keys();
  if (def.attachType === AttachType.TRACE_RAW_TP) {
    if (def.sleepable) return kernel.tracepoints.faultable;
    return [...namesWith(kernel.btf, Kind.TYPEDEF, RAW_TP_PREFIX + start)].map((n) => n.slice(RAW_TP_PREFIX.length));
  }
  const functions = namesWith(kernel.btf, Kind.FUNC, start);
  return def.sleepable ? filtered(functions, (n) => functionMaySleep(kernel, def.progType, n)) : functions;
}

function* filtered(names: Iterable<string>, keep: (name: string) => boolean): Iterable<string> {
  for (const n of names) if (keep(n)) yield n;
}

const RAW_TP_PREFIX = 'btf_trace_';

/** Names of one kind that contain a text; with less than that nothing is looked for. */
function* namesWith(btf: Btf, kind: Kind, text: string): Iterable<string> {
  for (const id of text.length < SHORTEST ? [] : (btf.ownIdsContaining?.(text) ?? [])) {
    const type = btf.type(id);
    if (type?.kind === kind) yield type.name;
  }
}

/** Characters of a function's name before functions are offered. */
export const SHORTEST = 2;

/** Targets of a section whose name contains a text, those that begin with it first. */
export function attachTargets(kernel: KernelProfile, section: string, text: string): AttachOffer[] {
  const def = SECTION_NAMES.find((candidate) => candidate.takesTarget && candidate.name === section);
  const targets = def === undefined ? null : targetsOf(kernel, def, text);
  const [first, others]: [string[], string[]] = [[], []];
  for (const target of targets ?? []) {
    if (target.startsWith(text)) first.push(target);
    else if (target.includes(text)) others.push(target);
    if (first.length >= MAX_TARGETS) break;
  }
  const byLength = (a: string, b: string): number => a.length - b.length || (a < b ? -1 : 1);
  const found = [...new Set([...first.sort(byLength), ...others.sort(byLength)])].slice(0, MAX_TARGETS);
  return found.map((name) => ({ name, signature: def!.attachType === AttachType.TRACE_RAW_TP ? '' : signatureOf(kernel.btf, name) }));
}

/** `int (struct sock *sk, int flags)`; '' for what is no function of vmlinux by that name. */
function signatureOf(btf: Btf, name: string): string {
  const func = btf.type(btf.findByNameKind(name, Kind.FUNC));
  const proto = func?.kind === Kind.FUNC ? btf.type(func.type) : undefined;
  if (proto?.kind !== Kind.FUNC_PROTO) return '';
  const params = proto.params.map((param) => `${typeName(btf, param.type)} ${param.name}`.replace('* ', '*').trim());
  return `${typeName(btf, proto.ret)} (${params.length === 0 ? 'void' : params.join(', ')})`;
}
