// SPDX-License-Identifier: GPL-2.0-only
/** Which kfuncs a program calls: found, checked and classified once each (`bpf_add_kfunc_call`, `fetch_kfunc_meta`). */
import { type Btf, Kind } from '../../btf/types';
import type { Insn } from '../../isa/insn';
import { Kf } from '../../kernel/profile';
import type { VerifierEnv } from '../env';
import { Errno } from '../errors';
import { classifyParams } from './classify';
import { checkKfuncModel } from './distill';
import type { KfuncMeta } from './meta';

/** `MAX_KFUNC_DESCS`. */
const MAX_KFUNCS = 256;
/** `BPF_F_XDP_DEV_BOUND_ONLY`. */
const XDP_DEV_BOUND_ONLY = 1 << 6;
/** `KF_IMPL_SUFFIX`. */
const IMPL_SUFFIX = '_impl';

function key(insn: Insn): number {
  return (insn.imm >>> 0) * 0x10000 + (insn.off & 0xffff);
}

/** Collects the kfunc that an instruction calls; prepass. A call of id 0 is left for the time when it is executed. */
export function addKfunc(env: VerifierEnv, insn: Insn): void {
  if (!env.gplCompatible)
    env.reject(Errno.EINVAL, 'cannot call kernel function from non-GPL compatible program\n', undefined, {
      kind: 'licence',
      name: '',
    });
  if (insn.imm === 0 && insn.off === 0) return;
  if (env.kfuncs.has(key(insn))) return;
  if (env.kfuncs.size === MAX_KFUNCS)
    env.reject(Errno.E2BIG, 'too many different kernel function calls\n', undefined, {
      kind: 'limit',
      name: 'different kfuncs',
    });
  const meta = lookUp(env, insn);
  if (env.kernel.listHas(`no_symbol/${meta.btf.name}`, meta.name))
    env.reject(Errno.EINVAL, `cannot find address for kernel function ${meta.name}\n`, undefined, {
      kind: 'kfunc-missing',
      callee: meta.name,
    });
  if (isTwinOnly(env, meta))
    env.reject(Errno.EINVAL, `cannot find address for kernel function ${meta.name}\n`, undefined, {
      kind: 'kfunc-missing',
      callee: meta.name,
    });
  if (env.kernel.listHas('xdp_metadata_kfunc_ids', meta.name) && (env.prog.progFlags & XDP_DEV_BOUND_ONLY) === 0) {
    env.reject(Errno.EINVAL, 'metadata kfuncs require device-bound program\n', undefined, { kind: 'device-bound' });
  }
  checkKfuncModel(env, meta);
  meta.args = classifyParams(env, meta);
  env.kfuncs.set(key(insn), meta);
}

/**
 * The kfunc that an instruction calls. Null for the id 0 of a function that the kernel does not have; its message is written, as
 * the kernel does whenever it looks at such a call.
 */
export function fetchKfunc(env: VerifierEnv, insn: Insn): KfuncMeta | null {
  const known = env.kfuncs.get(key(insn));
  if (known !== undefined) return known;
  if (insn.imm <= 0) {
    env.verbose(`invalid kernel function btf_id ${insn.imm}\n`);
    return null;
  }
  return lookUp(env, insn);
}

/** As {@link fetchKfunc}, null also for a kfunc that this program may not call (`bpf_fetch_kfunc_arg_meta`). */
export function fetchAllowedKfunc(env: VerifierEnv, insn: Insn): KfuncMeta | null {
  const meta = fetchKfunc(env, insn);
  return meta !== null && meta.kfunc.registered && env.kernel.kfuncAllowed(meta.kfunc, env.caller()) ? meta : null;
}

/** Whether the program may call a collected kfunc; asked while exploring, when the attach target is settled. */
export function mayCall(env: VerifierEnv, meta: KfuncMeta): boolean {
  meta.allowed ??= meta.kfunc.registered && env.kernel.kfuncAllowed(meta.kfunc, env.caller());
  return meta.allowed;
}

/** Whether the call is allowed while a lock is held; a kfunc of other kinds of programs has no flags here (`kfunc_spin_allowed`). */
export function kfuncSpinAllowed(env: VerifierEnv, insn: Insn): boolean {
  const meta = fetchKfunc(env, insn);
  return meta !== null && mayCall(env, meta) && ((meta.flags & Kf.SPINLOCK_SAFE) !== 0 || env.rules.kfunc(meta.name).callable);
}

function lookUp(env: VerifierEnv, insn: Insn): KfuncMeta {
  if (insn.imm <= 0) env.reject(Errno.EINVAL, `invalid kernel function btf_id ${insn.imm}\n`, undefined, { kind: 'kfunc-missing' });
  const btf = btfOf(env, insn.off);
  const kfunc = env.kernel.kfunc(btf, insn.imm);
  const func = btf.type(insn.imm);
  if (kfunc === null || func?.kind !== Kind.FUNC)
    env.reject(Errno.EINVAL, `kernel btf_id ${insn.imm} is not a function\n`, undefined, {
      kind: 'kfunc-missing',
    });
  const flags = kfunc.registered ? kfunc.flags : 0;
  const publicProto = btf.type(func.type);
  const implicit = (flags & Kf.IMPLICIT_ARGS) !== 0;
  const proto = implicit ? implProto(env, btf, func.name) : publicProto;
  if (proto?.kind !== Kind.FUNC_PROTO) {
    env.reject(Errno.EINVAL, `kernel function btf_id ${insn.imm} does not have a valid func_proto\n`, undefined, { kind: 'kfunc-missing' });
  }
  return {
    kfunc,
    btf,
    id: insn.imm,
    name: func.name,
    proto,
    implicitFrom: implicit && publicProto?.kind === Kind.FUNC_PROTO ? publicProto.params.length : proto.params.length,
    flags,
    behaviour: kfunc.behaviour,
    effect: env.rules.kfunc(func.name).effect,
    args: [],
    allowed: null,
  };
}

/** The full prototype of a kfunc with implicit arguments is that of its `_impl` twin (`find_kfunc_impl_proto`). */
function implProto(env: VerifierEnv, btf: Btf, name: string): ReturnType<Btf['type']> {
  const id = btf.findByNameKind(name + IMPL_SUFFIX, Kind.FUNC);
  const func = id > 0 ? btf.type(id) : undefined;
  if (func?.kind !== Kind.FUNC) {
    env.verbose(`cannot find function ${name}${IMPL_SUFFIX} in BTF\n`);
    return undefined;
  }
  return btf.type(func.type);
}

/** A prototype that only describes the implicit arguments of another kfunc: no function of that name exists. */
function isTwinOnly(env: VerifierEnv, meta: KfuncMeta): boolean {
  if (meta.kfunc.registered || !meta.name.endsWith(IMPL_SUFFIX)) return false;
  const id = meta.btf.findByNameKind(meta.name.slice(0, -IMPL_SUFFIX.length), Kind.FUNC);
  const original = id > 0 ? env.kernel.kfunc(meta.btf, id) : null;
  return original !== null && (original.flags & Kf.IMPLICIT_ARGS) !== 0;
}

/** BTF that a kfunc id belongs to: the kernel's, or a module's by its place in the program's table (`find_kfunc_desc_btf`). */
function btfOf(env: VerifierEnv, off: number): Btf {
  if (off === 0) return env.kernel.btf;
  const fail = (errno: Errno, message: string): never => {
    env.verbose(message);
    return env.reject(errno, 'failed to find BTF for kernel function\n', undefined, { kind: 'kfunc-missing' });
  };
  if (off < 0) return fail(Errno.EINVAL, 'negative offset disallowed for kernel module function call\n');
  if (env.prog.fdArray.length === 0) return fail(Errno.EPROTO, 'kfunc offset > 0 without fd_array is invalid\n');
  const btf = env.prog.fdArray[off];
  if (btf === undefined || btf === null) return fail(Errno.EBADF, 'invalid module BTF fd specified\n');
  if (!btf.isKernel || btf.base === null) return fail(Errno.EINVAL, 'BTF fd for kfunc is not a module BTF\n');
  env.kfuncModules.add(off);
  return btf;
}
