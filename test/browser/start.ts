// SPDX-License-Identifier: GPL-2.0-only
/** `npm start` where no desktop VS Code can be had. */
import { strict as assert } from 'node:assert';
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { BrowserTest } from './tests';
import type { Workbench } from './workbench';

export function startTests(w: Workbench): readonly BrowserTest[] {
  return [
    {
      name: 'npm start serves VS Code with the extension and the examples, and ends when it is asked to',
      run: async () => {
        const data = mkdtempSync(path.join(os.tmpdir(), 'bpf-start-'));
        const child = spawn(process.execPath, [path.join(w.places.root, 'scripts/start.mjs'), '--host=code-server', `--data=${data}`, '--no-build'], { cwd: w.places.root, stdio: ['ignore', 'pipe', 'pipe'] });
        let output = '';
        child.stdout.on('data', (d) => (output += String(d)));
        child.stderr.on('data', (d) => (output += String(d)));
        const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
        try {
          const url = await w.until('the address', async () => {
            if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}:\n${output}`);
            return /VS Code is served at\s+(http:\S+)/.exec(output)?.[1];
          });
          const page = await fetch(url);
          assert.equal(page.status, 200);
          assert.match(await page.text(), /workbench/);
          assert.ok(readdirSync(path.join(data, 'extensions')).some((n) => n.startsWith('bpf-context.bpf-context-explorer-')), 'the extension is not installed');
          assert.match(decodeURIComponent(url), /folder=.*examples$/);
          child.kill('SIGTERM');
          await ended;
          await w.until('a closed port', () => fetch(url).then(() => null, () => true));
        } finally {
          child.kill('SIGKILL');
          rmSync(data, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
        }
      },
    },
  ];
}
