// SPDX-License-Identifier: GPL-2.0-only
/** Where the CO-RE relocations of an object are. */
import type { Spend } from '../../btf/budget';
import { INSN_BYTES } from '../../isa/insn';
import { LoadFailure } from '../failure';
import { extSectionIndex } from '../link';
import { findFunction, type ObjectFunction, type OpenObject } from '../model';
import type { CoreKind, CoreRelo } from './spec';

/** A CO-RE relocation at its function. */
export interface PlacedRelo {
  readonly relo: CoreRelo;
  readonly fn: ObjectFunction;
  /** Index in the function. */
  readonly insn: number;
  /** Number in its section, for messages. */
  readonly number: number;
  /** Place in the order in which libbpf applies them. */
  readonly order: number;
}

/** The CO-RE relocations of an object in the order in which libbpf applies them. Throws {@link LoadFailure} for one within an instruction. */
export function placeRelos(object: OpenObject, spend: Spend): PlacedRelo[] {
  const placed: PlacedRelo[] = [];
  for (const section of object.btfExt?.coreRelo ?? []) {
    const sectionIndex = extSectionIndex(object, section);
    spend(section.records.length);
    for (const [number, record] of section.records.entries()) {
      const fn = findFunction(object.functions, sectionIndex, Math.floor(record.insnOff / INSN_BYTES));
      if (fn === null) {
        continue;
      }
      if (record.insnOff % INSN_BYTES !== 0) {
        throw new LoadFailure(`failed to perform CO-RE relocations: relo #${number} at byte ${record.insnOff}`);
      }
      const access = object.parsedBtf!.strings.at(record.words[1]!) ?? '';
      const relo = { insnOff: record.insnOff, typeId: record.words[0]!, access, kind: record.words[2] as CoreKind };
      placed.push({ relo, fn, insn: record.insnOff / INSN_BYTES - fn.start, number, order: placed.length });
    }
  }
  return placed;
}
