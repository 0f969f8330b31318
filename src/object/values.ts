// SPDX-License-Identifier: GPL-2.0-only
/** Values of constants (`const volatile`, `.rodata`) that a loader sets before it loads an object, as `skeleton->rodata->name = value` does. */
import { IntEncoding, Kind, type Btf, type BtfType } from '../btf/types';
import { resolveSize, skipModsAndTypedefs } from '../btf/util';
import type { ValueChoice } from './choices';
import type { ObjectMap } from './model';
import { putNumber } from './numbers';
import type { ByteRange } from './ranges';

/** A constant of the object that a loader can set. */
export interface Constant {
  readonly name: string;
  /** Index in the maps. */
  readonly map: number;
  /** Bytes from the start of the map's value. */
  readonly offset: number;
  /** Bytes. */
  readonly size: number;
  readonly type: number;
}

/** The constants of an object, in their order. Variables of other sections are none: the kernel does not know what they hold. */
export function constantsOf(btf: Btf | null, maps: readonly ObjectMap[]): Constant[] {
  if (btf === null) return [];
  return maps.flatMap((map, index) => {
    const datasec = map.origin === 'rodata' ? btf.type(map.btfValue) : undefined;
    if (datasec?.kind !== Kind.DATASEC) return [];
    return datasec.vars.flatMap(({ type, offset, size }) => {
      const variable = btf.type(type);
      return variable?.kind === Kind.VAR ? [{ name: variable.name, map: index, offset, size, type: variable.type }] : [];
    });
  });
}

/** Why a choice cannot be; `absent`: the object has no constant of that name. */
interface Problem {
  readonly problem: string;
  readonly absent?: true;
}

/** What became of one choice: what is assumed, or why it cannot be. */
export type Applied = { readonly map: number; readonly any: ByteRange | null; readonly assumed: string } | Problem;

/** Puts a value into the contents of its map, which must be a copy. `path`: a constant or part of one. */
export function applyValue(
  btf: Btf,
  maps: readonly ObjectMap[],
  constants: readonly Constant[],
  path: string,
  value: ValueChoice,
  littleEndian: boolean,
): Applied {
  const place = find(btf, constants, path);
  if ('problem' in place) return place;
  const { map, offset, type, size } = place;
  const data = maps[map]!.data!;
  if (offset + size > data.length) return { problem: `${path} lies out of its section` };
  if (value === 'any') return { map, any: { offset, size }, assumed: `${path} may have any value` };
  const problem = write(btf, data.subarray(offset, offset + size), type, value, littleEndian);
  return problem === null ? { map, any: null, assumed: `${path} = ${String(value)}` } : { problem: `${path}: ${problem}` };
}

interface Place {
  readonly map: number;
  readonly offset: number;
  readonly size: number;
  readonly type: BtfType;
}

/** Follows `name.member[index]…`. */
function find(btf: Btf, constants: readonly Constant[], path: string): Place | Problem {
  const steps = /^[\w$]+|\.[\w$]+|\[\d+\]/g;
  const parts = path.match(steps) ?? [];
  const constant = constants.find((candidate) => candidate.name === parts[0]);
  if (constant === undefined || parts.join('') !== path) {
    const known = constants.map((candidate) => candidate.name);
    return {
      ...(constant === undefined ? { absent: true as const } : {}),
      problem: `there is no constant ${path}; ${known.length === 0 ? 'the object has none' : `there are ${known.slice(0, 20).join(', ')}`}`,
    };
  }
  let place: Place = {
    map: constant.map,
    offset: constant.offset,
    size: constant.size,
    type: skipModsAndTypedefs(btf, constant.type) ?? btf.type(0)!,
  };
  for (const part of parts.slice(1)) {
    const next = part.startsWith('.') ? member(btf, place, part.slice(1)) : element(btf, place, Number(part.slice(1, -1)));
    if (typeof next === 'string') return { problem: `${path}: ${next}` };
    place = next;
  }
  return place;
}

function inside(btf: Btf, place: Place, id: number, offset: number): Place | string {
  const size = resolveSize(btf, id);
  const type = skipModsAndTypedefs(btf, id);
  return size === null || type === undefined ? 'its type has no size' : { map: place.map, offset: place.offset + offset, size, type };
}

function member(btf: Btf, place: Place, name: string): Place | string {
  const { type } = place;
  const found =
    type.kind === Kind.STRUCT || type.kind === Kind.UNION ? type.members.find((candidate) => candidate.name === name) : undefined;
  if (found === undefined) return `there is no member ${name}`;
  if (found.bitfieldSize > 0) return 'bit fields cannot be set';
  return inside(btf, place, found.type, found.bitOffset / 8);
}

function element(btf: Btf, place: Place, index: number): Place | string {
  const { type } = place;
  if (type.kind !== Kind.ARRAY) return 'not an array';
  if (index >= type.nelems) return `it has ${type.nelems} elements`;
  const first = inside(btf, place, type.type, 0);
  return typeof first === 'string' ? first : { ...first, offset: place.offset + index * first.size };
}

/** What values a type takes (`src/protocol/constants.ts: ValueTakes`), or why none can be given to it as a whole. */
export type Takes =
  | { readonly kind: 'number'; readonly bits: number; readonly signed: boolean; readonly bool: boolean; readonly names: readonly string[] }
  | { readonly kind: 'text'; readonly bytes: number };

/** What a type without modifiers and typedefs takes; a text that says why nothing. */
export function takesOf(btf: Btf, type: BtfType): Takes | string {
  switch (type.kind) {
    case Kind.INT: {
      const bool = (type.encoding & IntEncoding.BOOL) !== 0;
      return { kind: 'number', bits: type.size * 8, signed: (type.encoding & IntEncoding.SIGNED) !== 0, bool, names: [] };
    }
    case Kind.ENUM:
    case Kind.ENUM64:
      return { kind: 'number', bits: type.size * 8, signed: type.signed, bool: false, names: type.values.map((v) => v.name) };
    case Kind.ARRAY: {
      const of = skipModsAndTypedefs(btf, type.type);
      return of?.kind === Kind.INT && of.size === 1 ? { kind: 'text', bytes: type.nelems } : 'an element is set alone, as name[0]';
    }
    case Kind.STRUCT:
    case Kind.UNION:
      return 'a member is set alone, as name.member';
    default:
      return 'values of its type cannot be set';
  }
}

/** Writes a value of a type; what is wrong with it, or null. */
function write(btf: Btf, bytes: Uint8Array, type: BtfType, value: ValueChoice, littleEndian: boolean): string | null {
  const takes = takesOf(btf, type);
  if (typeof takes === 'string') return takes;
  const named = type.kind === Kind.ENUM || type.kind === Kind.ENUM64 ? type.values.find((v) => v.name === value)?.value : undefined;
  const problem = valueProblem(takes, named ?? value, `${takes.kind === 'number' && takes.names.length > 0 ? 'enum ' : ''}${type.name}`);
  if (problem !== null) return problem;
  if (takes.kind === 'text') {
    bytes.fill(0);
    bytes.set(new TextEncoder().encode(value as string));
    return null;
  }
  putNumber(bytes, BigInt.asUintN(takes.bits, named ?? numberOf(value)!), littleEndian);
  return null;
}

/** What is wrong with a value for what takes it, null if nothing. `type`: its name. */
export function valueProblem(takes: Takes, value: ValueChoice | bigint, type: string): string | null {
  if (takes.kind === 'text') {
    if (typeof value !== 'string') return 'an element is set alone, as name[0]';
    const bytes = new TextEncoder().encode(value).length + 1;
    return bytes > takes.bytes ? `the text takes ${bytes} bytes, there are ${takes.bytes}` : null;
  }
  const number = typeof value === 'bigint' ? value : typeof value === 'string' && takes.names.includes(value) ? 0n : numberOf(value);
  if (number === null) return 'a number is wanted';
  const bits = BigInt(takes.bits);
  const low = takes.signed ? -(1n << (bits - 1n)) : 0n;
  const high = takes.bool ? 1n : takes.signed ? (1n << (bits - 1n)) - 1n : (1n << bits) - 1n;
  return number < low || number > high
    ? `${number} is not in ${takes.names.length > 0 ? 'the values' : 'bytes'} of ${type}: ${low} to ${high}`
    : null;
}

function numberOf(value: ValueChoice): bigint | null {
  if (typeof value === 'boolean') return value ? 1n : 0n;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : null;
  if (value === 'true' || value === 'false') return value === 'true' ? 1n : 0n;
  const character = /^'(.)'$/u.exec(value);
  if (character !== null) return BigInt(character[1]!.codePointAt(0)!);
  const digits = /^(-?)(0x[\da-f]+|\d+)$/i.exec(value.trim());
  return digits === null ? null : digits[1] === '-' ? -BigInt(digits[2]!) : BigInt(digits[2]!);
}
