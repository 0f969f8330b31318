// SPDX-License-Identifier: GPL-2.0-only
/**
 * What the explorer costs: CPU of the page from the graph's arrival to its first picture, frames while it is panned and scrolled, changes of
 * level, memory. In a browser by itself, which draws without a graphics card: frames are the slowest that anybody has.
 */
import { join } from 'node:path';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { explorerPage, messagesOf, send, verified, webviewBundle } from './explorer-page';

const ROOT = join(import.meta.dirname, '../..');

/** The browser of the tests. */
const CHROMIUM = join(ROOT, 'test/support/chromium.mjs');

/** What is to be kept on a quiet machine. */
const GOAL = { firstCpuMs: 800, frameMedianMs: 17, frameP95Ms: 33, levelMs: 300, memoryMb: 400 } as const;
const LEVELS = ['Chains', 'Blocks', 'Instructions', 'Blocks', 'Functions'] as const;
const FRAMES = 120;

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
    const page = await explorerPage(browser, await webviewBundle(), shown, { theme: 'dark', width: 1000, height: 860 });
    const cdp = await page.context().newCDPSession(page);
    await cdp.send('Performance.enable');
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
    out.push(
      `first picture: ${((after.cpu - before.cpu) * 1000).toFixed(0)} ms of CPU after the graph has arrived (goal ${GOAL.firstCpuMs})`,
    );
    const level = (await page.evaluate('window.bpfContextTest.drawn().level')) as string;
    const goal = `(goal ${GOAL.frameMedianMs} and ${GOAL.frameP95Ms})`;
    out.push(`${level}: frames ${await motion(page, cdp, level === 'functions' ? SCROLL : PAN)} ${goal}`);
    const inPlace = level === 'functions';
    for (const to of LEVELS) {
      const ms = await goTo(page, to);
      out.push(`to ${to}: ${ms.toFixed(0)} ms (goal ${GOAL.levelMs})`);
      if (to !== 'Functions') out.push(`${to}: frames ${await motion(page, cdp, inPlace && to === 'Chains' ? SCROLL : PAN)} ${goal}`);
    }
    await cdp.send('HeapProfiler.collectGarbage');
    out.push(`memory of the page: ${(await used(cdp)).heapMb.toFixed(0)} MB (goal ${GOAL.memoryMb})`);
  } finally {
    await browser.close();
  }
  return out;
}
