// SPDX-License-Identifier: GPL-2.0-only
/** The kernel function or tracepoint that a tracing or LSM program attaches to (`kernel/bpf/verifier.c: bpf_check_attach_target`). */
import { Kind, type Btf, type BtfType } from '../../btf/types';
import { functionMaySleep, isInjectable } from '../../kernel/attach-rules';
import type { Constant } from '../../kernel/constants';
import { Kf } from '../../kernel/profile';
import type { VerifierEnv } from '../env';
import { Errno } from '../errors';
import { checkFuncModel } from '../kfuncs/distill';

const RAW_TP_PREFIX = 'btf_trace_';
const RAW_TP_TEMPLATE = '__bpf_trace_';
const SECURITY_PREFIX = 'security_';

/** Attach types that hook functions. */
const FUNCTION_ATTACH_TYPES = [
  'BPF_MODIFY_RETURN',
  'BPF_LSM_MAC',
  'BPF_LSM_CGROUP',
  'BPF_TRACE_FENTRY',
  'BPF_TRACE_FEXIT',
  'BPF_TRACE_FSESSION',
  'BPF_TRACE_FSESSION_MULTI',
  'BPF_TRACE_FENTRY_MULTI',
  'BPF_TRACE_FEXIT_MULTI',
] as const;
const MULTI_ATTACH_TYPES = ['BPF_TRACE_FENTRY_MULTI', 'BPF_TRACE_FEXIT_MULTI', 'BPF_TRACE_FSESSION_MULTI'] as const;
/** Attach types whose trampoline keeps the return value. */
const RETVAL_ATTACH_TYPES = [
  'BPF_MODIFY_RETURN',
  'BPF_TRACE_FEXIT',
  'BPF_TRACE_FEXIT_MULTI',
  'BPF_TRACE_FSESSION',
  'BPF_TRACE_FSESSION_MULTI',
] as const;

/** What is attached to. */
export interface AttachTarget {
  readonly btf: Btf;
  /** Type id of the prototype that describes the arguments, null if there is none to rely on. */
  readonly protoId: number | null;
  /** Function, or tracepoint without its prefix. */
  readonly name: string;
}

/** Finds and checks the target. */
export function checkAttachTarget(env: VerifierEnv): AttachTarget {
  const { prog, kernel } = env;
  const { id, btf } = targetOf(env);
  const isExtension = prog.progType === kernel.constant('BPF_PROG_TYPE_EXT');
  if (id === 0) env.reject(Errno.EINVAL, 'Tracing programs must provide btf_id\n', undefined, { kind: 'attach', how: 'none', name: '' });
  if (btf === null)
    env.reject(Errno.EINVAL, 'Tracing program can only be attached to another program annotated with BTF\n', undefined, {
      kind: 'attach',
      how: 'none',
      name: '',
    });
  if (!btf.isKernel) env.unmodelled('attaching to another BPF program');
  const type = btf.type(id);
  if (type === undefined)
    env.reject(Errno.EINVAL, `attach_btf_id ${id} is invalid\n`, undefined, {
      kind: 'attach',
      how: 'none',
      name: '',
    });
  if (type.name === '')
    env.reject(Errno.EINVAL, `attach_btf_id ${id} doesn't have a name\n`, undefined, {
      kind: 'attach',
      how: 'none',
      name: '',
    });
  if (isExtension)
    env.reject(Errno.EINVAL, 'Cannot replace kernel functions\n', undefined, {
      kind: 'attach',
      how: 'replace',
      name: type.name,
    });

  const attachIs = (name: Constant): boolean => kernel.constant(name) === env.expectedAttachType;
  if (attachIs('BPF_TRACE_RAW_TP')) return rawTracepoint(env, btf, type);
  if (attachIs('BPF_TRACE_ITER')) {
    const protoId = protoOf(env, type);
    const proto = btf.type(protoId);
    if (proto?.kind !== Kind.FUNC_PROTO) env.reject(Errno.EINVAL, '', undefined, { kind: 'attach', how: 'kind', name: type.name });
    checkFuncModel(env, btf, proto, type.name);
    return { btf, protoId, name: type.name };
  }
  if (!FUNCTION_ATTACH_TYPES.some(attachIs)) env.reject(Errno.EINVAL, '', undefined, { kind: 'attach', how: 'kind', name: type.name });
  return kernelFunction(env, btf, type);
}

/** Programs for many functions are checked against one that stands for all; the link names the others (`kernel/bpf/syscall.c: bpf_prog_load`). */
function targetOf(env: VerifierEnv): { id: number; btf: Btf | null } {
  const { prog, kernel } = env;
  if (!MULTI_ATTACH_TYPES.some((n) => kernel.constant(n) === env.expectedAttachType)) return { id: prog.attachBtfId, btf: prog.attachBtf };
  const btf = prog.attachBtf ?? kernel.btf;
  return { id: kernel.btf.findByNameKind(kernel.list('bpf_multi_func_btf_id')[0] ?? '', Kind.FUNC), btf };
}

/** The prototype of a FUNC; anything else is refused. */
function protoOf(env: VerifierEnv, type: BtfType): number {
  if (type.kind !== Kind.FUNC)
    env.reject(Errno.EINVAL, `attach_btf_id ${type.id} is not a function\n`, undefined, {
      kind: 'attach',
      how: 'kind',
      name: type.name,
    });
  return type.type;
}

function rawTracepoint(env: VerifierEnv, btf: Btf, type: BtfType): AttachTarget {
  if (type.kind !== Kind.TYPEDEF)
    env.reject(Errno.EINVAL, `attach_btf_id ${type.id} is not a typedef\n`, undefined, {
      kind: 'attach',
      how: 'kind',
      name: type.name,
    });
  if (!type.name.startsWith(RAW_TP_PREFIX)) {
    env.reject(Errno.EINVAL, `attach_btf_id ${type.id} points to wrong type name ${type.name}\n`, undefined, {
      kind: 'attach',
      how: 'kind',
      name: type.name,
    });
  }
  const name = type.name.slice(RAW_TP_PREFIX.length);
  if (env.sleepable && env.kernel.features['attach.faultableOnly'] && !env.kernel.tracepoints.faultable.has(name)) {
    env.reject(Errno.EINVAL, `Sleepable program cannot attach to non-faultable tracepoint ${name}\n`, undefined, {
      kind: 'attach',
      how: 'tracepoint-sleeps',
      name,
    });
  }
  const pointer = btf.type(type.type);
  if (pointer?.kind !== Kind.PTR) env.reject(Errno.EINVAL, '', undefined, { kind: 'attach', how: 'kind', name });
  const typedefProto = btf.type(pointer.type);
  if (typedefProto?.kind !== Kind.FUNC_PROTO) env.reject(Errno.EINVAL, '', undefined, { kind: 'attach', how: 'kind', name });

  // The function behind the tracepoint has the same types, and names too; with an event class it has another name.
  const funcId = btf.findByNameKind(RAW_TP_TEMPLATE + name, Kind.FUNC);
  const func = funcId > 0 ? btf.type(funcId) : undefined;
  const funcProto = func?.kind === Kind.FUNC ? btf.type(func.type) : undefined;
  const named = funcProto?.kind === Kind.FUNC_PROTO && funcProto.params.length === typedefProto.params.length;
  return { btf, protoId: named ? funcProto.id : typedefProto.id, name };
}

function kernelFunction(env: VerifierEnv, btf: Btf, type: BtfType): AttachTarget {
  const { kernel } = env;
  const attachIs = (name: Constant): boolean => kernel.constant(name) === env.expectedAttachType;
  const protoId = realProto(env, btf, type.id, protoOf(env, type));
  const proto = btf.type(protoId);
  const { name } = type;
  if (proto?.kind !== Kind.FUNC_PROTO) env.reject(Errno.EINVAL, '', undefined, { kind: 'attach', how: 'kind', name });
  const returned = checkFuncModel(env, btf, proto, name);
  if (returned > 8 && RETVAL_ATTACH_TYPES.some(attachIs)) {
    env.reject(
      Errno.EOPNOTSUPP,
      `Attach to function ${name} with a >8 byte return value is not supported for this attach type\n`,
      undefined,
      {
        kind: 'attach',
        how: 'return-size',
        name,
      },
    );
  }
  const multi = MULTI_ATTACH_TYPES.some(attachIs) && kernel.list('bpf_multi_func_btf_id')[0] === name;
  if (!multi && kernel.listHas(`no_symbol/${btf.name}`, name)) {
    env.reject(Errno.ENOENT, `The address of function ${name} cannot be found\n`, undefined, { kind: 'attach', how: 'no-address', name });
  }
  if (env.sleepable) {
    const standsForMany = multi && env.prog.progType === kernel.constant('BPF_PROG_TYPE_TRACING');
    if (!standsForMany && !functionMaySleep(kernel, env.prog.progType, name))
      env.reject(Errno.EINVAL, `${name} is not sleepable\n`, undefined, {
        kind: 'attach',
        how: 'not-sleepable',
        name,
      });
  } else if (attachIs('BPF_MODIFY_RETURN') && !isModifiable(env, name)) {
    env.reject(Errno.EINVAL, `${name}() is not modifiable\n`, undefined, { kind: 'attach', how: 'not-modifiable', name });
  }
  return { btf, protoId, name };
}

/** A kfunc with implicit arguments is called by the kernel with the prototype of its `_impl` twin (`btf_attach_func_proto`). */
function realProto(env: VerifierEnv, btf: Btf, funcId: number, protoId: number): number {
  const kfunc = env.kernel.kfunc(btf, funcId);
  if (kfunc === null || !kfunc.registered || (kfunc.flags & Kf.IMPLICIT_ARGS) === 0) return protoId;
  const implId = btf.findByNameKind(`${kfunc.name}_impl`, Kind.FUNC);
  const impl = implId > 0 ? btf.type(implId) : undefined;
  if (impl?.kind !== Kind.FUNC)
    env.reject(Errno.EINVAL, `cannot find function ${kfunc.name}_impl in BTF\n`, undefined, {
      kind: 'kfunc-missing',
      callee: kfunc.name,
    });
  return impl.type;
}

function isModifiable(env: VerifierEnv, name: string): boolean {
  return env.kernel.fmodret.has(name) || isInjectable(env.kernel, name) || name.startsWith(SECURITY_PREFIX);
}
