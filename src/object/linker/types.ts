// SPDX-License-Identifier: GPL-2.0-only
/** The types of a linked object. Rules: `tools/lib/bpf/linker.c: linker_append_btf, linker_append_btf_ext, complete_extern_btf_info, finalize_btf`. */
import type { Spend } from '../../btf/budget';
import { dedup } from '../../btf/dedup';
import { mapReferences } from '../../btf/references';
import { TypeTable } from '../../btf/table';
import { Kind, Linkage, type Btf, type BtfType } from '../../btf/types';
import { resolveSize } from '../../btf/util';
import type { ExtSection } from '../btfext';
import { ObjectError } from '../failure';
import type { InputObject, InputSection } from './input';
import type { OutputRecord, OutputSection } from './output';

/** A global of the output. */
export interface GlobalSymbol {
  /** Number of its symbol. */
  readonly symbol: number;
  /** Id of its section, -1 for none. */
  section: number;
  isExtern: boolean;
  isWeak: boolean;
  /** Id of its VAR or FUNC in the output, 0 as long as it has none. */
  type: number;
  /** Id of what that is a variable or function of. */
  underlying: number;
  /** Index in the variables of its section, -1 if it is in none. */
  entry: number;
  /** The file at hand defines it: its type replaces the declaration's. */
  renew: boolean;
}

const NOTHING: Btf = {
  name: '',
  isKernel: false,
  base: null,
  startId: 1,
  endId: 1,
  type: () => undefined,
  idsByName: () => [],
  ownIdsByName: () => [],
  findByNameKind: () => -1,
  declTags: () => [],
};

function isGlobal(type: BtfType | undefined): boolean {
  return (type?.kind === Kind.VAR || type?.kind === Kind.FUNC) && type.linkage !== Number(Linkage.STATIC);
}

export class TypeMerger {
  /** Types of the output so far. */
  readonly btf = new TypeTable(NOTHING);
  /** Ids in the output by input and id there. */
  readonly #maps = new Map<InputObject, ReadonlyMap<number, number>>();

  /** Adds the types of an input and its variables to the sections. */
  append(object: InputObject, sections: readonly OutputSection[], globals: ReadonlyMap<string, GlobalSymbol>): void {
    if (object.btf === null) return;
    const ids = new Map<number, number>([[0, 0]]);
    this.#maps.set(object, ids);
    const from = this.btf.endId;
    const renewed: { readonly global: GlobalSymbol; readonly to: number }[] = [];
    for (const type of object.btf.types()) {
      if (type.kind === Kind.DATASEC) continue;
      const global = isGlobal(type) ? globals.get(type.name) : undefined;
      if (global === undefined) {
        // variables of sections that the output has already (license)
        if (!isGlobal(type)) ids.set(type.id, this.btf.add(type));
        continue;
      }
      if ((type.kind === Kind.VAR || type.kind === Kind.FUNC) && (global.renew || global.type === 0))
        renewed.push({ global, to: type.type });
      global.renew = false;
      if (global.type === 0) global.type = this.btf.add(type);
      ids.set(type.id, global.type);
    }
    const mapped = (id: number): number => ids.get(id) ?? fail(object, `failed to find the new id of type [${id}]`);
    for (let id = from; id < this.btf.endId; id += 1) this.btf.replace(mapReferences(this.btf.type(id)!, mapped));
    for (const { global, to } of renewed) {
      global.underlying = mapped(to);
      this.btf.replace(mapReferences(this.btf.type(global.type)!, () => global.underlying));
    }
    for (const section of object.sections) {
      if (section.datasec !== 0 && !section.skipped && section.target >= 0)
        this.#appendVars(object, section, sections[section.target]!, ids, globals);
    }
  }

  #appendVars(
    object: InputObject,
    section: InputSection,
    target: OutputSection,
    ids: ReadonlyMap<number, number>,
    globals: ReadonlyMap<string, GlobalSymbol>,
  ): void {
    target.typed = true;
    const datasec = object.btf!.type(section.datasec);
    for (const entry of datasec?.kind === Kind.DATASEC ? datasec.vars : []) {
      const type = ids.get(entry.type) ?? 0;
      const own = this.btf.type(type);
      const global = isGlobal(own) ? globals.get(own!.name) : undefined;
      if (global !== undefined && global.section !== target.id) fail(object, `'${own!.name}' is in another section than in a file before`);
      if (global !== undefined && global.entry >= 0) {
        if (own!.kind === Kind.FUNC) continue;
        const size = resolveSize(this.btf, global.underlying) ?? fail(object, `failed to resolve the size of '${own!.name}'`);
        target.vars[global.entry] = { ...target.vars[global.entry]!, size };
        continue;
      }
      const count = target.vars.push({ type, offset: section.offset + entry.offset, size: entry.size });
      if (global !== undefined) global.entry = count - 1;
    }
  }

  /** What a declaration lacks, now that its definition is there: linkage and names of parameters. */
  complete(id: number, object: InputObject, definition: number): void {
    const declared = this.btf.type(id);
    if (declared?.kind === Kind.VAR) {
      this.btf.replace({ ...declared, linkage: Linkage.GLOBAL });
      return;
    }
    if (declared?.kind !== Kind.FUNC) return;
    this.btf.replace({ ...declared, linkage: Linkage.GLOBAL });
    const defined = object.btf!.type(definition);
    const [mine, theirs] = [this.btf.type(declared.type), defined?.kind === Kind.FUNC ? object.btf!.type(defined.type) : undefined];
    if (mine?.kind !== Kind.FUNC_PROTO || theirs?.kind !== Kind.FUNC_PROTO) return;
    this.btf.replace({
      ...mine,
      params: mine.params.map((param, index) => ({ ...param, name: theirs.params[index]?.name || param.name })),
    });
  }

  /** Adds the records of an input's `.BTF.ext`. */
  appendExt(object: InputObject, sections: readonly OutputSection[]): void {
    const { ext, parsed } = object;
    const ids = this.#maps.get(object);
    if (ext === null || parsed === null || ids === undefined) return;
    const text = (offset: number): string =>
      parsed.strings.at(offset) ?? fail(object, `.BTF.ext names string ${offset}, which there is not`);
    const type = (id: number): number => ids.get(id) ?? fail(object, `.BTF.ext names type [${id}], which is not linked`);
    const add = (
      tables: readonly ExtSection[],
      into: (section: OutputSection) => OutputRecord[],
      words: (words: readonly number[]) => OutputRecord['words'],
    ): void => {
      for (const table of tables) {
        const name = text(table.nameOff);
        const source = object.sections.find((candidate) => candidate.name === name);
        if (source === undefined || source.target < 0) return fail(object, `can't find section '${name}' referenced from .BTF.ext`);
        const list = into(sections[source.target]!);
        for (const record of table.records) list.push({ offset: record.insnOff + source.offset, words: words(record.words) });
      }
    };
    add(
      ext.funcInfo,
      (s) => s.funcInfo,
      ([id]) => [type(id!)],
    );
    add(
      ext.lineInfo,
      (s) => s.lineInfo,
      ([file, line, place]) => [text(file!), text(line!), place!],
    );
    add(
      ext.coreRelo,
      (s) => s.coreRelo,
      ([id, access, kind]) => [type(id!), text(access!), kind!],
    );
  }

  /** The types of the output, each once; records of sections get the new ids. */
  finish(sections: readonly OutputSection[], spend: Spend): readonly BtfType[] {
    if (this.btf.endId === 1) return [];
    for (const section of sections) {
      if (section.typed) this.btf.add({ kind: Kind.DATASEC, name: section.name, size: section.size, vars: section.vars });
    }
    const { types, ids } = dedup(this.btf.types(), spend);
    const renumber = (records: OutputRecord[]): void => {
      records.forEach((record, index) => {
        records[index] = { ...record, words: [ids(record.words[0] as number), ...record.words.slice(1)] };
      });
    };
    for (const section of sections) {
      renumber(section.funcInfo);
      renumber(section.coreRelo);
    }
    return types;
  }
}

function fail(object: InputObject, message: string): never {
  throw new ObjectError(message, object.name, -1);
}
