// SPDX-License-Identifier: GPL-2.0-only
/** Applying CO-RE relocations to functions, those of subprograms once for all programs. Rules: `tools/lib/bpf/libbpf.c: bpf_object__relocate_core`. */
import type { Spend } from '../../btf/budget';
import type { Btf } from '../../btf/types';
import type { Insn } from '../../isa/insn';
import { LoadFailure } from '../failure';
import type { ObjectFunction } from '../model';
import type { OpenedObject } from '../opened';
import type { ObjectKernel } from '../object-kernel';
import type { InsnNote } from '../program';
import { patchInsn } from './patch';
import { CoreResolver, type CandidateCache } from './resolve';
import type { PlacedRelo } from './places';

/** Steps of work that resolving one relocation counts as. */
const RESOLVE_STEPS = 200;

/** Code and notes of functions after CO-RE; undefined for a function without relocations, which keeps its code. */
export interface CoreResult {
  code(fn: ObjectFunction): readonly Insn[] | undefined;
  notes(fn: ObjectFunction): ReadonlyMap<number, InsnNote> | undefined;
}

/** A result as far as it goes, and where and why it goes no further. */
interface Applied {
  readonly code: Map<ObjectFunction, Insn[]>;
  readonly notes: Map<ObjectFunction, Map<number, InsnNote>>;
  readonly failure: { readonly order: number; readonly error: LoadFailure } | null;
}

/** The relocations of one object. */
export class CoreRelocations {
  readonly #btf: Btf | null;
  readonly #kernel: ObjectKernel;
  readonly #littleEndian: boolean;
  readonly #spend: Spend;
  readonly #candidates: CandidateCache = new Map();
  /** Of subprograms, which are relocated with every program whether it calls them or not. */
  readonly #ofSubprogs: PlacedRelo[] = [];
  readonly #ofPrograms = new Map<ObjectFunction, PlacedRelo[]>();
  readonly #typesOfSubprogs = new Set<number>();
  #subprogs: Applied | null = null;

  /** Throws {@link LoadFailure} for a relocation within an instruction. */
  constructor(opened: OpenedObject, kernel: ObjectKernel, spend: Spend) {
    const { object } = opened;
    this.#btf = object.btf;
    this.#kernel = kernel;
    this.#littleEndian = object.elf.littleEndian;
    this.#spend = spend;
    for (const placed of opened.relos(spend)) {
      if (placed.fn.subprog) {
        this.#ofSubprogs.push(placed);
        this.#typesOfSubprogs.add(placed.relo.typeId);
      } else {
        const list = this.#ofPrograms.get(placed.fn);
        if (list === undefined) {
          this.#ofPrograms.set(placed.fn, [placed]);
        } else {
          list.push(placed);
        }
      }
    }
  }

  /** Applies the relocations of a program and of all subprograms. Throws {@link LoadFailure} as libbpf refuses. */
  apply(main: ObjectFunction): CoreResult {
    const own = this.#ofPrograms.get(main) ?? [];
    if (own.some(({ relo }) => this.#typesOfSubprogs.has(relo.typeId))) {
      // relocations of one type narrow its candidates for each other: their common order counts
      return finished([this.#run([...own, ...this.#ofSubprogs].sort((a, b) => a.order - b.order))]);
    }
    this.#subprogs ??= this.#run(this.#ofSubprogs);
    return own.length === 0 ? finished([this.#subprogs]) : finished([this.#run(own), this.#subprogs]);
  }

  #run(relos: readonly PlacedRelo[]): Applied {
    const code = new Map<ObjectFunction, Insn[]>();
    const notes = new Map<ObjectFunction, Map<number, InsnNote>>();
    const resolver = this.#btf === null ? null : new CoreResolver(this.#btf, this.#kernel, this.#candidates, this.#littleEndian);
    for (const { relo, fn, insn, number, order } of resolver === null ? [] : relos) {
      this.#spend(RESOLVE_STEPS);
      let insns = code.get(fn);
      if (insns === undefined) {
        insns = [...fn.insns];
        code.set(fn, insns);
        notes.set(fn, new Map());
      }
      try {
        const { value, text, subject, offset } = resolver!.resolve(relo);
        patchInsn(insns, insn, value);
        notes.get(fn)!.set(insn, { kind: 'core', text, poisoned: value.poison || value.badResize, offset, ...subject });
      } catch (error) {
        if (!(error instanceof LoadFailure)) {
          throw error;
        }
        const told = new LoadFailure(`failed to perform CO-RE relocations: prog '${fn.name}': relo #${number}: ${error.message}`);
        return { code, notes, failure: { order, error: told } };
      }
    }
    return { code, notes, failure: null };
  }
}

/** Results of disjoint functions as one; the failure that comes first is thrown. */
function finished(parts: readonly Applied[]): CoreResult {
  const failures = parts.flatMap(({ failure }) => (failure === null ? [] : [failure])).sort((a, b) => a.order - b.order);
  if (failures.length > 0) {
    throw failures[0]!.error;
  }
  const find = <V>(of: (part: Applied) => ReadonlyMap<ObjectFunction, V>, fn: ObjectFunction): V | undefined =>
    parts.map((part) => of(part).get(fn)).find((found) => found !== undefined);
  return { code: (fn) => find((part) => part.code, fn), notes: (fn) => find((part) => part.notes, fn) };
}
