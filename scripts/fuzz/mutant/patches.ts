// SPDX-License-Identifier: GPL-2.0-only
/** Small damage to the programs of a compiled object, as patches of its bytes: what is around a program (types, maps, relocations) stays. */
import { decodeInsns, encodeInsns, type Insn, INSN_BYTES, isLdImm64 } from '../../../src/isa/insn';
import { Alu, CALL, Class, classOf, EXIT, Jmp, LD_IMM64, usesReg, withMode, withOp, withSize } from '../../../src/isa/opcode';
import { parseElf, readRelocations, SectionType } from '../../../src/object/elf';
import { extSectionIndex } from '../../../src/object/link';
import type { ObjectFunction, OpenObject } from '../../../src/object/model';
import { openObject } from '../../../src/object/open';
import { ALU_OPS, JMP_OPS, SIZE } from '../generate/asm';
import type { Random } from '../random';

/** Bytes of the file that become others. */
export interface Patch {
  readonly at: number;
  readonly bytes: Uint8Array;
  /** In words, for people. */
  readonly words: string;
  /** Index of the instruction in its function, -1 for a relocation. */
  readonly slot: number;
}

/** A function whose instructions can be patched. */
interface Site {
  readonly fn: ObjectFunction;
  /** File offset of its first instruction. */
  readonly at: number;
  /** Slots that the loader fills in, or that are the second half of another. */
  readonly fixed: ReadonlySet<number>;
  /** Relocations of the function by what kind of symbol they name. */
  readonly links: readonly { readonly at: number; readonly kind: string; readonly symbol: number; readonly name: string }[];
}

/** An object with everything that patches need to know. */
export interface Subject {
  readonly bytes: Uint8Array;
  readonly entries: readonly Site[];
  readonly subprograms: readonly Site[];
}

function fixedSlots(object: OpenObject, fn: ObjectFunction): Set<number> {
  const fixed = new Set(fn.relocs.map((r) => r.insn));
  for (const section of object.btfExt?.coreRelo ?? []) {
    if (extSectionIndex(object, section) !== fn.sectionIndex) continue;
    for (const record of section.records) fixed.add(record.insnOff / INSN_BYTES - fn.start);
  }
  for (const [i, insn] of fn.insns.entries()) if (insn.code === LD_IMM64) fixed.add(i + 1);
  return fixed;
}

/** Reads an object. */
export function subjectOf(bytes: Uint8Array, name: string): Subject {
  const object = openObject(bytes, name);
  const elf = parseElf(bytes);
  const relocations = new Map<number, { at: number; offset: number; symbol: number; name: string; section: number }[]>();
  for (const section of elf.sections) {
    if (section.type !== SectionType.REL) continue;
    relocations.set(
      section.info,
      readRelocations(elf, section).map((rel, i) => ({
        at: section.offset + i * 16,
        offset: rel.offset,
        symbol: rel.symbol.index,
        name: rel.symbol.name,
        section: rel.symbol.section,
      })),
    );
  }
  const site = (fn: ObjectFunction): Site => {
    const section = elf.sections[fn.sectionIndex]!;
    const start = fn.start * INSN_BYTES;
    const links = (relocations.get(fn.sectionIndex) ?? []).flatMap((rel) => {
      const kind = fn.relocs.find((r) => r.insn * INSN_BYTES === rel.offset - start)?.kind;
      return rel.offset >= start && rel.offset < start + fn.insns.length * INSN_BYTES && (kind === 'map' || kind === 'extern-call')
        ? [{ at: rel.at, kind, symbol: rel.symbol, name: rel.name }]
        : [];
    });
    return { fn, at: section.offset + start, fixed: fixedSlots(object, fn), links };
  };
  return {
    bytes,
    entries: object.functions.filter((f) => !f.subprog).map(site),
    subprograms: object.functions.filter((f) => f.subprog).map(site),
  };
}

/** An instruction that does nothing. */
const NOTHING: Insn = { code: Class.JMP | Jmp.JA, dst: 0, src: 0, off: 0, imm: 0 };

function changed(random: Random, insn: Insn, all: readonly Insn[], slot: number): Insn {
  const cls = classOf(insn.code);
  const isJump = (cls === Class.JMP || cls === Class.JMP32) && insn.code !== CALL && insn.code !== EXIT;
  const isMemory = cls === Class.LDX || cls === Class.ST || cls === Class.STX;
  const isAlu = cls === Class.ALU || cls === Class.ALU64;
  const reg = (): number => (random.chance(0.02) ? 11 : random.below(11));
  /** Somewhere in the function, mostly ahead. */
  const distance = (): number =>
    random.weighted([
      [6, random.between(0, Math.min(8, Math.max(0, all.length - slot - 2)))],
      [2, random.between(-slot, all.length - slot - 2)],
      [1, random.between(-slot, 0)],
    ] as const);
  switch (
    random.weighted([
      [5, 'nothing'],
      [6, 'part'],
      [2, 'copy'],
      [1.5, 'branch'],
      [1, 'fresh'],
    ] as const)
  ) {
    case 'nothing':
      return NOTHING;
    case 'copy': {
      const from = random.pick(all);
      return isLdImm64(from) || from.code === 0 || (from.code === CALL && from.src !== 0) ? NOTHING : from;
    }
    case 'branch':
      return random.chance(0.25)
        ? { code: Class.JMP | Jmp.JCOND, dst: 0, src: 0, off: distance(), imm: 0 }
        : {
            code: (random.chance(0.7) ? Class.JMP : Class.JMP32) | random.pick(JMP_OPS),
            dst: reg(),
            src: 0,
            off: distance(),
            imm: random.constant(),
          };
    case 'fresh':
      return random.pick([
        { code: Class.ALU64 | Alu.MOV, dst: reg(), src: 0, off: 0, imm: random.constant() },
        { code: Class.ALU64 | Alu.MOV | 8, dst: reg(), src: reg(), off: 0, imm: 0 },
        { code: Class.ALU | Alu.MOV | 8, dst: reg(), src: reg(), off: random.pick([0, 0, 8, 16]), imm: 0 },
        { code: (random.chance(0.5) ? Class.ALU : Class.ALU64) | random.pick(ALU_OPS), dst: reg(), src: 0, off: 0, imm: random.constant() },
        { code: (random.chance(0.5) ? Class.ALU : Class.ALU64) | random.pick(ALU_OPS) | 8, dst: reg(), src: reg(), off: 0, imm: 0 },
        { code: 0x7b, dst: 10, src: reg(), off: -8 * random.between(1, 8), imm: 0 },
        { code: 0x79, dst: reg(), src: 10, off: -8 * random.between(1, 8), imm: 0 },
        { code: CALL, dst: 0, src: 0, off: 0, imm: random.between(1, 211) },
        { code: EXIT, dst: 0, src: 0, off: 0, imm: 0 },
      ] as const);
    default:
  }
  const parts: (readonly [number, () => Insn])[] = [
    [2, () => ({ ...insn, dst: reg() })],
    [1, () => ({ ...insn, imm: random.chance(0.5) ? insn.imm + random.pick([-8, -4, -1, 1, 4, 8]) : random.constant() })],
  ];
  if (isJump)
    parts.push(
      [3, () => ({ ...insn, off: distance() })],
      [3, () => ({ ...insn, code: withOp(insn.code, random.pick(JMP_OPS)) })],
      [1, () => ({ ...insn, code: insn.code ^ 3 })],
    );
  if (isMemory)
    parts.push(
      [3, () => ({ ...insn, off: insn.off + random.pick([-8, -4, -2, -1, 1, 2, 4, 8, 16]) })],
      [2, () => ({ ...insn, code: withSize(insn.code, SIZE[random.pick([1, 2, 4, 8])]!) })],
      [0.5, () => ({ ...insn, code: withMode(insn.code, random.pick([0x60, 0x80, 0xc0, 0x20, 0x40, 0xa0])) })],
    );
  if (isAlu)
    parts.push(
      [2, () => ({ ...insn, code: withOp(insn.code, random.pick([...ALU_OPS, Alu.MOV])) })],
      [2, () => ({ ...insn, code: insn.code ^ 3 })],
      [0.5, () => ({ ...insn, off: random.pick([1, 8, 16, 32]) })],
    );
  if (insn.code !== EXIT && insn.code !== CALL && usesReg(insn.code)) parts.push([2, () => ({ ...insn, src: reg() })]);
  if (insn.code === CALL && insn.src === 0) parts.push([3, () => ({ ...insn, imm: random.between(1, 211) })]);
  return random.weighted(parts)();
}

function instructionPatch(random: Random, site: Site): Patch | null {
  const { fn } = site;
  for (let tries = 0; tries < 20; tries++) {
    const slot = random.below(fn.insns.length);
    const insn = fn.insns[slot]!;
    if (site.fixed.has(slot) || isLdImm64(insn) || (insn.code === CALL && insn.src !== 0)) continue;
    const now = changed(random, insn, fn.insns, slot);
    const bytes = encodeInsns([now]);
    // what cannot be written as it was meant is something else: say what it is
    const [read] = decodeInsns(bytes) as [Insn];
    if (read.code === LD_IMM64) continue;
    const show = (i: Insn): string => `(${i.code.toString(16)}) dst=${i.dst} src=${i.src} off=${i.off} imm=${i.imm}`;
    return { at: site.at + slot * INSN_BYTES, bytes, slot, words: `${fn.name}+${slot}: ${show(insn)} => ${show(read)}` };
  }
  return null;
}

/** Names another map, or another kfunc, that the object has. */
function linkPatch(random: Random, site: Site, subject: Subject): Patch | null {
  if (site.links.length === 0) return null;
  const link = random.pick(site.links);
  const others = [...subject.entries, ...subject.subprograms]
    .flatMap((s) => s.links)
    .filter((l) => l.kind === link.kind && l.symbol !== link.symbol);
  if (others.length === 0) return null;
  const to = random.pick(others);
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, to.symbol, true);
  return { at: link.at + 12, bytes, slot: -1, words: `${site.fn.name}: ${link.kind} ${link.name} => ${to.name}` };
}

/** Damage to one function: one to three places. */
export function patchesOf(random: Random, site: Site, subject: Subject): Patch[] {
  const found = new Map<number, Patch>();
  for (
    let n = random.weighted([
      [5, 1],
      [3, 2],
      [1, 3],
    ] as const);
    n > 0;
    n--
  ) {
    const patch = random.chance(0.12)
      ? (linkPatch(random, site, subject) ?? instructionPatch(random, site))
      : instructionPatch(random, site);
    if (patch !== null) found.set(patch.at, patch);
  }
  return [...found.values()];
}

/** The object with the patches in it. */
export function patched(bytes: Uint8Array, patches: readonly Patch[]): Uint8Array {
  const copy = Uint8Array.from(bytes);
  for (const p of patches) copy.set(p.bytes, p.at);
  return copy;
}
