// SPDX-License-Identifier: GPL-2.0-only
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { buildSync } from 'esbuild';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { AnalyzeReply, AnalyzeRequest } from '../../../src/analysis/requests';
import { AnalysisCancelled, AnalysisService } from '../../../src/analysis/service';
import { longObject, objectOf } from '../../support/objects';

const KERNEL = { bundle: path.join(import.meta.dirname, '../../../media/kernel/7.3.4'), btf: '' };
const PLAIN = {
  object: new Uint8Array(),
  policy: 'linux-7.3',
  kernel: KERNEL,
  overlays: [],
  program: '',
  logLevel: 0,
  unprivileged: false,
  record: true,
  dumpInsns: false,
  graphs: false,
  timeoutS: 0,
} as const;

const services: AnalysisService[] = [];
afterEach(async () => {
  for (const s of services.splice(0)) await s.dispose();
});

interface Asked {
  readonly abort: AbortController;
  readonly started: Promise<void>;
  readonly answer: Promise<AnalyzeReply | 'cancelled'>;
}

function ask(service: AnalysisService, file: string, key = file, more: Partial<AnalyzeRequest> = {}): Asked {
  const abort = new AbortController();
  let begin: () => void;
  const started = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const answer = service
    .analyze({ ...PLAIN, key, file, ...more }, { signal: abort.signal, progress: (n) => (n.stage === 'verify' ? begin() : undefined) })
    .catch((error: unknown) => {
      if (error instanceof AnalysisCancelled) return 'cancelled' as const;
      throw error;
    });
  return { abort, started, answer };
}

describe('the service, with a worker that behaves as it is told', () => {
  const make = (): AnalysisService => {
    const service = new AnalysisService(path.join(import.meta.dirname, 'helpers/worker.mjs'), {
      memoryMb: () => 64,
      raise: 'raise the limit',
    });
    services.push(service);
    return service;
  };
  /** What a kept result says of its worker: under which policy it was made, and what the worker has run. */
  const kept = async (service: AnalysisService, key: string): Promise<{ made: string; ran: string[] } | null> =>
    (await service.graph(key, '')) as unknown as { made: string; ran: string[] } | null;

  it('cancels any number at once; what waited never runs', async () => {
    const service = make();
    const a = ask(service, 'long');
    const waiting = Array.from({ length: 20 }, (_, i) => ask(service, 'deaf', `waiting ${i}`));
    const last = ask(service, 'quick');
    await a.started;
    for (const r of [a, ...waiting]) r.abort.abort();
    expect(await Promise.all([a, ...waiting].map((r) => r.answer))).toEqual(Array(21).fill('cancelled'));
    expect(await last.answer).toMatchObject({ error: null });
    expect((await kept(service, 'quick'))?.ran).toEqual(['long', 'quick']);
  });

  it('runs the first and the last of a burst, and nothing between them', async () => {
    const service = make();
    let previous = ask(service, 'long', 'file');
    await previous.started;
    for (let i = 0; i < 40; i++) {
      const next = ask(service, i === 39 ? 'quick' : 'long', 'file');
      previous.abort.abort();
      expect(await previous.answer).toBe('cancelled');
      previous = next;
    }
    await previous.answer;
    expect((await kept(service, 'file'))?.ran).toEqual(['long', 'quick']);
  });

  it('ends a stage that does not hear, with its worker, and makes what that kept again when it is asked for', async () => {
    const service = make();
    await ask(service, 'quick', 'earlier').answer;
    const deaf = ask(service, 'deaf');
    await deaf.started;
    deaf.abort.abort();
    expect(await deaf.answer).toBe('cancelled');
    expect(await ask(service, 'quick').answer).toMatchObject({ error: null });
    expect(await kept(service, 'earlier')).toEqual({ key: 'earlier', made: 'linux-7.3', ran: ['quick', 'quick'] });
  });

  it('lets a worker prepare what all share in peace', async () => {
    const service = make();
    await ask(service, 'quick', 'earlier').answer;
    const setup = ask(service, 'setup');
    await setup.started;
    setup.abort.abort();
    expect((await kept(service, 'earlier'))?.ran).toEqual(['quick', 'setup']);
  });

  it('a file that needs more memory than there is gets that as its error; all others are answered, what was kept is made again', async () => {
    const service = make();
    await ask(service, 'quick', 'earlier').answer;
    const hog = ask(service, 'hog');
    const queued = ask(service, 'quick', 'queued');
    const reply = await hog.answer;
    expect(reply === 'cancelled' ? reply : reply.error).toMatchObject({
      kind: 'too-large',
      title: 'hog needs more than 64 MB',
      message:
        'Its analysis was ended when it had used the memory that it may have. Make the program smaller, verify one program of it alone, or raise the limit.',
    });
    expect(await queued.answer).toMatchObject({ error: null });
    expect(await kept(service, 'earlier')).toMatchObject({ made: 'linux-7.3' });
    expect(await kept(service, 'queued')).toMatchObject({ made: 'linux-7.3' });
  });

  it('runs a file again when it may have died of what others left', async () => {
    const service = make();
    await ask(service, 'quick', 'earlier').answer;
    expect(await ask(service, 'crowded').answer).toMatchObject({ error: null });
    expect((await kept(service, 'crowded'))?.ran).toEqual(['crowded']);
  });

  it('a view that waits behind a newer analysis of its file shows that, not the old one made again', async () => {
    const service = make();
    await ask(service, 'quick', 'file').answer;
    await ask(service, 'hog').answer;
    const newer = ask(service, 'quick', 'file', { policy: 'newer' });
    expect(await kept(service, 'file')).toMatchObject({ made: 'newer', ran: ['quick'] });
    await newer.answer;
  });

  it('another limit of memory holds from the next request on; what was kept is made again', async () => {
    let memoryMb = 64;
    const service = new AnalysisService(path.join(import.meta.dirname, 'helpers/worker.mjs'), { memoryMb: () => memoryMb });
    services.push(service);
    await ask(service, 'quick', 'earlier').answer;
    memoryMb = 80;
    await ask(service, 'quick', 'later').answer;
    expect((await kept(service, 'later'))?.ran).toEqual(['quick']);
    expect((await kept(service, 'earlier'))?.ran).toEqual(['quick', 'quick']);
    expect(await ask(service, 'hog').answer).toMatchObject({ error: { title: 'hog needs more than 80 MB' } });
  });

  it('forgets, and does not make again what was forgotten', async () => {
    const service = make();
    await ask(service, 'quick', 'file').answer;
    service.forget('file');
    expect(await kept(service, 'file')).toBeNull();
    await ask(service, 'hog').answer;
    expect(await kept(service, 'file')).toBeNull();
  });

  it('a worker that ends for another reason is our fault, and says how it ended', async () => {
    const service = make();
    await expect(ask(service, 'bug').answer).rejects.toThrow('the analysis worker ended with status 7');
    expect(await ask(service, 'quick').answer).toMatchObject({ error: null });
  });

  it('all that waits is cancelled when it is disposed of', async () => {
    const service = make();
    const asked = [ask(service, 'long'), ask(service, 'quick')];
    await asked[0]!.started;
    await service.dispose();
    expect(await Promise.all(asked.map((a) => a.answer))).toEqual(['cancelled', 'cancelled']);
  });
});

describe('the service, with its own worker', () => {
  let dir = '';
  beforeAll(() => {
    dir = mkdtempSync(path.join(os.tmpdir(), 'bpf-context-service-'));
    buildSync({
      bundle: true,
      platform: 'node',
      format: 'cjs',
      target: 'node20',
      entryPoints: [path.join(import.meta.dirname, '../../../src/analysis/worker.ts')],
      outfile: path.join(dir, 'worker.cjs'),
    });
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  it('two files cancelled at once free the worker for a third; a queued one is never verified', async () => {
    const service = new AnalysisService(path.join(dir, 'worker.cjs'));
    services.push(service);
    const small = objectOf([{ name: 'small' }]);
    const running = ask(service, 'long.o', 'a', { object: longObject() });
    const queued = ask(service, 'queued.o', 'b', { object: longObject() });
    const third = ask(service, 'small.o', 'c', { object: small });
    await running.started;
    running.abort.abort();
    queued.abort.abort();
    expect(await third.answer).toMatchObject({ error: null, result: { programs: [{ program: 'small', verdict: 'accept' }] } });
    expect(await service.graph('b', 'long_0')).toBeNull();
    expect(await service.graph('c', 'small')).toMatchObject({ program: 'small' });
  });

  it('a kernel that cannot be read is told to each file, by name', async () => {
    const service = new AnalysisService(path.join(dir, 'worker.cjs'));
    services.push(service);
    const reply = await ask(service, 'small.o', 'a', { object: objectOf([{ name: 'small' }]), kernel: { ...KERNEL, btf: dir } }).answer;
    expect(reply).toMatchObject({
      error: {
        kind: 'unreadable',
        title: `${dir} cannot be used as the kernel's BTF`,
        message: 'it is a folder without vmlinux or vmlinux.btf',
      },
    });
  });
});
