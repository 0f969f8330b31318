// SPDX-License-Identifier: GPL-2.0-only
/** The form of context tables: rows of fields of a uapi struct, with the sizes that may be read and written, and what a load gives. */
import { Kind, type Btf } from '../../../btf/types';
import { memberByPath, resolveSize } from '../../../btf/util';
import type { Constant } from '../../../kernel/constants';
import { RegType } from '../../../kernel/types';
import type { VerifierEnv } from '../../env';

/** One access of a context. */
export interface CtxQuery {
  readonly env: VerifierEnv;
  /** Bytes from the start of the context, the register's offset included. */
  readonly off: number;
  /** Bytes: 1, 2, 4, 8. */
  readonly size: number;
  readonly write: boolean;
  /** Sign-extending load. */
  readonly isLdsx: boolean;
}

/** What an allowed access gives (`struct bpf_insn_access_aux`). */
export interface CtxResult {
  /** Register type of a load. */
  readonly regType: number;
  readonly btf: Btf | null;
  readonly btfId: number;
  /** Reference that came with the argument, 0 if none. */
  readonly refId: number;
  /** The return value of the function that the program is attached to. */
  readonly isRetval: boolean;
  /** Bytes of the field that a narrower load is cut out of, 0 for none. */
  readonly fieldSize: number;
}

/** Decides an access; null refuses it. */
export type CtxRule = (q: CtxQuery) => CtxResult | null;

/** A scalar. */
export const SCALAR: CtxResult = { regType: RegType.SCALAR_VALUE, btf: null, btfId: 0, refId: 0, isRetval: false, fieldSize: 0 };

/** Half-open range of bytes. */
export interface Bytes {
  readonly start: number;
  readonly end: number;
}

/** `name`, `first..last` (both included), or `after>before` for the padding between two fields. */
export type Field = string;

/** Sizes that are allowed at a field. */
export interface SizeRule {
  /** Bytes of the field that narrower loads are cut out of, 0 if there are none. */
  readonly fieldSize: number;
  readonly allows: (q: CtxQuery, field: Bytes) => boolean;
}

/** Exactly so many bytes. */
export function exact(bytes: number): SizeRule {
  return { fieldSize: 0, allows: (q) => q.size === bytes };
}

/** At most so many bytes (`bpf_ctx_narrow_access_ok`). */
export function narrow(bytes: number): SizeRule {
  return { fieldSize: bytes, allows: (q) => q.size <= bytes };
}

/** Any size that ends within the field. */
export const inside: SizeRule = { fieldSize: 0, allows: (q, field) => q.off + q.size <= field.end };

/** Any of the rules. */
export function either(...rules: readonly SizeRule[]): SizeRule {
  return { fieldSize: Math.max(...rules.map((r) => r.fieldSize)), allows: (q, field) => rules.some((r) => r.allows(q, field)) };
}

/** A row of a context table. */
export interface Row {
  readonly fields: readonly Field[];
  /** The row speaks only of the first byte of each field, as a C `case offsetof(…)` does. */
  readonly atStart?: true;
  /** Sizes of loads; absent: not readable. */
  readonly read?: SizeRule;
  /** Sizes of stores; absent: not writable. */
  readonly write?: SizeRule;
  /** Register type of a load, a scalar if absent. */
  readonly type?: number;
  /** Loads must not sign-extend. */
  readonly noSignExtend?: true;
  /** Program attach types (names of constants) for which loads and stores are allowed; all if absent. */
  readonly readAttach?: readonly Constant[];
  readonly writeAttach?: readonly Constant[];
}

/** A context struct. The first row that covers the offset decides, `other` if none does. */
export interface CtxTable {
  readonly struct: string;
  /** Last accessible field; the whole struct if absent. */
  readonly last?: string;
  readonly rows: readonly Row[];
  readonly other: Omit<Row, 'fields'>;
}

/** Bytes by kernel, struct and field. */
type Ranges = WeakMap<Btf, Map<string, Map<Field, Bytes>>>;

/** What is known of the fields of a struct. */
function rangesOf(ranges: Ranges, btf: Btf, struct: string): Map<Field, Bytes> {
  let byStruct = ranges.get(btf);
  if (byStruct === undefined) ranges.set(btf, (byStruct = new Map()));
  let known = byStruct.get(struct);
  if (known === undefined) byStruct.set(struct, (known = new Map()));
  return known;
}

const ranges: Ranges = new WeakMap();

/** Bytes of a struct's field in the kernel's BTF, or of the whole struct for ''. Ends with `unknown` if the kernel lacks it. */
export function fieldBytes(env: VerifierEnv, struct: string, field: Field): Bytes {
  const known = rangesOf(ranges, env.kernel.btf, struct);
  let bytes = known.get(field);
  if (bytes === undefined) known.set(field, (bytes = locate(env, struct, field)));
  return bytes;
}

function locate(env: VerifierEnv, struct: string, field: Field): Bytes {
  const { btf } = env.kernel;
  const id = btf.findByNameKind(struct, Kind.STRUCT);
  if (id < 0) return env.unmodelled(`struct ${struct} is not in the kernel's BTF`);
  if (field === '') return { start: 0, end: resolveSize(btf, id) ?? 0 };
  const one = (name: string): Bytes => {
    const found = memberByPath(btf, id, name);
    if (found === null) return env.unmodelled(`struct ${struct} has no field ${name}`);
    const start = found.bitOffset >>> 3;
    const bits = found.member.bitfieldSize;
    return { start, end: bits > 0 ? start + ((bits + 7) >> 3) : start + (resolveSize(btf, found.member.type) ?? 0) };
  };
  const [after, before] = field.split('>');
  if (before !== undefined) return { start: one(after!).end, end: one(before).start };
  const [first, last] = field.split('..');
  return { start: one(first!).start, end: one(last ?? first!).end };
}

const NOWHERE: Bytes = { start: -1, end: -1 };
const absent: Ranges = new WeakMap();

/** As {@link fieldBytes}; null for a plain field that later kernels have and this one has not. */
function ownFieldBytes(env: VerifierEnv, struct: string, field: Field): Bytes | null {
  const { btf } = env.kernel;
  const known = rangesOf(absent, btf, struct);
  let bytes = known.get(field);
  if (bytes === undefined) {
    const id = btf.findByNameKind(struct, Kind.STRUCT);
    const isThere = id < 0 || /[.>]/.test(field) || memberByPath(btf, id, field) !== null;
    known.set(field, (bytes = isThere ? fieldBytes(env, struct, field) : NOWHERE));
  }
  return bytes === NOWHERE ? null : bytes;
}

/** The field of a list that covers the offset. */
export function coveringField(q: CtxQuery, struct: string, fields: readonly Field[], atStart = false): Bytes | null {
  for (const field of fields) {
    const bytes = ownFieldBytes(q.env, struct, field);
    if (bytes === null) continue;
    if (atStart ? q.off === bytes.start : q.off >= bytes.start && q.off < bytes.end) return bytes;
  }
  return null;
}

/** Whether the program is attached in one of the ways named. */
export function attachedAs(env: VerifierEnv, names: readonly Constant[]): boolean {
  return names.some((name) => env.kernel.constant(name) === env.expectedAttachType);
}

/** Decides an access by a table. */
export function byTable(table: CtxTable): CtxRule {
  return (q) => {
    const end = fieldBytes(q.env, table.struct, table.last ?? '').end;
    if (q.off < 0 || q.off >= end || q.off % q.size !== 0) return null;
    let row: Omit<Row, 'fields'> = table.other;
    let bytes: Bytes = { start: 0, end };
    for (const candidate of table.rows) {
      const found = coveringField(q, table.struct, candidate.fields, candidate.atStart === true);
      if (found === null) continue;
      row = candidate;
      bytes = found;
      break;
    }
    const rule = q.write ? row.write : row.read;
    const attach = q.write ? row.writeAttach : row.readAttach;
    if (rule === undefined || !rule.allows(q, bytes)) return null;
    if (attach !== undefined && !attachedAs(q.env, attach)) return null;
    if (row.noSignExtend === true && q.isLdsx) return null;
    return { ...SCALAR, regType: row.type ?? RegType.SCALAR_VALUE, fieldSize: rule.fieldSize };
  };
}
