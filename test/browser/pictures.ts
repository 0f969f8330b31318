// SPDX-License-Identifier: GPL-2.0-only
/**
 * What the documentation's pictures show (`docs/images`); with `UPDATE_PICTURES=1` they are made anew, by ImageMagick with 256 colours: a third
 * of the bytes.
 */
import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { BrowserTest } from './tests';
import type { Panel, Workbench } from './workbench';

export function pictureTests(w: Workbench): readonly BrowserTest[] {
  const picture = async (name: string): Promise<void> => {
    await w.screenshot(`docs-${name}`);
    if (!process.env['UPDATE_PICTURES']) return;
    const colours = ['+dither', '-colors', '256', '-define', 'png:compression-level=9'];
    const kept = path.join(w.places.root, 'docs', 'images', `${name}.png`);
    execFileSync('convert', [path.join(w.places.screens, `docs-${name}.png`), ...colours, `PNG8:${kept}`]);
  };
  /** A panel that takes most of the window. */
  const wide = async (file: string, policy: string, program: string, share: number): Promise<Panel> => {
    await w.closeAll();
    const panel = await w.graph(file, policy, program);
    await w.widen(share);
    await panel.rows('key');
    return panel;
  };
  const lens = async (panel: Panel, key: string, id: string): Promise<void> => {
    await panel.focusTree();
    await w.page.keyboard.press(key);
    await panel.locator(`.lens[data-lens="${id}"][aria-pressed="true"]`).waitFor();
  };
  return [
    {
      name: 'pictures: the six blocks of a loop with nested regions are in view, beside the inspector',
      run: async () => {
        const panel = await wide('vma_walk.bpf.c', 'forbid-fault', 'copy_heads', 0.66);
        await panel.click(await panel.find('call bpf_rcu_read_unlock'));
        await w.tap(panel.locator('[aria-label="Fit graph"]'));
        const { nodes, cards } = await panel.drawn();
        assert.deepEqual([...cards].sort(), [...nodes].sort());
        assert.equal(nodes.length, 6);
        await panel.locator('.region-label', { hasText: 'must not' }).first().waitFor();
        await w.page.mouse.move(5, 500);
        await picture('explorer');
      },
    },
    {
      name: 'pictures: the path to a rejection carries its numbers in gutter, graph and timeline',
      run: async () => {
        const panel = await wide('vma_walk.bpf.c', 'forbid-fault', 'nested_walk', 0.58);
        await panel.focusTree();
        await w.page.keyboard.press('Home');
        await panel.when('the entry', (f) => f.selected === 0);
        await w.page.keyboard.press('e');
        await panel.when('the failing instruction', (f) => (f.selected ?? 0) > 0 && f.states !== null);
        await lens(panel, '5', 'path');
        await panel.locator('.inspector', { hasText: 'To make it right' }).waitFor();
        await panel.locator('.timeline', { hasText: /Step \d+ of \d+|The end/ }).waitFor();
        await w.tap(panel.locator('[aria-label="Fit graph"]'));
        await picture('rejected');
        await lens(panel, '1', 'contexts');
      },
    },
    {
      name: 'pictures: two policies on one graph',
      run: async () => {
        const panel = await wide('contexts.bpf.c', 'forbid-fault', 'vma_copy', 0.62);
        await panel.compareWith('linux-7.3');
        await panel.locator('.card.different').first().waitFor();
        await picture('compare');
        await panel.compareWith('');
      },
    },
    {
      name: 'pictures: two kernels on one graph',
      run: async () => {
        for (const name of ['global_in_preempt.bpf.c', 'cases.h'])
          w.write(name, readFileSync(path.join(w.places.root, 'test/answers', name), 'utf8'));
        const panel = await wide('global_in_preempt.bpf.c', 'linux-7.3', 'take_slot', 0.62);
        await panel.compareWith('linux-6.12');
        await panel.locator('.card.different').first().waitFor();
        await panel.locator('.counters', { hasText: 'Linux 7.3' }).waitFor({ state: 'attached' });
        await panel.locator('body', { hasText: 'A global function that may sleep is refused where the caller must not' }).waitFor();
        await picture('kernels');
        await panel.compareWith('');
      },
    },
    {
      name: 'pictures: the table of programs and kernels, and the line that a cell is about',
      run: async () => {
        await w.closeAll();
        await w.open('contexts.bpf.c');
        await w.command('BPF: Loads On…');
        const table = await w.frame('body[data-done] table');
        const cell = table.locator('td[aria-label^="irq_copy on 6.12: does not load"]');
        await cell.waitFor();
        await w.tap(cell);
        await table.locator('.detail', { hasText: 'bpf_ksym_exists(bpf_local_irq_save)' }).waitFor();
        await w.widen(0.66);
        await picture('loads-on');
        await w.tap(cell);
        await w.page.keyboard.press('Enter');
        await w.page.locator('.view-line', { hasText: 'bpf_local_irq_save' }).first().waitFor();
        await w.closeAll();
      },
    },
    {
      name: 'pictures: assembly with a reference that leaks on one way',
      run: async () => {
        const panel = await wide('socket.bpf.s', 'linux-7.3', 'leak_socket', 0.6);
        await panel.when('the rejection', (f) => f.verdict === 'reject' && f.selected !== null && f.states !== null);
        await w.page
          .locator('.codelens-decoration', { hasText: /rejected: line \d+: The reference to a socket/ })
          .first()
          .waitFor();
        await lens(panel, '3', 'follow');
        await panel.locator('.inspector', { hasText: 'Unreleased reference' }).waitFor();
        await picture('assembly');
        await lens(panel, '1', 'contexts');
        await w.closeAll();
      },
    },
  ];
}
