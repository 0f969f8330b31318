// SPDX-License-Identifier: GPL-2.0-only
/** Helper numbers and prototypes. */
import type { ChoiceTable } from '../../src/kernel/choice';
import type { ArgRow, ProtoRow } from '../../src/kernel/tables';
import type { BtfLists } from './lists';
import { parseFunction } from './minic';
import { objectsOf, type KernelSource } from './source';
import type { TypeSpelling } from './type-spelling';

/** Helper names with `bpf_` by number, from `___BPF_FUNC_MAPPER`, or before 6.2 from `__BPF_FUNC_MAPPER`, which counts instead of numbering. */
export function helperNames(source: KernelSource): string[] {
  const names: string[] = [];
  const text = source.raw('include/uapi/linux/bpf.h');
  const numbered = /#define ___BPF_FUNC_MAPPER\b(?:.*\\\n)+.*/.exec(text)?.[0] ?? '';
  for (const m of numbered.matchAll(/\bFN\((\w+),\s*(\d+),/g)) names[Number(m[2])] = `bpf_${m[1]!}`;
  if (names.length === 0) {
    const counted = /#define __BPF_FUNC_MAPPER\b(?:.*\\\n)+.*/.exec(text)?.[0] ?? '';
    for (const m of counted.matchAll(/\bFN\((\w+)\)\s*,/g)) names.push(`bpf_${m[1]!}`);
  }
  if (names.length === 0) throw new Error('no helper numbers');
  for (let i = 0; i < names.length; i++) if (names[i] === undefined) throw new Error(`no helper has number ${i}`);
  return names;
}

/**
 * Names of packet-changing helpers with `bpf_` (`net/core/filter.c: bpf_helper_changes_pkt_data`). Older kernels list the functions behind
 * prototypes there, so helpers are those that some chooser hands such a prototype out for.
 */
export function packetChanging(source: KernelSource, choices: ReadonlyMap<string, ChoiceTable>): string[] {
  const fn = parseFunction(source.text('net/core/filter.c'), 'bpf_helper_changes_pkt_data');
  if (!fn) throw new Error('bpf_helper_changes_pkt_data not found');
  const numbered = [...fn.text.matchAll(/BPF_FUNC_(\w+)/g)].map((m) => `bpf_${m[1]!}`);
  if (numbered.length > 0) return numbered.sort();
  const functions = new Set([...fn.text.matchAll(/\bfunc\s*==\s*(\w+)/g)].map((m) => m[1]!));
  const protos = source.tableFiles().flatMap((file) =>
    objectsOf(file, source.text(file), 'bpf_func_proto')
      .filter((o) => functions.has(o.members.get('func') ?? ''))
      .map((o) => o.name),
  );
  const names = new Set<string>();
  for (const table of choices.values()) {
    for (const [helper, choice] of Object.entries(table.cases)) {
      const text = JSON.stringify(choice);
      if (protos.some((p) => text.includes(`"${p}"`))) names.add(`bpf_${helper}`);
    }
  }
  if (names.size === 0) throw new Error('no helper changes packets');
  return [...names].sort();
}

const FLAGS = ['gpl_only', 'pkt_access', 'might_sleep', 'allow_fastcall'] as const;

/** Struct ids that init functions look up instead of a list (`net/ipv4/bpf_tcp_ca.c: bpf_tcp_ca_init`). */
const COMPUTED_IDS: ReadonlyMap<string, string> = new Map([['&tcp_sock_id', 'tcp_sock']]);

/** All prototypes with a body; weak declarations stand for absent helpers and are left out. */
export function helperProtos(source: KernelSource, types: TypeSpelling, lists: BtfLists): Map<string, ProtoRow> {
  const protos = new Map<string, ProtoRow>();
  for (const file of source.tableFiles()) {
    for (const o of objectsOf(file, source.text(file), 'bpf_func_proto')) {
      if (protos.has(o.name)) throw new Error(`${file}: a second ${o.name}`);
      const typeOf = (family: 'arg' | 'ret', member: string): string => {
        const text = o.members.get(member) ?? '0';
        const v = types.spell(family, text);
        if (v === null) throw new Error(`${file}: ${o.name}.${member} = ${text}`);
        return v;
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
        return [typeOf('arg', `arg${n}_type`), btfOf(`arg${n}_btf_id`), size === undefined ? 0 : /^\d+$/.test(size) ? Number(size) : size];
      });
      const flags = FLAGS.filter((f) => o.members.get(f)?.startsWith('true'));
      const retBtf = btfOf('ret_btf_id');
      const allowed = o.members.get('allowed');
      protos.set(o.name, {
        ret: typeOf('ret', 'ret_type'),
        args,
        ...(retBtf === null ? {} : { retBtf }),
        ...(allowed === undefined ? {} : { allowed }),
        ...(flags.length === 0 ? {} : { flags }),
      });
    }
  }
  return protos;
}
