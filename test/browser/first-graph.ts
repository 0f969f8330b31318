// SPDX-License-Identifier: GPL-2.0-only
/** A fresh checkout, a fresh VS Code, nothing but clang: how long the way to the first graph is, and how its sources are compiled. */
import { strict as assert } from 'node:assert';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { BrowserTest } from './tests';
import { Workbench } from './workbench';

/** A Makefile that only make understands, and a source whose verdict says what it was compiled with. */
const ASKED_MAKEFILE =
  'FLAGS := $(shell echo -DANSWER=`expr 3 + 4`)\nasked.bpf.o: asked.bpf.c\n\ttouch was-built; clang --target=bpf $(FLAGS) -c $< -o $@\n';
const ASKED = `#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int asked(struct xdp_md *ctx)
{
	return ANSWER == 7 ? XDP_PASS : *(int *)8;
}

char LICENSE[] SEC("license") = "GPL";
`;

/** Takes the entry of a command's list whose label has these words. */
async function take(w: Workbench, command: string, words: RegExp): Promise<void> {
  const row = w.page.locator('.quick-input-list .monaco-list-row', { has: w.page.locator('.label-name', { hasText: words }) }).first();
  await w.until(`${String(words)} in the list of ${command}`, async () => {
    if (!(await row.isVisible())) await w.command(command);
    await row.waitFor({ state: 'visible', timeout: 5000 });
    return true;
  });
  await row.click();
}

export function firstGraphTests(w: Workbench): readonly BrowserTest[] {
  return [
    {
      name: 'a fresh checkout with default settings: trust, open, graph; how a file is compiled is told, asked, chosen and forgotten',
      limit: 600_000,
      run: async () => {
        const temp = mkdtempSync(path.join(os.tmpdir(), 'bpf-first-'));
        const [userData, workspace] = ['data', 'checkout'].map((name) => path.join(temp, name)) as [string, string];
        mkdirSync(path.join(userData, 'User'), { recursive: true });
        const projects = path.join(w.places.root, 'test/projects');
        cpSync(path.join(projects, 'make'), workspace, { recursive: true });
        cpSync(path.join(projects, 'found'), path.join(workspace, 'found'), { recursive: true });
        cpSync(path.join(projects, 'kernel'), path.join(workspace, 'kernel'), { recursive: true });
        mkdirSync(path.join(workspace, 'asked'));
        writeFileSync(path.join(workspace, 'asked/Makefile'), ASKED_MAKEFILE);
        writeFileSync(path.join(workspace, 'asked/asked.bpf.c'), ASKED);
        const server = await w.places.serveUntrusted(userData, {});
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

          // what nobody has is one sentence
          await own.open('lost.bpf.c');
          await own.command('View: Focus Problems');
          await own.page.locator('.markers-panel .monaco-list-row', { hasText: 'gen/tables.h is not found' }).first().waitFor();
          await own.screenshot('header-missing');

          // the kernel's own headers
          await own.open('trace_kern.c');
          await own.command('BPF: How Is This File Compiled?');
          await own.page.locator('.quick-input-list .monaco-list-row', { hasText: 'all types of the kernel' }).first().waitFor();
          await own.screenshot('how-kernel');
          await own.page.locator('.quick-input-list .monaco-list-row', { hasText: 'Keep in settings' }).first().click();
          await own.until('the setting', () =>
            Promise.resolve(own.read('.vscode/settings.json').includes('"bpfContext.compile.kernelHeaders": "standIn"')),
          );
          own.set({ 'bpfContext.compile.kernelHeaders': null });

          // asked on request, then chosen by hand, then found again
          const choose = 'BPF: Choose How This File Is Compiled…';
          const status = async (words: RegExp): Promise<void> => {
            await own.until(`how: ${String(words)}`, async () => {
              await own.command('BPF: How Is This File Compiled?');
              const found = await own.page
                .locator('.quick-input-list .monaco-list-row', { hasText: words })
                .first()
                .waitFor({ timeout: 3000 })
                .then(() => true)
                .catch(() => null);
              if (found === true) await own.screenshot(`how-${words.source.replace(/\W+/g, '-').slice(0, 24)}`);
              await own.page.keyboard.press('Escape');
              return found;
            });
          };
          await own.open('asked.bpf.c');
          await status(/ANSWER taken as 0, which only the build knows/);
          await own.command(choose);
          await own.page.locator('.quick-input-list .monaco-list-row', { hasText: 'Ask make in asked/' }).first().waitFor();
          await own.screenshot('choose-build');
          await take(own, choose, /Ask make in asked\//);
          await status(/asked\/Makefile, as make -n says/);
          assert.equal(existsSync(path.join(workspace, 'asked/was-built')), false);
          await take(own, choose, /Our own arguments/);
          await status(/our own arguments.*as chosen/);
          await take(own, choose, /As it is found/);
          await status(/asked\/Makefile, as make -n says/);
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
