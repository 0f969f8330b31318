// SPDX-License-Identifier: GPL-2.0-only
/** The C variables behind registers and stack slots: what types and line records say for certain, nothing else. */
import { Kind } from '../btf/types';
import { RegType } from '../kernel/types';
import { constNum, isConst } from '../verifier/domain';
import type { HeldTable } from '../verifier/state/held';
import type { RegState } from '../verifier/state/reg';
import type { GraphInput } from './input';
import { variableOf } from './names';

/** Variable of the resource with that identity. */
export function carriedVariable(input: GraphInput, held: HeldTable, id: number): string | null {
  const entry = held.byId(id);
  return entry === undefined ? null : variableOf(input, entry);
}

/** The global variable that a pointer into a data section points to the beginning of. */
function globalVariable(reg: RegState): string | null {
  const { btf, btfValueTypeId, data } = reg.map.def;
  const section = data === null || btf === null ? undefined : btf.type(btfValueTypeId);
  if (btf === null || section?.kind !== Kind.DATASEC || !isConst(reg.val)) return null;
  const offset = constNum(reg.val);
  const found = section.vars.find((v) => v.offset === offset);
  const name = found === undefined ? '' : (btf.type(found.type)?.name ?? '');
  return name === '' ? null : `&${name}`;
}

/** Name of the parameter that a register is at the beginning of a function; null elsewhere, and where types do not say. */
export function parameterName(input: GraphInput, insn: number, register: number): string | null {
  const { btf, funcInfo } = input.env.prog;
  const record = funcInfo.find((f) => f.insnOff === insn);
  const func = record === undefined ? undefined : btf?.type(record.typeId);
  const proto = func?.kind === Kind.FUNC ? btf?.type(func.type) : undefined;
  const name = proto?.kind === Kind.FUNC_PROTO ? (proto.params[register - 1]?.name ?? '') : '';
  return name === '' ? null : name;
}

/** The C variable in a register, null where nothing says which. */
export function registerVariable(input: GraphInput, held: HeldTable, reg: RegState): string | null {
  if (reg.base === RegType.SCALAR_VALUE || reg.base === RegType.NOT_INIT) return null;
  if (reg.base === RegType.PTR_TO_MAP_VALUE) return globalVariable(reg);
  return carriedVariable(input, held, reg.id);
}
