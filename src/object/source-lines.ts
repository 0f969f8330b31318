// SPDX-License-Identifier: GPL-2.0-only
import { INSN_BYTES } from '../isa/insn';
import type { DwarfLines } from './dwarf-lines';
import type { Placed } from './link';
import type { LineInfo, LoadedObject, Program } from './program';

/** DWARF lines of the functions of a linked program, in units of its instruction slots. Without texts: DWARF has none. */
export function placeDwarfLines(functions: readonly Placed[], dwarf: DwarfLines): LineInfo[] {
  const placed: LineInfo[] = [];
  for (const { fn, at } of functions) {
    const from = fn.start * INSN_BYTES;
    const to = from + fn.insns.length * INSN_BYTES;
    const lines = dwarf.get(fn.sectionIndex) ?? [];
    for (let index = firstFrom(lines, from); index < lines.length && lines[index]!.offset < to; index += 1) {
      const { offset, file, line, column } = lines[index]!;
      placed.push({ insnOff: at + Math.floor((offset - from) / INSN_BYTES), file, text: '', line, column });
    }
  }
  return placed;
}

/** Index of the first line at an offset or after it; lines ascend by offset. */
function firstFrom(lines: readonly { readonly offset: number }[], offset: number): number {
  let low = 0;
  let high = lines.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (lines[middle]!.offset < offset) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

/** Gives the lines of one file their texts, as the compiler was handed them, when they are asked for. */
export function withSourceText(object: LoadedObject, file: string, text: string): LoadedObject {
  const lines = text.split(/\r?\n/);
  const told = (record: LineInfo): LineInfo =>
    record.text === '' && record.file === file ? { ...record, text: lines[record.line - 1] ?? '' } : record;
  const withLines = (program: Program): Program => {
    let found: readonly LineInfo[] | null = null;
    const sourceLines = { enumerable: true, get: (): readonly LineInfo[] => (found ??= program.sourceLines.map(told)) };
    return Object.defineProperties({}, { ...Object.getOwnPropertyDescriptors(program), sourceLines }) as Program;
  };
  return { ...object, programs: object.programs.map(withLines) };
}
