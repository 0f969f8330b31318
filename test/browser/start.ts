// SPDX-License-Identifier: GPL-2.0-only
/** `npm start` where no desktop VS Code can be had: two at once, as two people on one machine do it. */
import { strict as assert } from 'node:assert';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { BrowserTest } from './tests';
import type { Workbench } from './workbench';

interface Start {
  readonly npm: ChildProcess;
  readonly output: () => string;
  readonly url: URL;
}

async function started(w: Workbench, temp: string): Promise<Start> {
  const env = { ...process.env, TMPDIR: temp };
  const npm = spawn('npm', ['start', '--', '--host=code-server', '--no-build'], {
    cwd: w.places.root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env,
  });
  let output = '';
  npm.stdout.on('data', (d) => (output += String(d)));
  npm.stderr.on('data', (d) => (output += String(d)));
  const url = await w.until('the address', async () => {
    if (npm.exitCode !== null) throw new Error(`it ended with ${npm.exitCode}:\n${output}`);
    return /VS Code is served at\s+(http:\S+)/.exec(output)?.[1];
  });
  return { npm, output: () => output, url: new URL(url) };
}

const answers = (url: URL): Promise<boolean> =>
  fetch(url, { redirect: 'manual' }).then(
    () => true,
    () => false,
  );

export function startTests(w: Workbench): readonly BrowserTest[] {
  return [
    {
      name: 'npm start, twice at once: each serves VS Code with the examples to who has its token, and leaves nothing behind however it ends',
      run: async () => {
        const temp = mkdtempSync(path.join(os.tmpdir(), 'bpf-start-'));
        const folders = (): string[] => readdirSync(temp).filter((n) => n.startsWith('bpf-context-start-'));
        const starts: Start[] = [];
        try {
          starts.push(...(await Promise.all([started(w, temp), started(w, temp)])));
          const [one, two] = starts as [Start, Start];
          assert.equal(folders().length, 2);
          for (const { url, output } of starts) {
            for (const step of ['Packing the extension', 'Installing the extension', 'Ready'])
              assert.match(output(), new RegExp(`^\\[ *\\d+ s\\] ${step}$`, 'm'));
            assert.match(url.searchParams.get('folder') ?? '', /examples$/);
            assert.match(url.searchParams.get('payload') ?? '', /first_look\.bpf\.c/);
            const page = new URL(url.pathname, url);
            assert.equal((await fetch(page)).status, 403, 'it lets in who has no token');
            const cookie = (await fetch(url, { redirect: 'manual' })).headers.get('set-cookie')?.split(';')[0] ?? '';
            const served = await fetch(page, { headers: { cookie } });
            assert.equal(served.status, 200);
            assert.match(await served.text(), /workbench/);
          }
          one.npm.kill('SIGTERM');
          await w.until('a closed port', async () => !(await answers(one.url)));
          await w.until('the end of its folder', async () => folders().length === 1);
          assert.ok(await answers(two.url), 'the other one must go on');
          // killed without a word: what npm started sees that nobody is there any more
          two.npm.kill('SIGKILL');
          await w.until('a closed port', async () => !(await answers(two.url)));
          await w.until('the end of its folder', async () => folders().length === 0);
        } finally {
          for (const s of starts) s.npm.kill('SIGKILL');
          await w.until('the end of all', async () => (await Promise.all(starts.map((s) => answers(s.url)))).every((x) => !x));
          // what has just ended may still write its last
          await w.until('the end of the temporary files', () => {
            try {
              rmSync(temp, { recursive: true, force: true });
              return Promise.resolve(true);
            } catch {
              return Promise.resolve(null);
            }
          });
        }
      },
    },
  ];
}
