// SPDX-License-Identifier: GPL-2.0-only
/**
 * What the explorer costs: CPU of the page from the graph's arrival to its first picture, frames while it is panned and scrolled, changes of
 * level, memory. In a browser by itself, which draws without a graphics card: frames are the slowest that anybody has.
 */
import { join } from 'node:path';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { explorerPage, messagesOf, send, type Shown, verified, webviewBundle } from './explorer-page';

const ROOT = join(import.meta.dirname, '../..');

/** The browser of the tests. */
const CHROMIUM = join(ROOT, 'test/support/chromium.mjs');

/** What is to be kept on a quiet machine. */
const GOAL = { firstCpuMs: 800, frameMedianMs: 17, frameP95Ms: 33, levelMs: 300, memoryMb: 400, hostMb: 300 } as const;
const LEVELS = ['Chains', 'Blocks', 'Instructions', 'Blocks', 'Functions'] as const;
const FRAMES = 120;
/** Pages in which levels are changed as a person does, who looks before the next click; and as many in which nobody looks. */
const PAGES = 3;
const PAUSE_MS = 1500;

/** Seconds of CPU that the page's process has used, and its memory in MB. */
async function used(cdp: CDPSession): Promise<{ readonly cpu: number; readonly heapMb: number }> {
  const { metrics } = await cdp.send('Performance.getMetrics');
  const value = (name: string): number => metrics.find((m) => m.name === name)?.value ?? 0;
  return { cpu: value('TaskDuration'), heapMb: value('JSHeapUsedSize') / 1e6 };
}

/** Times between frames while something moves a little in each. `move` runs in the page, with the number of the frame as `i`. */
async function frames(page: Page, move: string): Promise<readonly number[]> {
  const times = await page.evaluate(`new Promise((done) => {
    const times = [];
    let last = performance.now();
    let i = 0;
    const next = () => {
      const now = performance.now();
      times.push(now - last);
      last = now;
      if (i++ === ${FRAMES}) return done(times.slice(1));
      ${move};
      requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
  })`);
  return (times as number[]).sort((a, b) => a - b);
}

const SCROLL = `document.querySelector('.staves').scrollTop = (i * 9) % 2000`;
const PAN = `document.querySelector('.canvas').dispatchEvent(new WheelEvent('wheel', { deltaY: i < ${FRAMES / 2} ? 14 : -14, bubbles: true, cancelable: true }))`;

/** How long frames take while something moves, and what each costs the page, which a busy machine changes less. */
async function motion(page: Page, cdp: CDPSession, move: string): Promise<string> {
  const before = await used(cdp);
  const times = await frames(page, move);
  const after = await used(cdp);
  return `${spread(times)}, ${(((after.cpu - before.cpu) * 1000) / FRAMES).toFixed(1)} ms of work a frame`;
}

/** From a press of the button of a level to the frame that shows it, ms. */
async function goTo(page: Page, level: string): Promise<number> {
  return (await page.evaluate(`new Promise((done) => {
    const button = [...document.querySelectorAll('.level-bar button')].find((b) => b.textContent === ${JSON.stringify(level)});
    const from = performance.now();
    button.click();
    requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - from)));
  })`)) as number;
}

const spread = (times: readonly number[]): string => {
  const at = (p: number): string => (times[Math.min(times.length - 1, Math.floor(p * times.length))] ?? 0).toFixed(1);
  return `median ${at(0.5)} ms, p95 ${at(0.95)} ms`;
};

/** A page with the program on it, and what its first picture cost, ms of CPU. */
async function drawnPage(
  browser: Browser,
  bundle: Awaited<ReturnType<typeof webviewBundle>>,
  shown: Shown,
): Promise<{ readonly page: Page; readonly cdp: CDPSession; readonly firstMs: number }> {
  const page = await explorerPage(browser, bundle, shown, { theme: 'dark', width: 1000, height: 860 });
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Performance.enable', { timeDomain: 'threadTicks' });
  const messages = messagesOf(shown);
  // the pieces arrive; what is measured begins with the last one, which makes them a graph
  await send(page, messages.slice(0, -1));
  // as a value of the page, so that reading it is no part of what is measured
  await page.evaluate(`window.lastPiece = ${JSON.stringify(messages.at(-1))}`);
  const before = await used(cdp);
  await page.evaluate(`window.postMessage(window.lastPiece, '*')`);
  await page.waitForFunction('window.bpfContextTest.state().program !== null');
  await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
  const after = await used(cdp);
  return { page, cdp, firstMs: (after.cpu - before.cpu) * 1000 };
}

/** Changes of level in one direction: by the clock and in CPU of the page, ms. */
interface Switch {
  readonly clock: number;
  readonly cpu: number;
}

/** Goes through all levels, `rest` ms at each; adds what each change took. */
async function tour(page: Page, cdp: CDPSession, rest: number, to: Map<string, Switch[]>): Promise<void> {
  let from = (await page.evaluate('window.bpfContextTest.drawn().level')) as string;
  for (const level of LEVELS) {
    const before = await used(cdp);
    const clock = await goTo(page, level);
    const { cpu } = await used(cdp);
    const name = `${from.charAt(0).toUpperCase()}${from.slice(1)} to ${level}`;
    to.set(name, [...(to.get(name) ?? []), { clock, cpu: (cpu - before.cpu) * 1000 }]);
    from = level;
    await page.waitForTimeout(rest);
  }
}

const middleOf = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** A line a direction: the middle and the worst of several changes. */
function switchLines(what: string, of: ReadonlyMap<string, readonly Switch[]>): string[] {
  return [...of].map(([name, all]) => {
    const clock = all.map((x) => x.clock);
    const cpu = middleOf(all.map((x) => x.cpu)).toFixed(0);
    return `${name}, ${what}: median ${middleOf(clock).toFixed(0)} ms, worst ${Math.max(...clock).toFixed(0)} of ${all.length} (goal ${GOAL.levelMs}), ${cpu} ms of CPU`;
  });
}

/** Measures one program; a line a figure. */
export async function explorerBench(file: string, program: string): Promise<readonly string[]> {
  const shown = verified(file, program);
  const { graph, result } = shown.detail;
  const out = [
    `${result.program}: ${result.insnCount.toLocaleString('en')} instructions, ${graph.nodes.length.toLocaleString('en')} blocks, ${graph.functions.length} functions`,
  ];
  const { launchChromium } = (await import(CHROMIUM)) as { launchChromium: () => Promise<Browser> };
  const browser = await launchChromium();
  try {
    const bundle = await webviewBundle();
    const firsts: number[] = [];
    const paused = new Map<string, Switch[]>();
    const atOnce = new Map<string, Switch[]>();
    const again = new Map<string, Switch[]>();
    for (let i = 0; i < PAGES; i++) {
      // the first change of each is as a new program has it: a page is as good for one
      for (const rest of [PAUSE_MS, 0]) {
        const { page, cdp, firstMs } = await drawnPage(browser, bundle, shown);
        firsts.push(firstMs);
        if (rest > 0) await page.waitForTimeout(rest);
        await tour(page, cdp, rest, rest > 0 ? paused : atOnce);
        if (rest > 0) await tour(page, cdp, rest, again);
        await page.close();
      }
    }
    out.push(
      `first picture: median ${middleOf(firsts).toFixed(0)} ms, worst ${Math.max(...firsts).toFixed(0)} of ${firsts.length}, of CPU after the graph has arrived (goal ${GOAL.firstCpuMs})`,
      ...switchLines('first time, after a pause', paused),
      ...switchLines('first time, at once', atOnce),
      ...switchLines('again', again),
    );
    const { page, cdp } = await drawnPage(browser, bundle, shown);
    const level = (await page.evaluate('window.bpfContextTest.drawn().level')) as string;
    const goal = `(goal ${GOAL.frameMedianMs} and ${GOAL.frameP95Ms})`;
    out.push(`${level}: frames ${await motion(page, cdp, level === 'functions' ? SCROLL : PAN)} ${goal}`);
    const inPlace = level === 'functions';
    for (const to of LEVELS) {
      await goTo(page, to);
      if (to !== 'Functions') out.push(`${to}: frames ${await motion(page, cdp, inPlace && to === 'Chains' ? SCROLL : PAN)} ${goal}`);
    }
    const messages = messagesOf(shown);
    const size = messages.reduce<number>((sum, message) => sum + JSON.stringify(message).length, 0);
    const peak = process.resourceUsage().maxRSS / 1024;
    out.push(
      `handed to the page: ${(size / 1e6).toFixed(1)} MB in ${messages.length} messages`,
      `memory of this process, which verified it, made its graph and bundled the page: ${peak.toFixed(0)} MB at its peak (goal ${GOAL.hostMb} for an editor's host)`,
    );
    await cdp.send('HeapProfiler.collectGarbage');
    out.push(`memory of the page: ${(await used(cdp)).heapMb.toFixed(0)} MB (goal ${GOAL.memoryMb})`);
  } finally {
    await browser.close();
  }
  return out;
}
