// SPDX-License-Identifier: GPL-2.0-only
/**
 * Symbols that the kernel must supply (`__kconfig`, `__ksym`), and what libbpf does to the object's BTF for them.
 * Rules: `tools/lib/bpf/libbpf.c: bpf_object__collect_externs`.
 */
import type { TypeTable } from '../btf/table';
import { IntEncoding, Kind, Linkage, type Btf, type BtfOf, type BtfSecVar } from '../btf/types';
import { alignOf, MAX_RESOLVE_DEPTH, resolveSize, skipModifiers, skipModsAndTypedefs } from '../btf/util';
import { Bind, SymbolType, type ElfFile, type ElfSymbol } from './elf';
import type { Extern, KconfigType } from './model';
import { ObjectError } from './failure';

const KCONFIG = '.kconfig';
const KSYMS = '.ksyms';
const DUMMY_NAME = 'dummy_ksym';

function fail(message: string, where: string): never {
  throw new ObjectError(message, where, -1);
}

/** True for an undefined global or weak symbol without type. */
export function isExternSymbol(symbol: ElfSymbol): boolean {
  return symbol.section === 0 && (symbol.bind === Bind.GLOBAL || symbol.bind === Bind.WEAK) && symbol.type === SymbolType.NOTYPE;
}

/** Collects the externs in libbpf's order and turns their BTF into what the kernel accepts. */
export function collectExterns(elf: ElfFile, btf: TypeTable | null): Extern[] {
  const dummyVar = btf === null ? 0 : addDummyVar(btf);
  const symbols = elf.symbols.filter((symbol) => isExternSymbol(symbol) && symbol.name !== '');
  if (symbols.length === 0) {
    return [];
  }
  if (btf === null) {
    return symbols.map((symbol) => undefinedExtern(symbol, 0, `failed to find BTF for extern '${symbol.name}'`));
  }
  const sections = sectionsOfVars(btf);
  const externs = sortExterns(symbols.map((symbol) => readExtern(btf, symbol, sections)));
  hideUndefined(btf, externs);
  const byName = new Map(externs.map((extern) => [extern.name, extern]));
  const sectionOf = (kind: 'kconfig' | 'ksym'): BtfOf<Kind.DATASEC> | undefined => {
    const last = externs.filter((extern) => extern.what.kind === kind).at(-1);
    return last && sections.get(last.btfId);
  };
  const ksyms = sectionOf('ksym');
  const kconfig = sectionOf('kconfig');
  if (ksyms !== undefined) {
    materializeKsyms(btf, ksyms, byName, dummyVar);
  }
  if (kconfig !== undefined) {
    placeKconfig(btf, kconfig, byName, externs);
  }
  return externs;
}

function undefinedExtern(symbol: ElfSymbol, btfId: number, reason: string): Extern {
  return { name: symbol.name, symbolIndex: symbol.index, weak: symbol.bind === Bind.WEAK, btfId, what: { kind: 'undefined', reason } };
}

function isHidden({ kind }: Extern['what']): boolean {
  return kind === 'undefined' || kind === 'unusable';
}

/** What another file defines, or nobody could give, is made into something that the kernel's BTF check takes, for the programs that do without it. */
function hideUndefined(btf: TypeTable, externs: readonly Extern[]): void {
  const hidden = new Set(externs.flatMap(({ what, btfId }) => (isHidden(what) && btfId > 0 ? [btfId] : [])));
  if (hidden.size === 0) return;
  for (const type of btf.types()) {
    if (type.kind === Kind.VAR && hidden.has(type.id)) {
      btf.replace({ ...type, linkage: Linkage.GLOBAL });
    } else if (type.kind === Kind.FUNC && hidden.has(type.id)) {
      nameParams(btf, type.type);
      btf.replace({ ...type, linkage: Linkage.GLOBAL });
    } else if (type.kind === Kind.DATASEC && type.vars.some((entry) => hidden.has(entry.type))) {
      const vars = type.vars.filter((entry) => !hidden.has(entry.type));
      btf.replace(vars.length === 0 ? { id: type.id, kind: Kind.CONST, name: '', type: 0 } : { ...type, vars });
    }
  }
}

function sectionsOfVars(btf: TypeTable): Map<number, BtfOf<Kind.DATASEC>> {
  const sections = new Map<number, BtfOf<Kind.DATASEC>>();
  for (const type of btf.types()) {
    if (type.kind === Kind.DATASEC) {
      for (const entry of type.vars) {
        if (!sections.has(entry.type)) {
          sections.set(entry.type, type);
        }
      }
    }
  }
  return sections;
}

/** Functions in `.ksyms` cannot stay in the DATASEC: a variable takes their place. Returns its id, 0 if none is needed. */
function addDummyVar(btf: TypeTable): number {
  const section = btf.type(btf.findByNameKind(KSYMS, Kind.DATASEC));
  const inKsyms = section?.kind === Kind.DATASEC && section.vars.some((entry) => btf.type(entry.type)?.kind === Kind.FUNC);
  // its name is given to parameters too, which the kernel wants of every function
  if (!inKsyms && !btf.types().some((type) => type.kind === Kind.FUNC && type.linkage === Linkage.EXTERN)) {
    return 0;
  }
  return btf.add({ kind: Kind.VAR, name: DUMMY_NAME, type: intType(btf), linkage: Linkage.GLOBAL });
}

function intType(btf: TypeTable): number {
  return btf.types().find((type) => type.kind === Kind.INT && type.bits === 32)?.id ?? 0;
}

function readExtern(btf: TypeTable, symbol: ElfSymbol, sections: ReadonlyMap<number, BtfOf<Kind.DATASEC>>): Extern {
  const { name } = symbol;
  const id = Math.min(...[Kind.VAR, Kind.FUNC].map((kind) => btf.findByNameKind(name, kind)).filter((found) => found > 0));
  const type = btf.type(id);
  if ((type?.kind !== Kind.VAR && type?.kind !== Kind.FUNC) || type.linkage !== Linkage.EXTERN) {
    return undefinedExtern(symbol, 0, `failed to find BTF for extern '${name}'`);
  }
  const section = sections.get(id);
  const common = { name, symbolIndex: symbol.index, weak: symbol.bind === Bind.WEAK, btfId: id };
  if (section === undefined || (section.name !== KSYMS && section.name !== KCONFIG)) {
    const reason =
      section === undefined ? `failed to find BTF for extern '${name}' [${id}] section` : `unrecognized extern section '${section.name}'`;
    return undefinedExtern(symbol, id, reason);
  }
  if (section.name === KSYMS) {
    return { ...common, what: { kind: 'ksym', func: type.kind === Kind.FUNC, typeId: skipModifiers(btf, type.type) } };
  }
  const unusable = (reason: string): Extern => ({ ...common, what: { kind: 'unusable', reason } });
  if (type.kind === Kind.FUNC) {
    return unusable(`extern function ${name} is unsupported under ${KCONFIG} section`);
  }
  const valueType = kconfigType(btf, type.type, 0);
  if (valueType === null) {
    return unusable(`extern (kcfg) '${name}': type is unsupported`);
  }
  const size = resolveSize(btf, type.type);
  if (size === null || size === 0) {
    return unusable(`failed to resolve size of extern (kcfg) '${name}'`);
  }
  const align = alignOf(btf, type.type);
  if (align <= 0) {
    return unusable(`failed to determine alignment of extern (kcfg) '${name}'`);
  }
  const base = skipModsAndTypedefs(btf, type.type);
  const signed = base?.kind === Kind.INT && (base.encoding & IntEncoding.SIGNED) !== 0;
  return { ...common, what: { kind: 'kconfig', type: valueType, signed, size, align, offset: 0 } };
}

function kconfigType(btf: Btf, id: number, depth: number): KconfigType | null {
  const type = skipModsAndTypedefs(btf, id);
  switch (type?.kind) {
    case Kind.INT:
      if ((type.encoding & IntEncoding.BOOL) !== 0) {
        return type.size === 1 ? 'bool' : null;
      }
      if (type.size === 1) {
        return 'char';
      }
      return type.size === 2 || type.size === 4 || type.size === 8 ? 'int' : null;
    case Kind.ENUM:
    case Kind.ENUM64:
      return type.name === 'libbpf_tristate' && (type.kind === Kind.ENUM64 || type.size === 4) ? 'tristate' : null;
    case Kind.ARRAY:
      return type.nelems > 0 && depth < MAX_RESOLVE_DEPTH && kconfigType(btf, type.type, depth + 1) === 'char' ? 'chars' : null;
    default:
      return null;
  }
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const KIND_ORDER: readonly Extern['what']['kind'][] = ['kconfig', 'ksym', 'undefined', 'unusable'];

function sortExterns(externs: Extern[]): Extern[] {
  return externs.sort((a, b) => {
    if (a.what.kind !== b.what.kind) {
      return KIND_ORDER.indexOf(a.what.kind) - KIND_ORDER.indexOf(b.what.kind);
    }
    if (a.what.kind === 'kconfig' && b.what.kind === 'kconfig') {
      return b.what.align - a.what.align || a.what.size - b.what.size || compareText(a.name, b.name);
    }
    return compareText(a.name, b.name);
  });
}

function materializeKsyms(btf: TypeTable, section: BtfOf<Kind.DATASEC>, externs: ReadonlyMap<string, Extern>, dummyVar: number): void {
  const int = intType(btf);
  const entries: BtfSecVar[] = [];
  for (const entry of section.vars) {
    const type = btf.type(entry.type);
    if ((type?.kind !== Kind.VAR && type?.kind !== Kind.FUNC) || !externs.has(type.name)) {
      return fail(`failed to find extern definition for BTF '${type?.name ?? '?'}'`, KSYMS);
    }
    if (type.kind === Kind.FUNC) {
      nameParams(btf, type.type);
      btf.replace({ ...type, linkage: Linkage.GLOBAL });
    } else {
      btf.replace({ ...type, linkage: Linkage.GLOBAL, type: int });
    }
    entries.push({ type: type.kind === Kind.FUNC ? dummyVar : entry.type, offset: entries.length * 4, size: 4 });
  }
  btf.replace({ ...section, vars: entries, size: entries.length * 4 });
}

function nameParams(btf: TypeTable, protoId: number): void {
  const proto = btf.type(protoId);
  if (proto?.kind === Kind.FUNC_PROTO && proto.params.some((param) => param.type !== 0 && param.name === '')) {
    btf.replace({
      ...proto,
      params: proto.params.map((param) => (param.type !== 0 && param.name === '' ? { ...param, name: DUMMY_NAME } : param)),
    });
  }
}

function placeKconfig(btf: TypeTable, section: BtfOf<Kind.DATASEC>, byName: ReadonlyMap<string, Extern>, externs: Extern[]): void {
  let end = 0;
  const offsets = new Map<string, number>();
  externs.forEach((extern, index) => {
    if (extern.what.kind === 'kconfig') {
      const offset = Math.ceil(end / extern.what.align) * extern.what.align;
      externs[index] = { ...extern, what: { ...extern.what, offset } };
      offsets.set(extern.name, offset);
      end = offset + extern.what.size;
    }
  });
  const usable = section.vars.filter((entry) => byName.get(btf.type(entry.type)?.name ?? '')?.what.kind !== 'unusable');
  const vars = usable.map((entry) => {
    const type = btf.type(entry.type);
    if (type?.kind !== Kind.VAR || !byName.has(type.name)) {
      return fail(`failed to find extern definition for BTF var '${type?.name ?? '?'}'`, KCONFIG);
    }
    btf.replace({ ...type, linkage: Linkage.GLOBAL });
    return { ...entry, offset: offsets.get(type.name) ?? 0 };
  });
  btf.replace({ ...section, vars, size: end });
}
