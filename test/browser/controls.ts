// SPDX-License-Identifier: GPL-2.0-only
/** Lists, menus and buttons of the panel with a real mouse: at every size each entry is where it is seen, and does what it says. */
import { strict as assert } from 'node:assert';
import { pointAt, tap } from './mouse';
import type { BrowserTest } from './tests';
import type { Panel, Workbench } from './workbench';

const SIZES = [
  { width: 1600, height: 1000, share: 0.66 },
  { width: 1280, height: 720, share: 0.66 },
  { width: 1600, height: 1000, share: 0.5 },
] as const;

/** One function of more than 400 blocks; what it compares is unknown, so that nothing of it is left out. */
export const LARGE = `#include "bpf_example.h"

volatile u64 seen, hits;

SEC("tc")
int many(void *ctx)
{
${Array.from({ length: 220 }, (_, i) => `\tif (seen & ${i + 1})\n\t\thits += ${i + 1};`).join('\n')}
\treturn 0;
}

char LICENSE[] SEC("license") = "GPL";
`;

/** A program of two functions, of which the second says where it is. */
const FUNCTIONS = `#include "bpf_example.h"

static __noinline u64 later(u64 began)
{
	return bpf_ktime_get_ns() - began;
}

SEC("tc")
int timed(void *ctx)
{
	return later(bpf_ktime_get_ns()) > 1000;
}

char LICENSE[] SEC("license") = "GPL";
`;

const LENSES = ['contexts', 'sleep', 'follow', 'would', 'path', 'heat'] as const;

export function controlTests(w: Workbench): readonly BrowserTest[] {
  /** Points at each entry of an open list, and leaves it. */
  const entriesSeen = async (panel: Panel, list: 'program' | 'function' | 'policy' | 'compare'): Promise<number> => {
    const options = panel.locator(`#${list} vscode-option`);
    await panel.openList(list);
    const count = await options.count();
    for (let i = 0; i < count; i++) await pointAt(w.page, options.nth(i));
    await w.page.keyboard.press('Escape');
    await w.until(`the list ${list} is closed`, async () => (await panel.locator(`#${list}[open]`).count()) === 0);
    return count;
  };
  /** Blocks that lie under a part of the page: parts that stand over the canvas must not hide one. */
  const hidden = (panel: Panel, part: string): Promise<string[]> =>
    panel.frame.evaluate((selector) => {
      const el = document.querySelector(selector);
      if (el === null || !el.checkVisibility()) return [];
      const a = el.getBoundingClientRect();
      const stage = document.querySelector('.canvas')!.getBoundingClientRect();
      const over = (b: DOMRect): boolean =>
        a.left < Math.min(b.right, stage.right) && b.left < a.right && a.top < Math.min(b.bottom, stage.bottom) && b.top < a.bottom;
      return [...document.querySelectorAll('.card')]
        .filter((c) => over(c.getBoundingClientRect()))
        .map((c) => c.getAttribute('data-node') ?? '');
    }, part);
  return [
    ...SIZES.map((size): BrowserTest => ({
      name: `real mouse: every list, lens and button can be reached at ${size.width} × ${size.height}, panel ${size.share * 100} %`,
      run: async () => {
        await w.closeAll();
        await w.page.setViewportSize({ width: size.width, height: size.height });
        try {
          const panel = await w.graph('vma_walk.bpf.c', 'forbid-fault', 'copy_heads');
          await w.widen(size.share);
          assert.ok((await entriesSeen(panel, 'program')) >= 2);
          assert.ok((await entriesSeen(panel, 'policy')) >= 6);
          assert.ok((await entriesSeen(panel, 'compare')) >= 6);
          await panel.choose('policy', 'forbid-sleep');
          await panel.choose('policy', 'forbid-fault');
          await panel.choose('program', 'nested_walk');
          await panel.choose('program', 'copy_heads');
          await panel.compareWith('acquire-lock');
          await panel.compareWith('');
          for (const lens of LENSES) {
            await tap(w.page, panel.locator(`.lens[data-lens="${lens}"]`));
            await panel.locator(`.lens[data-lens="${lens}"][aria-pressed="true"]`).waitFor();
          }
          await tap(w.page, panel.locator('.lens[data-lens="contexts"]'));
          for (const rows of ['c', 'all', 'key'] as const) await panel.rows(rows);
          const zoom = async (): Promise<number> => (await panel.drawn()).zoom;
          await tap(w.page, panel.locator('[aria-label="Fit graph"]'));
          await tap(w.page, panel.locator('[aria-label="Inspector on or off"]'));
          await w.until('no inspector', async () => !(await panel.locator('.inspector').isVisible()));
          await tap(w.page, panel.locator('[aria-label="Inspector on or off"]'));
          await panel.locator('.inspector').waitFor();
          await panel.full();
          assert.ok((await zoom()) > 0.99);
          // what fits at 100 % is in view: the last block of the first example in a window of 1000 px
          if (size.height === 1000 && size.share > 0.6) {
            const canvas = (await panel.locator('.canvas').boundingBox())!;
            const last = (await panel.locator('.card[data-node="f0b5"]').boundingBox())!;
            assert.ok(last.y >= canvas.y && last.y + last.height <= canvas.y + canvas.height + 1, JSON.stringify({ canvas, last }));
          }
          for (const part of ['.legend', '.lensbar', '.toolbar']) assert.deepEqual(await hidden(panel, part), [], part);
          await pointAt(w.page, panel.locator('.legend'), { x: 20, y: 10 });
          if (size.width === 1600) {
            for (const lens of LENSES)
              assert.ok(await panel.locator(`.lens[data-lens="${lens}"] .name`).isVisible(), `the name of ${lens}`);
          }
          await w.screenshot(`controls-${size.width}-${size.share * 100}`);
        } finally {
          await w.page.setViewportSize({ width: 1600, height: 1000 });
        }
      },
    })),
    {
      name: 'real mouse: each function of a program can be chosen at every size, from its own list or, in a narrow panel, from that of programs',
      run: async () => {
        await w.closeAll();
        w.write('functions.bpf.c', FUNCTIONS);
        const panel = await w.graph('functions.bpf.c', 'linux-7.3', 'timed');
        const shown = async (id: string): Promise<void> => {
          await w.until(`blocks of ${id} alone`, async () => (await panel.drawn()).nodes.every((n) => n.startsWith(id)));
        };
        const seen: string[] = [];
        try {
          for (const size of SIZES) {
            await w.page.setViewportSize({ width: size.width, height: size.height });
            await w.widen(size.share);
            // the bar settles on what fits before anything is clicked
            const list = await w.until('the list that has the functions', async () => {
              if (await panel.locator('#function').isVisible()) return 'function' as const;
              const joined = panel.locator('#program vscode-option', { hasText: 'timed › later' });
              return (await joined.count()) === 1 ? ('program' as const) : null;
            });
            seen.push(list);
            const take = async (label: string | RegExp): Promise<void> => {
              await panel.openList(list);
              await tap(w.page, panel.locator(`#${list} vscode-option`, { hasText: label }));
            };
            // main, the other one, and all of them together
            assert.equal(await entriesSeen(panel, list), 3);
            await take(/later/);
            await shown('f1');
            await take(list === 'function' ? 'timed (main)' : /^\s*timed\s*$/);
            await shown('f0');
          }
        } finally {
          await w.page.setViewportSize({ width: 1600, height: 1000 });
        }
        assert.ok(seen.includes('function'), `no size shows the list of functions: ${seen.join(', ')}`);
        await w.closeAll();
      },
    },
    {
      name: 'a program that can never sleep says so once in its blocks, and why in the inspector',
      run: async () => {
        const panel = await w.graph('contexts.bpf.c', 'linux-7.3', 'locked_count');
        await panel.rows('all');
        await w.until('one moon', async () => (await panel.locator('.card .row .glyph-not').count()) === 1);
        assert.equal(await panel.locator('.card-head .glyph-not').count(), 0);
        await w.tap(panel.locator('.verdict'));
        await panel.locator('.inspector', { hasText: 'Nowhere: the program is not sleepable (SEC("tc"))' }).waitFor();
        await w.screenshot('sleep-once');
      },
    },
    {
      name: 'a large program opens on its pieces with one copy of what repeats, Fit comes back to it, and the mini-map covers no button',
      run: async () => {
        await w.closeAll();
        w.write('large.bpf.c', LARGE);
        const panel = await w.graph('large.bpf.c', 'linux-7.3');
        const drawn = await panel.drawn();
        assert.ok(drawn.nodes.length > 400, `${drawn.nodes.length} blocks`);
        const pieces = panel.locator('.piece-title', { hasText: '110 × 18' });
        const blocks = panel.locator('.unfolded-block');
        await w.until('one copy in blocks', async () => (await pieces.count()) === 1 && (await blocks.count()) > 1);
        await w.screenshot('large');
        await w.tap(panel.locator('[aria-label="Zoom in"]'));
        await w.tap(panel.locator('[aria-label="Fit graph"]'));
        await w.until('the zoom of the opening', async () => Math.abs((await panel.drawn()).zoom - drawn.zoom) < 0.01);
        assert.deepEqual([await pieces.count(), (await blocks.count()) > 1], [1, true]);
        for (const button of await panel.locator('.level-bar button').all()) await pointAt(w.page, button);
        await w.closeAll();
      },
    },
  ];
}
