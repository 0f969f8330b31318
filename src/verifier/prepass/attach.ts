// SPDX-License-Identifier: GPL-2.0-only
/** Whether the program may be attached where it says, and what follows for its context (`kernel/bpf/verifier.c: check_attach_btf_id`). */
import type { Constant, ProgTypeConstant } from '../../kernel/constants';
import { words } from '../../kernel/words';
import { Kind } from '../../btf/types';
import { canBeSleepable } from '../../kernel/attach-rules';
import type { VerifierEnv } from '../env';
import { Errno } from '../errors';
import { checkStructOpsMember } from './attach-struct-ops';
import { checkAttachTarget, type AttachTarget } from './attach-target';

const ITER_PREFIX = 'bpf_iter_';

/** Checks the attach point and fills `env.attach`. */
export function checkAttach(env: VerifierEnv): void {
  const { kernel, prog } = env;
  const isType = (name: ProgTypeConstant): boolean => kernel.constant(`BPF_PROG_TYPE_${name}`) === prog.progType;
  if (isType('SYSCALL')) {
    if (!env.sleepable)
      env.reject(Errno.EINVAL, 'Syscall programs can only be sleepable\n', undefined, {
        kind: 'attach',
        how: 'syscall-sleeps',
        name: '',
      });
    return;
  }
  if (env.sleepable && !canBeSleepable(kernel, env))
    env.reject(
      Errno.EINVAL,
      `${words(kernel.features, kernel.features['words.sleepable'] ? 'words.sleepable' : 'words.sleepableKinds')()}\n`,
      undefined,
      {
        kind: 'attach',
        how: 'type-sleeps',
        name: '',
      },
    );
  if (isType('STRUCT_OPS')) {
    checkStructOpsMember(env);
    return;
  }
  if (isType('TRACING') || isType('LSM') || isType('EXT')) checkTracing(env, isType);
}

function checkTracing(env: VerifierEnv, isType: (name: ProgTypeConstant) => boolean): void {
  const attachIs = (...names: Constant[]): boolean => names.some((n) => env.kernel.constant(n) === env.expectedAttachType);
  const target = checkAttachTarget(env);
  env.attach.proto = target.protoId === null ? null : { btf: target.btf, protoId: target.protoId };
  env.attach.funcName = target.name;

  if (attachIs('BPF_TRACE_RAW_TP')) {
    env.attach.isBtfTrace = true;
  } else if (attachIs('BPF_TRACE_ITER')) {
    initIterator(env, target);
  } else if (isType('LSM')) {
    checkLsmHook(env, target);
  } else if (isType('TRACING') && env.kernel.listHas('btf_id_deny', target.name)) {
    env.reject(Errno.EINVAL, `Attaching tracing programs to function '${target.name}' is rejected.\n`, undefined, {
      kind: 'attach',
      how: 'denied',
      name: target.name,
    });
  } else if (
    attachIs('BPF_TRACE_FEXIT', 'BPF_TRACE_FSESSION', 'BPF_TRACE_FSESSION_MULTI', 'BPF_MODIFY_RETURN') &&
    env.kernel.listHas('noreturn_deny', target.name)
  ) {
    env.reject(Errno.EINVAL, `Attaching fexit/fsession/fmod_ret to __noreturn function '${target.name}' is rejected.\n`, undefined, {
      kind: 'attach',
      how: 'noreturn',
      name: target.name,
    });
  }
}

/** Takes the typed context arguments of an iterator target (`bpf_iter_prog_supported`). */
function initIterator(env: VerifierEnv, target: AttachTarget): void {
  if (!target.name.startsWith(ITER_PREFIX)) env.reject(Errno.EINVAL);
  const iterator = env.kernel.iterators.get(target.name.slice(ITER_PREFIX.length));
  if (iterator === undefined) env.reject(Errno.EINVAL);
  env.attach.ctxArgs = iterator.args.map(({ offset, type, btfName }) => ({
    offset,
    regType: type,
    btf: env.kernel.btf,
    btfId: btfName === null ? 0 : structId(env, btfName),
    refcounted: false,
    refId: 0,
  }));
}

function structId(env: VerifierEnv, name: string): number {
  const id = env.kernel.btf.findByNameKind(name, Kind.STRUCT);
  return id > 0 ? id : Math.max(env.kernel.btf.findByNameKind(name, Kind.UNION), 0);
}

/** `bpf_lsm_verify_prog`. */
function checkLsmHook(env: VerifierEnv, target: AttachTarget): void {
  if (!env.gplCompatible)
    env.reject(Errno.EINVAL, 'LSM programs must have a GPL compatible license\n', undefined, {
      kind: 'licence',
      name: 'lsm',
    });
  const id = env.prog.attachBtfId;
  if (env.kernel.listHas('bpf_lsm_disabled_hooks', target.name)) {
    env.reject(Errno.EINVAL, `attach_btf_id ${id} points to disabled hook ${target.name}\n`, undefined, {
      kind: 'attach',
      how: 'hook-disabled',
      name: target.name,
    });
  }
  if (!env.kernel.listHas('bpf_lsm_hooks', target.name)) {
    env.reject(Errno.EINVAL, `attach_btf_id ${id} points to wrong type name ${target.name}\n`, undefined, {
      kind: 'attach',
      how: 'no-hook',
      name: target.name,
    });
  }
}
