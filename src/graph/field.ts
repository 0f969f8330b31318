// SPDX-License-Identifier: GPL-2.0-only
/** The field of a kernel's type that an instruction is about: by its CO-RE relocation, or by what its register points to. */
import { membersAt } from '../btf/members';
import { Kind } from '../btf/types';
import { RegType } from '../kernel/types';
import type { Operation } from '../protocol/graph';
import type { FieldUse } from '../protocol/since';
import { constNum, isConst } from '../verifier/domain/query';
import type { RegState } from '../verifier/state/reg';
import type { GraphInput } from './input';

/** The field at an offset of what a register points to, by types of the kernel; null if it points to nothing of the kernel, or not at a known place. */
function pointedAt(reg: RegState, off: number): FieldUse | null {
  if (reg.base !== RegType.PTR_TO_BTF_ID || !reg.btf.isKernel || !isConst(reg.val)) return null;
  const type = reg.btf.type(reg.btfId);
  if (type === undefined || type.name === '') return null;
  const offset = constNum(reg.val) + off;
  const path = membersAt(reg.btf, reg.btfId, offset);
  return path === null ? null : { keyword: type.kind === Kind.UNION ? 'union' : 'struct', type: type.name, path, offset, core: false };
}

/** Whether two registers point to the same place of a type. */
function alike(a: RegState, b: RegState): boolean {
  return a.base === b.base && a.obj === b.obj && a.btfId === b.btfId && isConst(a.val) && constNum(a.val) === constNum(b.val);
}

/**
 * The field that the instruction at a slot reads or writes, or that its constant is about; null for none, or where the states that arrived
 * disagree.
 */
export function fieldOf({ env, recorder }: GraphInput, at: number, { kind }: Operation): FieldUse | null {
  const note = env.prog.notes.get(at);
  if (note?.kind === 'core') {
    const { keyword, type, path, offset } = note;
    const isField = keyword === 'struct' || keyword === 'union' || keyword === 'typedef';
    return isField && path.length > 0 ? { keyword, type, path, offset, core: true } : null;
  }
  if (kind !== 'load' && kind !== 'store' && kind !== 'atomic') return null;
  const insn = env.insns[at]!;
  const base = kind === 'load' ? insn.src : insn.dst;
  const regs = (recorder.insns[at]?.kept ?? []).map((s) => s.frames.at(-1)?.regs[base]);
  const [first] = regs;
  return first !== undefined && regs.every((reg) => reg !== undefined && alike(reg, first)) ? pointedAt(first, insn.off) : null;
}
