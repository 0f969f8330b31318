// SPDX-License-Identifier: GPL-2.0-only
/** The C variables behind registers and stack slots: what DWARF, types and line records say for certain, nothing else. */
import { Kind } from '../btf/types';
import { RegType } from '../kernel/types';
import type { VariablePlace } from '../object/program';
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

/** Names of one place that are shown; a value that has more of them is copied about. */
const MOST_NAMES = 2;

/** Names of variables that share a place, as one text; null for none. */
function together(names: readonly string[]): string | null {
  const all = [...new Set(names)];
  return all.length === 0 ? null : all.slice(0, MOST_NAMES).join(', ') + (all.length > MOST_NAMES ? ', …' : '');
}

/** Where C variables are on entry of an instruction, as DWARF says it. */
export class VariablesAt {
  readonly #here: readonly VariablePlace[];

  constructor(input: GraphInput, insn: number) {
    this.#here = (input.env.prog.variables ?? []).filter((v) => v.from <= insn && insn < v.to);
  }

  /** What a register holds; a value that has several names has them all. */
  inRegister(register: number): string | null {
    return together(this.#here.flatMap((v) => (v.place.kind === 'register' && v.place.register === register ? [v.name] : [])));
  }

  /** What lies in some of the eight bytes from an offset on; null where two claim the same byte, which only one can have. */
  inSlot(offset: number): string | null {
    const found = this.#on(offset, offset + 8);
    return this.#disputed(found) ? null : together(found.map((v) => v.name));
  }

  /** The variable that begins at an offset. */
  beginningAt(offset: number): string | null {
    const [first, ...more] = this.#on(offset, offset + 1);
    return first === undefined || more.length > 0 || first.offset !== offset ? null : first.name;
  }

  #on(from: number, to: number): { readonly name: string; readonly offset: number; readonly end: number }[] {
    return this.#here
      .flatMap(({ name, place }) => (place.kind === 'stack' ? [{ name, offset: place.offset, end: place.offset + place.size }] : []))
      .filter((v) => v.offset < to && v.end > from)
      .sort((a, b) => a.offset - b.offset);
  }

  #disputed(sorted: readonly { readonly offset: number; readonly end: number }[]): boolean {
    return sorted.some((v, i) => i > 0 && v.offset < sorted[i - 1]!.end);
  }
}

/** The variable on the stack whose beginning a register points to. */
export function stackVariable(variables: VariablesAt | undefined, reg: RegState): string | null {
  const offset = isConst(reg.val) ? constNum(reg.val) : 0;
  const name = offset < 0 ? variables?.beginningAt(offset) : null;
  return name === null || name === undefined ? null : `&${name}`;
}

/** The C variable in a register as types and line records say it, null where they do not. */
export function registerVariable(input: GraphInput, held: HeldTable, reg: RegState): string | null {
  if (reg.base === RegType.SCALAR_VALUE || reg.base === RegType.NOT_INIT) return null;
  if (reg.base === RegType.PTR_TO_MAP_VALUE) return globalVariable(reg);
  return carriedVariable(input, held, reg.id);
}
