// SPDX-License-Identifier: GPL-2.0-only
/** Helper numbers and prototypes. */
import type { ArgRow, ProtoRow } from '../../src/kernel/tables';
import { evaluate, readEnums, type Constants } from './constants';
import type { BtfLists } from './lists';
import { parseFunction } from './minic';
import { objectsOf, type KernelSource } from './source';

/** Helper names with `bpf_` by number, from `__BPF_FUNC_MAPPER`. */
export function helperNames(source: KernelSource): string[] {
  const names: string[] = [];
  const text = source.raw('include/uapi/linux/bpf.h');
  const start = text.indexOf('#define ___BPF_FUNC_MAPPER');
  for (const m of text.slice(start).matchAll(/\bFN\((\w+),\s*(\d+),/g)) names[Number(m[2])] = `bpf_${m[1]!}`;
  for (let i = 0; i < names.length; i++) if (names[i] === undefined) throw new Error(`no helper has number ${i}`);
  return names;
}

/** Register, argument and return types with their flags (`include/linux/bpf.h`). */
export function typeConstants(source: KernelSource): Constants {
  const known: Constants = new Map();
  const header = source.text('include/linux/bpf.h');
  known.set('BPF_BASE_TYPE_BITS', evaluate(/#define BPF_BASE_TYPE_BITS\s+(\d+)/.exec(header)?.[1] ?? '8', known)!);
  readEnums(header, known);
  return known;
}

/** Names of packet-changing helpers with `bpf_` (`net/core/filter.c: bpf_helper_changes_pkt_data`). */
export function packetChanging(source: KernelSource): string[] {
  const fn = parseFunction(source.text('net/core/filter.c'), 'bpf_helper_changes_pkt_data');
  if (!fn) throw new Error('bpf_helper_changes_pkt_data not found');
  return [...fn.text.matchAll(/BPF_FUNC_(\w+)/g)].map((m) => `bpf_${m[1]!}`).sort();
}

const FLAGS = ['gpl_only', 'pkt_access', 'might_sleep', 'allow_fastcall'] as const;

/** Struct ids that init functions look up instead of a list (`net/ipv4/bpf_tcp_ca.c: bpf_tcp_ca_init`). */
const COMPUTED_IDS: ReadonlyMap<string, string> = new Map([['&tcp_sock_id', 'tcp_sock']]);

/** All prototypes with a body; weak declarations stand for absent helpers and are left out. */
export function helperProtos(source: KernelSource, types: Constants, lists: BtfLists): Map<string, ProtoRow> {
  const protos = new Map<string, ProtoRow>();
  for (const file of source.tableFiles()) {
    for (const o of objectsOf(file, source.text(file), 'bpf_func_proto')) {
      if (protos.has(o.name)) throw new Error(`${file}: a second ${o.name}`);
      const typeOf = (member: string): number => {
        const text = o.members.get(member);
        if (text === undefined) return 0;
        const v = evaluate(text, types);
        if (v === null) throw new Error(`${file}: ${o.name}.${member} = ${text}`);
        return Number(v);
      };
      const btfOf = (member: string): string | null => {
        const text = o.members.get(member);
        if (text === undefined) return null;
        const name = COMPUTED_IDS.get(text) ?? lists.resolve(file, text);
        if (name === null) throw new Error(`${file}: ${o.name}.${member} = ${text}`);
        return name;
      };
      const args = [1, 2, 3, 4, 5].map((n): ArgRow => {
        const size = o.members.get(`arg${n}_size`);
        return [typeOf(`arg${n}_type`), btfOf(`arg${n}_btf_id`), size === undefined ? 0 : /^\d+$/.test(size) ? Number(size) : size];
      });
      const flags = FLAGS.filter((f) => o.members.get(f)?.startsWith('true'));
      const retBtf = btfOf('ret_btf_id');
      const allowed = o.members.get('allowed');
      protos.set(o.name, {
        ret: typeOf('ret_type'),
        args,
        ...(retBtf === null ? {} : { retBtf }),
        ...(allowed === undefined ? {} : { allowed }),
        ...(flags.length === 0 ? {} : { flags }),
      });
    }
  }
  return protos;
}
