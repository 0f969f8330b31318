// SPDX-License-Identifier: GPL-2.0-only
/** Runs a command that is not ours: with limits on time and output, and so that nothing of it is left when it is told to end. */
import { type ChildProcess, spawn } from 'node:child_process';

/** After the command itself has ended, or was told to, its pipes may be held open by others for so long, milliseconds. */
const LINGER_MS = 250;

export interface GuestRequest {
  /** Path of the program; no shell reads it. */
  readonly command: string;
  readonly args: readonly string[];
  /** Folder that it runs in. */
  readonly cwd: string;
  /** Variables that are set, or taken away (undefined), beside those of this process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What it reads from its standard input. */
  readonly input: string | Uint8Array;
  readonly timeoutMs: number;
  /** Bytes that it may write to its standard output; more ends it. */
  readonly maxOutput: number;
  /** Bytes of its standard error that are kept; what follows is dropped. */
  readonly maxMessages: number;
  readonly signal?: AbortSignal;
}

/** How it ended. `cut`: more was written to the standard error than is kept. */
export type GuestResult =
  | {
      readonly kind: 'ended';
      readonly code: number | null;
      readonly signal: NodeJS.Signals | null;
      readonly output: Buffer;
      readonly messages: string;
      readonly cut: boolean;
    }
  | { readonly kind: 'not-started'; readonly reason: string }
  | { readonly kind: 'timeout'; readonly messages: string }
  | { readonly kind: 'too-much' }
  | { readonly kind: 'cancelled' };

/** Bytes up to a limit. */
class Bounded {
  private readonly chunks: Buffer[] = [];
  private size = 0;
  /** Whether there was more. */
  cut = false;

  constructor(private readonly limit: number) {}

  add(chunk: Buffer): void {
    const room = this.limit - this.size;
    if (chunk.length > room) this.cut = true;
    if (room <= 0) return;
    const part = chunk.subarray(0, room);
    this.chunks.push(part);
    this.size += part.length;
  }

  bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }
}

const running = new Set<ChildProcess>();

/**
 * Kills a command and what it started. On POSIX it leads a process group of its own, which holds wrappers, shells and children left in the
 * background; one that makes itself a session of its own (a compile server) is not ours to end. On Windows the tree is asked for.
 */
function killAll(child: ChildProcess): void {
  const { pid } = child;
  if (pid === undefined) return;
  if (process.platform === 'win32') {
    spawn('taskkill', ['/pid', String(pid), '/t', '/f'], { stdio: 'ignore', windowsHide: true }).on('error', () => child.kill('SIGKILL'));
    return;
  }
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // the group is empty
  }
}

/** Ends all commands that still run: for a process that is about to end itself. */
export function endGuests(): void {
  for (const child of running) killAll(child);
  running.clear();
}

function reasonOf(error: unknown, request: GuestRequest): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EACCES') return `${request.command} may not be executed (EACCES)`;
  if (code === 'ENOENT') return `${request.command}, its interpreter, or the folder ${request.cwd} is not there (ENOENT)`;
  if (code === 'ENOEXEC') return `${request.command} is no program for this machine (ENOEXEC)`;
  return message;
}

/**
 * Runs a command. Never rejects. It is answered at once when the command has ended and its pipes are closed, and at most a quarter of a second
 * after it ended, ran out of time, wrote too much or was cancelled, whoever holds the pipes; whatever of it still ran is then killed.
 */
export function runGuest(request: GuestRequest): Promise<GuestResult> {
  if (request.signal?.aborted === true) return Promise.resolve({ kind: 'cancelled' });
  return new Promise((resolve) => {
    let child: ChildProcess & { stdin: NodeJS.WritableStream; stdout: NodeJS.ReadableStream; stderr: NodeJS.ReadableStream };
    try {
      child = spawn(request.command, request.args, {
        cwd: request.cwd,
        ...(request.env === undefined ? {} : { env: { ...process.env, ...request.env } }),
        stdio: ['pipe', 'pipe', 'pipe'],
        shell: false,
        windowsHide: true,
        detached: process.platform !== 'win32',
      });
    } catch (error) {
      resolve({ kind: 'not-started', reason: reasonOf(error, request) });
      return;
    }
    running.add(child);
    const output = new Bounded(request.maxOutput);
    const messages = new Bounded(request.maxMessages);
    let ended: GuestResult | null = null;
    let linger: NodeJS.Timeout | undefined;
    const text = (): string => messages.bytes().toString('utf8');

    const answer = (): void => {
      clearTimeout(timer);
      clearTimeout(linger);
      request.signal?.removeEventListener('abort', onAbort);
      running.delete(child);
      for (const stream of child.stdio) stream?.destroy();
      child.unref();
      resolve(ended ?? { kind: 'cancelled' });
    };
    // how it ends is decided by what came first; the pipes may need a moment more
    const end = (result: GuestResult): void => {
      if (ended !== null) return;
      ended = result;
      killAll(child);
      linger = setTimeout(answer, LINGER_MS);
    };
    const onAbort = (): void => end({ kind: 'cancelled' });
    const timer = setTimeout(() => end({ kind: 'timeout', messages: text() }), request.timeoutMs);
    request.signal?.addEventListener('abort', onAbort, { once: true });

    child.stdout.on('data', (chunk: Buffer) => {
      output.add(chunk);
      if (output.cut) end({ kind: 'too-much' });
    });
    child.stderr.on('data', (chunk: Buffer) => messages.add(chunk));
    child.on('error', (error) => {
      end({ kind: 'not-started', reason: reasonOf(error, request) });
      answer();
    });
    let status: { code: number | null; signal: NodeJS.Signals | null } | null = null;
    const finished = (): void => {
      if (ended === null && status !== null)
        ended = { kind: 'ended', ...status, output: output.bytes(), messages: text(), cut: messages.cut };
      answer();
    };
    // children that it leaves behind would keep the pipes open
    child.on('exit', (code, signal) => {
      status = { code, signal };
      killAll(child);
      clearTimeout(timer);
      linger ??= setTimeout(finished, LINGER_MS);
    });
    child.on('close', finished);
    child.stdin.on('error', () => undefined);
    child.stdin.end(request.input);
  });
}
