// SPDX-License-Identifier: GPL-2.0-only
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compile, type CompileResult } from '../../../src/compiler/clang';

/** Compilers that do not behave; `$PIDS` is a file that takes the ids of what they start. */
const COMPILERS = {
  // wrappers, as ccache and Nix have them: the compiler is a child, or a child's child
  'a wrapper whose child hangs': 'sleep 60 & echo $! >> "$PIDS"; wait',
  'a shell in a shell that hangs': 'sh -c \'sleep 60 & echo $! >> "$PIDS"; wait\'',
  'one that takes the place of its wrapper': 'echo $$ >> "$PIDS"; exec sleep 60',
  'one that shrugs off SIGTERM': 'trap "" TERM INT HUP; echo $$ >> "$PIDS"; while :; do sleep 1; done',
} as const;

const LEFT_BEHIND = 'sleep 60 & echo $! >> "$PIDS"; echo "x.c:1:1: error: no" >&2; exit 1';
const LEFT_BEHIND_OK = 'cat > /dev/null; sleep 60 & echo $! >> "$PIDS"; printf object';

/** Whether a process runs; one that has ended and that nobody has asked for does not. */
function runs(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

describe.skipIf(process.platform !== 'linux')('a compiler is a guest (needs Linux)', () => {
  let dir = '';
  let made = 0;
  beforeAll(() => {
    dir = mkdtempSync(path.join(os.tmpdir(), 'bpf-context-guest-'));
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  /** Compiles with a shell script as clang. */
  function run(
    script: string,
    options: { timeoutMs?: number; signal?: AbortSignal } = {},
  ): { pids: () => number[]; result: Promise<CompileResult> } {
    const file = path.join(dir, `cc${++made}`);
    const pids = `${file}.pids`;
    writeFileSync(file, `#!/bin/sh\nexport PIDS=${pids}\n${script}\n`);
    chmodSync(file, 0o755);
    const result = compile({
      clang: file,
      file: path.join(dir, 'x.c'),
      text: 'int x;'.repeat(100_000),
      args: [],
      timeoutMs: 60_000,
      ...options,
    });
    return { pids: () => (existsSync(pids) ? readFileSync(pids, 'utf8').trim().split('\n').map(Number) : []), result };
  }

  async function until(what: () => boolean): Promise<void> {
    while (!what()) await new Promise((r) => setTimeout(r, 5));
  }

  for (const [name, script] of Object.entries(COMPILERS)) {
    it(`${name} ends at a cancel, and leaves nothing`, async () => {
      const abort = new AbortController();
      const { pids, result } = run(script, { signal: abort.signal });
      await until(() => pids().length > 0);
      abort.abort();
      expect(await result).toEqual({ kind: 'cancelled' });
      await until(() => !pids().some(runs));
    });
  }

  it('all of them end at the limit, and leave nothing', async () => {
    const all = Object.values(COMPILERS).map((script) => run(script, { timeoutMs: 1500 }));
    for (const { pids, result } of all) {
      expect(await result).toMatchObject({ kind: 'failed', reason: 'clang did not finish within 1.5 s' });
      await until(() => !pids().some(runs));
    }
  });

  it('what it leaves in the background, with the pipes open, is ended with it; its answer counts', async () => {
    const bad = run(LEFT_BEHIND);
    expect(await bad.result).toMatchObject({
      kind: 'failed',
      diagnostics: [{ line: 1, message: 'no' }],
      reason: 'clang exited with status 1',
    });
    await until(() => !bad.pids().some(runs));
    const good = run(LEFT_BEHIND_OK);
    const result = await good.result;
    expect(result.kind === 'ok' ? Buffer.from(result.object).toString() : result).toBe('object');
    await until(() => !good.pids().some(runs));
  });

  it('every failure has a reason', async () => {
    const reasonOf = async (script: string): Promise<string> => {
      const result = await run(script).result;
      return result.kind === 'failed' ? result.reason : result.kind;
    };
    expect(await reasonOf('kill -SEGV $$')).toBe('clang was ended by signal SIGSEGV and said nothing');
    expect(await reasonOf('echo oops >&2; kill -KILL $$')).toBe('clang was ended by signal SIGKILL');
    expect(await reasonOf('exit 1')).toBe('clang exited with status 1 and said nothing');
    expect(await reasonOf('exit 0')).toBe('clang exited with status 0 but wrote no object');
  });

  it('one that cannot be started says why', async () => {
    const file = path.join(dir, 'no-interpreter');
    writeFileSync(file, '#!/no/such/shell\n');
    chmodSync(file, 0o755);
    const of = async (clang: string, source = path.join(dir, 'x.c')): Promise<CompileResult> =>
      compile({ clang, file: source, text: '', args: [], timeoutMs: 60_000 });
    expect(await of(file)).toMatchObject({ kind: 'failed', reason: expect.stringContaining('is not there (ENOENT)') as string });
    expect(await of(dir)).toMatchObject({ kind: 'failed', reason: expect.stringContaining('may not be executed (EACCES)') as string });
    expect(await of('/bin/true', path.join(dir, 'gone', 'x.c'))).toMatchObject({
      kind: 'failed',
      reason: expect.stringContaining(path.join(dir, 'gone')) as string,
    });
    expect(await of('/bin/true', path.join(dir, 'a\0b.c'))).toMatchObject({
      kind: 'failed',
      reason: expect.stringContaining('could not be started') as string,
    });
  });

  it('its output is bounded: an endless object ends it, a flood of messages is read in part', async () => {
    expect(await run('exec yes').result).toMatchObject({ kind: 'failed', reason: 'the object is larger than 64 MiB' });
    const flood = await run('cat > /dev/null; yes "x.c:1:1: error: spam" | head -c 20000000 >&2; exit 1').result;
    expect(flood.kind === 'failed' ? [flood.output.length, flood.diagnostics.length] : flood).toEqual([1 << 20, 500]);
  });
});
