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
 * Section names by the struct that programs get (`include/linux/bpf_types.h`). Where several types get the same, the most usual one, and
 * `several`.
 */
const BY_CONTEXT: ReadonlyMap<string, { readonly section: string; readonly several: boolean }> = new Map(
  (
    [
      ['xdp_md', 'xdp', false],
      ['pt_regs', 'kprobe', false],
      ['bpf_perf_event_data', 'perf_event', false],
      ['bpf_sock_ops', 'sockops', false],
      ['sk_msg_md', 'sk_msg', false],
      ['sk_reuseport_md', 'sk_reuseport', false],
      ['bpf_sk_lookup', 'sk_lookup', false],
      ['bpf_sysctl', 'cgroup/sysctl', false],
      ['bpf_cgroup_dev_ctx', 'cgroup/dev', false],
      ['bpf_raw_tracepoint_args', 'raw_tp', false],
      ['bpf_nf_ctx', 'netfilter', false],
      ['__sk_buff', 'tc', true],
    ] as const
  ).map(([struct, section, several]) => [struct, { section, several }]),
);

/** The section name that a program's argument stands for, with the struct; null if it says nothing. */
export function contextSection(btf: Btf | null, program: string): { section: string; struct: string; several: boolean } | null {
  const func = btf?.type(btf.findByNameKind(program, Kind.FUNC));
  const proto = func?.kind === Kind.FUNC ? btf?.type(func.type) : undefined;
  const [first] = proto?.kind === Kind.FUNC_PROTO && proto.params.length === 1 ? proto.params : [];
  const pointer = first === undefined ? undefined : skipModsAndTypedefs(btf!, first.type);
  const struct = pointer?.kind === Kind.PTR ? skipModsAndTypedefs(btf!, pointer.type) : undefined;
  const known = struct === undefined ? undefined : BY_CONTEXT.get(struct.name);
  return known === undefined ? null : { ...known, struct: struct!.name };
}

/** What is assumed of a program whose section libbpf does not know, in words; null if nothing is known of it. */
export function foreignRole(btf: Btf | null, fn: ObjectFunction): { readonly role: string; readonly words: string } | null {
  const meant = foreignSection(fn.section);
  if (meant !== null)
    return {
      role: meant,
      words: `section ${fn.section} means ${meant}, as for loaders before libbpf 1.0 and cilium/ebpf; libbpf does not know it`,
    };
  const context = contextSection(btf, fn.name);
  if (context === null) return null;
  const { section, struct, several } = context;
  const why = several ? `the most usual of the types with struct ${struct}` : `because of struct ${struct}`;
  return { role: section, words: `type ${section}, ${why}: section ${fn.section} names none, the loader does` };
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
