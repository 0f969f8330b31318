// SPDX-License-Identifier: GPL-2.0-only
/** The graph with the pointer unplugged, and what screen readers are told. */
import { strict as assert } from 'node:assert';
import { WALK } from './explorer';
import type { BrowserTest } from './tests';
import type { Panel, Workbench } from './workbench';

export function keyboardTests(w: Workbench): readonly BrowserTest[] {
  const focused = (panel: Panel): Promise<{ role: string | null; insn: number | null; label: string; text: string }> =>
    panel.frame.evaluate(() => {
      const el = document.activeElement;
      const insn = el?.getAttribute('data-insn') ?? null;
      return {
        role: el?.getAttribute('role') ?? null,
        insn: insn === null ? null : Number(insn),
        label: el?.getAttribute('aria-label') ?? el?.id ?? '',
        text: el?.textContent?.slice(0, 200) ?? '',
      };
    });
  /** Tab until the focus is in the tree. */
  const toTree = async (panel: Panel): Promise<string[]> => {
    const stops: string[] = [];
    for (let i = 0; i < 30; i++) {
      const f = await focused(panel);
      if (f.role === 'treeitem') return stops;
      stops.push(f.label || f.text);
      await w.page.keyboard.press('Tab');
    }
    throw new Error(`Tab never reached the tree: ${stops.join(' → ')}`);
  };
  const press = async (
    panel: Panel,
    key: string,
    what: string,
    holds: (f: Awaited<ReturnType<Panel['facts']>>) => boolean,
  ): Promise<void> => {
    await w.page.keyboard.press(key);
    await panel.when(`${what} after ${key}`, holds);
  };
  const said = async (panel: Panel, text: RegExp): Promise<void> => {
    await w.until(`the announcement ${text}`, async () => text.test((await panel.locator('[aria-live]').allTextContents()).join('\n')));
  };
  return [
    {
      name: 'keyboard only: palette, Tab to the tree, arrows, states, verdict, rows, inspector, C line',
      run: async () => {
        const panel = await w.walk('copy_heads');
        await panel.rows('key');
        const unlock = await panel.find('call bpf_rcu_read_unlock');
        await panel.locator('#policy').focus();
        await toTree(panel);
        assert.equal((await focused(panel)).role, 'treeitem');
        await press(panel, 'Home', 'the entry', (f) => f.selected === 0);
        assert.equal((await focused(panel)).insn, 0);
        await press(panel, 'ArrowDown', 'the next instruction', (f) => f.selected === 1);
        await press(panel, 'ArrowDown', 'the next instruction', (f) => f.selected === 2);
        await press(panel, 'ArrowUp', 'the instruction before', (f) => f.selected === 1);
        assert.equal((await focused(panel)).insn, 1, 'the focus follows the selection');
        // two edges leave the entry: a list asks which
        await w.page.keyboard.press('ArrowRight');
        await panel.locator('.choose [role="menuitem"]').nth(1).waitFor();
        await w.page.keyboard.press('Escape');
        await w.until('the focus is back in the tree', async () => (await focused(panel)).insn === 1);
        await w.page.keyboard.press('ArrowRight');
        await panel.locator('.choose [role="menuitem"]:focus').waitFor();
        await press(panel, 'Enter', 'the next block', (f) => f.selected !== null && f.selected > 2);
        await w.until('the focus is in the tree', async () => (await focused(panel)).role === 'treeitem');
        await press(panel, 'ArrowLeft', 'the block before', (f) => f.selected !== null && f.selected <= 2);
        await press(panel, 'End', 'the last', (f) => f.selected !== null && f.selected > 10);
        await said(panel, /\. (May|Must)|may sleep|must not sleep/i);

        await w.page.keyboard.press('r');
        await panel
          .locator(
            '.segment[data-value="all"][aria-pressed="true"], .segment[data-value="c"][aria-pressed="true"], .segment[data-value="key"][aria-pressed="true"]',
          )
          .waitFor();
        await w.until('rows: all', async () => {
          if ((await panel.locator('.segment[data-value="all"][aria-pressed="true"]').count()) === 1) return true;
          await w.page.keyboard.press('r');
          return null;
        });
        await press(panel, 'Home', 'the entry', (f) => f.selected === 0);
        for (let i = 0; i < 60 && (await panel.facts()).selected !== unlock; i++) {
          const before = (await panel.facts()).selected;
          await press(panel, 'ArrowDown', 'another instruction', (f) => f.selected !== before);
        }
        const { states } = await panel.when('the states', (f) => f.selected === unlock && f.states !== null);
        assert.ok(states !== null && states > 1);
        await w.page.keyboard.press('s');
        await panel.locator('.state-count', { hasText: `State 2 of ${states}` }).waitFor();
        await said(panel, /^State 2 of/m);
        await w.page.keyboard.press('Shift+S');
        await panel.locator('.state-count', { hasText: `State 1 of ${states}` }).waitFor();
        await w.page.keyboard.press('t');
        await panel.when('the place of taking', (f) => f.selected !== unlock);
        await press(panel, 'Backspace', 'back', (f) => f.selected === unlock && f.states !== null);
        await w.page.keyboard.press('w');
        await said(panel, /(entered|acquired) at \d+/);
        await w.page.keyboard.press('i');
        await w.until('the inspector is gone', async () => !(await panel.locator('.inspector').isVisible()));
        await w.page.keyboard.press('Enter');
        await panel.locator('.inspector').waitFor();
        await w.until('the focus on the why line', () =>
          panel.frame.evaluate(() => document.activeElement?.classList.contains('why') ?? false),
        );
        await w.page.keyboard.press('Shift+Tab');
        await w.until('the focus in the graph or inspector', async () => (await focused(panel)).label !== undefined);
      },
    },
    {
      name: 'keyboard only: E goes to the failing instruction, / to the search, G to the C line, + - 0 9 zoom',
      run: async () => {
        const panel = await w.walk('nested_walk');
        const failing = await panel.find('call bpf_copy_from_user');
        await panel.locator('#policy').focus();
        await toTree(panel);
        await press(panel, 'Home', 'the entry', (f) => f.selected === 0);
        await press(panel, 'e', 'the failing instruction', (f) => f.selected === failing);
        const zoom = async (): Promise<number> => (await panel.drawn()).zoom;
        const start = await zoom();
        await w.page.keyboard.press('-');
        await w.until('zoomed out', async () => (await zoom()) < start);
        await w.page.keyboard.press('9');
        await w.until('100 %', async () => Math.abs((await zoom()) - 1) < 0.01);
        await w.page.keyboard.press('0');
        await w.until('fit', async () => (await zoom()) <= 1);
        await w.page.keyboard.press('/');
        await w.until('the search has the focus', () =>
          panel.frame.evaluate(() => document.activeElement?.classList.contains('search') ?? false),
        );
        await w.page.keyboard.type('#1');
        await w.page.keyboard.press('Enter');
        await panel.locator('.search-count', { hasText: '1 of' }).waitFor();
        await panel.locator('#policy').focus();
        await toTree(panel);
        await w.page.keyboard.press('e');
        await panel.when('the failing instruction', (f) => f.selected === failing);
        await w.page.keyboard.press('g');
        const line = w.line(WALK, 'bpf_copy_from_user', w.line(WALK, 'nested_walk'));
        await w.atLine(line);
      },
    },
    {
      name: 'keyboard only: Esc ends the lens, the comparison and the selection, and goes back to the editor',
      run: async () => {
        const panel = await w.walk('nested_walk');
        await panel.compareWith('linux-7.3');
        await panel.locator('#policy').focus();
        await toTree(panel);
        // from elsewhere, so that the editor shows the line
        await press(panel, 'Home', 'the entry', (f) => f.selected === 0);
        await press(panel, 'e', 'the failing instruction', (f) => (f.selected ?? 0) > 0);
        await press(panel, '5', 'the lens Path', (f) => f.lens === 'path');
        const gutter = (): Promise<string> =>
          w.page.evaluate(() =>
            [...document.querySelectorAll('.glyph-margin-widgets *')]
              .map((el) => /base64,([^")]+)/.exec(getComputedStyle(el).backgroundImage)?.[1] ?? '')
              .map((data) => atob(data))
              .join('\n'),
          );
        await w.until(
          'the numbers of the steps in the gutter',
          async () => /<text[^>]*>1<\/text>/.test(await gutter()) && /<text[^>]*>2<\/text>/.test(await gutter()),
        );
        await w.screenshot('path-gutter');
        await press(panel, 'Escape', 'the first lens', (f) => f.lens === 'contexts' && f.selected !== null);
        await w.until('no numbers in the gutter', async () => !(await gutter()).includes('</text>'));
        await w.page.keyboard.press('Escape');
        await panel.compared('');
        await press(panel, 'Escape', 'no selection', (f) => f.selected === null);
        await w.page.keyboard.press('Escape');
        await w.until('the focus in the text', () =>
          w.page.evaluate(
            () =>
              document.querySelector('.editor-group-container')?.contains(document.activeElement) === true &&
              document.activeElement?.tagName !== 'IFRAME',
          ),
        );
      },
    },
    {
      name: 'the lists of the toolbar work with the keyboard',
      run: async () => {
        const panel = await w.walk('copy_heads');
        const policies = await panel.locator('#policy vscode-option').evaluateAll((all) => all.map((o) => o.getAttribute('value')));
        for (const [key, policy] of [
          ['Home', policies[0]],
          ['End', policies[policies.length - 1]],
        ] as const) {
          await panel.locator('#policy').focus();
          await w.page.keyboard.press('Enter');
          await w.page.keyboard.press(key);
          await w.page.keyboard.press('Enter');
          await panel.when(`the policy ${policy}`, (f) => f.policy === policy && f.busy === null);
        }
      },
    },
    {
      name: 'commands of the palette act on the panel in front',
      run: async () => {
        const panel = await w.walk('copy_heads');
        await panel.rows('all');
        await w.command('BPF: Switch rows: C, Key, All');
        await panel.locator('.segment[data-value="c"][aria-pressed="true"]').waitFor();
        await panel.rows('key');
        const before = (await panel.drawn()).zoom;
        await w.command('BPF: Zoom out');
        await w.until('zoomed out', async () => (await panel.drawn()).zoom < before);
        await w.command('BPF: Fit graph');
        await w.command('BPF: Zoom to 100 %');
        await w.until('100 %', async () => Math.abs((await panel.drawn()).zoom - 1) < 0.01);
        await w.command('BPF: Go to the entry of the function');
        await panel.when('the entry', (f) => f.selected === 0);
        await w.command('BPF: Next instruction');
        await panel.when('the next instruction', (f) => f.selected === 1);
        await w.command('BPF: Previous instruction');
        await panel.when('the instruction before', (f) => f.selected === 0);
        await w.command('BPF: Next block along an edge');
        await panel.locator('.choose [role="menuitem"]:focus').waitFor();
        // the list waits while the keyboard is elsewhere, as it is when a palette has not yet given it back
        await w.page.keyboard.press('F1');
        await w.page.locator('.quick-input-widget input.input').waitFor({ state: 'visible' });
        await w.until('the keyboard in the palette', () =>
          w.page.evaluate(() => document.activeElement?.closest('.quick-input-widget') !== null),
        );
        await w.page.keyboard.press('Escape');
        await w.page.locator('.quick-input-widget input.input').waitFor({ state: 'hidden' });
        await panel.locator('.choose [role="menuitem"]:focus').waitFor();
        await w.page.keyboard.press('Enter');
        await panel.when('the next block', (f) => (f.selected ?? 0) > 1);
        await w.command('BPF: Go back in graph');
        await panel.when('back', (f) => f.selected === 0);
        await w.command('BPF: Search in graph');
        await w.until('the search has the focus', () =>
          panel.frame.evaluate(() => document.activeElement?.classList.contains('search') ?? false),
        );
      },
    },
  ];
}
