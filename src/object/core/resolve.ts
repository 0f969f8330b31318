// SPDX-License-Identifier: GPL-2.0-only
/** Finding what a CO-RE relocation means on a kernel. Rules: `tools/lib/bpf/relo_core.c: bpf_core_calc_relo_insn`. */
import { Kind, type Btf, type BtfType } from '../../btf/types';
import { isAnyEnum } from '../../btf/util';
import { LoadFailure } from '../failure';
import type { ObjectKernel } from '../object-kernel';
import type { TypeRef } from './compat';
import { essentialName, flavoredIds, kindsCompatible } from './names';
import {
  coreKindName,
  CoreKind,
  formatSpec,
  isFieldKind,
  subjectOf,
  type Subject,
  matchSpec,
  parseSpec,
  type CoreRelo,
  type Spec,
} from './spec';
import { coreValue, type CoreValue } from './value';

/** Bits of a byte. */
const BYTE = 8;

/** Candidate types by root type of the object; shared by all programs of an object. */
export type CandidateCache = Map<number, readonly TypeRef[]>;

/** What a relocation says in the object, whatever kernel it is for. */
interface LocalPath {
  readonly spec: Spec;
  readonly text: string;
  readonly subject: Subject;
}

const known = new WeakMap<CoreRelo, LocalPath>();

/** Reads a relocation; once, for all kernels that the object is loaded on. Throws {@link LoadFailure} if it leads nowhere. */
function localPath(btf: Btf, relo: CoreRelo): LocalPath {
  let found = known.get(relo);
  if (found === undefined) {
    const spec = parseSpec(btf, relo);
    known.set(relo, (found = { spec, text: formatSpec(spec), subject: subjectOf(spec) }));
  }
  return found;
}

/** A relocation with its value and a description of what it was about. */
export interface ResolvedRelo {
  readonly value: CoreValue;
  readonly text: string;
  readonly subject: Subject;
  /** Of a field that the kernel has: bytes from the start of its type there; else null. */
  readonly offset: number | null;
}

/**
 * Resolves the relocations of one program in their order. Candidates that a relocation rules out stay ruled out for the
 * later ones with the same root type, as in libbpf.
 */
export class CoreResolver {
  readonly #local: Btf;
  readonly #kernel: ObjectKernel;
  readonly #littleEndian: boolean;
  readonly #shared: CandidateCache;
  readonly #narrowed = new Map<number, readonly TypeRef[]>();

  constructor(local: Btf, kernel: ObjectKernel, shared: CandidateCache, littleEndian = true) {
    this.#local = local;
    this.#littleEndian = littleEndian;
    this.#kernel = kernel;
    this.#shared = shared;
  }

  /** Throws {@link LoadFailure} when libbpf would refuse to load. */
  resolve(relo: CoreRelo): ResolvedRelo {
    const type = this.#local.type(relo.typeId);
    if (type === undefined) {
      throw new LoadFailure(`type [${relo.typeId}] does not exist`);
    }
    const { spec: local, text, subject } = localPath(this.#local, relo);
    if (relo.kind === CoreKind.TYPE_ID_LOCAL) {
      const id = BigInt(local.root);
      return {
        value: { poison: false, validate: false, original: id, value: id, originalSize: 0, size: 0, badResize: false },
        text,
        subject,
        offset: null,
      };
    }
    if (type.name === '') {
      throw new LoadFailure(`<${coreKindName(relo.kind)}> (${relo.kind}) relocation doesn't support anonymous types`);
    }
    const candidates = this.#narrowed.get(relo.typeId) ?? this.#candidates(type);
    const matches: TypeRef[] = [];
    let chosen: { spec: Spec; value: CoreValue } | null = null;
    for (const candidate of candidates) {
      const spec = matchSpec(local, candidate.btf, candidate.id);
      if (spec === null) {
        continue;
      }
      const value = coreValue(local, spec, this.#littleEndian);
      if (chosen === null) {
        chosen = { spec, value };
      } else if (spec.bitOffset !== chosen.spec.bitOffset) {
        throw new LoadFailure(`field offset ambiguity: ${spec.bitOffset} != ${chosen.spec.bitOffset}`);
      } else if (value.poison !== chosen.value.poison || value.value !== chosen.value.value) {
        throw new LoadFailure(`relocation decision ambiguity: ${value.value} != ${chosen.value.value}`);
      }
      matches.push(candidate);
    }
    this.#narrowed.set(relo.typeId, matches.length > 0 ? matches : candidates);
    const offset = chosen === null || !isFieldKind(relo.kind) ? null : Math.floor(chosen.spec.bitOffset / BYTE);
    return { value: chosen?.value ?? coreValue(local, null, this.#littleEndian), text, subject, offset };
  }

  #candidates(type: BtfType): readonly TypeRef[] {
    let found = this.#shared.get(type.id);
    if (found === undefined) {
      found = findCandidates(this.#kernel, type);
      this.#shared.set(type.id, found);
    }
    return found;
  }
}

function findCandidates(kernel: ObjectKernel, type: BtfType): TypeRef[] {
  const inVmlinux = ownCandidates(kernel.btf, type);
  return inVmlinux.length > 0 ? inVmlinux : kernel.modules.flatMap((module) => ownCandidates(module, type));
}

/** Types that a BTF itself defines with the same kind and essential name, ascending. */
function ownCandidates(btf: Btf, local: BtfType): TypeRef[] {
  const wanted = essentialName(local.name);
  const kinds = isAnyEnum(local) ? [Kind.ENUM, Kind.ENUM64] : [local.kind];
  const ids = new Set(kinds.flatMap((kind) => btf.ownIdsByName(wanted, kind)));
  for (const id of flavoredIds(btf)) {
    const type = btf.type(id)!;
    if (kindsCompatible(type, local) && essentialName(type.name) === wanted) {
      ids.add(id);
    }
  }
  return [...ids].sort((a, b) => a - b).map((id) => ({ btf, id }));
}
