// SPDX-License-Identifier: GPL-2.0-only
/** Which objects are parts of one program: those that define what another needs. */
import { BtfError } from '../btf/error';
import { Bind, parseElf, SymbolType } from '../object/elf';
import { collectExterns } from '../object/externs';
import { ObjectError } from '../object/failure';
import { parseBtf } from '../btf/parse';
import { TypeTable } from '../btf/table';

/** Globals of an object: what it offers to other files, and what it needs of them (what the kernel supplies is not among these). */
export interface PartSymbols {
  readonly name: string;
  readonly defines: ReadonlySet<string>;
  /** Those of `defines` that no other file may define too. */
  readonly strong: ReadonlySet<string>;
  readonly needs: ReadonlySet<string>;
  /** Functions of `strong` that are no programs: what another file may call. */
  readonly functions: ReadonlySet<string>;
}

/** Sections every object has for itself. */
const OWN_SECTIONS: ReadonlySet<string> = new Set(['license', 'version']);

/** Reads the globals of an object; null for what is none. */
export function partSymbols(name: string, bytes: Uint8Array): PartSymbols | null {
  try {
    const elf = parseElf(bytes);
    const section = elf.sections.find((candidate) => candidate.name === '.BTF');
    const btf = section === undefined ? null : new TypeTable(parseBtf(section.data, { name, isKernel: false }));
    const needs = collectExterns(elf, btf).flatMap((extern) => (extern.what.kind === 'undefined' ? [extern.name] : []));
    const defines = elf.symbols.filter(
      (s) => s.section !== 0 && s.bind !== Bind.LOCAL && s.name !== '' && !OWN_SECTIONS.has(elf.sections[s.section]?.name ?? ''),
    );
    return {
      name,
      defines: new Set(defines.map((s) => s.name)),
      strong: new Set(defines.filter((s) => s.bind === Bind.GLOBAL).map((s) => s.name)),
      needs: new Set(needs),
      functions: new Set(
        defines
          .filter((s) => s.bind === Bind.GLOBAL && s.type === SymbolType.FUNC && elf.sections[s.section]?.name === '.text')
          .map((s) => s.name),
      ),
    };
  } catch (error) {
    if (error instanceof ObjectError || error instanceof BtfError) return null;
    throw error;
  }
}

/** The parts of a program that were found. */
export interface FoundParts {
  /** Names of the parts, the asked one first, the others in the order of the candidates. */
  readonly parts: readonly string[];
  /** What none of the candidates defines. */
  readonly missing: readonly string[];
  /** What several candidates define: which of them is meant is not known, none is taken. */
  readonly ambiguous: readonly { readonly symbol: string; readonly files: readonly string[] }[];
}

/** Finds the files that define what `own` needs, and what those need in turn. */
export function findParts(own: PartSymbols, candidates: readonly PartSymbols[]): FoundParts {
  const taken = new Set<PartSymbols>([own]);
  const missing = new Set<string>();
  const ambiguous = new Map<string, readonly string[]>();
  const queue = [...own.needs];
  const seen = new Set(queue);
  for (let symbol = queue.shift(); symbol !== undefined; symbol = queue.shift()) {
    const wanted = symbol;
    if ([...taken].some((part) => part.defines.has(wanted))) continue;
    const fits = (candidate: PartSymbols): boolean => ![...taken].some((part) => [...part.strong].some((s) => candidate.strong.has(s)));
    const found = candidates.filter((candidate) => candidate.name !== own.name && candidate.defines.has(wanted) && fits(candidate));
    if (found.length === 0) missing.add(wanted);
    else if (found.length > 1)
      ambiguous.set(
        wanted,
        found.map((part) => part.name),
      );
    else {
      taken.add(found[0]!);
      for (const more of found[0]!.needs) {
        if (!seen.has(more)) queue.push(more);
        seen.add(more);
      }
    }
  }
  const parts = [own, ...candidates.filter((candidate) => candidate !== own && taken.has(candidate))].map((part) => part.name);
  return { parts, missing: [...missing], ambiguous: [...ambiguous].map(([symbol, files]) => ({ symbol, files })) };
}
