// SPDX-License-Identifier: GPL-2.0-only
/** Where C puts the members of a struct, and what must stand between them so that they come to lie where a BTF says. */
import { Kind, type Btf, type BtfMember } from '../btf/types';
import { alignOf, isComposite, resolveSize, skipModsAndTypedefs, type CompositeType } from '../btf/util';

/** One step of a struct's body: unnamed bits to skip, or a member. */
export type LayoutStep =
  { readonly kind: 'pad'; readonly type: string; readonly bits: number } | { readonly kind: 'member'; readonly member: BtfMember };

/** How a struct or union is to be spelled. */
export interface Layout {
  readonly steps: readonly LayoutStep[];
  readonly packed: boolean;
}

/** Integer types of the padding, by width in bits: unnamed bit fields, which move no alignment. */
const PADDING = [
  { bits: 64, type: 'long long' },
  { bits: 32, type: 'int' },
  { bits: 16, type: 'short' },
  { bits: 8, type: 'char' },
] as const;

function roundUp(value: number, to: number): number {
  return to <= 1 ? value : Math.ceil(value / to) * to;
}

/** Bits of a member's type; a flexible array or an unknown type has none. */
function bitsOf(btf: Btf, member: BtfMember): number {
  return (resolveSize(btf, member.type) ?? 0) * 8;
}

/** Alignment in bytes that the member's type has as this dump spells it. */
function alignment(btf: Btf, id: number): number {
  const type = skipModsAndTypedefs(btf, id);
  if (type?.kind === Kind.ARRAY) return alignment(btf, type.type);
  if (type !== undefined && isComposite(type)) return compositeAlignment(btf, type);
  return Math.max(1, alignOf(btf, id));
}

const known = new WeakMap<Btf, Map<number, number>>();

/** Alignment of a struct as it is spelled: 1 if packed, else that of its most demanding member. */
function compositeAlignment(btf: Btf, type: CompositeType): number {
  let cache = known.get(btf);
  if (cache === undefined) known.set(btf, (cache = new Map()));
  const old = cache.get(type.id);
  if (old !== undefined) return old;
  // a cycle is no C; it ends here
  cache.set(type.id, 1);
  const align = isPacked(btf, type) ? 1 : Math.max(1, ...type.members.map((m) => alignment(btf, m.type)));
  cache.set(type.id, align);
  return align;
}

/** Whether C would put some member elsewhere, or make the struct larger, unless it is packed. */
function isPacked(btf: Btf, type: CompositeType): boolean {
  let most = 1;
  for (const m of type.members) {
    const align = alignment(btf, m.type);
    most = Math.max(most, align);
    if (m.bitfieldSize === 0) {
      if (m.bitOffset % (align * 8) !== 0) return true;
      continue;
    }
    const unit = bitsOf(btf, m);
    if (unit > 0 && (m.bitOffset % unit) + m.bitfieldSize > unit) return true;
  }
  return type.size % most !== 0;
}

/** Unnamed bit fields from bit `from` to bit `to`, each within a storage unit of its own type so that the compiler moves none. */
function padding(from: number, to: number): LayoutStep[] {
  const out: LayoutStep[] = [];
  let at = from;
  while (at < to) {
    const fits = PADDING.find((p) => at % p.bits === 0 && at + p.bits <= to);
    if (fits !== undefined) {
      out.push({ kind: 'pad', type: fits.type, bits: fits.bits });
      at += fits.bits;
      continue;
    }
    // up to the next byte, or what is left of one
    const bits = Math.min(8 - (at % 8), to - at);
    out.push({ kind: 'pad', type: 'char', bits });
    at += bits;
  }
  return out;
}

/**
 * The body of a struct such that size and every offset are those of the BTF. A union has its members alone, and bytes where it is
 * larger than all of them.
 */
export function layoutOf(btf: Btf, type: CompositeType): Layout {
  const packed = isPacked(btf, type);
  const steps: LayoutStep[] = [];
  if (type.kind === Kind.UNION) {
    for (const member of type.members) steps.push({ kind: 'member', member });
    const most = packed ? 1 : Math.max(1, ...type.members.map((m) => alignment(btf, m.type)));
    const bytes = Math.max(0, ...type.members.map((m) => Math.ceil((m.bitfieldSize || bitsOf(btf, m)) / 8)));
    if (roundUp(bytes, most) < type.size) steps.push({ kind: 'pad', type: 'bytes', bits: type.size * 8 });
    return { steps, packed };
  }
  let at = 0;
  let most = 1;
  for (const member of type.members) {
    const align = packed ? 1 : alignment(btf, member.type);
    most = Math.max(most, align);
    const unit = bitsOf(btf, member);
    const straddles = !packed && member.bitfieldSize > 0 && unit > 0 && (at % unit) + member.bitfieldSize > unit;
    const natural = member.bitfieldSize === 0 ? roundUp(at, align * 8) : straddles ? roundUp(at, unit) : at;
    if (natural !== member.bitOffset) steps.push(...padding(at, member.bitOffset));
    steps.push({ kind: 'member', member });
    at = member.bitOffset + (member.bitfieldSize || unit);
  }
  if (roundUp(at, most * 8) < type.size * 8) steps.push(...padding(at, type.size * 8));
  return { steps, packed };
}
