// SPDX-License-Identifier: GPL-2.0-only

/** Number of characters of one message that the kernel keeps (`BPF_VERIFIER_TMP_LOG_SIZE` less the terminator). */
const MAX_MESSAGE = 1023;

/** Characters that are kept: more than any reader's buffer takes, less than a string may hold. */
const MAX_KEPT = 1 << 27;

/** Small pieces that are made one. */
const MAX_LOOSE = 4096;

/**
 * The verifier log (`struct bpf_verifier_log`). Level bits: 1 states of the failing path, 2 everything, 4 statistics.
 * Kept in pieces, so that cutting back costs little. Without a level only the messages since the last two instructions
 * that said anything are kept: the last one is the verdict's. A log that grows beyond all bounds loses its beginning, as the kernel's does.
 */
export class VerifierLog {
  private parts: string[] = [];
  private length = 0;
  private earlier = '';
  /** Characters that were cut off in front. */
  private dropped = 0;
  /** Small pieces at the end, at most: resetting may have taken some away. */
  private loose = 0;

  constructor(readonly level: number) {}

  /** Whether instructions and states are printed. */
  get detailed(): boolean {
    return (this.level & 3) !== 0;
  }
  /** Whether everything is kept (level 2). */
  get full(): boolean {
    return (this.level & 2) !== 0;
  }
  /** Appends one message; more than 1023 characters are cut as the kernel's buffer does. */
  write(text: string): void {
    this.append(text.length > MAX_MESSAGE ? text.slice(0, MAX_MESSAGE) : text);
  }
  /** Appends text that the kernel writes in several pieces: no length limit. */
  append(text: string): void {
    if (text === '') return;
    this.parts.push(text);
    this.length += text.length;
    if (++this.loose === MAX_LOOSE) this.pack();
    if (this.length - this.dropped > MAX_KEPT) this.cutFront();
  }
  /** Position, for cutting back (`end_pos`). */
  get pos(): number {
    return this.length;
  }
  /** Cuts back to an earlier position (`bpf_vlog_reset`). */
  reset(pos: number): void {
    while (this.length > pos) {
      const last = this.parts.pop();
      if (last === undefined) {
        this.length = this.dropped = pos;
        return;
      }
      const start = this.length - last.length;
      if (start < pos) this.parts.push(last.slice(0, pos - start));
      else if (this.loose > 0) this.loose--;
      this.length = Math.max(start, pos);
    }
  }
  /** Without a level: an instruction begins, messages so far belong to earlier ones. */
  startInsn(): void {
    if (this.length === 0 || this.level !== 0) return;
    this.earlier = this.toString();
    this.parts = [];
    this.length = 0;
  }
  /** The messages that stand at the end: since the last instruction that said anything; the whole log from level 1 on. */
  get tail(): string {
    return this.length === 0 ? this.earlier : this.toString();
  }
  toString(): string {
    if (this.parts.length > 1) this.parts = [this.parts.join('')];
    const kept = this.parts[0] ?? '';
    return this.dropped === 0 ? kept : `[first ${this.dropped} characters cut]\n${kept}`;
  }
  /** Makes one piece of the small ones: a string of its own for each costs more than its characters. */
  private pack(): void {
    const from = Math.max(0, this.parts.length - MAX_LOOSE);
    const packed = this.parts.splice(from).join('');
    this.parts.push(packed);
    this.loose = 0;
  }
  /** Leaves the newer half. */
  private cutFront(): void {
    let count = 0;
    while (count < this.parts.length - 1 && this.length - this.dropped > MAX_KEPT / 2) this.dropped += this.parts[count++]!.length;
    this.parts = this.parts.slice(count);
  }
}
