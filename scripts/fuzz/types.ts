// SPDX-License-Identifier: GPL-2.0-only
/** Type information of fuzzed objects: fixed structs, maps and data, and the kfuncs that a program calls with the kernel's own prototypes. */
import { type Btf, Kind, Linkage } from '../../src/btf/types';
import type { KernelProfile } from '../../src/kernel/profile';
import { BtfWriter } from '../../test/unit/object/helpers/btf';
import type { FuzzProgram, Member, MemberKind, Param, Result } from './program';

/** Numbers of `enum bpf_map_type`. */
const MAP_TYPE = {
  HASH: 1,
  ARRAY: 2,
  PROG_ARRAY: 3,
  PERF_EVENT_ARRAY: 4,
  PERCPU_HASH: 5,
  PERCPU_ARRAY: 6,
  STACK_TRACE: 7,
  LRU_HASH: 9,
  ARRAY_OF_MAPS: 12,
  HASH_OF_MAPS: 13,
  SOCKMAP: 15,
  CPUMAP: 16,
  SOCKHASH: 18,
  QUEUE: 22,
  STACK: 23,
  SK_STORAGE: 24,
  RINGBUF: 27,
  INODE_STORAGE: 28,
  TASK_STORAGE: 29,
  USER_RINGBUF: 31,
  CGRP_STORAGE: 32,
  ARENA: 33,
  INSN_ARRAY: 34,
  CGROUP_ARRAY: 8,
  LRU_PERCPU_HASH: 10,
  LPM_TRIE: 11,
  DEVMAP: 14,
  XSKMAP: 17,
  CGROUP_STORAGE: 19,
  REUSEPORT_SOCKARRAY: 20,
  PERCPU_CGROUP_STORAGE: 21,
  DEVMAP_HASH: 25,
  BLOOM_FILTER: 30,
} as const;

/** `BPF_F_*` of map creation. */
const MAP_FLAG = { NO_PREALLOC: 1, RDONLY_PROG: 1 << 7, WRONLY_PROG: 1 << 8, MMAPABLE: 1 << 10 } as const;

/** A map that programs can use. */
export interface MapShape {
  readonly type: number;
  /** Name of the value's struct, '' for none. */
  readonly value: string;
  readonly valueSize: number;
  /** False for maps without keys. */
  readonly key?: boolean;
  /** Bytes of the key, if not 4. */
  readonly keySize?: 8;
  /** Key and value have sizes only. */
  readonly untyped?: boolean;
  readonly flags?: number;
  readonly entries?: number;
  /** Of what the inner maps are like. */
  readonly inner?: string;
}

/** Bytes of the struct that a program's `layout` describes. */
export const ODD_BYTES = 128;

const storage = (type: number, value = 'v_plain', valueSize = 64): MapShape => ({
  type,
  value,
  valueSize,
  flags: MAP_FLAG.NO_PREALLOC,
  entries: 0,
});
const bare = (type: number): MapShape => ({ type, value: '', valueSize: 4 });

/** Maps by name. Keys are 4 bytes, mostly. */
export const MAPS: Readonly<Record<string, MapShape>> = {
  plain: { type: MAP_TYPE.ARRAY, value: 'v_plain', valueSize: 64 },
  hash: { type: MAP_TYPE.HASH, value: 'v_plain', valueSize: 64 },
  percpu: { type: MAP_TYPE.PERCPU_ARRAY, value: 'v_plain', valueSize: 64 },
  perhash: { type: MAP_TYPE.PERCPU_HASH, value: 'v_plain', valueSize: 64 },
  lru: { type: MAP_TYPE.LRU_HASH, value: 'v_plain', valueSize: 64 },
  trie: { type: MAP_TYPE.LPM_TRIE, value: 'v_plain', valueSize: 64, keySize: 8, flags: MAP_FLAG.NO_PREALLOC },
  lrucpu: { type: MAP_TYPE.LRU_PERCPU_HASH, value: 'v_plain', valueSize: 64 },
  bloom: { type: MAP_TYPE.BLOOM_FILTER, value: 'v_plain', valueSize: 64, key: false },
  reuse: { type: MAP_TYPE.REUSEPORT_SOCKARRAY, value: 'v_word', valueSize: 8 },
  devices: bare(MAP_TYPE.DEVMAP),
  devhash: bare(MAP_TYPE.DEVMAP_HASH),
  xsks: bare(MAP_TYPE.XSKMAP),
  cgroups: bare(MAP_TYPE.CGROUP_ARRAY),
  cgstore: { type: MAP_TYPE.CGROUP_STORAGE, value: 'v_plain', valueSize: 64, keySize: 8, entries: 0 },
  cgstore2: { type: MAP_TYPE.CGROUP_STORAGE, value: 'v_plain', valueSize: 64, keySize: 8, entries: 0 },
  cgpercpu: { type: MAP_TYPE.PERCPU_CGROUP_STORAGE, value: 'v_plain', valueSize: 64, keySize: 8, entries: 0 },
  raw: { type: MAP_TYPE.ARRAY, value: 'v_lock', valueSize: 16, untyped: true },
  rawhash: { type: MAP_TYPE.HASH, value: 'v_kptr', valueSize: 16, untyped: true },
  odd: { type: MAP_TYPE.ARRAY, value: 'v_odd', valueSize: ODD_BYTES },
  oddhash: { type: MAP_TYPE.HASH, value: 'v_odd', valueSize: ODD_BYTES },
  oddcpu: { type: MAP_TYPE.PERCPU_ARRAY, value: 'v_odd', valueSize: ODD_BYTES },
  arena2: { type: MAP_TYPE.ARENA, value: '', valueSize: 0, flags: MAP_FLAG.MMAPABLE, entries: 16 },
  rdonly: { type: MAP_TYPE.ARRAY, value: 'v_plain', valueSize: 64, flags: MAP_FLAG.RDONLY_PROG },
  wronly: { type: MAP_TYPE.ARRAY, value: 'v_plain', valueSize: 64, flags: MAP_FLAG.WRONLY_PROG },
  locked: { type: MAP_TYPE.ARRAY, value: 'v_lock', valueSize: 16 },
  reslocked: { type: MAP_TYPE.ARRAY, value: 'v_res', valueSize: 16 },
  lists: { type: MAP_TYPE.ARRAY, value: 'v_list', valueSize: 40 },
  boths: { type: MAP_TYPE.ARRAY, value: 'v_both', valueSize: 40 },
  timers: { type: MAP_TYPE.ARRAY, value: 'v_timer', valueSize: 24 },
  works: { type: MAP_TYPE.ARRAY, value: 'v_wq', valueSize: 24 },
  tasks: { type: MAP_TYPE.ARRAY, value: 'v_work', valueSize: 16 },
  kptrs: { type: MAP_TYPE.ARRAY, value: 'v_kptr', valueSize: 16 },
  kpthash: { type: MAP_TYPE.HASH, value: 'v_kptr', valueSize: 16 },
  kptcpu: { type: MAP_TYPE.PERCPU_ARRAY, value: 'v_kptr', valueSize: 16 },
  locals: { type: MAP_TYPE.HASH, value: 'v_local', valueSize: 32 },
  ring: { type: MAP_TYPE.RINGBUF, value: '', valueSize: 0, entries: 4096 },
  user: { type: MAP_TYPE.USER_RINGBUF, value: '', valueSize: 0, entries: 4096 },
  arena: { type: MAP_TYPE.ARENA, value: '', valueSize: 0, flags: MAP_FLAG.MMAPABLE, entries: 16 },
  jumps: bare(MAP_TYPE.PROG_ARRAY),
  /** Jump targets that nobody has filled in. */
  places: { type: MAP_TYPE.INSN_ARRAY, value: 'v_res', valueSize: 16 },
  events: bare(MAP_TYPE.PERF_EVENT_ARRAY),
  stacks: { type: MAP_TYPE.STACK_TRACE, value: 'v_plain', valueSize: 64 },
  queue: { type: MAP_TYPE.QUEUE, value: 'v_plain', valueSize: 64, key: false },
  stack: { type: MAP_TYPE.STACK, value: 'v_plain', valueSize: 64, key: false },
  sockmap: bare(MAP_TYPE.SOCKMAP),
  sockhash: bare(MAP_TYPE.SOCKHASH),
  cpus: bare(MAP_TYPE.CPUMAP),
  skstore: storage(MAP_TYPE.SK_STORAGE),
  taskstore: storage(MAP_TYPE.TASK_STORAGE),
  cgrpstore: storage(MAP_TYPE.CGRP_STORAGE),
  inodestore: storage(MAP_TYPE.INODE_STORAGE),
  taskkptr: storage(MAP_TYPE.TASK_STORAGE, 'v_kptr', 16),
  outer: { type: MAP_TYPE.ARRAY_OF_MAPS, value: '', valueSize: 4, inner: 'plain' },
  outerhash: { type: MAP_TYPE.HASH_OF_MAPS, value: '', valueSize: 4, inner: 'hash' },
  outerlock: { type: MAP_TYPE.ARRAY_OF_MAPS, value: '', valueSize: 4, inner: 'locked' },
};

/** Bytes between the definitions of two maps in `.maps`. */
export const MAP_STRIDE = 64;

/** Attributes of a map's definition, by name; an attribute takes 8 bytes. */
function attributesOf(shape: MapShape): string[] {
  const names = ['type', 'max_entries'];
  if (shape.flags !== undefined) names.push('map_flags');
  const size = shape.untyped === true ? '_size' : '';
  if (shape.valueSize > 0 && shape.key !== false) names.push(`key${size}`);
  if (shape.valueSize > 0) names.push(`value${size}`);
  return names;
}

/** Bytes of a map's definition. */
export function mapBytes(shape: MapShape): number {
  return attributesOf(shape).length * 8;
}

/** Strings that the kernel reads: formats that are right and wrong, names; each ends with a zero. */
export const STRINGS = [
  'x',
  '',
  '%d',
  '%s',
  '%d %llu',
  '%s %c %x',
  '%p',
  '%pK',
  '%px',
  '%ps',
  '%pB',
  '%pks',
  '%pus',
  '%pi4',
  '%pI4',
  '%pi6',
  '%pI6',
  '%pi5',
  '%%',
  '%',
  '%5d',
  '%-5d',
  '%05d %+d',
  '% d',
  '%ld',
  '%lld',
  '%li',
  '%lu',
  '%hd',
  '%z',
  '%i',
  '%u',
  '%5',
  '%l',
  '%ll',
  '%pi',
  '%d%',
  '%.2d',
  '%sx',
  '%d\n%d',
  '%#x',
  '%5s',
  '\x01',
  '\xff',
  'a%db',
  '%pd',
  '%s%s%s',
  '%d%d%d%d%d',
  '%c%c',
  '%X',
  '%pad',
  'security.bpf.x',
  'user.x',
];

const STRING_BYTES = STRINGS.map((s) => `${s}\0`).join('');

/** Offset of a string in the variable `strings`. */
export function stringAt(index: number): number {
  return STRINGS.slice(0, index).reduce((sum, s) => sum + s.length + 1, 0);
}

/** Variables of the data sections. `text`: what stands there, one byte a character. */
export const DATA: Readonly<Record<string, { readonly section: string; readonly size: number; readonly text?: string }>> = {
  scratch: { section: '.bss', size: 64 },
  table: { section: '.rodata', size: 32 },
  // the last string ends with the section, without a zero
  strings: { section: '.rodata.strings', size: STRING_BYTES.length + 2, text: `${STRING_BYTES}%d` },
};

/** Structs that programs can allocate: size and the offset of the node in them. */
export const OBJECTS = {
  lnode: { size: 32, node: 0, key: 24 },
  rnode: { size: 40, node: 0, key: 32 },
  /** In a list and a tree at the same time, counted. */
  both: { size: 72, node: 24, key: 64 },
  /** Without anything special. */
  flat: { size: 16, node: 0, key: 8 },
  /** With a lock and a list of its own. */
  nest: { size: 56, node: 0, key: 48 },
} as const;

/** Declaration tags of parameters. */
const PARAM_TAGS: Readonly<Partial<Record<Param, readonly string[]>>> = {
  nonnull: ['nonnull'],
  nullable: ['nullable'],
  task: ['trusted'],
  maybetask: ['trusted', 'nullable'],
  tagctx: ['ctx'],
  loosetask: ['untrusted'],
  loose: ['untrusted'],
  arena: ['arena'],
};

/** A BTF blob with the ids that the rest of the object needs. */
export interface TypeInfo {
  readonly bytes: Uint8Array;
  /** Id of the struct that the program's layout describes. */
  readonly odd: number;
  /** FUNC ids by function name. */
  readonly functions: ReadonlyMap<string, number>;
  text(value: string): number;
}

/** Ids of allocatable structs: the first structs that are written, so that programs can name them by number. */
export const OBJECT_IDS: Readonly<Record<keyof typeof OBJECTS, number>> = { lnode: 6, rnode: 9, both: 11, flat: 12, nest: 16 };

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
        return this.out.proto(
          this.copy(t.ret),
          t.params.map((p): [string, number] => ['', this.copy(p.type)]),
        );
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

/** The type of a variable of the kernel: a struct by name only, else a number. */
function kernelVariable(out: BtfWriter, kernel: Btf, name: string): number {
  const variable = kernel.type(kernel.findByNameKind(name, Kind.VAR));
  const type = variable?.kind === Kind.VAR ? kernel.type(variable.type) : undefined;
  return type?.kind === Kind.STRUCT
    ? out.struct(type.name, 0, [])
    : type?.kind === Kind.INT
      ? out.int(type.name, type.size, type.encoding)
      : out.int('int', 4, 1);
}

/** Parameters that are rare or wrong. */
function oddParams(
  out: BtfWriter,
  t: Readonly<Record<'int' | 'u64' | 'u32' | 'flat' | 'task' | 'text', number>>,
): Readonly<
  Record<
    | 'bool'
    | 'short'
    | 'big'
    | 'float'
    | 'byvalue'
    | 'double'
    | 'enumptr'
    | 'constint'
    | 'unionptr'
    | 'fwdptr'
    | 'funcptr'
    | 'voidptr'
    | 'charptr'
    | 'skb'
    | 'xdp'
    | 'regs'
    | 'kernelptr',
    number
  >
> {
  const named = (name: string): number => out.ptr(out.struct(name, 0, []));
  return {
    bool: out.int('_Bool', 1, 4),
    short: out.int('short', 2, 1),
    big: out.int('__int128', 16, 1),
    float: out.raw(Kind.FLOAT, 'float', 0, 4),
    byvalue: t.flat,
    double: out.ptr(out.ptr(t.u64)),
    enumptr: out.ptr(
      out.enumeration('some', [
        ['A', 0],
        ['B', 1],
      ]),
    ),
    constint: out.ptr(out.ref(Kind.CONST, t.int)),
    unionptr: out.ptr(
      out.struct(
        'either',
        8,
        [
          ['a', t.u64, 0],
          ['b', t.u32, 0],
        ],
        Kind.UNION,
      ),
    ),
    fwdptr: out.ptr(out.ref(Kind.FWD, 0, 'unknown')),
    funcptr: out.ptr(out.proto(t.int, [])),
    voidptr: out.ptr(out.ref(Kind.CONST, 0)),
    charptr: out.ptr(t.text),
    skb: named('__sk_buff'),
    xdp: named('xdp_md'),
    regs: named('bpf_user_pt_regs_t'),
    kernelptr: named('file'),
  };
}

/** What the main program is for: a member of a kernel struct, and who gets its exceptions. */
function writeMainTypes(out: BtfWriter, { structOps, exceptionCallback }: FuzzProgram, main: number, proto: number): void {
  if (exceptionCallback !== undefined) out.declTag(`exception_callback:${exceptionCallback}`, main);
  if (structOps === undefined) return;
  const struct = out.struct(structOps.type, 8, [[structOps.member, out.ptr(proto), 0]]);
  out.datasec('.struct_ops', 0, [[out.variable('ops', struct), 0, 8]]);
}

/** Writes the struct that a layout describes; its id. */
function writeLayout(
  out: BtfWriter,
  layout: readonly Member[],
  special: Readonly<Record<MemberKind, { readonly type: number; readonly bytes: number }>>,
  index: number,
): number {
  const members = layout.map((m, i): [string, number, number] => {
    const { type, bytes } = special[m.kind];
    const one = m.nested ? out.struct(`inner${i}`, Math.ceil(bytes / 8) * 8, [['x', type, 0]]) : type;
    return [`m${i}`, m.count > 0 ? out.array(one, index, m.count) : one, m.offset * 8];
  });
  const id = out.struct('odd', ODD_BYTES, members);
  for (const [i, m] of layout.entries()) for (const contains of m.contains) out.declTag(`contains:${contains}`, id, i);
  return id;
}

/** Writes the types of a program. */
export function typeInfo(program: FuzzProgram, kernel: KernelProfile): TypeInfo {
  const out = new BtfWriter();
  const int = out.int('int', 4, 1); // 1
  const u64 = out.int('unsigned long', 8); // 2
  const u32 = out.int('unsigned int', 4); // 3
  const words = (n: number): number => out.array(u64, u32, n);
  const three = words(3); // 4
  const listNode = out.struct('bpf_list_node', 24, [['__opaque', three, 0]]); // 5
  out.struct('lnode', OBJECTS.lnode.size, [
    ['n', listNode, 0],
    ['key', u64, OBJECTS.lnode.key * 8],
  ]); // 6
  const four = words(4); // 7
  const rbNode = out.struct('bpf_rb_node', 32, [['__opaque', four, 0]]); // 8
  out.struct('rnode', OBJECTS.rnode.size, [
    ['n', rbNode, 0],
    ['key', u64, OBJECTS.rnode.key * 8],
  ]); // 9
  // structs that programs allocate stand where OBJECT_IDS says
  const refcount = out.struct('bpf_refcount', 4, [['__opaque', u32, 0]]); // 10
  out.struct('both', OBJECTS.both.size, [
    ['l', listNode, 0],
    ['r', rbNode, 24 * 8],
    ['ref', refcount, 56 * 8],
    ['key', u64, OBJECTS.both.key * 8],
  ]); // 11
  const flat = out.struct('flat', OBJECTS.flat.size, [
    ['a', u64, 0],
    ['b', u64, 64],
  ]); // 12
  const two = words(2); // 13
  const head = out.struct('bpf_list_head', 16, [['__opaque', two, 0]]); // 14
  const spin = out.struct('bpf_spin_lock', 4, [['val', u32, 0]]); // 15
  const nest = out.struct('nest', OBJECTS.nest.size, [
    ['n', listNode, 0],
    ['lock', spin, 24 * 8],
    ['h', head, 32 * 8],
    ['key', u64, OBJECTS.nest.key * 8],
  ]); // 16
  const structs = new Map<string, number>([
    ['bpf_list_node', listNode],
    ['bpf_rb_node', rbNode],
    ['bpf_refcount', refcount],
    ['bpf_list_head', head],
    ['bpf_spin_lock', spin],
  ]);
  const add = (name: string, size: number, members: [string, number, number][]): number => {
    const id = out.struct(name, size, members);
    structs.set(name, id);
    return id;
  };
  const res = add('bpf_res_spin_lock', 4, [['val', u32, 0]]);
  const timer = add('bpf_timer', 16, [['__opaque', two, 0]]);
  const wq = add('bpf_wq', 16, [['__opaque', two, 0]]);
  const work = add('bpf_task_work', 8, [['__opaque', u64, 0]]);
  const root = add('bpf_rb_root', 16, [['__opaque', two, 0]]);
  const task = add('task_struct', 0, []);
  const cgroup = add('cgroup', 0, []);
  const dynptr = add('bpf_dynptr', 16, [['__opaque', two, 0]]);
  const tagged = (tag: string, type: number): number => out.ptr(out.ref(Kind.TYPE_TAG, type, tag));
  const eight = words(8);
  const lists = out.struct('v_list', 40, [
    ['lock', spin, 0],
    ['head', head, 64],
    ['root', root, 192],
  ]);
  const boths = out.struct('v_both', 40, [
    ['lock', spin, 0],
    ['head', head, 64],
    ['root', root, 192],
  ]);
  const values = new Map<string, number>([
    ['v_plain', out.struct('v_plain', 64, [['a', eight, 0]])],
    [
      'v_lock',
      out.struct('v_lock', 16, [
        ['lock', spin, 0],
        ['x', u64, 64],
      ]),
    ],
    [
      'v_res',
      out.struct('v_res', 16, [
        ['lock', res, 0],
        ['x', u64, 64],
      ]),
    ],
    ['v_list', lists],
    ['v_both', boths],
    [
      'v_timer',
      out.struct('v_timer', 24, [
        ['t', timer, 0],
        ['x', u64, 128],
      ]),
    ],
    [
      'v_wq',
      out.struct('v_wq', 24, [
        ['w', wq, 0],
        ['x', u64, 128],
      ]),
    ],
    [
      'v_work',
      out.struct('v_work', 16, [
        ['w', work, 0],
        ['x', u64, 64],
      ]),
    ],
    [
      'v_kptr',
      out.struct('v_kptr', 16, [
        ['task', tagged('kptr', task), 0],
        ['cgrp', tagged('kptr', cgroup), 64],
      ]),
    ],
    [
      'v_local',
      out.struct('v_local', 32, [
        ['both', tagged('kptr', OBJECT_IDS.both), 0],
        ['flat', tagged('kptr', flat), 64],
        ['cpu', tagged('percpu_kptr', flat), 128],
        ['loose', tagged('kptr_untrusted', task), 192],
      ]),
    ],
    ['', u32],
    ['v_word', u64],
  ]);
  const special: Readonly<Record<MemberKind, { readonly type: number; readonly bytes: number }>> = {
    number: { type: u64, bytes: 8 },
    half: { type: u32, bytes: 4 },
    spin: { type: spin, bytes: 4 },
    res: { type: res, bytes: 4 },
    timer: { type: timer, bytes: 16 },
    wq: { type: wq, bytes: 16 },
    work: { type: work, bytes: 8 },
    head: { type: head, bytes: 16 },
    root: { type: root, bytes: 16 },
    lnode: { type: listNode, bytes: 24 },
    rnode: { type: rbNode, bytes: 32 },
    refcount: { type: refcount, bytes: 4 },
    kptr: { type: tagged('kptr', task), bytes: 8 },
    loose: { type: tagged('kptr_untrusted', task), bytes: 8 },
    percpu: { type: tagged('percpu_kptr', flat), bytes: 8 },
    own: { type: tagged('kptr', flat), bytes: 8 },
    uptr: { type: tagged('uptr', flat), bytes: 8 },
    plainptr: { type: out.ptr(task), bytes: 8 },
    badkptr: { type: tagged('kptr', out.struct('file_no', 0, [])), bytes: 8 },
    intkptr: { type: tagged('kptr', u64), bytes: 8 },
    doublekptr: { type: out.ptr(out.ref(Kind.TYPE_TAG, out.ref(Kind.TYPE_TAG, task, 'kptr'), 'percpu_kptr')), bytes: 8 },
  };
  const odd = writeLayout(out, program.layout ?? [], special, u32);
  values.set('v_odd', odd);
  out.declTag('contains:lnode:n', lists, 1);
  out.declTag('contains:rnode:n', lists, 2);
  out.declTag('contains:both:l', boths, 1);
  out.declTag('contains:both:r', boths, 2);
  out.declTag('contains:lnode:n', nest, 2);

  const links = program.functions.flatMap((f) => f.items.flatMap((i) => (i.link === undefined ? [] : [i.link])));
  const used = (kind: string): string[] => [...new Set(links.filter((l) => l.kind === kind).map((l) => l.name))];
  const attribute = (n: number): number => out.ptr(out.array(int, int, n));
  const define = (shape: MapShape): [string, number, number][] => {
    const typeOf: Readonly<Record<string, () => number>> = {
      type: () => attribute(shape.type),
      max_entries: () => attribute(shape.entries ?? 1),
      map_flags: () => attribute(shape.flags ?? 0),
      key: () => out.ptr(shape.keySize === 8 ? flat : u32),
      key_size: () => attribute(shape.keySize ?? 4),
      value_size: () => attribute(shape.valueSize),
      value: () => out.ptr(values.get(shape.value)!),
    };
    return attributesOf(shape).map((name, at) => [name, typeOf[name]!(), at * 64]);
  };
  const vars: number[][] = [];
  for (const [i, name] of used('map').entries()) {
    const shape = MAPS[name]!;
    const members = define(shape);
    // libbpf knows an inner map by a flexible array of pointers to its definition
    if (shape.inner !== undefined) {
      const inner = MAPS[shape.inner]!;
      members.push(['values', out.array(out.ptr(out.struct('', mapBytes(inner), define(inner))), int, 0), members.length * 64]);
    }
    vars.push([out.variable(name, out.struct('', mapBytes(shape), members)), i * MAP_STRIDE, mapBytes(shape)]);
  }
  if (vars.length > 0) out.datasec('.maps', 0, vars);
  for (const name of used('data')) {
    const { section, size, text } = DATA[name]!;
    const type = text === undefined ? words(size / 8) : out.array(out.int('char', 1, 1), u32, size);
    out.datasec(section, 0, [[out.variable(name, section === '.bss' ? type : out.ref(Kind.CONST, type)), 0, size]]);
  }
  const copiers = new Map<Btf, Copier>();
  const externs = used('kfunc').map((name) => {
    const btf = [kernel.btf, ...kernel.modules].find((b) => b.findByNameKind(name, Kind.FUNC) > 0) ?? kernel.btf;
    const copier = copiers.get(btf) ?? new Copier(out, btf, structs);
    copiers.set(btf, copier);
    const type = btf.type(btf.findByNameKind(name, Kind.FUNC));
    const proto = type?.kind === Kind.FUNC ? copier.copy(type.type) : out.proto(0, []);
    return out.func(name, proto, Linkage.EXTERN);
  });
  for (const name of used('ksym')) externs.push(out.variable(name, kernelVariable(out, kernel.btf, name), Linkage.EXTERN));
  if (externs.length > 0)
    out.datasec(
      '.ksyms',
      0,
      externs.map((id) => [id, 0, 0]),
    );
  const pointers: Readonly<Record<Param, number>> = {
    ctx: out.ptr(0),
    scalar: u64,
    int,
    pointer: out.ptr(u64),
    nonnull: out.ptr(u64),
    nullable: out.ptr(u64),
    dynptr: out.ptr(dynptr),
    task: out.ptr(task),
    maybetask: out.ptr(task),
    tagctx: out.ptr(0),
    loosetask: out.ptr(task),
    loose: out.ptr(u64),
    arena: out.ptr(u64),
    arenatype: tagged('arena', u64),
    ...oddParams(out, { int, u64, u32, flat, task, text: out.int('char', 1, 1) }),
    plain: out.ptr(values.get('v_plain')!),
    object: out.ptr(OBJECT_IDS.lnode),
  };
  const functions = new Map<string, number>();
  for (const fn of program.functions) {
    const results: Readonly<Record<Result, number>> = {
      void: 0,
      arena: pointers.arenatype,
      long: u64,
      bool: pointers.bool,
      short: pointers.short,
      pointer: pointers.pointer,
      struct: flat,
      float: pointers.float,
    };
    const proto = out.proto(
      fn.returns === undefined ? int : results[fn.returns],
      fn.params.map((p, i): [string, number] => [`a${i}`, pointers[p]]),
    );
    const id = out.func(fn.name, proto, fn.linkage === 'static' ? Linkage.STATIC : Linkage.GLOBAL);
    functions.set(fn.name, id);
    if (fn.linkage === 'main') writeMainTypes(out, program, id, proto);
    for (const [i, p] of fn.params.entries())
      for (const tag of PARAM_TAGS[p] ?? []) if (fn.linkage === 'global' || fn.tagged === true) out.declTag(`arg:${tag}`, id, i);
    for (const [i, tag] of fn.moreTags ?? []) out.declTag(tag, id, i);
  }
  // section and function names stand in the same string table
  out.text(program.section);
  out.text('.text');
  return {
    odd,
    functions,
    text: (value) => out.text(value),
    get bytes() {
      return out.bytes();
    },
  };
}
