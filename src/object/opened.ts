// SPDX-License-Identifier: GPL-2.0-only
/** An object before a kernel is chosen: opened, decided upon, and with what is found out of it once for all kernels. */
import { kernelObjection } from '../btf/accept';
import { UNBOUNDED, type Spend } from '../btf/budget';
import { applyChoices } from './apply-choices';
import { handedOverBtf } from './btf-image';
import { AS_COMPILED, type LoadChoices } from './choices';
import { describeConstants } from './constants';
import { placeRelos, type PlacedRelo } from './core/places';
import { readDwarfLines, type DwarfLines } from './dwarf-lines';
import { readDwarfVariables, type DwarfVariables } from './dwarf-variables';
import type { OpenObject } from './model';
import { openObject } from './open';
import type { LoadedObject } from './program';

/** What is assumed of a big-endian object (`tools/lib/bpf/libbpf.c: bpf_object__load`: LIBBPF_ERRNO__ENDIAN). */
const BIG_ENDIAN =
  'a big-endian machine whose kernel has the types and settings of the chosen one: the object is big-endian, and libbpf on a little-endian ' +
  'machine does not load it';

/** An object with all that does not depend on the kernel. It may be loaded on several, and none changes it for another. */
export interface OpenedObject {
  readonly object: OpenObject;
  readonly choices: LoadChoices;
  readonly constants: LoadedObject['constants'];
  /** What was decided for all programs, in words. */
  readonly assumptions: readonly string[];
  /** What every kernel objects to in the object's BTF, in words; null if none does. */
  readonly objection: (spend: Spend) => string | null;
  /** CO-RE relocations in their order. Throws {@link LoadFailure}. */
  readonly relos: (spend: Spend) => readonly PlacedRelo[];
  /** Lines of DWARF, or why they cannot be read. */
  readonly dwarfLines: () => DwarfLines | string;
  /** Places of variables, or why they cannot be read. */
  readonly dwarfVariables: () => DwarfVariables | string;
}

/** What `make` gives at the first question; one that throws is asked again. */
function once<A extends unknown[], T>(make: (...args: A) => T): (...args: A) => T {
  let known: { readonly value: T } | null = null;
  return (...args) => (known ??= { value: make(...args) }).value;
}

/**
 * Opens an object. `notes`: what was assumed of all programs before. Throws {@link ObjectError} or {@link BtfError} if it cannot be opened, and
 * {@link ChoiceError} for choices that do not fit it.
 */
export function openForLoading(
  bytes: Uint8Array,
  name: string,
  spend: Spend = UNBOUNDED,
  choices: LoadChoices = AS_COMPILED,
  notes: readonly string[] = [],
): OpenedObject {
  const object = openObject(bytes, name, spend);
  // as they were compiled: choices change maps
  const constants = describeConstants(object.btf, object.maps, object.elf.littleEndian);
  const decided = applyChoices(object, choices);
  return {
    object,
    choices,
    constants,
    assumptions: [...notes, ...(object.elf.littleEndian ? [] : [BIG_ENDIAN]), ...decided],
    objection: once((spendNow: Spend) => {
      const refusal = kernelObjection(handedOverBtf(object.parsedBtf!, object.btf!), spendNow);
      if (refusal === null) return null;
      return refusal.of === null ? refusal.line : `${refusal.of}: ${refusal.line}`;
    }),
    relos: once((spendNow: Spend) => placeRelos(object, spendNow)),
    dwarfLines: once(() => readDwarfLines(object.elf)),
    dwarfVariables: once(() => readDwarfVariables(object.elf)),
  };
}
