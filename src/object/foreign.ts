// SPDX-License-Identifier: GPL-2.0-only
/** What other loaders than libbpf make of an object where libbpf takes none of it. Each use is told as an assumption. */
import { Kind, type Btf } from '../btf/types';
import { skipModsAndTypedefs } from '../btf/util';
import type { ObjectFunction, ObjectMap } from './model';
import { SECTION_NAMES } from './secdefs';
import { MapType } from './uapi';

/**
 * The section name that a program of another loader means, or null if no known name, as a word, begins it: libbpf before 1.0 and
 * cilium/ebpf took what a known name begins (`xdp_prog`, `socket1`, `classifier/ingress`).
 */
export function foreignSection(section: string): string | null {
  const begins = (stem: string): boolean => section.startsWith(stem) && !/^[A-Za-z]/.test(section.slice(stem.length));
  return (
    SECTION_NAMES.map(({ name }) => name)
      .filter(begins)
      .sort((a, b) => b.length - a.length)[0] ?? null
  );
}

/**
 * Section names by the struct that programs get (`include/linux/bpf_types.h`); several where types differ that get the same. A type is named once for
 * each attach type by which the verifier tells its programs apart.
 */
const BY_CONTEXT: ReadonlyMap<string, readonly string[]> = new Map([
  ['xdp_md', ['xdp']],
  ['pt_regs', ['kprobe']],
  ['bpf_perf_event_data', ['perf_event']],
  ['bpf_sock_ops', ['sockops']],
  ['sk_msg_md', ['sk_msg']],
  ['sk_reuseport_md', ['sk_reuseport']],
  ['bpf_sk_lookup', ['sk_lookup']],
  ['bpf_sysctl', ['cgroup/sysctl']],
  ['bpf_cgroup_dev_ctx', ['cgroup/dev']],
  ['bpf_raw_tracepoint_args', ['raw_tp']],
  ['bpf_nf_ctx', ['netfilter']],
  [
    '__sk_buff',
    [
      'tc',
      'action',
      'socket',
      'cgroup_skb/ingress',
      'cgroup_skb/egress',
      'sk_skb',
      'flow_dissector',
      'lwt_in',
      'lwt_out',
      'lwt_xmit',
      'lwt_seg6local',
    ],
  ],
]);

/** The section names that a program's argument may stand for, with the struct; null if it says nothing. */
export function contextSections(btf: Btf | null, program: string): { sections: readonly string[]; struct: string } | null {
  const func = btf?.type(btf.findByNameKind(program, Kind.FUNC));
  const proto = func?.kind === Kind.FUNC ? btf?.type(func.type) : undefined;
  const [first] = proto?.kind === Kind.FUNC_PROTO && proto.params.length === 1 ? proto.params : [];
  const pointer = first === undefined ? undefined : skipModsAndTypedefs(btf!, first.type);
  const struct = pointer?.kind === Kind.PTR ? skipModsAndTypedefs(btf!, pointer.type) : undefined;
  const sections = struct === undefined ? undefined : BY_CONTEXT.get(struct.name);
  return sections === undefined ? null : { sections, struct: struct!.name };
}

/** What is known of a program whose section libbpf does not know. */
export interface ForeignRole {
  /** The section name that it is taken for. */
  readonly role: string;
  /** Why, in words; '' where that is still to be found out. */
  readonly words: string;
  /** All that it could be, where a struct leaves several open. */
  readonly candidates: readonly string[];
  /** That struct, '' for none. */
  readonly struct: string;
}

/** What a program is whose section libbpf does not know; null if nothing is known of it. */
export function foreignRole(btf: Btf | null, fn: ObjectFunction): ForeignRole | null {
  const meant = foreignSection(fn.section);
  if (meant !== null) {
    const words = `section ${fn.section} means ${meant}, as for loaders before libbpf 1.0 and cilium/ebpf; libbpf does not know it`;
    return { role: meant, words, candidates: [], struct: '' };
  }
  const context = contextSections(btf, fn.name);
  if (context === null) return null;
  const { sections, struct } = context;
  const [role] = sections as [string];
  if (sections.length > 1) return { role, words: '', candidates: sections, struct };
  const words = `type ${role}, because of struct ${struct}: section ${fn.section} names none, the loader does`;
  return { role, words, candidates: [], struct };
}

/** Types of maps whose records have a type, but that take no size of a value. */
const RECORDS: ReadonlySet<number> = new Set([MapType.RINGBUF, MapType.PERF_EVENT_ARRAY]);

/**
 * Sizes as cilium/ebpf sets them: the value type of a ring buffer or a perf event array says what records hold, for the code that it
 * generates (`elf_reader.go: mapSpecFromBTF`, `map.go: MapSpec.fixupMagicFields`).
 * @returns what was changed, in words
 */
export function ciliumSizes(maps: readonly ObjectMap[]): string[] {
  return maps.flatMap((map) => {
    const perf = map.type === MapType.PERF_EVENT_ARRAY;
    if (map.origin !== 'user' || !RECORDS.has(map.type) || map.btfValue === 0 || map.valueSize === (perf ? 4 : 0)) return [];
    if (perf) map.keySize = 4;
    map.valueSize = perf ? 4 : 0;
    map.btfValue = 0;
    return [`${map.name}: its value type says what its records hold, as cilium/ebpf takes it; libbpf's map would be refused`];
  });
}
