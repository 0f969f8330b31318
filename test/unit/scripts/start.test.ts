// SPDX-License-Identifier: GPL-2.0-only
/** What `npm start` stands on: needs that are named before they are missed, commands that hang, and locks. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';

const ROOT = path.join(import.meta.dirname, '../../..');
const temp = mkdtempSync(path.join(os.tmpdir(), 'bpf-start-unit-'));
afterAll(() => rmSync(temp, { recursive: true, force: true }));

/** Runs a module's text with the functions of scripts/host/run.mjs at hand. */
function run(text: string): { status: number | null; stdout: string } {
  const module = `import * as r from ${JSON.stringify(path.join(ROOT, 'scripts/host/run.mjs'))};\n${text}`;
  return spawnSync(process.execPath, ['--input-type=module', '-e', module], { encoding: 'utf8' });
}

it('names what it needs, and how to get it, before anything is installed', () => {
  const cache = path.join(temp, 'cache');
  const empty = path.join(temp, 'empty');
  mkdirSync(empty, { recursive: true });
  const r = spawnSync(process.execPath, [path.join(ROOT, 'scripts/start.mjs'), '--host=code-server'], {
    encoding: 'utf8',
    env: { PATH: empty, HOME: temp, BPF_CONTEXT_CACHE: cache },
  });
  expect(r.status).toBe(1);
  if (process.platform === 'linux' && process.arch === 'x64') {
    expect(r.stderr).toContain('needs a C++ compiler, make, python3.');
    expect(r.stderr).toContain('sudo apt-get install g++ make python3');
  } else expect(r.stderr).toContain('Linux x64 only');
  expect(existsSync(cache)).toBe(false);
});

it('ends a command that hangs, with all that it started, tries again, and says so', () => {
  const pid = path.join(temp, 'pid');
  const script = path.join(temp, 'hangs-once.sh');
  writeFileSync(script, `if [ -e ${pid} ]; then echo fine; exit 0; fi\nsleep 600 & echo $! > ${pid}; wait\n`);
  const { stdout } = run(`
    r.endWithParent();
    const { status } = await r.longRun('hangs', 'sh', [${JSON.stringify(script)}], { limits: [400, 60000] });
    const { readFileSync } = await import('node:fs');
    const child = readFileSync(${JSON.stringify(pid)}, 'utf8').trim();
    let left = false;
    // dead, though perhaps not buried yet
    try { left = !/^State:\\s+Z/m.test(readFileSync('/proc/' + child + '/status', 'utf8')); } catch { left = false; }
    console.log('status', status, 'left', left);
    await r.end(0);`);
  expect(stdout).toMatch(/hangs: did not end within 0 s, trying again/);
  expect(stdout).toContain('status 0 left false');
});

it('says at last what a command said that failed', () => {
  const { stdout } = run(`console.log(JSON.stringify(await r.longRun('fails', 'sh', ['-c', 'echo why >&2; exit 3'])));`);
  expect(stdout).toContain('{"status":3,"tail":"why"}');
});

it('lets one in after the other, and takes over from one that is gone', () => {
  const lock = path.join(temp, 'lock');
  mkdirSync(lock);
  writeFileSync(path.join(lock, 'pid'), '4194399');
  const { stdout } = run(`
    const order = [];
    const one = (n) => r.withLock(${JSON.stringify(lock)}, 'test', async () => {
      order.push('in ' + n);
      await new Promise((resolve) => setTimeout(resolve, 50));
      order.push('out ' + n);
    });
    await Promise.all([one(1), one(2)]);
    console.log(order.join(', '));`);
  expect(stdout).toMatch(/in (\d), out \1, in (\d), out \2/);
  expect(existsSync(lock)).toBe(false);
});
