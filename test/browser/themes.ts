// SPDX-License-Identifier: GPL-2.0-only
/** With `THEME_PICTURES=1`: what is to be looked at in all four themes, wide and with the panel in half of the window, as pictures to look at. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { LARGE } from './controls';
import type { BrowserTest } from './tests';
import { type Panel, THEMES, type Workbench } from './workbench';

interface Scene {
  readonly name: string;
  /** Brings it on the screen, but for the panel's width. */
  readonly show: () => Promise<Panel>;
  /** What is done once the width is right: lists and hovers close when it changes. */
  readonly then?: (panel: Panel) => Promise<void>;
}

const WIDTHS = { wide: 0.66, half: 0.5 } as const;

export function themeTests(w: Workbench): readonly BrowserTest[] {
  if (!process.env['THEME_PICTURES']) return [];
  const lens = async (panel: Panel, key: string, id: string): Promise<void> => {
    await panel.focusTree();
    await w.page.keyboard.press(key);
    await panel.locator(`.lens[data-lens="${id}"][aria-pressed="true"]`).waitFor();
  };
  const at = async (panel: Panel, text: string): Promise<void> => {
    await panel.full();
    await panel.rows('key');
    await panel.click(await panel.find(text));
    await panel.when('its states', (f) => f.states !== null);
    await w.tap(panel.locator('[aria-label="Fit graph"]'));
  };
  const fresh = async (file: string, policy: string, program: string): Promise<Panel> => {
    await w.closeAll();
    const panel = await w.graph(file, policy, program);
    await lens(panel, '1', 'contexts');
    return panel;
  };
  const scenes: readonly Scene[] = [
    {
      name: 'first',
      show: async () => {
        await w.closeAll();
        return w.graph('first_look.bpf.c', 'linux-7.3', 'copy_while_held');
      },
    },
    {
      name: 'contexts',
      show: () => fresh('vma_walk.bpf.c', 'forbid-fault', 'copy_heads'),
      then: (panel) => at(panel, 'call bpf_rcu_read_unlock'),
    },
    {
      name: 'rejected',
      show: () => fresh('vma_walk.bpf.c', 'forbid-fault', 'nested_walk'),
      then: async (panel) => {
        await lens(panel, '5', 'path');
        await w.tap(panel.locator('[aria-label="Fit graph"]'));
      },
    },
    {
      name: 'compare',
      show: async () => {
        const panel = await fresh('vma_walk.bpf.c', 'forbid-fault', 'nested_walk');
        await panel.compareWith('linux-7.3');
        return panel;
      },
      then: async (panel) => {
        await panel.locator('.card.different').first().waitFor();
        await w.tap(panel.locator('[aria-label="Fit graph"]'));
      },
    },
    {
      name: 'follow',
      show: () => fresh('contexts.bpf.c', 'linux-7.3', 'task_leak'),
      then: (panel) => lens(panel, '3', 'follow'),
    },
    {
      name: 'sleep-once',
      show: () => fresh('contexts.bpf.c', 'linux-7.3', 'locked_count'),
      then: (panel) => at(panel, 'call bpf_spin_unlock'),
    },
    {
      name: 'list',
      show: () => fresh('first_look.bpf.c', 'linux-7.3', 'copy_while_held'),
      then: (panel) => panel.openList('policy'),
    },
    {
      name: 'large',
      show: () => {
        w.write('large.bpf.c', LARGE);
        return fresh('large.bpf.c', 'linux-7.3', 'many');
      },
    },
    {
      name: 'names',
      show: () => {
        w.write('lock_failed.bpf.c', readFileSync(path.join(w.places.root, 'test/edges/lock_failed.bpf.c')));
        return fresh('lock_failed.bpf.c', 'linux-7.3', 'count_or_give_up');
      },
      then: (panel) => at(panel, 'call bpf_res_spin_unlock'),
    },
    {
      name: 'hover',
      show: () => fresh('first_look.bpf.c', 'forbid-fault', 'copy_while_held'),
      then: async () => {
        await w.until('the hover', async (patience) => {
          await w.goto(1);
          await w.page.locator('.view-line span', { hasText: 'bpf_copy_from_user' }).last().hover({ timeout: patience });
          return w.page
            .locator('.monaco-hover .hover-contents', { hasText: 'Rejected here' })
            .first()
            .waitFor({ timeout: patience })
            .then(() => true);
        });
      },
    },
  ];
  return scenes.map((scene): BrowserTest => ({
    name: `themes: ${scene.name}, in all four, wide and half`,
    run: async () => {
      for (const [width, share] of Object.entries(WIDTHS)) {
        const panel = await scene.show();
        await w.widen(share);
        await scene.then?.(panel);
        for (const theme of THEMES) {
          await w.theme(theme);
          await panel.locator(`body.${theme.body}`).waitFor();
          await w.screenshot(`theme-${scene.name}-${width}-${theme.file}`);
        }
        await w.theme(THEMES[0]);
        await w.page.keyboard.press('Escape');
      }
    },
  }));
}
