// SPDX-License-Identifier: GPL-2.0-only
/** Attaching to a member of a struct_ops type (`kernel/bpf/verifier.c: check_struct_ops_btf_id`). */
import { Kind, type Btf, type BtfOf, type BtfParam } from '../../btf/types';
import { isComposite, resolveFuncPtr, resolvePtr, resolveSize } from '../../btf/util';
import { MEMBER_RULES, type MemberRule } from '../../kernel/attach-rules';
import type { StructOpsInfo } from '../../kernel/profile';
import { Flag, RegType } from '../../kernel/types';
import type { AttachInfo, VerifierEnv } from '../env';
import { Errno } from '../errors';
import { subprogCount } from './subprog-table';

type CtxArg = AttachInfo['ctxArgs'][number];

/** Checks the member and fills `env.attach`. */
export function checkStructOpsMember(env: VerifierEnv): void {
  const { prog } = env;
  if (!env.gplCompatible)
    env.reject(Errno.EINVAL, 'struct ops programs must have a GPL compatible license\n', undefined, {
      kind: 'licence',
      name: 'struct_ops',
    });
  const btf = prog.attachBtf;
  if (prog.attachBtfId === 0 || btf === null) env.reject(Errno.ENOTSUPP, '', undefined, { kind: 'attach', how: 'struct-ops', name: '' });
  const type = btf.type(prog.attachBtfId);
  const ops = type?.kind === Kind.STRUCT ? env.kernel.structOps(type.name) : undefined;
  if (type?.kind !== Kind.STRUCT || ops === undefined) {
    env.reject(Errno.ENOTSUPP, `attach_btf_id ${prog.attachBtfId} is not a supported struct\n`, undefined, {
      kind: 'attach',
      how: 'struct-ops',
      name: type?.name ?? '',
    });
  }
  const index = prog.expectedAttachType;
  const member = type.members[index];
  if (member === undefined)
    env.reject(Errno.EINVAL, `attach to invalid member idx ${index} of struct ${ops.name}\n`, undefined, {
      kind: 'attach',
      how: 'member',
      name: ops.name,
    });
  const proto = resolveFuncPtr(btf, member.type);
  if (proto === null)
    env.reject(Errno.EINVAL, `attach to invalid member ${member.name}(@idx ${index}) of struct ${ops.name}\n`, undefined, {
      kind: 'attach',
      how: 'member',
      name: member.name,
    });

  const unsupported = `attach to unsupported member ${member.name} of struct ${ops.name}\n`;
  if (env.kernel.features['structOps.stubs'] && !ops.stubs.has(member.name))
    env.reject(Errno.ENOTSUPP, unsupported, undefined, {
      kind: 'attach',
      how: 'member-unsupported',
      name: member.name,
    });
  const rule = memberRule(env, ops);
  const isAwake = rule?.sleepable?.includes(member.name) === false;
  if ((env.sleepable && isAwake) || rule?.refused?.includes(member.name) === true) {
    env.reject(Errno.EINVAL, unsupported, undefined, { kind: 'attach', how: 'member-unsupported', name: member.name });
  }
  env.attach.privStackRequested = rule?.privateStack.includes(member.name) ?? false;

  const ctxArgs = stubArgs(btf, ops, member.name, proto);
  for (const arg of ctxArgs) {
    if (arg.regType === RegType.PTR_TO_ARENA && !usesArena(env)) {
      env.reject(Errno.EINVAL, `arena argument of ${member.name} requires a program with an associated arena\n`, undefined, {
        kind: 'arena-unused',
      });
    }
  }
  // a tail call would leave the reference with nobody
  if (ctxArgs.some((a) => a.refcounted)) {
    for (let i = 0; i < subprogCount(env); i++) {
      if (env.subprogs[i]!.hasTailCall)
        env.reject(Errno.EINVAL, 'program with __ref argument cannot tail call\n', undefined, {
          kind: 'tail-call',
          how: 'ref-argument',
        });
    }
  }
  env.attach.proto = { btf, protoId: proto.id };
  env.attach.funcName = member.name;
  env.attach.structOps = { typeName: ops.name, member: member.name, memberIndex: index, btf };
  env.attach.ctxArgs = ctxArgs;
}

function memberRule(env: VerifierEnv, ops: StructOpsInfo): MemberRule | null {
  if (ops.checkMember === '') return null;
  return MEMBER_RULES.get(ops.checkMember) ?? env.unmodelled(`struct_ops member check ${ops.checkMember}`);
}

function usesArena(env: VerifierEnv): boolean {
  return env.usedMaps.some((m) => m.type === env.kernel.constant('BPF_MAP_TYPE_ARENA'));
}

function hasSuffix(param: BtfParam, suffix: string): boolean {
  return param.name.length > suffix.length && param.name.endsWith(suffix);
}

/** Arguments that the kernel's stub function marks by name: may be NULL, come with a reference, point into the arena (`prepare_arg_info`). */
function stubArgs(btf: Btf, ops: StructOpsInfo, member: string, proto: BtfOf<Kind.FUNC_PROTO>): CtxArg[] {
  const stubId = btf.findByNameKind(ops.stubs.get(member) ?? '', Kind.FUNC);
  const stub = stubId > 0 ? btf.type(stubId) : undefined;
  const stubProto = stub?.kind === Kind.FUNC ? btf.type(stub.type) : undefined;
  if (stubProto?.kind !== Kind.FUNC_PROTO || stubProto.params.length !== proto.params.length) return [];

  const found: CtxArg[] = [];
  let offset = 0;
  proto.params.forEach((param, i) => {
    const regType = markedType(stubProto.params[i]!);
    const target = resolvePtr(btf, param.type);
    const pointee = target === null ? undefined : btf.type(target);
    if (regType !== null && target !== null && pointee !== undefined && (regType === RegType.PTR_TO_ARENA || isComposite(pointee))) {
      const refcounted = regType === (RegType.PTR_TO_BTF_ID | Flag.PTR_TRUSTED);
      found.push({ offset, regType, btf, btfId: target, refcounted, refId: 0 });
    }
    offset += Math.ceil((resolveSize(btf, param.type) ?? 8) / 8) * 8;
  });
  return found;
}

function markedType(param: BtfParam): number | null {
  if (hasSuffix(param, '__arena__nullable') || hasSuffix(param, '__arena')) return RegType.PTR_TO_ARENA;
  if (hasSuffix(param, '__nullable')) return RegType.PTR_TO_BTF_ID | Flag.PTR_TRUSTED | Flag.PTR_MAYBE_NULL;
  return hasSuffix(param, '__ref') ? RegType.PTR_TO_BTF_ID | Flag.PTR_TRUSTED : null;
}
