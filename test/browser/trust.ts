// SPDX-License-Identifier: GPL-2.0-only
/** A folder that nobody trusts yet, in a window of its own: what of it has no effect, and what has when trust is granted. */
import { strict as assert } from 'node:assert';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { longObject } from '../support/objects';
import { WALK } from './explorer';
import type { BrowserTest } from './tests';
import { Workbench } from './workbench';

const SLOW = 'slow.bpf.o';
const OVERLAY = JSON.stringify({ kfuncs: [{ name: 'bpf_task_acquire', flags: ['KF_FORBID_SLEEP'] }] });
/** Leaves a program out. */
const LOAD = JSON.stringify({ programs: { long_59: { load: false } } });
/** What the folder would like, beside a compiler of its own. */
const WISHES = {
  'bpfContext.policy': 'forbid-fault',
  'bpfContext.timeout': 2,
};

/** A compiler that leaves a mark and works. */
function markingClang(file: string, mark: string, word: string): void {
  mkdirSync(path.dirname(file), { recursive: true });
  const rest = (process.env['PATH'] ?? '').replace(/"/g, '');
  writeFileSync(
    file,
    `#!/bin/sh\necho ${word} >> '${mark}'\nPATH="${rest}"\nfor c in clang clang-19; do command -v $c > /dev/null && exec $c "$@"; done\n`,
    {
      mode: 0o755,
    },
  );
}

export function trustTests(w: Workbench): readonly BrowserTest[] {
  return [
    {
      name: 'a folder that is not trusted: no compiler runs, its settings, overlays and load files have no effect, limits are tight; trust changes all of it',
      run: async () => {
        const temp = mkdtempSync(path.join(os.tmpdir(), 'bpf-trust-'));
        const [userData, workspace, mark] = ['data', 'folder', 'mark'].map((name) => path.join(temp, name)) as [string, string, string];
        mkdirSync(path.join(userData, 'User'), { recursive: true });
        cpSync(path.join(w.places.root, 'examples'), workspace, { recursive: true });
        writeFileSync(path.join(workspace, SLOW), longObject());
        writeFileSync(path.join(workspace, 'slow.bpf-overlay.json'), OVERLAY);
        writeFileSync(path.join(workspace, 'slow.bpf-load.json'), LOAD);
        markingClang(path.join(workspace, 'tools/clang'), mark, 'of-the-folder');
        markingClang(path.join(temp, 'bin/clang'), mark, 'of-the-path');
        const server = await w.places.serveUntrusted({ userData, env: { PATH: `${path.join(temp, 'bin')}:${process.env['PATH'] ?? ''}` } });
        const own = new Workbench({
          ...w.places,
          url: server.url,
          userData,
          workspace,
          userSettings: { 'security.workspace.trust.enabled': true, 'security.workspace.trust.startupPrompt': 'never' },
        });
        try {
          own.set({ ...WISHES, 'bpfContext.clang.path': path.join(workspace, 'tools/clang') });
          await own.start();
          await own.page.locator('.statusbar-item', { hasText: 'Restricted Mode' }).first().waitFor();

          const panel = await own.graph(WALK);
          await panel.when('no compiler here', (f) => f.error?.kind === 'untrusted');
          assert.equal((await panel.facts()).policy, 'linux-7.3', 'the folder chose a policy');
          await panel.locator('.notice', { hasText: 'This workspace is not trusted' }).waitFor();
          await own.screenshot('trust-source');

          await own.closeAll();
          await own.open(SLOW);
          let page = await own.frame('body > table');
          const text = (): Promise<string> => page.locator('body').innerText();
          const restricted = await text();
          assert.match(restricted, /under linux-7\.3/);
          assert.match(restricted, /the 5 s that all programs of the object may take were used up before its turn/);
          assert.match(restricted, /This workspace is not trusted: an object may take at most 5 s of CPU time and 512 MB/);
          assert.match(restricted, /slow\.bpf-overlay\.json and slow\.bpf-load\.json beside it have no effect either/);
          assert.match(restricted, /long_59/);
          await own.screenshot('trust-object');
          assert.equal(existsSync(mark), false, 'a compiler ran');

          await own.command('Workspaces: Manage Workspace Trust');
          await own.page
            .locator('.workspace-trust-editor .monaco-button', { hasText: /^Trust$/ })
            .first()
            .click();
          await own.page.locator('.statusbar-item', { hasText: 'Restricted Mode' }).first().waitFor({ state: 'detached' });
          await own.open(SLOW);
          await own.until('the object anew, as the folder wants it', async () => {
            page = await own.frame('body > table');
            const now = await text();
            return (
              now.includes('under forbid-fault') && now.includes('the 2 s that') && !now.includes('long_59') && !now.includes('not trusted')
            );
          });
          const walk = await own.graph(WALK);
          await walk.when('the compiled program', (f) => f.error === null && f.verdict !== null && f.busy === null);
          assert.equal((await walk.facts()).policy, 'forbid-fault');
          assert.match(readFileSync(mark, 'utf8'), /^(of-the-folder\n)+$/);
          await own.screenshot('trust-granted');
        } catch (error) {
          await own.screenshot('failed-trust').catch(() => undefined);
          throw error;
        } finally {
          await own.close();
          await server.stop();
          rmSync(temp, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
        }
      },
    },
  ];
}
