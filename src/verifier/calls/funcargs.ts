// SPDX-License-Identifier: GPL-2.0-only
/** Argument types of subprograms from their BTF. Facts: `kernel/bpf/btf.c: btf_prepare_func_args` and what it calls. */
import { Kind, Linkage, type Btf, type BtfOf, type BtfType } from '../../btf/types';
import { isAnyEnum, isComposite, isModifier, kindName, resolveElements, skipModifiers, skipModsAndTypedefs } from '../../btf/util';
import { ArgType, Flag } from '../../kernel/types';
import type { SubprogArg } from '../aux';
import type { VerifierEnv } from '../env';
import { Errno, Refused } from '../errors';
import { isProgCtxType, validateProgCtxType } from '../memory';

/** `MAX_BPF_FUNC_ARGS`: with stack arguments. */
const MAX_ARGS = 12;
/** `MAX_BPF_FUNC_REG_ARGS`. */
export const MAX_REG_ARGS = 5;

/** `arg:` declaration tags. */
const enum Tag {
  CTX = 1,
  NONNULL = 2,
  TRUSTED = 4,
  UNTRUSTED = 8,
  NULLABLE = 16,
  ARENA = 32,
}

const TAGS: ReadonlyMap<string, Tag> = new Map([
  ['ctx', Tag.CTX],
  ['trusted', Tag.TRUSTED],
  ['untrusted', Tag.UNTRUSTED],
  ['nonnull', Tag.NONNULL],
  ['nullable', Tag.NULLABLE],
  ['arena', Tag.ARENA],
]);

const TAG_KEY = 'arg:';

/** An error with its message in the log already. */
function fail(env: VerifierEnv, errno: Errno, message = ''): never {
  return env.reject(errno, message, undefined, { kind: 'function-prototype', name: '' });
}

/** Declaration tags of one argument; only global functions may have any. */
function declTags(env: VerifierEnv, btf: Btf, funcId: number, index: number, isGlobal: boolean): number {
  let tags = 0;
  if (!env.kernel.features['global.argTags']) return tags;
  for (const tag of btf.declTags(funcId)) {
    if (tag.componentIdx !== index || !tag.name.startsWith(TAG_KEY)) continue;
    if (!isGlobal) fail(env, Errno.EOPNOTSUPP, `arg#${index} type tag is not supported in static functions\n`);
    const bit = TAGS.get(tag.name.slice(TAG_KEY.length));
    if (bit === undefined || (bit === Tag.UNTRUSTED && !env.kernel.features['global.untrustedArgs']))
      fail(env, Errno.EOPNOTSUPP, `arg#${index} has unsupported set of tags\n`);
    tags |= bit;
  }
  return tags;
}

/** Type tags on the way from a pointer to what it points to; `arena` is the only one that counts here. */
function typeTags(btf: Btf, id: number): number {
  const pointer = skipModsAndTypedefs(btf, id);
  if (pointer?.kind !== Kind.PTR) return 0;
  let tags = 0;
  for (let type = btf.type(pointer.type); type !== undefined && isModifier(type); type = btf.type(type.type)) {
    if (type.kind === Kind.TYPE_TAG && type.attribute !== true && type.name === 'arena') tags = Tag.ARENA;
  }
  return tags;
}

/** An integer or an enum: what functions may return where nothing else is allowed. */
function isScalarReturn(btf: Btf, id: number): boolean {
  const type = skipModsAndTypedefs(btf, id);
  return type?.kind === Kind.INT || (type !== undefined && isAnyEnum(type));
}

/** Whether a function may return this: void, a scalar, and (not the main program) a pointer into the arena. */
function isValidReturn(btf: Btf, id: number, subprog: number): boolean {
  const type = skipModsAndTypedefs(btf, id);
  if (type === undefined) return false;
  if (subprog !== 0 && type.kind === Kind.PTR && (typeTags(btf, id) & Tag.ARENA) !== 0) return true;
  return type.kind === Kind.VOID || type.kind === Kind.INT || isAnyEnum(type);
}

/** `struct bpf_dynptr *`, the struct possibly only declared. */
function isDynptrPtr(btf: Btf, pointer: BtfOf<Kind.PTR>): boolean {
  const target = skipModsAndTypedefs(btf, pointer.type);
  if (target === undefined || target.name !== 'bpf_dynptr') return false;
  return isComposite(target) || (target.kind === Kind.FWD && !target.union);
}

/** Name without a CO-RE flavour: `task_struct___v1` → `task_struct` (`bpf_core_essential_name_len`). */
function essentialName(name: string): string {
  for (let i = name.length - 5; i >= 0; i--) {
    if (name[i] !== '_' && name.startsWith('___', i + 1) && name[i + 4] !== '_') return name.slice(0, i + 1);
  }
  return name;
}

/** Ids of `own` types of a BTF whose name without flavour and kind are these. */
function candidates(btf: Btf, name: string, kind: Kind): number[] {
  // kernels do not use flavours in their own types: the plain name finds them all
  return [...btf.ownIdsByName(name, kind)];
}

/** The kernel type that a program's pointer argument names (`btf_get_ptr_to_btf_id`). */
function kernelType(env: VerifierEnv, btf: Btf, pointer: BtfOf<Kind.PTR>, index: number): number {
  const target = skipModsAndTypedefs(btf, pointer.type)!;
  const what = `arg#${index} reference type('${kindName(target.kind)} ${target.name === '' ? '(anon)' : target.name}')`;
  if (target.name === '') fail(env, Errno.EINVAL, `${what} candidate matching error: ${-Errno.EINVAL}\n`);
  const name = essentialName(target.name);
  const found = candidates(env.kernel.btf, name, target.kind);
  let inModule = false;
  if (found.length === 0) {
    for (const module of env.kernel.modules) found.push(...candidates(module, name, target.kind));
    inModule = true;
  }
  if (found.length === 0) fail(env, Errno.ENOENT, `${what} has no matches\n`);
  if (found.length > 1) fail(env, Errno.ESRCH, `${what} is ambiguous\n`);
  if (inModule) fail(env, Errno.EOPNOTSUPP, `${what} points to kernel module type (unsupported)\n`);
  return found[0]!;
}

/** A plain integer of 1 to 16 bytes without bit offset, or an enum (`btf_type_is_primitive`). */
function isPrimitive(type: BtfType): boolean {
  if (isAnyEnum(type)) return true;
  return type.kind === Kind.INT && type.bitOffset === 0 && type.bits === type.size * 8 && [1, 2, 4, 8, 16].includes(type.size);
}

/** An argument that is only read by probing. */
function untrustedArg(env: VerifierEnv, btf: Btf, pointer: BtfOf<Kind.PTR>, index: number, tags: number): SubprogArg {
  if ((tags & ~Tag.UNTRUSTED) !== 0) fail(env, Errno.EINVAL, `arg#${index} untrusted cannot be combined with any other tags\n`);
  const target = skipModsAndTypedefs(btf, pointer.type)!;
  if (target.kind === Kind.VOID || isPrimitive(target)) return arg(ArgType.PTR_TO_MEM | Flag.MEM_RDONLY | Flag.PTR_UNTRUSTED);
  const id = kernelType(env, btf, pointer, index);
  const kernel = env.kernel.btf.type(id)!;
  if (!isComposite(kernel)) {
    // the kernel looks the pointer's own (empty) name up in its BTF
    fail(env, Errno.EINVAL, `arg#${index} has type ${kindName(kernel.kind)} '(anon)', but only struct or primitive types are allowed\n`);
  }
  return { ...arg(ArgType.PTR_TO_BTF_ID | Flag.PTR_UNTRUSTED), btf: env.kernel.btf, btfId: id };
}

function arg(type: number, memSize = 0): SubprogArg {
  return { type, memSize, btf: null, btfId: 0 };
}

/** Type of a pointer argument; null when it is none that a static function can have. */
function pointerArg(
  env: VerifierEnv,
  btf: Btf,
  pointer: BtfOf<Kind.PTR>,
  index: number,
  tags: number,
  isGlobal: boolean,
): SubprogArg | null {
  const badTags = (): never => fail(env, Errno.EINVAL, `arg#${index} has invalid combination of tags\n`);
  if ((tags & Tag.CTX) !== 0 || isProgCtxType(env, btf, pointer.id, env.progType, index)) {
    if ((tags & ~Tag.CTX) !== 0) badTags();
    if ((tags & Tag.CTX) !== 0) validateProgCtxType(env, btf, pointer.id, index, env.progType, env.prog.expectedAttachType);
    return arg(ArgType.PTR_TO_CTX);
  }
  if (isDynptrPtr(btf, pointer)) {
    if (tags !== 0) badTags();
    return arg(ArgType.PTR_TO_DYNPTR);
  }
  if ((tags & Tag.TRUSTED) !== 0) {
    if ((tags & Tag.NONNULL) !== 0) badTags();
    const btfId = kernelType(env, btf, pointer, index);
    const nullable = (tags & Tag.NULLABLE) !== 0 ? Flag.PTR_MAYBE_NULL : 0;
    return { ...arg(ArgType.PTR_TO_BTF_ID | Flag.PTR_TRUSTED | nullable), btf: env.kernel.btf, btfId };
  }
  if ((tags & Tag.UNTRUSTED) !== 0) return untrustedArg(env, btf, pointer, index, tags);
  if ((tags & Tag.ARENA) !== 0) {
    if ((tags & ~Tag.ARENA) !== 0) fail(env, Errno.EINVAL, `arg#${index} arena cannot be combined with any other tags\n`);
    return arg(ArgType.PTR_TO_ARENA);
  }
  if (!isGlobal) return null;
  if ((tags & Tag.NULLABLE) !== 0) badTags();
  const targetId = skipModifiers(btf, pointer.type);
  const size = resolveElements(btf, targetId);
  if (size === null) {
    const target = btf.type(targetId)!;
    const what = `('${kindName(target.kind)} ${target.name}')`;
    fail(env, Errno.EINVAL, `arg#${index} reference type${what} size cannot be determined: ${-Errno.EINVAL}\n`);
  }
  return arg(ArgType.PTR_TO_MEM | ((tags & Tag.NONNULL) !== 0 ? 0 : Flag.PTR_MAYBE_NULL), size.size);
}

/** Of which function arguments are asked. */
interface Asked {
  readonly isGlobal: boolean;
  /** A pointer may be the context, and nothing else. */
  readonly onlyContext: boolean;
}

/** Type of one argument. */
function argFromBtf(env: VerifierEnv, btf: Btf, func: BtfOf<Kind.FUNC>, typeId: number, index: number, of: Asked): SubprogArg {
  const { isGlobal, onlyContext } = of;
  const byType = env.kernel.features['global.arenaTypeTag'] ? typeTags(btf, typeId) : 0;
  const tags = declTags(env, btf, func.id, index, isGlobal) | byType;
  const type = skipModsAndTypedefs(btf, typeId)!;
  if (type.kind === Kind.PTR) {
    const found = pointerArg(env, btf, type, index, tags, isGlobal && !onlyContext);
    if (found !== null) return found;
    if (onlyContext) fail(env, Errno.EINVAL, `reg type unsupported for arg#${index} function ${func.name}#${func.id}\n`);
  }
  if (tags !== 0) fail(env, Errno.EINVAL, `arg#${index} has pointer tag, but is not a pointer type\n`);
  if (type.kind === Kind.INT || isAnyEnum(type)) return arg(ArgType.ANYTHING);
  return fail(env, Errno.EINVAL, isGlobal ? `Arg#${index} type ${kindName(type.kind)} in ${func.name}() is not supported yet.\n` : '');
}

/** Refuses functions with more arguments than can be passed. */
function checkArgCount(env: VerifierEnv, name: string, nargs: number, isGlobal: boolean): void {
  if (!env.kernel.features['isa.stackArgs']) {
    if (nargs > MAX_REG_ARGS)
      fail(env, Errno.EINVAL, isGlobal ? `Global function ${name}() with ${nargs} > ${MAX_REG_ARGS} args. Buggy compiler.\n` : '');
    return;
  }
  if (nargs > MAX_ARGS) fail(env, Errno.EFAULT, `kernel supports at most ${MAX_ARGS} parameters, function ${name} has ${nargs}\n`);
  if (isGlobal && nargs > MAX_REG_ARGS)
    fail(env, Errno.EINVAL, `global function ${name} has ${nargs} > ${MAX_REG_ARGS} args, stack args not supported\n`);
}

function prepare(env: VerifierEnv, subprog: number): void {
  const sub = env.subprogs[subprog]!;
  const { btf } = env.given;
  const isGlobal = sub.linkage === Linkage.GLOBAL;
  if (env.given.funcInfo.length === 0 || btf === null) fail(env, Errno.EFAULT, 'verifier bug: func_info undefined\n');
  if (sub.btfFuncId === 0) {
    if (!isGlobal) fail(env, Errno.EINVAL);
    fail(env, Errno.EFAULT, 'Global functions need valid BTF\n');
  }
  const func = btf.type(sub.btfFuncId);
  if (func?.kind !== Kind.FUNC) fail(env, Errno.EFAULT, `BTF of func#${subprog} doesn't point to KIND_FUNC\n`);
  if (sub.unreliable) fail(env, Errno.EFAULT, `verifier bug: unreliable BTF for function ${func.name}()\n`);
  const proto = btf.type(func.type);
  if (proto?.kind !== Kind.FUNC_PROTO) fail(env, Errno.EFAULT, `Invalid type of function ${func.name}()\n`);

  const nargs = proto.params.length;
  sub.argCnt = nargs;
  checkArgCount(env, func.name, nargs, isGlobal);
  if (nargs > MAX_REG_ARGS) sub.stackArgCnt = nargs - MAX_REG_ARGS;
  if (!env.kernel.features['global.voidReturn']) {
    if (!isScalarReturn(btf, proto.ret)) {
      fail(env, Errno.EINVAL, isGlobal ? `Global function ${func.name}() doesn't return scalar. Only those are supported.\n` : '');
    }
  } else if (!isValidReturn(btf, proto.ret, subprog)) {
    fail(
      env,
      Errno.EOPNOTSUPP,
      isGlobal ? `Global function ${func.name}() return value not void or scalar. Only those are supported.\n` : '',
    );
  }
  const asked = { isGlobal, onlyContext: subprog === 0 && !env.kernel.features['log.mainArgs'] };
  sub.args = proto.params.map((param, index) => argFromBtf(env, btf, func, param.type, index, asked));
  sub.argsCached = true;
}

/**
 * Turns the BTF prototype of a subprogram into argument types, cached in its `SubprogInfo` (`kernel/bpf/btf.c: btf_prepare_func_args`).
 * Returns 0, or the error number with its messages logged; what an error means is the caller's affair.
 */
export function prepareFuncArgs(env: VerifierEnv, subprog: number): Errno | 0 {
  if (env.subprogs[subprog]!.argsCached) return 0;
  try {
    prepare(env, subprog);
    return 0;
  } catch (error) {
    if (error instanceof Refused) return error.errno;
    throw error;
  }
}
