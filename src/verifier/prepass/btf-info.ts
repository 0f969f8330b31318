// SPDX-License-Identifier: GPL-2.0-only
/** BTF records of functions and lines against the program's layout. Facts: `kernel/bpf/check_btf.c`. */
import type { Btf, BtfOf } from '../../btf/types';
import { Kind } from '../../btf/types';
import { isAnyEnum, isSmallInt, skipModsAndTypedefs } from '../../btf/util';
import type { VerifierEnv } from '../env';
import { Errno } from '../errors';
import { subprogCount } from './subprog-table';

/** Checks func_info by itself, before subprograms are known (`prepare_btf_func`). The three messages have no newline. */
export function prepareBtfInfo(env: VerifierEnv): void {
  const { funcInfo, btf } = env.given;
  if (btf === null) return;
  let previous = 0;
  funcInfo.forEach((record, i) => {
    if (i === 0) {
      if (record.insnOff !== 0)
        env.reject(Errno.EINVAL, `nonzero insn_off ${record.insnOff} for the first func info record`, undefined, {
          kind: 'type-records',
        });
    } else if (record.insnOff <= previous) {
      env.reject(Errno.EINVAL, `same or smaller insn offset (${record.insnOff}) than previous func info record (${previous})`, undefined, {
        kind: 'type-records',
      });
    }
    const func = btf.type(record.typeId);
    if (func?.kind !== Kind.FUNC)
      env.reject(Errno.EINVAL, `invalid type id ${record.typeId} in func info`, undefined, {
        kind: 'type-records',
      });
    if (btf.type(func.type)?.kind !== Kind.FUNC_PROTO) env.reject(Errno.EINVAL, '', undefined, { kind: 'type-records' });
    previous = record.insnOff;
  });
}

/** Checks func_info and line_info against the subprograms and names them (`bpf_check_btf_info`). */
export function checkBtfInfo(env: VerifierEnv): void {
  if (env.given.btf === null) {
    checkAbnormalReturn(env);
    return;
  }
  checkFuncInfo(env, env.given.btf);
  checkLineInfo(env);
}

function checkAbnormalReturn(env: VerifierEnv): void {
  for (let i = 1; i < subprogCount(env); i++) {
    const info = env.subprogs[i]!;
    if (info.hasLdAbs)
      env.reject(Errno.EINVAL, 'LD_ABS is not allowed in subprogs without BTF\n', undefined, {
        kind: 'abnormal-return',
        name: 'BPF_LD_ABS',
      });
    if (info.hasTailCall)
      env.reject(Errno.EINVAL, 'tail_call is not allowed in subprogs without BTF\n', undefined, {
        kind: 'abnormal-return',
        name: 'a tail call',
      });
  }
}

function checkFuncInfo(env: VerifierEnv, btf: Btf): void {
  const { funcInfo } = env.given;
  if (funcInfo.length === 0) {
    checkAbnormalReturn(env);
    return;
  }
  if (funcInfo.length !== subprogCount(env)) {
    env.reject(Errno.EINVAL, "number of funcs in func_info doesn't match number of subprogs\n", undefined, { kind: 'type-records' });
  }
  const linkages = funcInfo.map((record, i) => {
    const info = env.subprogs[i]!;
    if (info.start !== record.insnOff) {
      env.reject(Errno.EINVAL, "func_info BTF section doesn't match subprog layout in BPF program\n", undefined, { kind: 'type-records' });
    }
    const func = btf.type(record.typeId) as BtfOf<Kind.FUNC>;
    const proto = btf.type(func.type) as BtfOf<Kind.FUNC_PROTO>;
    const ret = skipModsAndTypedefs(btf, proto.ret);
    const scalarReturn = ret !== undefined && (isSmallInt(ret) || isAnyEnum(ret));
    if (i > 0 && !scalarReturn) {
      if (info.hasLdAbs)
        env.reject(Errno.EINVAL, "LD_ABS is only allowed in functions that return 'int'.\n", undefined, {
          kind: 'abnormal-return',
          name: 'BPF_LD_ABS',
        });
      if (info.hasTailCall)
        env.reject(Errno.EINVAL, "tail_call is only allowed in functions that return 'int'.\n", undefined, {
          kind: 'abnormal-return',
          name: 'a tail call',
        });
    }
    info.name = func.name;
    info.btfFuncId = record.typeId;
    return func.linkage;
  });
  // known once all records are right: a refusal before that tells of static functions only (`check_btf_func`)
  linkages.forEach((linkage, i) => {
    env.subprogs[i]!.linkage = linkage;
  });
}

function checkLineInfo(env: VerifierEnv): void {
  const { lineInfo } = env.given;
  if (lineInfo.length === 0) return;
  const count = subprogCount(env);
  let subprog = 0;
  let previous = 0;
  lineInfo.forEach((record, i) => {
    const at = record.insnOff;
    if ((i > 0 && at <= previous) || at >= env.insns.length) {
      env.reject(
        Errno.EINVAL,
        `Invalid line_info[${i}].insn_off:${at} (prev_offset:${previous} prog->len:${env.insns.length})\n`,
        undefined,
        {
          kind: 'type-records',
        },
      );
    }
    if (env.insns[at]!.code === 0)
      env.reject(Errno.EINVAL, `Invalid insn code at line_info[${i}].insn_off\n`, undefined, {
        kind: 'type-records',
      });
    if (record.nameless === true)
      env.reject(Errno.EINVAL, `Invalid line_info[${i}].line_off or .file_name_off\n`, undefined, {
        kind: 'type-records',
      });
    if (subprog !== count) {
      const start = env.subprogs[subprog]!.start;
      if (at === start) subprog++;
      else if (start < at) env.reject(Errno.EINVAL, `missing bpf_line_info for func#${subprog}\n`, undefined, { kind: 'type-records' });
    }
    previous = at;
  });
  if (subprog !== count) {
    env.reject(Errno.EINVAL, `missing bpf_line_info for ${count - subprog} funcs starting from func#${subprog}\n`, undefined, {
      kind: 'type-records',
    });
  }
}
