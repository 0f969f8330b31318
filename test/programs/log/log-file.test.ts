// SPDX-License-Identifier: GPL-2.0-only
/** Logs that go to their file while they are made: the same bytes as when they are kept, and what happens when they cannot. */
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { EngineHooks } from '../../../src/analysis/object-run';
import { LogFile } from '../../../src/analysis/log-file';
import type { AnalyzeRequest } from '../../../src/analysis/requests';
import { loadObject } from '../../../src/object/load';
import { DEFAULT_POLICY } from '../../../src/policy';
import { verify } from '../../../src/verifier/check';
import { Cancelled } from '../../../src/verifier/errors';
import { LOG_WINDOW, VerifierLog } from '../../../src/verifier/log/log';
import { Random } from '../../../scripts/fuzz/random';
import { count, longObject, objectOf } from '../../support/objects';
import { engine, QUIET, requestFor } from '../../support/verify';
import { kernelOf } from '../../support/kernel';

const dir = mkdtempSync(join(tmpdir(), 'bpf-context-log-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe('a log in a file', () => {
  it('has the characters that it would have in memory, wherever it is cut back', () => {
    const texts = ['x', '0: R1=ctx() R10=fp0\n', 'größer\n', '; 𝒳 = 1 @ 名.c:3\n', 'a'.repeat(300)];
    for (let seed = 1; seed <= 80; seed++) {
      const random = new Random(seed);
      const name = join(dir, `random-${seed}`);
      const file = new LogFile(name);
      const [kept, stored] = [new VerifierLog(2), new VerifierLog(2, file, random.pick([8, 64, 1024]))];
      const places: number[] = [];
      for (let i = random.between(0, 400); i > 0; i--) {
        const text = random.pick(texts);
        if (random.chance(0.3)) places.push(kept.pos);
        const back = random.chance(0.06) && places.length > 0 ? places.splice(random.between(0, places.length - 1))[0]! : null;
        for (const log of [kept, stored]) {
          log.append(text);
          if (back !== null) log.reset(back);
        }
        expect(stored.pos).toBe(kept.pos);
        expect(kept.toString().endsWith(stored.toString())).toBe(true);
      }
      file.end(stored.toString());
      expect(readFileSync(name, 'utf8')).toBe(kept.toString());
    }
  });

  it('leaves out the middle of one that is too long, and says so', () => {
    const name = join(dir, 'long');
    const file = new LogFile(name, 10);
    for (const text of ['first\n', 'four', 'left out', 'gone']) file.put(text);
    expect(file.takeBack(20)).toBe('');
    file.put('x');
    file.end('the end\n');
    expect(readFileSync(name, 'utf8')).toBe(
      'first\nfour\n[11 characters left out: of a log at most 10 bytes and its end are written]\nthe end\n',
    );
  });

  it('is whole again when it is cut back to what is written', () => {
    const name = join(dir, 'back');
    const file = new LogFile(name, 10);
    for (const text of ['first\n', 'four', 'left out']) file.put(text);
    expect(file.takeBack(8)).toBe('fo');
    file.end('fo!\n');
    expect(readFileSync(name, 'utf8')).toBe('first\nfo!\n');
  });
});

const loops = objectOf([{ name: 'loop', insns: count(9_000) }]);
const quiet: EngineHooks = QUIET;

function request(object: Uint8Array, logTo: string, options: Partial<AnalyzeRequest> = {}): AnalyzeRequest {
  return requestFor('loop.o', object, { key: 'k', logLevel: 2, logTo, record: false, timeoutS: 0, ...options });
}

describe('the log of an analysis', () => {
  it.each([1, 2])('of level %i is what verifying gives', (logLevel) => {
    const kernel = kernelOf();
    const [prog] = loadObject(loops, 'loop.o', kernel.object).programs;
    const kept = verify(prog!, kernel.profile, DEFAULT_POLICY, { logLevel, unprivileged: false, flags: 0, recorder: null, tick: null });
    if (logLevel === 2) expect(kept.log.length).toBeGreaterThan(2 * LOG_WINDOW);
    const reply = engine.analyze(request(loops, join(dir, `level-${logLevel}`), { logLevel }), quiet);
    expect(reply.extras.get('loop')?.log).toEqual({ file: join(dir, `level-${logLevel}.0`), problem: null });
    expect(readFileSync(join(dir, `level-${logLevel}.0`), 'utf8') === kept.log).toBe(true);
  });

  it.skipIf(process.platform !== 'linux')('has no file when the disk is full, and costs no verdict', () => {
    symlinkSync('/dev/full', join(dir, 'full.0'));
    const reply = engine.analyze(request(objectOf([{ name: 'loop', insns: count(1_000) }]), join(dir, 'full')), quiet);
    expect(reply.result?.programs[0]?.verdict).toBe('accept');
    expect(reply.extras.get('loop')?.log).toEqual({ file: join(dir, 'full.0'), problem: 'the disk is full' });
    expect(existsSync(join(dir, 'full.0'))).toBe(false);
  });

  it('goes when the analysis is cancelled', () => {
    let written = false;
    const check = (): void => {
      written ||= existsSync(join(dir, 'cancelled.0'));
      if (written) throw new Cancelled();
    };
    expect(() => engine.analyze(request(longObject(1), join(dir, 'cancelled')), { ...quiet, check })).toThrow(Cancelled);
    expect(written).toBe(true);
    expect(existsSync(join(dir, 'cancelled.0'))).toBe(false);
  });

  it('is kept up to where a limit ends it', () => {
    const reply = engine.analyze(request(longObject(1), join(dir, 'limit'), { timeoutS: 0.3 }), quiet);
    expect(reply.result?.programs[0]).toMatchObject({ verdict: 'unknown', reason: 'verification took longer than 0.3 s' });
    const log = readFileSync(join(dir, 'limit.0'), 'utf8');
    expect(log).toMatch(/^0: R1=ctx\(\) R10=fp0\n/m);
    expect(log).not.toContain('processed ');
  });
});
