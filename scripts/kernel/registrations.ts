// SPDX-License-Identifier: GPL-2.0-only
/** Kfunc sets, program and map types, struct_ops and iterators: tables made by registration. */
import type { IteratorRow, KfuncSetRow, MapTypeRow, ProgTypeRow, StructOpsRow } from '../../src/kernel/tables';
import type { BtfLists } from './lists';
import { objectsOf, splitCommas, type CObject, type KernelSource } from './source';
import type { TypeSpelling } from './type-spelling';

/** Says which BTF has a function or a struct: null for vmlinux, a module's name, undefined for none. */
export interface Owners {
  func(name: string): string | null | undefined;
  struct(name: string): string | null | undefined;
}

const MODULE_DIR = 'tools/testing/selftests/bpf/test_kmods/';
/** Test modules are named as their file. */
function ownerOf(file: string, found: string | null | undefined): string | null | undefined {
  return file.startsWith(MODULE_DIR) ? file.slice(MODULE_DIR.length).replace(/\.c$/, '') : found;
}

export interface KfuncTables {
  readonly sets: Map<string, KfuncSetRow>;
  readonly members: Map<string, Record<string, string>>;
  readonly dtors: Map<string, string>;
}

/** Kfuncs that may be called under a spin lock by name, in kernels where no flag says so (`kernel/bpf/verifier.c: do_check`, `is_bpf_graph_api_kfunc`). */
function spinlockSafe(source: KernelSource): ReadonlySet<string> {
  const names = new Set<string>();
  if (source.text('include/linux/btf.h').includes('KF_SPINLOCK_SAFE')) return names;
  const text = source.text('kernel/bpf/verifier.c');
  const seen = new Set<string>();
  const read = (fn: string): void => {
    if (seen.has(fn)) return;
    seen.add(fn);
    const body = new RegExp(`^static bool ${fn}\\([^)]*\\)\\s*\\{[\\s\\S]*?^\\}`, 'm').exec(text)?.[0] ?? '';
    for (const m of body.matchAll(/special_kfunc_list\[KF_(\w+)\]/g)) names.add(m[1]!);
    for (const m of body.matchAll(/\b(is_bpf_\w+_kfunc)\(btf_id\)/g)) read(m[1]!);
  };
  for (const m of text.matchAll(/!(is_bpf_\w+_kfunc|kfunc_spin_allowed)\(insn->imm\)/g)) read(m[1]!);
  return names;
}

/** Program types, without `BPF_PROG_TYPE_`, that have more kfuncs than the common ones (`bpf_prog_type_to_kfunc_hook`). */
export function kfuncHookTypes(source: KernelSource): string[] {
  const body = /\bbpf_prog_type_to_kfunc_hook\([^)]*\)\s*\{([\s\S]*?)\n\}/.exec(source.text('kernel/bpf/btf.c'))?.[1] ?? '';
  return [...body.matchAll(/\bcase BPF_PROG_TYPE_(\w+):/g)].map((m) => m[1]!).filter((type) => type !== 'UNSPEC');
}

export function kfuncTables(source: KernelSource, lists: BtfLists, owners: Owners, warn: (text: string) => void): KfuncTables {
  const sets = new Map<string, KfuncSetRow>();
  const members = new Map<string, Record<string, string>>();
  const dtors = new Map<string, string>();
  const safe = spinlockSafe(source);
  for (const file of source.tableFiles()) {
    const text = source.text(file);
    const ksets = objectsOf(file, text, 'btf_kfunc_id_set');
    const hooks = new Map<string, string[]>();
    const add = (kset: string, hook: string): void => {
      hooks.set(kset, [...(hooks.get(kset) ?? []), hook]);
    };
    for (const m of text.matchAll(/\bregister_btf_kfunc_id_set\s*\(\s*BPF_PROG_TYPE_(\w+)\s*,\s*&(\w+)\s*\)/g)) add(m[2]!, m[1]!);
    for (const m of text.matchAll(/\bregister_btf_fmodret_id_set\s*\(\s*&(\w+)\s*\)/g)) add(m[1]!, 'FMODRET');
    for (const [kset, types] of hooks) {
      const o = ksets.find((k) => k.name === kset);
      const setName = o?.members.get('set')?.replace(/^&/, '');
      const list = lists.all.find((l) => l.file === file && l.name === setName);
      if (!o || !list) {
        warn(`${file}: no set behind ${kset}`);
        continue;
      }
      const known = list.members.filter((k) => owners.func(k.name) !== undefined);
      const owner = ownerOf(file, known[0] === undefined ? undefined : owners.func(known[0].name));
      if (owner === undefined) {
        warn(`${file}: ${list.name} is not in this kernel`);
        continue;
      }
      const key = `${file}:${list.name}`;
      const before = sets.get(key);
      sets.set(key, { module: owner, hooks: [...(before?.hooks ?? []), ...types], filter: o.members.get('filter') ?? '' });
      members.set(
        key,
        Object.fromEntries(
          known.map((k) => [k.name, safe.has(k.name) ? [k.flags, 'KF_SPINLOCK_SAFE'].filter((f) => f !== '').join('|') : k.flags]),
        ),
      );
    }
    for (const m of text.matchAll(/\.btf_id\s*=\s*(\w+\[\d+\])\s*,\s*\.kfunc_btf_id\s*=\s*(\w+\[\d+\])/g)) {
      const struct = lists.resolve(file, m[1]!);
      const fn = lists.resolve(file, m[2]!);
      if (struct !== null && fn !== null && owners.func(fn) !== undefined) dtors.set(struct, fn);
    }
  }
  return { sets, members, dtors };
}

function callbacks(o: CObject | undefined): Record<string, string> {
  return o === undefined ? {} : Object.fromEntries([...o.members].map(([k, v]) => [k, v.replace(/^&/, '')]));
}

function allObjects(source: KernelSource, struct: string): CObject[] {
  return source.tableFiles().flatMap((f) => objectsOf(f, source.text(f), struct));
}

/** `include/linux/bpf_types.h` with the ops behind it. */
export function typeTables(source: KernelSource, lists: BtfLists): { progs: Map<string, ProgTypeRow>; maps: Map<string, MapTypeRow> } {
  const text = source.text('include/linux/bpf_types.h');
  const ops = allObjects(source, 'bpf_verifier_ops');
  const mapOps = allObjects(source, 'bpf_map_ops');
  const progs = new Map<string, ProgTypeRow>();
  const maps = new Map<string, MapTypeRow>();
  for (const m of text.matchAll(/BPF_PROG_TYPE\(([^)]*)\)/g)) {
    const [type, name, user, kernel] = m[1]!.split(',').map((s) => s.trim().replace(/\s+/g, ' '));
    progs.set(type!, {
      ops: name!,
      ctxUser: user!,
      ctxKernel: kernel!,
      callbacks: callbacks(ops.find((o) => o.name === `${name!}_verifier_ops`)),
    });
  }
  for (const m of text.matchAll(/BPF_MAP_TYPE\(([^)]*)\)/g)) {
    const [type, name] = m[1]!.split(',').map((s) => s.trim());
    const o = mapOps.find((x) => x.name === name);
    if (!o) throw new Error(`no ${name!}`);
    const id = o.members.get('map_btf_id');
    maps.set(type!, {
      ops: name!,
      btf: id === undefined ? '' : (lists.resolve(o.file, id) ?? ''),
      callbacks: [...o.members.keys()].filter((k) => k !== 'map_btf_id').sort(),
    });
  }
  return { progs, maps };
}

/** Registered struct_ops by kernel struct. */
export function structOpsTable(source: KernelSource, owners: Owners, warn: (text: string) => void): Map<string, StructOpsRow> {
  const table = new Map<string, StructOpsRow>();
  for (const file of source.tableFiles()) {
    const text = source.text(file);
    for (const o of objectsOf(file, text, 'bpf_struct_ops')) {
      const name = o.members.get('name')?.replaceAll('"', '');
      if (name === undefined) continue;
      const owner = ownerOf(file, owners.struct(`bpf_struct_ops_${name}`));
      if (owner === undefined) {
        warn(`${file}: struct_ops ${name} is not in this kernel`);
        continue;
      }
      const stubsName =
        o.members.get('cfi_stubs')?.replace(/^&/, '') ?? new RegExp(`\\b${o.name}\\.cfi_stubs\\s*=\\s*&(\\w+)`).exec(text)?.[1];
      const ops = objectsOf(file, text, 'bpf_verifier_ops').find((v) => `&${v.name}` === o.members.get('verifier_ops'));
      const stubs = objectsOf(file, text, name).find((s) => s.name === stubsName);
      if (!stubs) warn(`${file}: struct_ops ${name} has no stubs`);
      const filled = stubs === undefined ? {} : loopStubs(text, stubs.name);
      const own = Object.entries(callbacks(o)).filter(([k]) => !['name', 'owner', 'cfi_stubs', 'verifier_ops'].includes(k));
      table.set(name, {
        module: owner,
        object: o.name,
        callbacks: { ...Object.fromEntries(own), ...callbacks(ops) },
        stubs: { ...callbacks(stubs), ...filled },
      });
    }
  }
  return table;
}

/** Stubs NAME_m to NAME_n that a module fills in a loop when it is loaded: `tramp = &OBJECT.NAME_m; while (tramp <= &OBJECT.NAME_n) *tramp++ = STUB;`. */
function loopStubs(text: string, object: string): Record<string, string> {
  const loop = new RegExp(
    `= \\(void \\*\\*\\)&${object}\\.(\\w+_)(\\d+);\\s*while \\(\\w+ <= \\(void \\*\\*\\)&${object}\\.\\1(\\d+)\\)\\s*\\*\\w+\\+\\+ = (\\w+);`,
  );
  const m = loop.exec(text);
  if (m === null) return {};
  const filled: Record<string, string> = {};
  for (let n = Number(m[2]); n <= Number(m[3]); n++) filled[`${m[1]!}${n}`] = m[4]!;
  return filled;
}

/** Iterator targets by name. */
export function iteratorTable(
  source: KernelSource,
  types: TypeSpelling,
  lists: BtfLists,
  owners: Owners,
  warn: (text: string) => void,
): Map<string, IteratorRow> {
  const table = new Map<string, IteratorRow>();
  for (const file of source.tableFiles()) {
    const text = source.text(file);
    for (const o of objectsOf(file, text, 'bpf_iter_reg')) {
      const target = o.members.get('target')?.replaceAll('"', '') ?? '';
      if (owners.func(`bpf_iter_${target}`) === undefined) {
        warn(`${file}: iterator ${target} is not in this kernel`);
        continue;
      }
      const ids = new Map<number, string | null>();
      for (const m of text.matchAll(new RegExp(`\\b${o.name}\\.ctx_arg_info\\[(\\d)\\]\\.btf_id\\s*=\\s*([^;]+);`, 'g'))) {
        ids.set(Number(m[1]), lists.resolve(file, m[2]!));
      }
      const info = o.members.get('ctx_arg_info') ?? '{}';
      const args = splitCommas(info.slice(1, -1)).map((entry, i): readonly [string, string, string, string | null] => {
        const m = /offsetof\(struct (\w+), (\w+)\), (.*?)\s*\}$/.exec(entry.replace(/\s+/g, ' '));
        const type = m ? types.spell('reg', m[3]!) : null;
        if (!m || type === null) throw new Error(`${file}: ${entry}`);
        return [m[1]!, m[2]!, type, ids.get(i) ?? null];
      });
      table.set(target, {
        resched: (o.members.get('feature') ?? '').includes('BPF_ITER_RESCHED'),
        getFuncProto: o.members.get('get_func_proto') ?? '',
        args,
      });
    }
  }
  return table;
}
