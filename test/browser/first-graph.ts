// SPDX-License-Identifier: GPL-2.0-only
/** A fresh checkout, a fresh VS Code, nothing but clang: how long the way to the first graph is, and how its source is compiled. */
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { BrowserTest } from './tests';
import { Workbench } from './workbench';

export function firstGraphTests(w: Workbench): readonly BrowserTest[] {
  return [
    {
      name: 'a fresh checkout with default settings: trust, open, graph; how the file is compiled is told',
      run: async () => {
        const temp = mkdtempSync(path.join(os.tmpdir(), 'bpf-first-'));
        const [userData, workspace] = ['data', 'checkout'].map((name) => path.join(temp, name)) as [string, string];
        mkdirSync(path.join(userData, 'User'), { recursive: true });
        const projects = path.join(w.places.root, 'test/projects');
        cpSync(path.join(projects, 'make'), workspace, { recursive: true });
        const server = await w.places.serveUntrusted({ userData, whole: true });
        const own = new Workbench({
          ...w.places,
          url: server.url,
          userData,
          workspace,
          userSettings: { 'security.workspace.trust.enabled': true },
        });
        try {
          const began = Date.now();
          const seconds = (): string => `${((Date.now() - began) / 1000).toFixed(1)} s`;
          await own.start();
          await own.page.locator('.statusbar-item', { hasText: 'Restricted Mode' }).first().waitFor();
          console.log(`    the window is there: ${seconds()}`);
          await own.page.locator('.part.banner a', { hasText: 'Manage' }).first().click();
          const trust = own.page.locator('.workspace-trust-editor .monaco-button', { hasText: /^Trust$/ }).first();
          await trust.click();
          await own.page.locator('.statusbar-item', { hasText: 'Restricted Mode' }).first().waitFor({ state: 'detached' });
          await own.open('count.bpf.c');
          await own.command('BPF: Show BPF context graph');
          const panel = await own.panel();
          await panel.when('the first graph', (f) => f.program === 'count_unlink' && f.verdict === 'accept' && f.busy === null);
          console.log(`    the first graph is there: ${seconds()}`);
          await own.screenshot('first-graph');

          await own.closeAll();
          await own.open('count.bpf.c');
          await own.command('BPF: How Is This File Compiled?');
          await own.page.locator('.quick-input-list .monaco-list-row', { hasText: 'Makefile:15' }).first().waitFor();
          await own.screenshot('how-compiled');
          await own.page.keyboard.press('Escape');
        } catch (error) {
          await own.screenshot('failed-first-graph').catch(() => undefined);
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
