// SPDX-License-Identifier: GPL-2.0-only
/**
 * Several objects become one, as `bpftool gen object` makes it: sections of a name behind each other, globals resolved, types merged.
 * Rules: `tools/lib/bpf/linker.c` (libbpf 1.8). Nothing here needs a kernel.
 */
import { UNBOUNDED, type Spend } from '../../btf/budget';
import { INSN_BYTES } from '../../isa/insn';
import { CALL } from '../../isa/opcode';
import { Kind, Linkage, type BtfType } from '../../btf/types';
import { Bind, readRelocations, SectionType, SHN_LORESERVE, SymbolType, type ElfSymbol } from '../elf';
import { ObjectError } from '../failure';
import { EXTERN_SECTION, readInput, type InputObject, type InputSection, type LinkInput } from './input';
import { mapDifference, typeDifference } from './match';
import { emitObject, FIRST_SECTION, isCode, type OutputSection, type OutputSymbol } from './output';
import { TypeMerger, type GlobalSymbol } from './types';

/** What a global of an input is in the types. */
interface GlobalTypes {
  /** VAR or FUNC. */
  readonly id: number;
  /** DATASEC that it is in, 0 for none. */
  readonly datasec: number;
}

/**
 * Links objects in the given order. Throws {@link ObjectError} or `BtfError`, naming the file, for what libbpf would not link.
 * @returns the linked object's bytes
 */
export function linkObjects(inputs: readonly LinkInput[], spend: Spend = UNBOUNDED): Uint8Array {
  const linker = new ObjectLinker();
  for (const input of inputs) linker.add(input);
  return linker.finish(spend);
}

class ObjectLinker {
  readonly #sections: OutputSection[] = [];
  readonly #byName = new Map<string, OutputSection>();
  readonly #symbols: OutputSymbol[] = [];
  readonly #globals = new Map<string, GlobalSymbol>();
  readonly #types = new TypeMerger();
  #nextIndex = FIRST_SECTION;
  /** Byte order of the first file, and so of all; null before it. */
  #littleEndian: boolean | null = null;

  add(input: LinkInput): void {
    const object = readInput(input);
    const { littleEndian } = object.elf;
    if (littleEndian !== (this.#littleEndian ??= littleEndian)) {
      const order = littleEndian ? 'little-endian, those before are big-endian' : 'big-endian, those before are little-endian';
      throw new ObjectError(`it is ${order}: objects of different byte orders cannot be linked`, object.name, -1);
    }
    this.#appendData(object);
    const symbols = this.#appendSymbols(object);
    this.#appendRelocations(object, symbols);
    this.#types.append(object, this.#sections, this.#globals);
    this.#types.appendExt(object, this.#sections);
  }

  finish(spend: Spend): Uint8Array {
    const types = this.#types.finish(this.#sections, spend);
    return emitObject(this.#sections, this.#symbols, types, this.#littleEndian ?? true);
  }

  #newSection(name: string): OutputSection {
    const section: OutputSection = {
      id: this.#sections.length,
      name,
      index: 0,
      type: 0,
      flags: 0,
      entrySize: 0,
      align: 0,
      size: 0,
      parts: [],
      rels: [],
      relocated: null,
      sectionSymbol: 0,
      typed: false,
      vars: [],
      funcInfo: [],
      lineInfo: [],
      coreRelo: [],
    };
    this.#sections.push(section);
    this.#byName.set(name, section);
    return section;
  }

  /** The output's section for one of an input, with its kind. */
  #targetOf(object: InputObject, section: InputSection): OutputSection {
    const target = this.#byName.get(section.name) ?? this.#newSection(section.name);
    const { elf } = section;
    if (elf === null) return target;
    if (target.index === 0) {
      target.index = this.#nextIndex++;
      target.type = elf.type;
      target.flags = elf.flags;
      target.entrySize = elf.entrySize;
      target.align = elf.align;
    } else if (target.type !== elf.type || target.flags !== elf.flags || target.entrySize !== elf.entrySize) {
      throw new ObjectError(`section ${section.name} is of another kind than in the files before`, object.name, elf.offset);
    }
    return target;
  }

  #extend(section: InputSection, target: OutputSection): void {
    const { elf } = section;
    section.target = target.id;
    if (elf === null) return;
    target.align = Math.max(target.align, elf.align, 1);
    section.offset = Math.ceil(target.size / target.align) * target.align;
    target.size = section.offset + elf.size;
    if (elf.type === SectionType.PROGBITS) target.parts.push({ offset: section.offset, bytes: new Uint8Array(elf.data) });
  }

  #appendData(object: InputObject): void {
    for (const section of object.sections) {
      if (section.elf?.type === SectionType.REL) continue;
      const known = this.#byName.get(section.name);
      const target = this.#targetOf(object, section);
      if (known !== undefined && section.elf !== null && (section.name === 'license' || section.name === 'version')) {
        const before = known.parts[0]?.bytes ?? new Uint8Array(0);
        const same = before.length === section.elf.data.length && before.every((byte, index) => byte === section.elf!.data[index]);
        if (!same)
          throw new ObjectError(`non-identical contents of section '${section.name}' are not supported`, object.name, section.elf.offset);
        section.skipped = true;
        section.target = target.id;
        continue;
      }
      this.#extend(section, target);
    }
  }

  /** Number in the output by number of the input's symbol. */
  #appendSymbols(object: InputObject): ReadonlyMap<number, number> {
    const numbers = new Map<number, number>();
    for (const symbol of object.elf.symbols.slice(1)) {
      const number = this.#appendSymbol(object, symbol);
      if (number > 0) numbers.set(symbol.index, number);
    }
    return numbers;
  }

  #appendSymbol(object: InputObject, symbol: ElfSymbol): number {
    const isExtern = symbol.section === 0;
    if (isExtern && object.btf === null) throw new ObjectError('externs without BTF are not supported', object.name, -1);
    let source = isExtern || symbol.section >= SHN_LORESERVE ? null : (object.byIndex.get(symbol.section) ?? null);
    if (!isExtern && symbol.section < SHN_LORESERVE && (source === null || source.skipped || source.target < 0)) return 0;
    let target = source === null ? null : this.#sections[source.target]!;
    if (symbol.type === SymbolType.SECTION && target !== null && target.sectionSymbol > 0) return target.sectionSymbol;
    const isGlobal = symbol.bind !== Bind.LOCAL;
    if (isGlobal && source?.name !== '.jumptables') {
      const types = globalTypes(object, symbol.name);
      if (isExtern && types.datasec !== 0) {
        const section = object.btf!.type(types.datasec)!.name;
        if (section !== EXTERN_SECTION) {
          source = object.sections.find((candidate) => candidate.name === section)!;
          target = this.#sections[source.target]!;
        }
      }
      const known = this.#globals.get(symbol.name);
      if (known !== undefined) {
        this.#resolve(object, symbol, known, types, source, target);
        return known.symbol;
      }
    }
    const number = this.#symbols.push({
      name: symbol.name,
      bind: symbol.bind,
      type: symbol.type,
      visibility: symbol.visibility,
      size: symbol.size,
      section: target === null ? symbol.section : target.index,
      value: symbol.type === SymbolType.SECTION ? 0 : (source?.offset ?? 0) + symbol.value,
    });
    if (symbol.type === SymbolType.SECTION && target !== null) target.sectionSymbol = number;
    if (isGlobal) {
      this.#globals.set(symbol.name, {
        symbol: number,
        section: target?.id ?? -1,
        isExtern,
        isWeak: symbol.bind === Bind.WEAK,
        type: 0,
        underlying: 0,
        entry: -1,
        renew: false,
      });
    }
    return number;
  }

  /** A global that an earlier file defines or refers to. */
  #resolve(
    object: InputObject,
    symbol: ElfSymbol,
    known: GlobalSymbol,
    types: GlobalTypes,
    source: InputSection | null,
    target: OutputSection | null,
  ): void {
    const isExtern = symbol.section === 0;
    if (!isExtern && !known.isExtern && !known.isWeak && symbol.bind !== Bind.WEAK) {
      throw new ObjectError(`'${symbol.name}' is defined here and in a file before`, object.name, -1);
    }
    const sides = [
      { btf: this.#types.btf, id: known.type },
      { btf: object.btf!, id: types.id },
    ] as const;
    const isMap = known.section >= 0 && this.#sections[known.section]!.name === '.maps';
    const difference = isMap ? mapDifference(symbol.name, ...sides) : typeDifference(...sides);
    if (difference !== null) throw new ObjectError(`'${symbol.name}' is not what it is in a file before: ${difference}`, object.name, -1);
    const mine = this.#symbols[known.symbol - 1]!;
    if (symbol.bind === Bind.GLOBAL) {
      mine.bind = Bind.GLOBAL;
      known.isWeak = false;
    }
    mine.visibility = Math.max(mine.visibility, symbol.visibility);
    if (isExtern || (!known.isExtern && symbol.bind === Bind.WEAK)) return;
    mine.type = symbol.type;
    mine.section = target?.index ?? symbol.section;
    mine.value = (source?.offset ?? 0) + symbol.value;
    mine.size = symbol.size;
    known.section = target?.id ?? -1;
    known.isExtern = false;
    known.renew = true;
    this.#types.complete(known.type, object, types.id);
  }

  #appendRelocations(object: InputObject, numbers: ReadonlyMap<number, number>): void {
    for (const section of object.sections) {
      const { elf } = section;
      if (elf?.type !== SectionType.REL) continue;
      const relocated = object.byIndex.get(elf.info);
      if (relocated === undefined || relocated.skipped || relocated.target < 0) continue;
      const target = this.#targetOf(object, section);
      const code = this.#sections[relocated.target]!;
      target.relocated = code;
      section.target = target.id;
      const part = code.parts.find((candidate) => candidate.offset === relocated.offset)?.bytes ?? null;
      for (const rel of readRelocations(object.elf, elf)) {
        const number = numbers.get(rel.symbol.index);
        if (number === undefined)
          throw new ObjectError(`a relocation of ${relocated.name} refers to a symbol that is not linked`, object.name, elf.offset);
        target.rels.push({ offset: rel.offset + relocated.offset, symbol: number, type: rel.type });
        if (rel.symbol.type === SymbolType.SECTION) this.#shift(object, rel.offset, object.byIndex.get(rel.symbol.section), code, part);
      }
    }
  }

  /** A reference to the start of a section: what is added to it grows by where the section went. */
  #shift(object: InputObject, offset: number, to: InputSection | undefined, code: OutputSection, part: Uint8Array | null): void {
    if (!isCode(code) || part === null || to === undefined || offset + INSN_BYTES > part.length) {
      throw new ObjectError('relocation against STT_SECTION in non-exec section is not supported', object.name, -1);
    }
    const view = new DataView(part.buffer, part.byteOffset + offset, INSN_BYTES);
    const by = view.getUint8(0) === CALL ? to.offset / INSN_BYTES : to.offset;
    const { littleEndian } = object.elf;
    view.setInt32(4, view.getInt32(4, littleEndian) + by, littleEndian);
  }
}

/** VAR or FUNC and DATASEC of a global. Throws {@link ObjectError} when the types do not know it. */
function globalTypes(object: InputObject, name: string): GlobalTypes {
  const { btf } = object;
  const fail = (message: string): never => {
    throw new ObjectError(message, object.name, -1);
  };
  if (btf === null) return fail('no BTF, which is needed to link it');
  const isGlobal = (type: BtfType): boolean =>
    (type.kind === Kind.VAR || type.kind === Kind.FUNC) && type.linkage !== Number(Linkage.STATIC);
  let id = 0;
  for (const type of btf.types()) {
    if (isGlobal(type)) {
      id = type.name === name ? type.id : id;
    } else if (type.kind === Kind.DATASEC) {
      const entry = type.vars.find((candidate) => {
        const variable = btf.type(candidate.type);
        return variable?.name === name && isGlobal(variable);
      });
      if (entry === undefined) continue;
      if (id !== 0 && id !== entry.type) fail(`the BTF of global '${name}' is ambiguous: both [${id}] and [${entry.type}] match`);
      return { id: entry.type, datasec: type.id };
    }
  }
  return id === 0 ? fail(`failed to find BTF for global '${name}'`) : { id, datasec: 0 };
}
