// SPDX-License-Identifier: GPL-2.0-only
import { systemErrorText } from '../analysis/read-file';
import { Exit } from './options';

/** Standard output, which may be a full disk, or a pipe that nobody reads any more. */
export class Sink {
  private failure: NodeJS.ErrnoException | null = null;

  constructor(private readonly stream: NodeJS.WritableStream) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      this.failure ??= error;
    });
  }

  /** Whether nothing more can be written. */
  get broken(): boolean {
    return this.failure !== null;
  }

  /** Writes, and waits until it is gone; what cannot be written is dropped. */
  async write(text: string): Promise<void> {
    if (text === '' || this.broken) return;
    await new Promise<void>((resolve) => {
      this.stream.write(text, (error) => {
        if (error != null) this.failure ??= error;
        resolve();
      });
    });
  }

  /** The exit status that lost output makes, null if none was lost; says why on the standard error where that is no choice of the reader. */
  trouble(): Exit | null {
    if (this.failure === null) return null;
    if (this.failure.code === 'EPIPE') return Exit.PIPE_CLOSED;
    process.stderr.write(`bpf-context: the output cannot be written: ${systemErrorText(this.failure) ?? this.failure.message}\n`);
    return Exit.BAD_INPUT;
  }
}
