// SPDX-License-Identifier: GPL-2.0-only
/** Objects of LLVM's intermediate code, as bytes or text: what `clang -emit-llvm` and compilers of other languages leave. */
import { findClang } from './clang';
import { runGuest } from './guest';

/** Bytes of the largest object that is taken, and of messages. */
const MAX_OBJECT = 64 << 20;
const MAX_MESSAGES = 64 << 10;
/** Characters of text in which it names its target. */
const LOOKED_AT = 64 << 10;

export interface IrRequest {
  /** clang's path, or '' to look on the PATH. */
  readonly clang: string;
  /** Name for people. */
  readonly name: string;
  /** Folder that clang runs in. */
  readonly folder: string;
  readonly bytes: Uint8Array;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

export type IrResult =
  | { readonly kind: 'ok'; readonly object: Uint8Array }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'cancelled' };

/** Targets that compilers name for BPF. Bytes do not show theirs, and clang makes silently of one what another means: each is tried. */
const TARGETS = [
  'bpf',
  'bpfel',
  'bpfeb',
  'bpfel-unknown-none',
  'bpfeb-unknown-none',
  'bpf-unknown-unknown',
  'bpfel-unknown-unknown',
  'bpfeb-unknown-unknown',
];

/** Targets to try: the one that text names, all for bytes. Null for text that names another machine's. */
function targetsOf(bytes: Uint8Array): readonly string[] | null {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, LOOKED_AT)).toString('latin1');
  const named = /^target triple = "([^"\n]{0,100})"/m.exec(text)?.[1];
  if (named === undefined) return TARGETS;
  return /^bpf(el|eb)?(-|$)/.test(named) ? [named] : null;
}

/** Makes an object of code for BPF. */
export async function compileIr(request: IrRequest): Promise<IrResult> {
  const clang = await findClang(request.clang);
  if (clang === null) return { kind: 'missing' };
  const other: IrResult = { kind: 'failed', reason: 'it is LLVM code for another machine than BPF' };
  for (const target of targetsOf(request.bytes) ?? []) {
    const result = await runGuest({
      command: clang,
      args: ['-target', target, '-O2', '-Werror=override-module', '-fno-color-diagnostics', '-x', 'ir', '-c', '-o', '-', '-'],
      cwd: request.folder,
      input: request.bytes,
      timeoutMs: request.timeoutMs,
      maxOutput: MAX_OBJECT,
      maxMessages: MAX_MESSAGES,
      ...(request.signal === undefined ? {} : { signal: request.signal }),
    });
    switch (result.kind) {
      case 'cancelled':
        return result;
      case 'timeout':
        return { kind: 'failed', reason: `clang did not finish within ${request.timeoutMs / 1000} s` };
      case 'too-much':
        return { kind: 'failed', reason: `the object is larger than ${MAX_OBJECT >> 20} MiB` };
      case 'not-started':
        return { kind: 'failed', reason: `clang could not be started: ${result.reason}` };
      case 'ended':
        if (result.code === 0 && result.output.length > 0) return { kind: 'ok', object: result.output };
        if (!result.messages.includes('override-module'))
          return {
            kind: 'failed',
            reason: /error: [^\n]*/.exec(result.messages)?.[0] ?? `clang exited with status ${result.code ?? 'unknown'}`,
          };
    }
  }
  return other;
}
