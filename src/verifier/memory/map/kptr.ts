// SPDX-License-Identifier: GPL-2.0-only
/** Kernel pointers in map values. Facts: `kernel/bpf/verifier.c: map_kptr_match_type, check_map_kptr_access, btf_ld_kptr_type`. */
import { Kind } from '../../../btf/types';
import { resolveSize } from '../../../btf/util';
import { Class, classOf, Mode, modeOf } from '../../../isa/opcode';
import { baseType, Flag, RegType, typeFlags } from '../../../kernel/types';
import { inRcuReadSection } from '../../contexts';
import { constNum } from '../../domain';
import { markChainPrecision } from '../../engine';
import type { VerifierEnv } from '../../env';
import { Errno } from '../../errors';
import { regTypeStr } from '../../log/regtype';
import { FieldType, type BtfField } from '../../state/map';
import type { RegState } from '../../state/reg';
import { btfStructIdsMatch } from '../btf/match';
import { loadPointer } from '../load-result';
import { checkPtrOffReg } from '../region';
import { isAlloc, isNullReg } from '../../state/reg-kinds';
import { structMeta } from './struct-meta';

/** Null if the register may be stored in the field; else what its type is called in the refusal, '' while unknown. */
function mismatch(env: VerifierEnv, field: BtfField, reg: RegState, regno: number): string | null {
  const { btf, btfId } = field.kptr!;
  if (baseType(reg.type) !== RegType.PTR_TO_BTF_ID) return '';
  let allowed: number = Flag.PTR_MAYBE_NULL;
  if (reg.btf.isKernel) {
    allowed |= Flag.PTR_TRUSTED | Flag.MEM_RCU;
    if (field.type === FieldType.KPTR_UNREF) allowed |= Flag.PTR_UNTRUSTED;
  } else {
    allowed |= Flag.MEM_ALLOC;
    if (field.type === FieldType.KPTR_PERCPU) allowed |= Flag.MEM_PERCPU;
  }
  if ((typeFlags(reg.type) & ~allowed) !== 0) return '';
  if ((field.type === FieldType.KPTR_PERCPU) !== ((reg.type & Flag.MEM_PERCPU) !== 0)) return '';
  checkPtrOffReg(env, reg, regno, true);
  const strict = field.type !== FieldType.KPTR_UNREF;
  const same = btfStructIdsMatch(env, reg.btf, reg.btfId, constNum(reg.val), btf, btfId, strict, !isAlloc(reg.type));
  return same ? null : (reg.btf.type(reg.btfId)?.name ?? '');
}

/** Requires a pointer that may be stored in the field; all callers of the kernel's `map_kptr_match_type` answer EACCES. */
export function mapKptrMatchType(env: VerifierEnv, field: BtfField, reg: RegState, regno: number): void {
  const name = mismatch(env, field, reg, regno);
  if (name === null) return;
  const target = field.kptr!.btf.type(field.kptr!.btfId)?.name ?? '';
  const expected = `${regTypeStr(RegType.PTR_TO_BTF_ID)}${target}`;
  const other = field.type === FieldType.KPTR_UNREF ? ` or ${regTypeStr(RegType.PTR_TO_BTF_ID | Flag.PTR_UNTRUSTED)}${target}` : '';
  env.reject(Errno.EACCES, `invalid kptr access, R${regno} type=${regTypeStr(reg.type)}${name} expected=${expected}${other}\n`, undefined, {
    kind: 'kptr-type',
    arg: regno,
    wanted: target,
  });
}

/** True if the pointee stays valid within an RCU read section (`rcu_safe_kptr`). */
function isRcuSafe(env: VerifierEnv, field: BtfField): boolean {
  if (field.type === FieldType.KPTR_PERCPU) return true;
  if (field.type !== FieldType.KPTR_REF) return false;
  const { btf, btfId } = field.kptr!;
  if (!btf.isKernel) return true;
  const name = btf.type(btfId)?.name ?? '';
  return env.kernel.listHas('rcu_protected_types', name) && env.kernel.btf.findByNameKind(name, Kind.STRUCT) === btfId;
}

/** Flags of a pointer loaded from the field. */
function loadFlags(env: VerifierEnv, field: BtfField): number {
  const { btf, btfId } = field.kptr!;
  if (!isRcuSafe(env, field) || !inRcuReadSection(env)) return Flag.PTR_MAYBE_NULL | Flag.PTR_UNTRUSTED;
  let flags: number = Flag.PTR_MAYBE_NULL | Flag.MEM_RCU;
  if (field.type === FieldType.KPTR_PERCPU) flags |= Flag.MEM_PERCPU;
  else if (!btf.isKernel) flags |= Flag.MEM_ALLOC;
  const record = structMeta(env, btf, btfId);
  if (record !== null && (record.fieldMask & FieldType.GRAPH_NODE) !== 0) flags |= Flag.NON_OWN_REF;
  return flags;
}

/** Load or store of one kptr or uptr; place and size of the access are checked already. */
export function checkKptrAccess(env: VerifierEnv, valueRegno: number, insnIdx: number, field: BtfField): void {
  const insn = env.insns[insnIdx]!;
  const cls = classOf(insn.code);
  if (modeOf(insn.code) !== Mode.MEM) {
    env.reject(Errno.EACCES, 'kptr in map can only be accessed using BPF_MEM instruction mode\n', undefined, {
      kind: 'kptr-store',
      how: 'mode',
    });
  }
  if (cls !== Class.LDX && (field.type === FieldType.KPTR_REF || field.type === FieldType.KPTR_PERCPU)) {
    env.reject(Errno.EACCES, 'store to referenced kptr disallowed\n', undefined, { kind: 'kptr-store', how: 'owned' });
  }
  if (cls !== Class.LDX && field.type === FieldType.UPTR)
    env.reject(Errno.EACCES, 'store to uptr disallowed\n', undefined, {
      kind: 'kptr-store',
      how: 'user',
    });
  const { btf, btfId } = field.kptr!;
  if (cls === Class.LDX) {
    if (field.type === FieldType.UPTR) {
      const memSize = resolveSize(btf, btfId) ?? 0;
      loadPointer(env, valueRegno, RegType.PTR_TO_MEM | Flag.PTR_MAYBE_NULL, { num: memSize, id: env.nextId() });
    } else {
      const flags = loadFlags(env, field);
      loadPointer(env, valueRegno, RegType.PTR_TO_BTF_ID | flags, { obj: btf, num2: btfId, id: env.nextId() });
    }
  } else if (cls === Class.STX) {
    const value = env.regs[valueRegno]!;
    if (isNullReg(value)) markChainPrecision(env, valueRegno);
    else mapKptrMatchType(env, field, value, valueRegno);
  } else if (cls === Class.ST) {
    if (insn.imm !== 0)
      env.reject(Errno.EACCES, `BPF_ST imm must be 0 when storing to kptr at off=${field.offset}\n`, undefined, {
        kind: 'kptr-store',
        how: 'constant',
      });
  } else {
    env.reject(Errno.EACCES, 'kptr in map can only be accessed using BPF_LDX/BPF_STX/BPF_ST\n', undefined, {
      kind: 'kptr-store',
      how: 'mode',
    });
  }
}
