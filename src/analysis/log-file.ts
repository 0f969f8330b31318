// SPDX-License-Identifier: GPL-2.0-only
/** A log of the verifier in a file, written while it is made: whoever verifies waits for the disk, and keeps the end only. */
import { closeSync, ftruncateSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { sizeText, systemErrorText } from './read-file';
import type { LogStore } from '../verifier/log/log';

/** Bytes of a log that are written before its end: beyond that the middle is left out, and the log says so. */
export const MAX_LOG_BYTES = 1 << 30;

/** Some of a log, as it came. */
interface Piece {
  /** Characters before it. */
  readonly at: number;
  /** Bytes of the file before it. */
  readonly byteAt: number;
  readonly length: number;
}

/** A log that was written. */
export interface WrittenLog {
  readonly file: string;
  /** Why it could not be written: there is no file then. */
  readonly problem: string | null;
}

/** Opened when the first text comes. No method throws: the log's trouble is none of the program's. */
export class LogFile implements LogStore {
  private fd: number | null = null;
  private problem: string | null = null;
  private readonly pieces: Piece[] = [];
  private chars = 0;
  private bytes = 0;
  /** Where those characters begin that were left out, null if none were. */
  private leftOutFrom: number | null = null;

  constructor(
    private readonly file: string,
    private readonly most = MAX_LOG_BYTES,
  ) {}

  put(text: string): void {
    const bytes = Buffer.from(text, 'utf8');
    if (this.leftOutFrom !== null || this.bytes + bytes.length > this.most) this.leftOutFrom ??= this.chars;
    else {
      this.pieces.push({ at: this.chars, byteAt: this.bytes, length: bytes.length });
      this.write(bytes);
    }
    this.chars += text.length;
  }

  takeBack(pos: number): string {
    if (pos >= this.chars) return '';
    this.chars = pos;
    if (this.leftOutFrom !== null && pos > this.leftOutFrom) return '';
    this.leftOutFrom = null;
    while ((this.pieces.at(-1)?.at ?? -1) >= pos) this.bytes = this.pieces.pop()!.byteAt;
    const last = this.pieces.pop();
    let text = '';
    if (last !== undefined) {
      text = this.read(last).slice(0, pos - last.at);
      this.chars = last.at;
      this.bytes = last.byteAt;
    }
    this.attempt((fd) => ftruncateSync(fd, this.bytes));
    return this.problem === null ? text : '';
  }

  end(rest: string): void {
    const cut = this.leftOutFrom === null ? '' : `\n[${this.chars - this.leftOutFrom} characters left out: ${this.cutText()}]\n`;
    this.write(Buffer.from(cut + rest, 'utf8'));
    this.close();
  }

  /** What became of it. A log that cannot be written is removed: half a log would pass for one. */
  get written(): WrittenLog {
    return { file: this.file, problem: this.problem };
  }

  /** Closes and removes the file. */
  discard(): void {
    this.close();
    rmSync(this.file, { force: true });
  }

  private cutText(): string {
    return `of a log at most ${sizeText(this.most)} and its end are written`;
  }

  private read({ byteAt, length }: Piece): string {
    const bytes = Buffer.alloc(length);
    this.attempt((fd) => {
      for (let done = 0; done < length;) {
        const n = readSync(fd, bytes, done, length - done, byteAt + done);
        if (n === 0) break;
        done += n;
      }
    });
    return bytes.toString('utf8');
  }

  private write(bytes: Buffer): void {
    this.attempt((fd) => {
      for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done, bytes.length - done, this.bytes + done);
      this.bytes += bytes.length;
    });
  }

  private attempt(work: (fd: number) => void): void {
    if (this.problem !== null) return;
    try {
      work((this.fd ??= openSync(this.file, 'w+', 0o666)));
    } catch (error) {
      this.problem = systemErrorText(error) ?? (error instanceof Error ? error.message : String(error));
      this.discard();
    }
  }

  private close(): void {
    if (this.fd !== null) closeSync(this.fd);
    this.fd = null;
  }
}
