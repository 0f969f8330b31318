// SPDX-License-Identifier: GPL-2.0-only
/** Back and forward through what was selected. */
export class Trail {
  private list: number[] = [];
  private at = -1;

  get canBack(): boolean {
    return this.at > 0;
  }

  get canForward(): boolean {
    return this.at < this.list.length - 1;
  }

  clear(): void {
    this.list = [];
    this.at = -1;
  }

  /** Something new was selected: what lay ahead is gone. */
  push(insn: number): void {
    if (this.list[this.at] === insn) return;
    this.list = [...this.list.slice(0, this.at + 1), insn];
    this.at = this.list.length - 1;
  }

  /** One step; the instruction to select, null at the end. */
  go(by: 1 | -1): number | null {
    const insn = this.list[this.at + by];
    if (insn === undefined) return null;
    this.at += by;
    return insn;
  }
}
