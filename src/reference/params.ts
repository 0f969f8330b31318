// SPDX-License-Identifier: GPL-2.0-only
/** What the verifier wants of the parameters of helpers and kfuncs, in words. */
import { Kind, type Btf, type BtfOf, type BtfParam } from '../btf/types';
import { isScalar, resolvePtr, skipModsAndTypedefs, typeName } from '../btf/util';
import type { HelperArg, HelperProto, Kfunc } from '../kernel/profile';
import { ArgType, baseType, Flag } from '../kernel/types';
import type { CallParam } from '../protocol/reference';
import signatures from './data/signatures.json';

const SIGNATURES: Readonly<Record<string, readonly string[]>> = signatures;

/** Return type and parameters of a helper as C spells them; null for one whose prototype is not known. */
export function helperSignature(name: string): { readonly returns: string; readonly params: readonly string[] } | null {
  const found = Object.hasOwn(SIGNATURES, name) ? SIGNATURES[name] : undefined;
  return found === undefined ? null : { returns: found[0] ?? '', params: found.slice(1) };
}

const ARG_WORDS: Readonly<Partial<Record<number, string>>> = {
  [ArgType.CONST_MAP_PTR]: 'a map',
  [ArgType.PTR_TO_MAP_KEY]: 'pointer to a key of the map',
  [ArgType.PTR_TO_MAP_VALUE]: 'pointer to a value of the map',
  [ArgType.PTR_TO_ARENA]: 'pointer into the arena',
  [ArgType.MEM_SIZE]: 'size of the memory before, in bytes, not 0',
  [ArgType.MEM_SIZE_OR_ZERO]: 'size of the memory before, in bytes, may be 0',
  [ArgType.PTR_TO_CTX]: 'the context of the program',
  [ArgType.ANYTHING]: 'any initialised value',
  [ArgType.SCALAR]: 'a number',
  [ArgType.PTR_TO_SPIN_LOCK]: 'the `bpf_spin_lock` of a map value or object',
  [ArgType.PTR_TO_SOCK_COMMON]: 'a socket of any kind',
  [ArgType.PTR_TO_SOCKET]: 'a full socket',
  [ArgType.PTR_TO_RINGBUF_MEM]: 'a record that was reserved in a ring buffer',
  [ArgType.CONST_ALLOC_SIZE_OR_ZERO]: 'a size that is known when the program is loaded',
  [ArgType.PTR_TO_BTF_ID_SOCK_COMMON]: 'a socket of any kind',
  [ArgType.PTR_TO_PERCPU_BTF_ID]: 'a per-CPU variable of the kernel',
  [ArgType.PTR_TO_FUNC]: 'a static function of the program',
  [ArgType.PTR_TO_STACK]: 'pointer to the stack, or NULL',
  [ArgType.PTR_TO_CONST_STR]: 'a string in a read-only map',
  [ArgType.PTR_TO_TIMER]: 'the `bpf_timer` of a map value',
  [ArgType.KPTR_XCHG_DEST]: 'a kptr field',
};

function memoryWords(arg: HelperArg): string {
  const fixed = arg.size > 0 ? ` of ${arg.size} bytes` : '';
  if ((arg.type & Flag.MEM_UNINIT) !== 0) return `memory${fixed} that the call fills; it need not be initialised`;
  if ((arg.type & Flag.MEM_WRITE) !== 0) return `memory${fixed} that the call writes`;
  return `initialised memory${fixed} that the call reads`;
}

function dynptrWords(arg: HelperArg): string {
  if ((arg.type & Flag.MEM_UNINIT) !== 0) return 'a dynptr on the stack that the call sets up';
  return (arg.type & Flag.OBJ_RELEASE) !== 0 ? 'a dynptr, which the call ends' : 'a dynptr';
}

/** What a helper wants of one argument, '' for one that it does not have. */
export function helperArgWords(arg: HelperArg | undefined): string {
  if (arg === undefined) return '';
  const base = baseType(arg.type);
  if (base === ArgType.DONTCARE) return '';
  const maybe = (arg.type & Flag.PTR_MAYBE_NULL) !== 0 ? ', or NULL' : '';
  const given = (arg.type & Flag.OBJ_RELEASE) !== 0 && base !== ArgType.PTR_TO_DYNPTR ? ', which the call releases' : '';
  if (base === ArgType.PTR_TO_MEM) return memoryWords(arg) + maybe;
  if (base === ArgType.PTR_TO_DYNPTR) return dynptrWords(arg);
  if (base === ArgType.PTR_TO_BTF_ID) {
    const names = (arg.btfNames ?? []).filter((n) => n !== '*');
    return `pointer to ${names.length === 0 ? 'a kernel object' : names.map((n) => `\`struct ${n}\``).join(' or ')}${maybe}${given}`;
  }
  return `${ARG_WORDS[base] ?? ''}${maybe}${given}`;
}

/** Parameters of a helper, with what its prototype wants. */
export function helperParams(name: string, proto: HelperProto | null): readonly CallParam[] {
  const texts = helperSignature(name)?.params ?? [];
  return texts.map((text, i) => ({ text, means: text === '...' ? 'values for the format' : helperArgWords(proto?.args[i]) }));
}

/** Suffixes of kfunc parameter names and what they ask for (`Documentation/bpf/kfuncs.rst`). The first match counts. */
const SUFFIX_WORDS: readonly (readonly [string, string])[] = [
  ['__szk', 'size of the memory before, in bytes, known when the program is loaded'],
  ['__sz', 'size of the memory before, in bytes'],
  ['__k', 'a number that is known when the program is loaded'],
  ['__ign', 'not checked'],
  ['__uninit', 'memory that the call fills; it need not be initialised'],
  ['__alloc', 'an object from `bpf_obj_new`'],
  ['__refcounted_kptr', 'an object with a reference count, from `bpf_obj_new`'],
  ['__arena__nullable', 'pointer into the arena, or NULL'],
  ['__arena', 'pointer into the arena, or NULL'],
  ['__opt', 'memory, or NULL'],
  ['__const_str', 'a string in a read-only map'],
  ['__str', 'a string in a read-only map'],
  ['__irq_flag', 'the flags on the stack'],
  ['__iter', 'the iterator on the stack'],
  ['__const_map', 'a map'],
  ['__map', 'a map'],
  ['__prog', 'filled in by the verifier: leave it out or pass NULL'],
];

function kfuncParamWords(btf: Btf, param: BtfParam, kfunc: Kfunc): string {
  const suffix = SUFFIX_WORDS.find(([s]) => param.name.length > s.length && param.name.endsWith(s));
  if (suffix !== undefined) return suffix[1];
  const nullable = param.name.endsWith('__nullable') ? ', or NULL' : '';
  const target = resolvePtr(btf, param.type);
  if (target === null) {
    const type = skipModsAndTypedefs(btf, param.type);
    return type !== undefined && isScalar(type) ? 'a number' : '';
  }
  const pointee = skipModsAndTypedefs(btf, target);
  if (pointee?.kind === Kind.FUNC_PROTO) return 'a static function of the program';
  if (pointee?.kind !== Kind.STRUCT) return `memory${nullable}`;
  if (pointee.name.startsWith('bpf_iter_')) return 'the iterator on the stack';
  if (pointee.name === 'bpf_dynptr') return 'a dynptr';
  const own = OWN_STRUCTS[pointee.name];
  return own === undefined
    ? `pointer to \`struct ${pointee.name}\`${kfunc.registered ? ' that the kernel handed out' : ''}${nullable}`
    : own;
}

/** Structs that programs declare in their own maps and objects (`kernel/bpf/verifier.c: kf_arg_btf_ids`). */
const OWN_STRUCTS: Readonly<Record<string, string>> = {
  bpf_list_head: 'the `bpf_list_head` of a map value or object, under its lock',
  bpf_list_node: 'the `bpf_list_node` of an object',
  bpf_rb_root: 'the `bpf_rb_root` of a map value or object, under its lock',
  bpf_rb_node: 'the `bpf_rb_node` of an object',
  bpf_wq: 'the `bpf_wq` of a map value',
  bpf_task_work: 'the `bpf_task_work` of a map value',
  bpf_res_spin_lock: 'the `bpf_res_spin_lock` of a map value or object',
};

/** Joins a C type and a name: `const struct file *f`. */
function declaration(type: string, name: string): string {
  return name === ''
    ? type
    : type.endsWith('*')
      ? `${type}${name}`
      : type.includes('(*)')
        ? type.replace('(*)', `(*${name})`)
        : `${type} ${name}`;
}

/** Return type and parameters of a kfunc from its BTF. */
export function kfuncSignature(kfunc: Kfunc): { readonly returns: string; readonly params: readonly CallParam[] } {
  const func = kfunc.btf.type(kfunc.id);
  const proto = func?.kind === Kind.FUNC ? (kfunc.btf.type(func.type) as BtfOf<Kind.FUNC_PROTO> | undefined) : undefined;
  if (proto?.kind !== Kind.FUNC_PROTO) return { returns: '', params: [] };
  return {
    returns: typeName(kfunc.btf, proto.ret),
    params: proto.params.map((p) => ({
      text: declaration(typeName(kfunc.btf, p.type), p.name),
      means: kfuncParamWords(kfunc.btf, p, kfunc),
    })),
  };
}
