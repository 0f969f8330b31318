// SPDX-License-Identifier: GPL-2.0-only
import { writeSync } from 'node:fs';
import { systemErrorText } from '../analysis/read-file';
import { Exit } from './options';
import { tell } from './tell';

/** Where a stream's file can be written to without the stream: its making takes longer than verifying a small program. */
const WRITES_FILES = process.platform !== 'win32';

/** Standard output, which may be a full disk, or a pipe that nobody reads any more. */
export class Sink {
  private failure: NodeJS.ErrnoException | null = null;
  private stream: NodeJS.WritableStream | null = null;

  /**
   * @param made the stream; asked for when the file cannot be written to directly
   * @param file its file descriptor
   */
  constructor(
    private readonly made: () => NodeJS.WritableStream,
    private readonly file = WRITES_FILES ? 1 : null,
  ) {}

  /** Whether nothing more can be written. */
  get broken(): boolean {
    return this.failure !== null;
  }

  /** Writes, and waits until it is gone; what cannot be written is dropped. */
  async write(text: string): Promise<void> {
    if (text === '' || this.broken) return;
    const rest = this.stream === null && this.file !== null ? this.direct(this.file, text) : text;
    if (rest.length === 0 || this.broken) return;
    const stream = this.opened();
    await new Promise<void>((resolve) => {
      stream.write(rest, (error) => {
        if (error != null) this.failure ??= error;
        resolve();
      });
    });
  }

  private opened(): NodeJS.WritableStream {
    if (this.stream !== null) return this.stream;
    const stream = this.made();
    stream.on('error', (error: NodeJS.ErrnoException) => {
      this.failure ??= error;
    });
    return (this.stream = stream);
  }

  /** Writes to the file itself; what is left where it would have to wait is returned. */
  private direct(file: number, text: string): Uint8Array {
    let bytes: Uint8Array = Buffer.from(text);
    try {
      while (bytes.length > 0) bytes = bytes.subarray(writeSync(file, bytes));
    } catch (error) {
      // somebody made it a file that does not wait: then its stream does
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') this.failure = error as NodeJS.ErrnoException;
    }
    return bytes;
  }

  /** The exit status that lost output makes, null if none was lost; says why on the standard error where that is no choice of the reader. */
  trouble(): Exit | null {
    if (this.failure === null) return null;
    if (this.failure.code === 'EPIPE') return Exit.PIPE_CLOSED;
    tell(`bpf-context: the output cannot be written: ${systemErrorText(this.failure) ?? this.failure.message}\n`);
    return Exit.BAD_INPUT;
  }
}
