// SPDX-License-Identifier: GPL-2.0-only
/** What stands in the editor: hovers, lenses, squiggles, Problems, disassembly, objects. */
import { strict as assert } from 'node:assert';
import { WALK } from './explorer';
import type { BrowserTest } from './tests';
import type { Workbench } from './workbench';

export function editorTests(w: Workbench): readonly BrowserTest[] {
  /** Hovers with the mouse over a text in the left editor. */
  const hover = async (text: string, says: string): Promise<void> => {
    const token = w.page.locator('.editor-group-container').first().locator('.view-line span span', { hasText: text }).first();
    await w.until(`a hover on ${text}`, async (patience) => {
      await w.page.mouse.move(5, 5);
      await token.hover({ timeout: patience });
      return w.page
        .locator('.monaco-hover .hover-contents', { hasText: says })
        .first()
        .waitFor({ timeout: patience })
        .then(() => true);
    });
  };
  return [
    {
      name: 'a hover in C, CodeLenses and the squiggle of a rejection are to be seen',
      run: async () => {
        await w.walk('nested_walk');
        const line = w.line(WALK, 'bpf_copy_from_user', w.line(WALK, 'nested_walk'));
        await w.goto(line);
        const left = w.page.locator('.editor-group-container').first();
        await left.locator('.squiggly-error').first().waitFor();
        await left
          .locator('.codelens-decoration', { hasText: /rejected: line \d+/ })
          .first()
          .waitFor();
        await w.until('the hover', async (patience) => {
          await w.command('Show or Focus Hover');
          return w.page
            .locator('.monaco-hover', { hasText: 'Rejected here' })
            .first()
            .waitFor({ timeout: patience })
            .then(() => true);
        });
        const text = (await w.page.locator('.monaco-hover').allTextContents()).join('\n');
        assert.match(text, /iterator task_vma/);
        assert.match(text, /may fault and sleep/);
        assert.match(text, /sleepable helper bpf_copy_from_user#148 in nofault region/);
        await w.screenshot('editor-hover-codelens');
        await w.page.keyboard.press('Escape');
        await w.goto(w.line(WALK, 'u64 start', w.line(WALK, 'copy_heads')));
        await hover('vm_start', 'Must not sleep here');
        await w.page.mouse.move(5, 5);
      },
    },
    {
      name: 'Problems lists the rejection with the place where the VMA was taken, and leads there',
      run: async () => {
        await w.command('Problems: Focus on Problems View');
        const rows = w.page.locator('.markers-panel .monaco-list-row');
        const marker = rows.filter({ hasText: 'bpf_copy_from_user() may' }).first();
        await marker.waitFor();
        await w.until('the places behind it', async () => {
          if ((await rows.filter({ hasText: /1 bpf_iter_task_vma_next\(\) acquires/ }).count()) > 0) return true;
          await w.tap(marker);
          await w.page.keyboard.press('ArrowRight');
          return null;
        });
        await rows
          .filter({ hasText: /1 bpf_iter_task_vma_next\(\) acquires/ })
          .first()
          .dblclick();
        await w.atLine(w.line(WALK, 'bpf_iter_task_vma_next(&outer)'));
        await w.command('View: Toggle Panel Visibility');
      },
    },
    {
      name: 'the CodeLens of a program opens its graph and its disassembly',
      run: async () => {
        await w.closeAll();
        await w.open(WALK);
        await w.goto(1);
        const left = w.page.locator('.editor-group-container').first();
        await w.tap(left.locator('.codelens-decoration a', { hasText: 'Show graph' }).nth(1));
        const panel = await w.panel();
        await panel.when('nested_walk', (f) => f.program === 'nested_walk');
        await w.tap(left.locator('.codelens-decoration a', { hasText: 'Disassembly' }).first());
        await w.page.locator('.tab.active', { hasText: 'copy_heads.bpfdis' }).waitFor();
        await w.page.locator('.view-line', { hasText: 'call bpf_rcu_read_lock' }).first().waitFor();
        const group = w.page
          .locator('.editor-group-container')
          .filter({ has: w.page.locator('.tab.active', { hasText: 'copy_heads.bpfdis' }) });
        await w.until('a hover in the disassembly', async (patience) => {
          await w.page.mouse.move(5, 5);
          await group
            .locator('.view-line', { hasText: 'call bpf_rcu_read_unlock' })
            .first()
            .hover({ timeout: patience, position: { x: 160, y: 8 } });
          return w.page
            .locator('.monaco-hover', { hasText: 'RCU read section' })
            .first()
            .waitFor({ timeout: patience })
            .then(() => true);
        });
        await w.screenshot('disassembly-hover');
        await w.page.mouse.move(5, 5);
        await w.closeAll();
      },
    },
    {
      name: 'an object opens in its editor with verdicts, and its buttons lead to graph and disassembly',
      run: async () => {
        await w.closeAll();
        await w.open('contexts.bpf.o');
        const frame = await w.programs(9);
        const row = frame.locator('tr', { hasText: 'rcu_copy' });
        assert.match((await row.textContent()) ?? '', /rejected.*RCU read section/s);
        await w.screenshot('object-editor');
        await w.tap(row.locator('button', { hasText: 'Show BPF context graph' }));
        const panel = await w.panel();
        await panel.when('rcu_copy', (f) => f.program === 'rcu_copy' && f.verdict === 'reject');
        await w.closeAll();
      },
    },
  ];
}
