// SPDX-License-Identifier: GPL-2.0-only
/** Themes, contrast and accessibility of the panel. */
import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import type { BrowserTest } from './tests';
import { type Panel, THEMES, type Workbench } from './workbench';

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string | null;
    readonly help: string;
    readonly nodes: readonly { readonly target: readonly unknown[]; readonly failureSummary?: string }[];
  }[];
}

interface AxeWindow extends Window {
  axe?: { run(context: Document, options: unknown): Promise<AxeResult> };
}

/** Violations of axe in a page, the serious ones as text. */
export async function axe(frame: Frame, root: string): Promise<string[]> {
  if (!(await frame.evaluate(() => (window as AxeWindow).axe !== undefined)))
    await frame.evaluate(readFileSync(path.join(root, 'node_modules/axe-core/axe.min.js'), 'utf8'));
  const { violations } = await frame.evaluate(() => (window as AxeWindow).axe!.run(document, { resultTypes: ['violations'] }));
  return violations
    .filter((v) => v.impact === 'serious' || v.impact === 'critical')
    .map(
      (v) =>
        `${v.impact} ${v.id}: ${v.help}\n${v.nodes
          .slice(0, 6)
          .map((n) => `    ${n.target.join(' ')}: ${n.failureSummary?.split('\n').slice(1).join(' ') ?? ''}`)
          .join('\n')}`,
    );
}

/**
 * Text below a contrast of 4.5:1. axe gives up where layers overlap, which cards do; so colours are put together here, from the
 * text up to the first opaque background.
 */
export function faintText(frame: Frame): Promise<string[]> {
  return frame.evaluate(() => {
    type Rgba = readonly [number, number, number, number];
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = 1;
    const pen = canvas.getContext('2d', { willReadFrequently: true })!;
    const parse = (colour: string): Rgba => {
      pen.clearRect(0, 0, 1, 1);
      pen.fillStyle = colour;
      pen.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
      return [r!, g!, b!, a! / 255];
    };
    const over = (top: Rgba, below: Rgba): Rgba =>
      [0, 1, 2].map((i) => top[i]! * top[3] + below[i]! * (1 - top[3])).concat(1) as unknown as Rgba;
    const luminance = (c: Rgba): number => {
      const [r, g, b] = [0, 1, 2].map((i) => {
        const v = c[i]! / 255;
        return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
    };
    const background = (el: Element | null): Rgba => {
      if (el === null) return parse(getComputedStyle(document.body).backgroundColor);
      const own = parse(getComputedStyle(el).backgroundColor);
      return own[3] === 1 ? own : over(own, background(el.parentElement));
    };
    const found: string[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const el = node.parentElement!;
      const text = node.textContent!.trim();
      if (text === '' || el.closest('script, style, .hidden, .tree, [disabled]') !== null || !el.checkVisibility()) continue;
      const below = background(el);
      const colour = over(parse(getComputedStyle(el).color), below);
      const [hi, lo] = [luminance(colour), luminance(below)].sort((a, b) => b - a);
      const ratio = (hi! + 0.05) / (lo! + 0.05);
      if (ratio < 4.5)
        found.push(
          `${ratio.toFixed(2)} "${text.slice(0, 40)}" in ${el.tagName.toLowerCase()}.${[...el.classList].join('.')} of ${el.parentElement?.className ?? ''}`,
        );
    }
    return [...new Set(found)];
  });
}

async function colours(panel: Panel): Promise<string> {
  return panel.frame.evaluate(() => {
    const of = (selector: string): string => {
      const el = document.querySelector(selector);
      return el === null ? '' : `${getComputedStyle(el).color} ${getComputedStyle(el).backgroundColor} ${getComputedStyle(el).borderColor}`;
    };
    return [of('body'), of('.card'), of('.inspector'), of('.row.selected')].join(' | ');
  });
}

export function looksTests(w: Workbench): readonly BrowserTest[] {
  const seen = new Map<string, string>();
  return [
    ...THEMES.map((theme): BrowserTest => ({
      name: `${theme.name}: own colours, readable text, nothing serious for axe`,
      run: async () => {
        const panel = await w.walk('copy_heads');
        await w.theme(theme);
        await panel.locator(`body.${theme.body}`).waitFor();
        await panel.rows('key');
        const problems: string[] = [];
        const check = async (what: string): Promise<void> => {
          problems.push(
            ...(await axe(panel.frame, w.places.root)).map((p) => `${what}: ${p}`),
            ...(await faintText(panel.frame)).map((p) => `${what}: contrast ${p}`),
          );
        };
        await w.tap(panel.locator('.verdict'));
        await panel.locator('.inspector h2', { hasText: 'copy_heads' }).waitFor();
        await check('program');
        await panel.click(await panel.find('call bpf_rcu_read_unlock'));
        await panel.locator('.why', { hasText: 'Must not sleep here.' }).waitFor();
        await check('instruction');
        await panel.openList('policy');
        problems.push(...(await faintText(panel.frame)).map((p) => `an open list: contrast ${p}`));
        await w.page.keyboard.press('Escape');
        seen.set(theme.name, await colours(panel));
        await w.screenshot(`explorer-${theme.file}`);
        await panel.choose('program', 'nested_walk');
        await panel.locator('.why.rejected').waitFor();
        await panel.full();
        await w.tap(panel.locator('.verdict'));
        await check('rejection');
        await w.screenshot(`rejected-${theme.file}`);
        assert.deepEqual(problems, []);
      },
    })),
    {
      name: 'each theme has colours of its own, and the panel follows without a reload',
      run: async () => {
        assert.equal(new Set(seen.values()).size, seen.size, JSON.stringify([...seen], null, 1));
        const panel = await w.walk('copy_heads');
        await w.theme(THEMES[0]);
        await panel.locator(`body.${THEMES[0].body}`).waitFor();
      },
    },
    {
      name: 'every lens can be chosen by its key, and has nothing serious for axe',
      run: async () => {
        const panel = await w.walk('nested_walk');
        await panel.full();
        const problems: string[] = [];
        for (const [i, lens] of ['contexts', 'sleep', 'follow', 'would', 'path', 'heat'].entries()) {
          await panel.focusTree();
          await w.page.keyboard.press(String(i + 1));
          await panel.locator(`.lens[data-lens="${lens}"][aria-pressed="true"]`).waitFor();
          // Follow and Path fade what is not theirs, and mean to
          const found = (await axe(panel.frame, w.places.root)).filter(
            (p) => (lens !== 'follow' && lens !== 'path') || !p.includes('color-contrast'),
          );
          problems.push(...found.map((p) => `${lens}: ${p}`));
          await w.screenshot(`lens-${lens}`);
        }
        await panel.focusTree();
        await w.page.keyboard.press('1');
        await panel.locator('.lens[data-lens="contexts"][aria-pressed="true"]').waitFor();
        assert.deepEqual(problems, []);
      },
    },
  ];
}
