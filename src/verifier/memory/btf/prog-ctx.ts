// SPDX-License-Identifier: GPL-2.0-only
/**
 * Which types of a program's BTF stand for its context, and the kernel's own struct behind it.
 * Facts: `kernel/bpf/btf.c: btf_is_prog_ctx_type, btf_validate_prog_ctx_type, get_kern_ctx_btf_id, bpf_ctx_convert`.
 */
import { Kind, type Btf, type BtfType } from '../../../btf/types';
import { isComposite, isModifier, isQualifier, skipModsAndTypedefs } from '../../../btf/util';
import type { Constant } from '../../../kernel/constants';
import type { VerifierEnv } from '../../env';
import { Errno } from '../../errors';

/** The member of `struct bpf_ctx_convert` for a program type: its declared type in the kernel's BTF (`X_prog` or `X_kern`). */
function convertMember(env: VerifierEnv, progType: number, suffix: '_prog' | '_kern'): number {
  const { kernel } = env;
  const id = kernel.btf.findByNameKind('bpf_ctx_convert', Kind.STRUCT);
  const struct = id < 0 ? undefined : kernel.btf.type(id);
  if (struct === undefined || !isComposite(struct)) return env.unmodelled('struct bpf_ctx_convert is not in the kernel BTF');
  const name = `BPF_PROG_TYPE_${kernel.progTypeName(progType).toUpperCase()}${suffix}`;
  return struct.members.find((m) => m.name === name)?.type ?? env.unmodelled(`no context type for ${name}`);
}

/** Projections: the context struct of the uapi also passes under the kernel struct's name (`btf_is_projection_of`). */
function isProjection(uapi: string, name: string): boolean {
  return (uapi === '__sk_buff' && name === 'sk_buff') || (uapi === 'xdp_md' && name === 'xdp_buff');
}

/** First typedef under qualifiers, or what they end at. */
function skipQualifiers(btf: Btf, id: number): BtfType | undefined {
  let type = btf.type(id);
  while (type !== undefined && isQualifier(type)) type = btf.type(type.type);
  return type;
}

/** Whether a pointer type is a pointer to the context of a program type. The argument's number is for messages that BTF in use never needs. */
export function isProgCtxType(env: VerifierEnv, btf: Btf, ptrId: number, progType: number, _arg: number): boolean {
  const ptr = btf.type(ptrId);
  if (ptr?.kind !== Kind.PTR) return false;
  if (progType === env.kernel.constant('BPF_PROG_TYPE_KPROBE')) {
    const alias = skipQualifiers(btf, ptr.type);
    if (alias?.kind === Kind.TYPEDEF && alias.name === 'bpf_user_pt_regs_t') return true;
  }
  const type = skipModsAndTypedefs(btf, ptr.type);
  if (type === undefined || !isComposite(type)) return false;
  const kernelBtf = env.kernel.btf;
  let ctx = kernelBtf.type(convertMember(env, progType, '_prog'));
  for (;;) {
    const name = ctx?.name ?? '';
    if (ctx === undefined || name === '') return false;
    if (isProjection(name, type.name) || name === type.name) return true;
    if (!isModifier(ctx)) return false;
    ctx = skipModsAndTypedefs(kernelBtf, ctx.id);
  }
}

/** Structs behind `bpf_user_pt_regs_t` on this architecture. */
const PT_REGS = 'pt_regs';

/** Types other than the context struct that each kind of program may declare for its context argument. */
function isSpecialCtxType(env: VerifierEnv, type: BtfType, progType: number, attachType: number): boolean {
  const { kernel } = env;
  const attached = (...names: Constant[]): boolean => names.some((name) => kernel.constant(name) === attachType);
  const isStruct = (name: string): boolean => type.kind === Kind.STRUCT && type.name === name;
  const isU64 = type.kind === Kind.INT && type.size === 8;
  switch (kernel.progTypeName(progType)) {
    case 'kprobe':
    case 'perf_event':
      return isStruct(PT_REGS);
    case 'raw_tracepoint':
    case 'raw_tracepoint_writable':
    case 'lsm':
    case 'struct_ops':
      return isU64;
    case 'tracing':
      if (attached('BPF_TRACE_RAW_TP')) return isStruct('bpf_raw_tracepoint_args') || isU64;
      if (attached('BPF_TRACE_ITER')) return type.kind === Kind.STRUCT && type.name.startsWith('bpf_iter__');
      return attached('BPF_TRACE_FENTRY', 'BPF_TRACE_FEXIT', 'BPF_MODIFY_RETURN', 'BPF_TRACE_FSESSION') && isU64;
    case 'tracepoint':
    case 'syscall':
    case 'ext':
      return true;
    default:
      return false;
  }
}

/** Requires that an argument tagged as the context has a fitting type; refuses with EINVAL. @param typeId type of the argument */
export function validateProgCtxType(env: VerifierEnv, btf: Btf, typeId: number, arg: number, progType: number, attachType: number): void {
  const refuse = (text: string): never =>
    env.reject(Errno.EINVAL, `arg#${arg} ${text}\n`, undefined, {
      kind: 'function-prototype',
      name: '',
    });
  const { kernel } = env;
  const ptr = btf.type(typeId);
  if (ptr?.kind !== Kind.PTR) return refuse("type isn't a pointer");
  const name = kernel.progTypeName(progType);
  if (name === 'kprobe' || name === 'perf_event') {
    const alias = skipQualifiers(btf, ptr.type);
    if (alias?.kind === Kind.TYPEDEF && alias.name === 'bpf_user_pt_regs_t') return;
  }
  const type = skipModsAndTypedefs(btf, ptr.type);
  if (type === undefined || type.kind === Kind.VOID) return;
  if (type.name === '') return refuse("type doesn't have a name");
  if (isSpecialCtxType(env, type, progType, attachType)) return;
  const ctx = skipModsAndTypedefs(kernel.btf, convertMember(env, progType, '_prog'));
  if (ctx?.kind !== Kind.STRUCT) return refuse('should be void pointer');
  if (type.kind !== Kind.STRUCT || type.name !== ctx.name) refuse(`should be \`struct ${ctx.name} *\``);
}

/** Id of the kernel's struct behind a program type's context; refuses with EINVAL if that is no struct (`get_kern_ctx_btf_id`). */
export function kernCtxBtfId(env: VerifierEnv, progType: number): number {
  const id = convertMember(env, progType, '_kern');
  const type = env.kernel.btf.type(id);
  if (type === undefined || !isComposite(type))
    env.reject(Errno.EINVAL, `kern ctx type id ${id} is not a struct\n`, undefined, {
      kind: 'function-prototype',
      name: '',
    });
  return id;
}
