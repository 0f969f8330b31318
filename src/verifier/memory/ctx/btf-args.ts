// SPDX-License-Identifier: GPL-2.0-only
/**
 * Contexts that are arguments of a kernel function, hook, tracepoint or struct_ops member: each load is typed by BTF.
 * Facts: `kernel/bpf/btf.c: btf_ctx_access, btf_ctx_arg_idx, prog_args_trusted`.
 */
import { Kind, type Btf, type BtfParam, type BtfType } from '../../../btf/types';
import { isAnyEnum, isComposite, isSmallInt, kindName, nameOrAnon, skipModsAndTypedefs } from '../../../btf/util';
import { baseType, Flag, RegType } from '../../../kernel/types';
import type { VerifierEnv } from '../../env';
import { walkTags } from '../btf/walk';
import { SCALAR, type CtxQuery, type CtxResult } from './rules';

/** Arguments of a target without prototype. */
const DEFAULT_ARGS = 5;

const ARG_TAGS: ReadonlyMap<string, number> = new Map<string, number>([
  ['user', Flag.MEM_USER],
  ['percpu', Flag.MEM_PERCPU],
]);

type FuncProto = BtfType & { kind: Kind.FUNC_PROTO };

/** Bytes that a value takes in the context. */
function slotBytes(type: BtfType | undefined): number {
  if (type === undefined || type.kind === Kind.PTR) return 8;
  const size = 'size' in type ? type.size : 0;
  return Math.ceil(size / 8) * 8;
}

/**
 * Number of the argument at an offset; the return value follows the last argument, and everything else follows that: before the first
 * argument too, where LSM hooks come without a check before this one (`btf_ctx_arg_idx`, which compares as unsigned).
 */
function argAt(btf: Btf, proto: FuncProto, off: number): number {
  if (off < 0) return proto.params.length + 1;
  let end = 0;
  for (const [index, param] of proto.params.entries()) {
    end += slotBytes(skipModsAndTypedefs(btf, param.type));
    if (off < end) return index;
  }
  end += slotBytes(skipModsAndTypedefs(btf, proto.ret));
  return proto.params.length + (off < end ? 0 : 1);
}

/** Whether pointer arguments of this program are live objects (`prog_args_trusted`). */
function argsTrusted(env: VerifierEnv): boolean {
  const { kernel, prog } = env;
  switch (kernel.progTypeName(prog.progType)) {
    case 'tracing':
      return (['BPF_TRACE_RAW_TP', 'BPF_TRACE_ITER'] as const).some((name) => kernel.constant(name) === env.expectedAttachType);
    case 'lsm':
      return !kernel.listHas('untrusted_lsm_hooks', env.attach.funcName);
    case 'struct_ops':
      return true;
    default:
      return false;
  }
}

/** What is known of raw tracepoint arguments beyond their types: may be NULL, may be an error value. */
function rawTracepointFacts(env: VerifierEnv, arg: number): { nullable: boolean; error: boolean } {
  const btf = env.prog.attachBtf;
  const name = (btf?.type(env.prog.attachBtfId)?.name ?? '').slice('btf_trace_'.length);
  const mask = env.kernel.tracepoints.rawArgs.get(name);
  if (mask === undefined) return { nullable: btf !== null && btf.base !== null, error: false };
  const bits = mask >> BigInt(arg * 4);
  return { nullable: (bits & 1n) !== 0n, error: (bits & 2n) !== 0n };
}

/** Whether a pointer argument is only a number: it points to no struct, or in older kernels to plain void or an integer (`is_int_ptr`). */
function isNumber(env: VerifierEnv, pointer: BtfType, target: BtfType): boolean {
  if (env.kernel.features['ctx.scalarPointer']) return !isComposite(target);
  if (target.kind === Kind.INT) return true;
  return env.kernel.features['ctx.constVoid'] ? target.kind === Kind.VOID : pointer.kind === Kind.PTR && pointer.type === 0;
}

/** A pointer argument. */
function pointerArg(q: CtxQuery, btf: Btf, type: BtfType, param: BtfParam | null, arg: number): CtxResult | null {
  const { env, off } = q;
  const name = env.attach.funcName;
  if (q.size !== 8 && env.kernel.features['ctx.wholePointers']) {
    env.verbose(`func '${name}' size ${q.size} must be 8\n`);
    return null;
  }
  const infos = env.attach.ctxArgs.filter((a) => a.offset === off);
  const memory = infos.find((a) => {
    const base = baseType(a.regType);
    return base === RegType.PTR_TO_ARENA || (base === RegType.PTR_TO_BUF && (a.regType & Flag.PTR_MAYBE_NULL) !== 0);
  });
  if (memory !== undefined) return { ...SCALAR, regType: memory.regType };
  const direct = type.kind === Kind.PTR ? skipModsAndTypedefs(btf, type.type) : undefined;
  if (direct === undefined || isNumber(env, type, direct)) return SCALAR;

  const info = infos[0];
  if (info !== undefined) {
    if (info.btfId === 0) {
      env.verbose(`invalid btf_id for context argument offset ${off}\n`);
      return null;
    }
    return { ...SCALAR, regType: info.regType, btf: info.btf, btfId: info.btfId, refId: info.refId };
  }
  let regType: number = RegType.PTR_TO_BTF_ID;
  if (argsTrusted(env)) regType |= Flag.PTR_TRUSTED;
  if (param !== null && param.name.length > '__nullable'.length && param.name.endsWith('__nullable')) regType |= Flag.PTR_MAYBE_NULL;
  let error = false;
  if (env.expectedAttachType === env.kernel.constant('BPF_TRACE_RAW_TP')) {
    const facts = rawTracepointFacts(env, arg);
    if (facts.nullable) regType |= Flag.PTR_MAYBE_NULL;
    error = facts.error;
  }
  const target = walkTags(btf, type, ARG_TAGS);
  if (target === null) {
    env.verbose(`func '${name}' arg${arg} type ${kindName(type.kind)} has multiple type tags\n`);
    return null;
  }
  const struct = btf.type(target.id);
  if (struct === undefined || !isComposite(struct)) {
    env.verbose(`func '${name}' arg${arg} type ${kindName(struct?.kind ?? Kind.VOID)} is not a struct\n`);
    return null;
  }
  env.verbose(`func '${name}' arg${arg} has btf_id ${target.id} type ${kindName(struct.kind)} '${nameOrAnon(struct)}'\n`);
  if (error) {
    env.verbose(`marking pointer arg${arg} as scalar as it may encode error`);
    return { ...SCALAR, btf, btfId: target.id };
  }
  return { ...SCALAR, regType: regType | target.flags, btf, btfId: target.id };
}

/** Type of the return value, if a program attached this way may read it; null after a refusal. */
function returnType(env: VerifierEnv, btf: Btf, proto: FuncProto, arg: number): { type: BtfType | undefined; isRetval: boolean } | null {
  const name = (['BPF_LSM_MAC', 'BPF_LSM_CGROUP', 'BPF_TRACE_FEXIT', 'BPF_TRACE_FSESSION', 'BPF_MODIFY_RETURN'] as const).find(
    (candidate) => env.kernel.constant(candidate) === env.expectedAttachType,
  );
  if (name === undefined) {
    env.verbose(`func '${env.attach.funcName}' doesn't have ${arg + 1}-th argument\n`);
    return null;
  }
  if (name !== 'BPF_MODIFY_RETURN') return { type: btf.type(proto.ret), isRetval: name === 'BPF_LSM_MAC' };
  const type = skipModsAndTypedefs(btf, proto.ret);
  if (type === undefined || !isSmallInt(type)) {
    env.verbose(`ret type ${kindName(type?.kind ?? Kind.VOID)} not allowed for fmod_ret\n`);
    return null;
  }
  return { type, isRetval: false };
}

/** A load of an argument or of the return value; refusals explain themselves in the log. */
export function btfCtxAccess(q: CtxQuery): CtxResult | null {
  const { env, off } = q;
  const name = env.attach.funcName;
  if (off % 8 !== 0) {
    env.verbose(`func '${name}' offset ${off} is not multiple of 8\n`);
    return null;
  }
  const { proto } = env.attach;
  if (proto === null) {
    if (off >= 0 && off / 8 < DEFAULT_ARGS) return SCALAR;
    return env.unmodelled('context of a target without prototype');
  }
  const { btf } = proto;
  const func = btf.type(proto.protoId);
  if (func?.kind !== Kind.FUNC_PROTO) return env.unmodelled('attach target without prototype');
  const arg = argAt(btf, func, off);
  // raw tracepoints: the typedef's first parameter is not part of the context
  const params = env.attach.isBtfTrace ? func.params.slice(1) : func.params;
  if (arg > params.length) {
    env.verbose(`func '${name}' doesn't have ${arg + 1}-th argument\n`);
    return null;
  }
  const param = params[arg] ?? null;
  const value = param === null ? returnType(env, btf, func, arg) : { type: btf.type(param.type), isRetval: false };
  if (value === null) return null;
  const type = value.type === undefined ? undefined : skipModsAndTypedefs(btf, value.type.id);
  if (type === undefined) return env.unmodelled('argument without type');
  if (isSmallInt(type) || isAnyEnum(type) || isComposite(type)) return { ...SCALAR, isRetval: value.isRetval };
  if (type.kind !== Kind.PTR) {
    env.verbose(`func '${name}' arg${arg} '${nameOrAnon(type)}' has type ${kindName(type.kind)}. Only pointer access is allowed\n`);
    return null;
  }
  const result = pointerArg(q, btf, type, param, arg);
  return result === null ? null : { ...result, isRetval: value.isRetval };
}
