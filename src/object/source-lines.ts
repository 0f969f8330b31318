// SPDX-License-Identifier: GPL-2.0-only
import { INSN_BYTES } from '../isa/insn';
import type { DwarfLines } from './dwarf-lines';
import type { Placed } from './link';
import type { LineInfo, LoadedObject } from './program';

/** DWARF lines of the functions of a linked program, in units of its instruction slots. Without texts: DWARF has none. */
export function placeDwarfLines(functions: readonly Placed[], dwarf: DwarfLines): LineInfo[] {
  return functions.flatMap(({ fn, at }): LineInfo[] => {
    const from = fn.start * INSN_BYTES;
    const to = from + fn.insns.length * INSN_BYTES;
    return (dwarf.get(fn.sectionIndex) ?? [])
      .filter(({ offset }) => offset >= from && offset < to)
      .map(({ offset, file, line, column }) => ({ insnOff: at + Math.floor((offset - from) / INSN_BYTES), file, text: '', line, column }));
  });
}

/** Gives the lines of one file their texts, as the compiler was handed them. */
export function withSourceText(object: LoadedObject, file: string, text: string): LoadedObject {
  const lines = text.split(/\r?\n/);
  const told = (record: LineInfo): LineInfo => (record.text === '' && record.file === file ? { ...record, text: lines[record.line - 1] ?? '' } : record);
  return { ...object, programs: object.programs.map((program) => ({ ...program, sourceLines: program.sourceLines.map(told) })) };
}
