// SPDX-License-Identifier: GPL-2.0-only
/** From a fuzzed program to an ELF object that libbpf loads. */
import { encodeInsns, type Insn, isLdImm64 } from '../../src/isa/insn';
import { Class, Jmp, LD_IMM64 } from '../../src/isa/opcode';
import type { KernelProfile } from '../../src/kernel/profile';
import { SectionType, SymbolType } from '../../src/object/elf';
import { writeBtfExt } from '../../test/unit/object/helpers/btf';
import { ElfWriter } from '../../test/unit/object/helpers/elf';
import type { FuzzFunction, FuzzProgram, Link } from './program';
import { DATA, MAP_STRIDE, mapBytes, MAPS, type TypeInfo, typeInfo } from './types';

/** A use of a symbol, in slots from the start of the section. */
interface Use {
  readonly slot: number;
  readonly link: Link;
}

/** Slots before each item. */
function slotsOf(fn: FuzzFunction): number[] {
  let at = 0;
  return fn.items.map(({ insn }) => {
    const here = at;
    at += isLdImm64(insn) ? 2 : 1;
    return here;
  });
}

/** Bytes of a jump table's entry. */
const TABLE_ENTRY = 8;

/** What instructions of all functions need to know; jump tables are collected. */
interface Places {
  readonly starts: ReadonlyMap<string, number>;
  readonly tables: Map<string, readonly number[]>;
  readonly odd: number;
}

/** Instructions of a function; calls and addresses of functions hold what libbpf expects in a relocation against `.text`. */
function encode(fn: FuzzFunction, first: number, { starts, tables, odd }: Places): { insns: Insn[]; uses: Use[] } {
  const slots = slotsOf(fn);
  const insns: Insn[] = [];
  const uses: Use[] = [];
  for (const [i, item] of fn.items.entries()) {
    let { insn } = item;
    if (item.to !== undefined) {
      const distance = slots[item.to]! - slots[i]! - 1;
      // a 32-bit unconditional jump holds its distance in the immediate
      insn = insn.code === (Class.JMP32 | Jmp.JA) ? { ...insn, imm: distance } : { ...insn, off: distance };
    }
    if (item.link?.kind === 'type') insn = { ...insn, imm: odd };
    else if (item.link !== undefined) {
      const link = item.link.kind === 'table' ? { ...item.link, name: `${fn.name}.${item.link.name}` } : item.link;
      uses.push({ slot: first + slots[i]!, link });
      if (link.kind === 'table' && !tables.has(link.name))
        tables.set(
          link.name,
          (item.targets ?? []).map((t) => (first + slots[t]!) * 8),
        );
      if (item.link.kind === 'function') {
        const start = starts.get(item.link.name) ?? 0;
        insn = { ...insn, imm: insn.code === LD_IMM64 ? start * 8 : start - 1 };
      } else if (item.link.kind === 'kfunc') insn = { ...insn, imm: -1 };
    }
    insns.push(insn);
    if (isLdImm64(insn)) insns.push({ code: 0, dst: 0, src: 0, off: 0, imm: item.high ?? 0 });
  }
  return { insns, uses };
}

/** Source lines as `.BTF.ext` has them, by section. */
function linesOf(program: FuzzProgram, startOf: (fn: FuzzFunction) => number, types: TypeInfo): { name: number; records: number[][] }[] {
  const records = (fns: readonly FuzzFunction[]): number[][] =>
    fns.flatMap((fn) => {
      const slots = slotsOf(fn);
      return (program.lines ?? [])
        .filter(([name, item]) => name === fn.name && item < slots.length)
        .map(([, item, line]) => [(startOf(fn) + slots[item]!) * 8, types.text('fuzz.c'), types.text(`line ${line >> 1};`), line << 10]);
    });
  const [main, ...rest] = program.functions as [FuzzFunction, ...FuzzFunction[]];
  return [
    { name: types.text(program.section), records: records([main]) },
    { name: types.text('.text'), records: records(rest) },
  ].filter((t) => t.records.length > 0);
}

/** The object of one program. `kernel` gives the prototypes of kfuncs. */
export function assemble(program: FuzzProgram, kernel: KernelProfile): Uint8Array {
  const [main, ...rest] = program.functions as [FuzzFunction, ...FuzzFunction[]];
  const starts = new Map<string, number>();
  let at = 0;
  for (const fn of rest) {
    starts.set(fn.name, at);
    const slots = slotsOf(fn);
    at += slots[slots.length - 1]! + (isLdImm64(fn.items[fn.items.length - 1]!.insn) ? 2 : 1);
  }
  const types = typeInfo(program, kernel);
  const tables = new Map<string, readonly number[]>();
  const body = encode(main, 0, { starts, tables, odd: types.odd });
  const others = rest.map((fn) => ({ fn, ...encode(fn, starts.get(fn.name)!, { starts, tables, odd: types.odd }) }));

  const elf = new ElfWriter();
  const text = elf.code('.text', encodeInsns(others.flatMap((o) => o.insns)));
  const code = elf.code(program.section, encodeInsns(body.insns));
  const uses = [...body.uses, ...others.flatMap((o) => o.uses)];
  const named = (kind: Link['kind']): string[] => [...new Set(uses.filter((u) => u.link.kind === kind).map((u) => u.link.name))];
  const mapNames = named('map');
  const maps = mapNames.length === 0 ? 0 : elf.section('.maps', new Uint8Array(MAP_STRIDE * mapNames.length), { flags: 3 });
  const data = new Map(
    named('data').map((name) => {
      const { section, size, text } = DATA[name]!;
      const bytes =
        section === '.bss'
          ? new Uint8Array(0)
          : text === undefined
            ? Uint8Array.from({ length: size }, (_, i) => (i % 8 === 0 ? i >> 3 : 0))
            : Uint8Array.from(Buffer.from(text, 'latin1'));
      return [
        name,
        elf.section(section, bytes, {
          size,
          flags: section === '.bss' ? 3 : 2,
          type: section === '.bss' ? SectionType.NOBITS : SectionType.PROGBITS,
        }),
      ];
    }),
  );
  const tableBytes = BigUint64Array.from([...tables.values()].flat(), BigInt);
  const tableSection = tables.size === 0 ? 0 : elf.section('.jumptables', new Uint8Array(tableBytes.buffer));
  const operations = program.structOps === undefined ? 0 : elf.section('.struct_ops', new Uint8Array(8), { flags: 3 });
  elf.section('license', new TextEncoder().encode(`${program.license ?? 'GPL'}\0`));

  // local symbols first
  const textSymbol = elf.symbol('', { section: text, type: SymbolType.SECTION, bind: 0 });
  for (const { fn, insns } of others) {
    if (fn.linkage === 'static')
      elf.symbol(fn.name, { section: text, type: SymbolType.FUNC, bind: 0, value: starts.get(fn.name)! * 8, size: insns.length * 8 });
  }
  const symbols = new Map<string, number>();
  let tableAt = 0;
  for (const [name, entries] of tables) {
    symbols.set(
      name,
      elf.symbol(name, { section: tableSection, type: SymbolType.OBJECT, bind: 0, value: tableAt, size: entries.length * TABLE_ENTRY }),
    );
    tableAt += entries.length * TABLE_ENTRY;
  }
  const mainSymbol = elf.symbol(main.name, { section: code, type: SymbolType.FUNC, size: body.insns.length * 8 });
  const globals = new Map<string, number>();
  for (const { fn, insns } of others) {
    if (fn.linkage === 'global')
      globals.set(
        fn.name,
        elf.symbol(fn.name, { section: text, type: SymbolType.FUNC, value: starts.get(fn.name)! * 8, size: insns.length * 8 }),
      );
  }
  if (operations !== 0) {
    elf.symbol('ops', { section: operations, type: SymbolType.OBJECT, size: 8 });
    elf.relocations(operations, [[0, mainSymbol]]);
  }
  for (const [i, name] of mapNames.entries())
    symbols.set(name, elf.symbol(name, { section: maps, type: SymbolType.OBJECT, value: i * MAP_STRIDE, size: mapBytes(MAPS[name]!) }));
  for (const [name, section] of data) symbols.set(name, elf.symbol(name, { section, type: SymbolType.OBJECT, size: DATA[name]!.size }));
  for (const name of [...named('kfunc'), ...named('ksym')]) symbols.set(name, elf.symbol(name, {}));

  const symbolOf = ({ link }: Use): number => (link.kind === 'function' ? textSymbol : symbols.get(link.name)!);
  const relocations = (list: readonly Use[]): [number, number][] => list.map((u): [number, number] => [u.slot * 8, symbolOf(u)]);
  if (body.uses.length > 0) elf.relocations(code, relocations(body.uses));
  const otherUses = others.flatMap((o) => o.uses);
  if (otherUses.length > 0) elf.relocations(text, relocations(otherUses));

  const info = (names: readonly string[]): number[][] => names.map((n) => [(starts.get(n) ?? 0) * 8, types.functions.get(n)!]);
  const infos = [{ name: types.text(program.section), records: info([main.name]) }];
  if (rest.length > 0) infos.push({ name: types.text('.text'), records: info(rest.map((f) => f.name)) });
  const lines = linesOf(program, (fn) => starts.get(fn.name) ?? 0, types);
  elf.section('.BTF.ext', writeBtfExt(program.info === 'none' ? [] : infos, lines, []));
  elf.section('.BTF', types.bytes);
  return elf.bytes();
}
