// SPDX-License-Identifier: GPL-2.0-only

/** Number of characters of one message that the kernel keeps (`BPF_VERIFIER_TMP_LOG_SIZE` less the terminator). */
const MAX_MESSAGE = 1023;

/** Characters that are kept: more than any reader's buffer takes, less than a string may hold. */
const MAX_KEPT = 1 << 27;

/** Characters that are kept of a log with a store: what the verdict and the loader's last words are read from, and most of what is cut back. */
export const LOG_WINDOW = 1 << 20;

/** Small pieces that are made one. */
const MAX_LOOSE = 4096;

/** Where the beginning of a log goes that is not to be kept, in pieces of at least half a {@link LOG_WINDOW}. Positions count characters. */
export interface LogStore {
  /** Takes the text that follows what it has. Whoever makes the log waits for it. */
  put(text: string): void;
  /** Forgets what stands behind `pos`; gives back the end of what is left, which it then has no more. */
  takeBack(pos: number): string;
  /** Takes the rest: nothing is cut back any more. */
  end(rest: string): void;
}

/**
 * The verifier log (`struct bpf_verifier_log`). Level bits: 1 states of the failing path, 2 everything, 4 statistics.
 * Kept in pieces, so that cutting back costs little. Without a level only the messages since the last two instructions
 * that said anything are kept: the last one is the verdict's. With a store its beginning goes there as it grows; without one, a log that
 * grows beyond all bounds loses it, as the kernel's does.
 */
export class VerifierLog {
  private parts: string[] = [];
  private length = 0;
  private earlier = '';
  /** Characters that were cut off in front, or went to the store. */
  private dropped = 0;
  /** Small pieces at the end, at most: resetting may have taken some away. */
  private loose = 0;

  constructor(
    readonly level: number,
    private readonly store: LogStore | null = null,
    /** Characters that are kept of a log with a store. */
    private readonly window = LOG_WINDOW,
  ) {}

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
    const kept = this.length - this.dropped;
    if (this.store !== null && kept > this.window) this.handOver(this.store);
    else if (kept > MAX_KEPT) this.cutFront();
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
        const back = this.store?.takeBack(pos) ?? '';
        if (back !== '') this.parts.push(back);
        this.length = pos;
        this.dropped = pos - back.length;
        this.loose = 0;
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
  /** What is kept: all of it, or the end. */
  toString(): string {
    const kept = this.joined();
    return this.dropped === 0 || this.store !== null ? kept : `[first ${this.dropped} characters cut]\n${kept}`;
  }
  private joined(): string {
    if (this.parts.length > 1) this.parts = [this.parts.join('')];
    this.loose = 0;
    return this.parts[0] ?? '';
  }
  /** Gives the older half to the store. */
  private handOver(store: LogStore): void {
    const kept = this.joined();
    let cut = kept.length - (this.window >> 1);
    // a pair of surrogates is one character of the file
    if ((kept.charCodeAt(cut) & 0xfc00) === 0xdc00) cut--;
    store.put(kept.slice(0, cut));
    this.dropped += cut;
    this.parts = [kept.slice(cut)];
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
