// SPDX-License-Identifier: GPL-2.0-only
/** Type information of fuzzed objects: fixed structs, maps and data, and the kfuncs that a program calls with the kernel's own prototypes. */
import { type Btf, Kind, Linkage } from '../../src/btf/types';
import { BtfWriter } from '../../test/unit/object/helpers/btf';
import type { FuzzProgram } from './program';

/** Numbers of `enum bpf_map_type`. */
const MAP_TYPE = { HASH: 1, ARRAY: 2, PROG_ARRAY: 3, PERCPU_ARRAY: 6, RINGBUF: 27 } as const;

/** A map that programs can use. */
export interface MapShape {
  readonly type: number;
  /** Name of the value's struct, '' for none. */
  readonly value: string;
  readonly valueSize: number;
}

/** Maps by name. Keys are 4 bytes. */
export const MAPS: Readonly<Record<string, MapShape>> = {
  plain: { type: MAP_TYPE.ARRAY, value: 'v_plain', valueSize: 64 },
  hash: { type: MAP_TYPE.HASH, value: 'v_plain', valueSize: 64 },
  percpu: { type: MAP_TYPE.PERCPU_ARRAY, value: 'v_plain', valueSize: 64 },
  locked: { type: MAP_TYPE.ARRAY, value: 'v_lock', valueSize: 16 },
  reslocked: { type: MAP_TYPE.ARRAY, value: 'v_res', valueSize: 16 },
  lists: { type: MAP_TYPE.ARRAY, value: 'v_list', valueSize: 40 },
  timers: { type: MAP_TYPE.ARRAY, value: 'v_timer', valueSize: 24 },
  kptrs: { type: MAP_TYPE.ARRAY, value: 'v_kptr', valueSize: 16 },
  ring: { type: MAP_TYPE.RINGBUF, value: '', valueSize: 0 },
  jumps: { type: MAP_TYPE.PROG_ARRAY, value: '', valueSize: 4 },
};

/** Bytes of the variables of the data sections. */
export const DATA: Readonly<Record<string, { readonly section: string; readonly size: number }>> = {
  scratch: { section: '.bss', size: 64 },
  table: { section: '.rodata', size: 32 },
};

/** Structs that programs can allocate: size and the offset of the node in them. */
export const OBJECTS = { lnode: { size: 32, node: 0, key: 24 }, rnode: { size: 40, node: 0, key: 32 } } as const;

/** A BTF blob with the ids that the rest of the object needs. */
export interface TypeInfo {
  readonly bytes: Uint8Array;
  /** FUNC ids by function name. */
  readonly functions: ReadonlyMap<string, number>;
  text(value: string): number;
}

/** Ids of allocatable structs: the first structs that are written, so that programs can name them by number. */
export const OBJECT_IDS: Readonly<Record<keyof typeof OBJECTS, number>> = { lnode: 6, rnode: 9 };

/** Copies what a kfunc's prototype names, structs by name only. */
class Copier {
  readonly #done = new Map<number, number>();

  constructor(
    private readonly out: BtfWriter,
    private readonly kernel: Btf,
    private readonly structs: ReadonlyMap<string, number>,
  ) {}

  copy(id: number): number {
    if (id === 0) return 0;
    const known = this.#done.get(id);
    if (known !== undefined) return known;
    const made = this.make(id);
    this.#done.set(id, made);
    return made;
  }

  private make(id: number): number {
    const t = this.kernel.type(id)!;
    switch (t.kind) {
      case Kind.INT:
        return this.out.int(t.name, t.size, t.encoding);
      case Kind.PTR:
        return this.out.ptr(this.copy(t.type));
      case Kind.STRUCT:
      case Kind.UNION:
        return this.structs.get(t.name) ?? this.out.struct(t.name, 0, [], t.kind);
      case Kind.ENUM:
      case Kind.ENUM64:
        return this.out.raw(Kind.ENUM, t.name, 0, 4);
      case Kind.FUNC_PROTO:
        return this.out.proto(this.copy(t.ret), t.params.map((p): [string, number] => ['', this.copy(p.type)]));
      case Kind.CONST:
      case Kind.VOLATILE:
      case Kind.RESTRICT:
      case Kind.TYPEDEF:
      case Kind.TYPE_TAG:
        return this.copy(t.type);
      default:
        return 0;
    }
  }
}

/** Writes the types of a program. */
export function typeInfo(program: FuzzProgram, kernel: Btf): TypeInfo {
  const out = new BtfWriter();
  const int = out.int('int', 4, 1); // 1
  const u64 = out.int('unsigned long', 8); // 2
  const u32 = out.int('unsigned int', 4); // 3
  const words = (n: number): number => out.array(u64, u32, n);
  const three = words(3); // 4
  const listNode = out.struct('bpf_list_node', 24, [['__opaque', three, 0]]); // 5
  out.struct('lnode', OBJECTS.lnode.size, [['n', listNode, 0], ['key', u64, OBJECTS.lnode.key * 8]]); // 6
  const four = words(4); // 7
  const rbNode = out.struct('bpf_rb_node', 32, [['__opaque', four, 0]]); // 8
  out.struct('rnode', OBJECTS.rnode.size, [['n', rbNode, 0], ['key', u64, OBJECTS.rnode.key * 8]]); // 9
  const two = words(2);
  const structs = new Map<string, number>([
    ['bpf_list_node', listNode],
    ['bpf_rb_node', rbNode],
  ]);
  const add = (name: string, size: number, members: [string, number, number][]): number => {
    const id = out.struct(name, size, members);
    structs.set(name, id);
    return id;
  };
  const spin = add('bpf_spin_lock', 4, [['val', u32, 0]]);
  const res = add('bpf_res_spin_lock', 4, [['val', u32, 0]]);
  const timer = add('bpf_timer', 16, [['__opaque', two, 0]]);
  const head = add('bpf_list_head', 16, [['__opaque', two, 0]]);
  const root = add('bpf_rb_root', 16, [['__opaque', two, 0]]);
  const task = add('task_struct', 0, []);
  const cgroup = add('cgroup', 0, []);
  const kptr = (type: number): number => out.ptr(out.ref(Kind.TYPE_TAG, type, 'kptr'));
  const eight = words(8);
  const values = new Map<string, number>([
    ['v_plain', out.struct('v_plain', 64, [['a', eight, 0]])],
    ['v_lock', out.struct('v_lock', 16, [['lock', spin, 0], ['x', u64, 64]])],
    ['v_res', out.struct('v_res', 16, [['lock', res, 0], ['x', u64, 64]])],
    ['v_list', out.struct('v_list', 40, [['lock', spin, 0], ['head', head, 64], ['root', root, 192]])],
    ['v_timer', out.struct('v_timer', 24, [['t', timer, 0], ['x', u64, 128]])],
    ['v_kptr', out.struct('v_kptr', 16, [['task', kptr(task), 0], ['cgrp', kptr(cgroup), 64]])],
    ['', u32],
  ]);
  const lists = values.get('v_list')!;
  out.declTag('contains:lnode:n', lists, 1);
  out.declTag('contains:rnode:n', lists, 2);

  const links = program.functions.flatMap((f) => f.items.flatMap((i) => (i.link === undefined ? [] : [i.link])));
  const used = (kind: string): string[] => [...new Set(links.filter((l) => l.kind === kind).map((l) => l.name))];
  const attribute = (n: number): number => out.ptr(out.array(int, int, n));
  const vars: number[][] = [];
  for (const [i, name] of used('map').entries()) {
    const shape = MAPS[name]!;
    const members: [string, number, number][] = [
      ['type', attribute(shape.type), 0],
      ['max_entries', attribute(shape.type === MAP_TYPE.RINGBUF ? 4096 : 1), 64],
    ];
    if (shape.valueSize > 0) members.push(['key', out.ptr(u32), 128], ['value', out.ptr(values.get(shape.value)!), 192]);
    vars.push([out.variable(name, out.struct('', members.length * 8, members)), i * 32, members.length * 8]);
  }
  if (vars.length > 0) out.datasec('.maps', 0, vars);
  for (const name of used('data')) {
    const { section, size } = DATA[name]!;
    const type = words(size / 8);
    out.datasec(section, 0, [[out.variable(name, section === '.rodata' ? out.ref(Kind.CONST, type) : type), 0, size]]);
  }
  const copier = new Copier(out, kernel, structs);
  const externs = used('kfunc').map((name) => {
    const type = kernel.type(kernel.findByNameKind(name, Kind.FUNC));
    const proto = type?.kind === Kind.FUNC ? copier.copy(type.type) : out.proto(0, []);
    return out.func(name, proto, Linkage.EXTERN);
  });
  if (externs.length > 0) out.datasec('.ksyms', 0, externs.map((id) => [id, 0, 0]));
  const pointers = { ctx: out.ptr(0), scalar: u64, pointer: out.ptr(u64) };
  const functions = new Map<string, number>();
  for (const fn of program.functions) {
    const proto = out.proto(int, fn.params.map((p, i): [string, number] => [`a${i}`, pointers[p]]));
    functions.set(fn.name, out.func(fn.name, proto, fn.linkage === 'static' ? Linkage.STATIC : Linkage.GLOBAL));
  }
  // section and function names stand in the same string table
  out.text(program.section);
  out.text('.text');
  return { functions, text: (value) => out.text(value), get bytes() { return out.bytes(); } };
}
