// SPDX-License-Identifier: GPL-2.0-only
/**
 * Pictures of five large programs as they open, in all themes and without colour, and what can be checked of them: texts that lie over each other or
 * are cut, how many shapes there are beside bars, how often the sign for "must not sleep" stands there. `npm run large-programs -- --corpus DIR --pictures`.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { explorerPage, messagesOf, send, type Shown, type Theme, verified, webviewBundle } from './bench/explorer-page';

const ROOT = join(import.meta.dirname, '..');
/** The browser of the tests. */
const CHROMIUM = join(ROOT, 'test/support/chromium.mjs');
/** Pictures that the documentation shows, and all of them. */
const DOCS = join(ROOT, 'docs/images');
const ALL = join(ROOT, 'test-results/large');

interface Subject {
  readonly name: string;
  /** Below the corpus, or below the project. */
  readonly corpus: boolean;
  readonly file: string;
  readonly program: string;
}

const SUBJECTS: readonly Subject[] = [
  { name: 'pyperf600', corpus: true, file: 'selftests/objects/pyperf600.bpf.o', program: 'on_event' },
  { name: 'netif', corpus: true, file: 'selftests/objects/netif_receive_skb.bpf.o', program: 'trace_netif_receive_skb' },
  { name: 'scheduler', corpus: false, file: 'test/media/scheduler.bpf.o', program: '' },
  { name: 'cls', corpus: true, file: 'selftests/objects/test_cls_redirect_subprogs.bpf.o', program: 'cls_redirect' },
  { name: 'balancer', corpus: false, file: 'test/media/balancer.bpf.o', program: '' },
];

type Bundle = Awaited<ReturnType<typeof webviewBundle>>;

type Look = Theme | 'grey';
const LOOKS: readonly Look[] = ['dark', 'light', 'hc', 'hc-light', 'grey'];

/** What the documentation shows. */
const SHOWN_IN_DOCS: ReadonlySet<string> = new Set([
  'balancer-dark',
  'balancer-grey',
  'balancer-hc-light',
  'cls-dark',
  'netif-dark',
  'pyperf600-light',
  'scheduler-light',
]);

const SIZE = { width: 1000, height: 780 } as const;
/** Widths of the drawing at which texts are looked at. */
const WIDTHS = [700, 1000, 1600] as const;
/** Of the inspector and its border, px: what the window has beside the drawing. */
const BESIDE = 320;

const SETTLED = 'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))';

async function opened(browser: Browser, bundle: Bundle, shown: Shown, theme: Theme, width: number): Promise<Page> {
  const page = await explorerPage(browser, bundle, shown, { theme, width, height: SIZE.height });
  // what is looked at and measured is where things come to rest
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await send(page, messagesOf(shown));
  await page.waitForFunction('window.bpfContextTest.state().program !== null');
  if (shown.rejection !== null) await page.waitForFunction(`document.querySelector('.staves .walk') !== null`);
  await page.evaluate(SETTLED);
  return page;
}

/** What a person cannot read: texts over texts, and texts that go beyond the drawing. As a text, since it runs in the page. */
const UNREADABLE = `(() => {
  const room = document.querySelector('.stage').getBoundingClientRect();
  const texts = [...document.querySelectorAll('.staves:not([hidden]) :is(text, .piece-title > *, .piece-line > *, .unfolded-head > *, .unfolded-link)')]
    .filter((t) => t.textContent.trim() !== '' && t.closest('.disc') === null)
    .map((t) => ({ text: t.textContent, box: t.getBoundingClientRect() }))
    .filter((t) => t.box.width > 0);
  const out = [];
  texts.forEach((a, i) => {
    if (a.box.left < room.left - 1 || a.box.right > room.right + 1) out.push('cut: ' + a.text);
    for (const b of texts.slice(i + 1))
      if (a.box.left < b.box.right - 1 && b.box.left < a.box.right - 1 && a.box.top < b.box.bottom - 3 && b.box.top < a.box.bottom - 3)
        out.push(a.text + ' over ' + b.text);
  });
  return out;
})()`;

/** Shapes beside bars, base lines and texts; and signs for "must not sleep" on the page. */
const COUNTS = `(() => ({
  shapes: document.querySelectorAll('.staves:not([hidden]) .staves-picture :is(path, rect, circle):not(.sky, .base, .trunk, .fold-arrow)').length,
  signs: document.querySelectorAll('.stage .glyph-not').length,
}))()`;

/** Where the heads of functions and the first three pieces of what is open stand. */
const ABOVE = `[...document.querySelectorAll('.staves:not([hidden]) .piece')].slice(0, 3).map((p) => p.getBoundingClientRect()).map((r) => r.x + ' ' + r.y).join()`;

/** Opens the main function in place, and says what moved above the third piece when that is folded and unfolded. */
async function inPlace(page: Page): Promise<string> {
  await page.evaluate(`[...document.querySelectorAll('.level-bar button')].find((b) => b.textContent === 'Chains').click()`);
  await page.waitForSelector('.opened-function .piece');
  const third = page.locator('.piece').nth(2).locator('.piece-fold');
  if ((await third.count()) === 0) return '';
  const before = await page.evaluate(ABOVE);
  await third.click();
  await page.evaluate(SETTLED);
  const after = await page.evaluate(ABOVE);
  return before === after ? '' : `unfolding the third piece moves ${String(before)} to ${String(after)}`;
}

/** What is wrong at each width with a program as it opens and with a function open, then what there is of it. */
async function checked(browser: Browser, bundle: Bundle, name: string, shown: Shown): Promise<readonly string[]> {
  const out: string[] = [];
  const told: string[] = [];
  for (const width of WIDTHS) {
    const page = await opened(browser, bundle, shown, 'dark', width + BESIDE);
    await page.screenshot({ path: join(ALL, `${name}-${width}.png`) });
    const drawing = (await page.evaluate(`document.querySelector('.stage').clientWidth`)) as number;
    const unreadable = (await page.evaluate(UNREADABLE)) as string[];
    const { shapes, signs } = (await page.evaluate(COUNTS)) as { shapes: number; signs: number };
    const moved = await inPlace(page);
    await page.screenshot({ path: join(ALL, `${name}-${width}-chains.png`) });
    const open = [moved, ...((await page.evaluate(UNREADABLE)) as string[])].filter((words) => words !== '');
    out.push(
      ...unreadable.map((words) => `${name}, ${drawing} px: ${words}`),
      ...open.map((words) => `${name}, open, ${drawing} px: ${words}`),
    );
    told.push(`${drawing} px: ${shapes} shapes beside bars, ${signs} signs for "must not sleep"`);
    await page.close();
  }
  return [...out, `${name}: ${told.join('; ')}`];
}

/** Makes the pictures; a line for whatever is wrong with one, and one for each program. */
export async function largePictures(corpus: string): Promise<readonly string[]> {
  const out: string[] = [];
  mkdirSync(ALL, { recursive: true });
  const { launchChromium } = (await import(CHROMIUM)) as { launchChromium: () => Promise<Browser> };
  const browser = await launchChromium();
  const bundle = await webviewBundle();
  try {
    for (const { name, corpus: below, file, program } of SUBJECTS) {
      const shown = verified(join(below ? corpus : ROOT, file), program);
      for (const look of LOOKS) {
        const page = await opened(browser, bundle, shown, look === 'grey' ? 'dark' : look, SIZE.width);
        if (look === 'grey') await page.addStyleTag({ content: 'html { filter: grayscale(1); }' });
        const id = `${name}-${look}`;
        await page.screenshot({ path: join(ALL, `${id}.png`) });
        if (SHOWN_IN_DOCS.has(id)) await page.screenshot({ path: join(DOCS, `large-${id}.png`) });
        await page.close();
      }
      out.push(...(await checked(browser, bundle, name, shown)));
    }
  } finally {
    await browser.close();
  }
  return out;
}
