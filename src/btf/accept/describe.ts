// SPDX-License-Identifier: GPL-2.0-only
/** Types in the words of the kernel's BTF log (`kernel/bpf/btf.c: __btf_verifier_log_type` and each kind's `log_details`). */
import { Kind } from '../types';
import { kindName } from '../util';
import { Objection, type BtfImage } from './image';

/** Most parameters of a prototype that a line names; the log's own bound is one of bytes. */
const SHOWN_PARAMS = 64;
const ENCODINGS = new Map([
  [0, '(none)'],
  [1, 'SIGNED'],
  [2, 'CHAR'],
  [4, 'BOOL'],
]);

/** Parts of the word after an INT. */
export function intParts(word: number): { readonly bits: number; readonly offset: number; readonly encoding: number } {
  return { bits: word & 0xff, offset: (word >>> 16) & 0xff, encoding: (word >>> 24) & 0xf };
}

function parameters(image: BtfImage, id: number): string {
  const count = image.vlen(id);
  const shown: string[] = [];
  for (let index = 0; index < Math.min(count, SHOWN_PARAMS); index += 1) {
    const type = image.extra(id, index * 2 + 1);
    shown.push(type === 0 && index === count - 1 ? 'vararg' : `${type} ${image.shownName(image.extra(id, index * 2))}`);
  }
  return count === 0 ? 'void' : shown.join(', ');
}

function details(image: BtfImage, id: number): string {
  const word = image.sizeOrType(id);
  switch (image.kind(id)) {
    case Kind.INT: {
      const { bits, offset, encoding } = intParts(image.extra(id, 0));
      return `size=${word} bits_offset=${offset} nr_bits=${bits} encoding=${ENCODINGS.get(encoding) ?? 'UNKN'}`;
    }
    case Kind.ARRAY:
      return `type_id=${image.extra(id, 0)} index_type_id=${image.extra(id, 1)} nr_elems=${image.extra(id, 2)}`;
    case Kind.STRUCT:
    case Kind.UNION:
    case Kind.ENUM:
    case Kind.ENUM64:
    case Kind.DATASEC:
      return `size=${word} vlen=${image.vlen(id)}`;
    case Kind.FWD:
      return image.kindFlag(id) ? 'union' : 'struct';
    case Kind.FUNC_PROTO:
      return `return=${word} args=(${parameters(image, id)})`;
    case Kind.VAR:
      return `type_id=${word} linkage=${image.extra(id, 0)}`;
    case Kind.FLOAT:
      return `size=${word}`;
    case Kind.DECL_TAG:
      return `type=${word} component_idx=${image.extra(id, 0) | 0}`;
    default:
      return `type_id=${word}`;
  }
}

/** A type's line without a complaint. */
export function typeLine(image: BtfImage, id: number): string {
  return `${basicLine(image, id)} ${details(image, id)}`;
}

function basicLine(image: BtfImage, id: number): string {
  return `[${id}] ${kindName(image.kind(id))} ${image.shownName(image.nameOffset(id))}`;
}

/** Refuses the BTF because of a type. */
export function refuseType(image: BtfImage, id: number, what: string): never {
  throw new Objection(`${typeLine(image, id)} ${what}`);
}

/** As {@link refuseType}, for complaints that are logged without the details of the type. */
export function refuseBasic(image: BtfImage, id: number, what: string): never {
  throw new Objection(`${basicLine(image, id)} ${what}`);
}

/** Refuses the BTF because of a member of a struct or union. `type`: of the member, under its modifiers once that is known. */
export function refuseMember(image: BtfImage, id: number, index: number, what: string, type = image.extra(id, index * 3 + 1)): never {
  const offset = image.extra(id, index * 3 + 2);
  const place = image.kindFlag(id) ? `bitfield_size=${offset >>> 24} bits_offset=${offset & 0xffffff}` : `bits_offset=${offset}`;
  const member = `${image.shownName(image.extra(id, index * 3))} type_id=${type} ${place}`;
  throw new Objection(`${member} ${what}`, typeLine(image, id));
}

/** Refuses the BTF because of a variable in a section. */
export function refuseVariable(image: BtfImage, id: number, index: number, what: string): never {
  const [type, offset, size] = [0, 1, 2].map((word) => image.extra(id, index * 3 + word));
  throw new Objection(`type_id=${type} offset=${offset} size=${size} ${what}`, typeLine(image, id));
}
