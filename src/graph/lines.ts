// SPDX-License-Identifier: GPL-2.0-only
import type { LineInfo } from '../object/program';
import type { SourcePlace } from '../protocol/graph';

/** Finds the C line of an instruction: the last line record at or before it. Records of line 0 (code without a line of its own) say nothing. */
export class LineTable {
  private readonly records: readonly LineInfo[];
  /** Places that were asked for, by record: one value each, however many instructions a line has. */
  private readonly places: SourcePlace[] = [];

  constructor(records: readonly LineInfo[]) {
    this.records = records.filter((r) => r.line > 0);
  }

  at(insn: number): SourcePlace | null {
    let lo = 0;
    let hi = this.records.length;
    while (lo < hi) {
      const mid = (lo + hi) >> 1;
      if (this.records[mid]!.insnOff <= insn) lo = mid + 1;
      else hi = mid;
    }
    const r = this.records[lo - 1];
    return r === undefined ? null : (this.places[lo - 1] ??= { file: r.file, line: r.line, column: r.column, text: r.text });
  }
}
