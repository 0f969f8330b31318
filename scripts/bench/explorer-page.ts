// SPDX-License-Identifier: GPL-2.0-only
/** The explorer's page in a browser by itself, without an editor: for measuring, and for looking at it while one works on it. */
import { build, type BuildOptions } from 'esbuild';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { QUIET, requestFor } from '../../test/support/verify';
import type { Browser, Page } from 'playwright-core';
import { AnalysisEngine } from '../../src/analysis/engine';
import { partOf } from '../../src/protocol/graph-parts';
import { packed, type PanelState, type ToWebview } from '../../src/protocol/messages';
import type { ProgramDetail } from '../../src/protocol/model';
import type { PathView } from '../../src/protocol/path';

const ROOT = join(import.meta.dirname, '../..');
/** How the page is bundled. */
const BUNDLE = join(ROOT, 'scripts/host/webview-bundle.mjs');

export type Theme = 'dark' | 'light' | 'hc' | 'hc-light';

const CLASSES: Readonly<Record<Theme, string>> = {
  dark: 'vscode-dark',
  light: 'vscode-light',
  hc: 'vscode-high-contrast',
  'hc-light': 'vscode-high-contrast-light',
};

/** Colours of VS Code's own themes that the page asks for: name, dark, light, high contrast, high contrast light. */
const COLOURS: readonly (readonly [string, string, string, string, string])[] = [
  ['editor-background', '#1f1f1f', '#ffffff', '#000000', '#ffffff'],
  ['foreground', '#cccccc', '#3b3b3b', '#ffffff', '#292929'],
  ['descriptionForeground', '#9d9d9d', '#3b3b3b', '#ffffffb3', '#292929'],
  ['disabledForeground', '#cccccc80', '#61616180', '#a5a5a5', '#7f7f7f'],
  ['sideBar-background', '#181818', '#f8f8f8', '#000000', '#ffffff'],
  ['panel-border', '#2b2b2b', '#e5e5e5', '#6fc3df', '#0f4a85'],
  ['widget-border', '#313131', '#e5e5e5', '#6fc3df', '#0f4a85'],
  ['editorWidget-background', '#202020', '#f8f8f8', '#0c141f', '#ffffff'],
  ['focusBorder', '#0078d4', '#005fb8', '#f38518', '#006bbd'],
  ['contrastBorder', '', '', '#6fc3df', '#0f4a85'],
  ['textLink-foreground', '#4daafc', '#005fb8', '#21a6ff', '#0f4a85'],
  ['list-activeSelectionBackground', '#04395e', '#e8e8e8', '#000000', '#0f4a851a'],
  ['errorForeground', '#f85149', '#f85149', '#f48771', '#b5200d'],
  ['charts-red', '#f14c4c', '#e51400', '#f48771', '#b5200d'],
  ['charts-blue', '#3794ff', '#1a85ff', '#3794ff', '#1a85ff'],
  ['charts-yellow', '#cca700', '#bf8803', '#ffd370', '#895503'],
  ['charts-green', '#89d185', '#388a34', '#89d185', '#374e06'],
  ['charts-purple', '#b180d7', '#652d90', '#b180d7', '#652d90'],
  ['charts-orange', '#d18616', '#d18616', '#f38518', '#0f4a85'],
  ['bpfContext-attention', '#cca700', '#8f6600', '#ffd370', '#895503'],
  ['bpfContext-preempt', '#d18616', '#b8730a', '#ff9fd0', '#a04a00'],
  ['bpfContext-irq', '#d18616', '#b8730a', '#ff9fd0', '#a04a00'],
  ['bpfContext-maySleep', '#3794ff', '#0063d3', '#3794ff', '#0063d3'],
  ['dropdown-border', '#3c3c3c', '#cecece', '#6fc3df', '#0f4a85'],
  ['dropdown-background', '#313131', '#ffffff', '#000000', '#ffffff'],
  ['input-background', '#313131', '#ffffff', '#000000', '#ffffff'],
];
const THEMES: readonly Theme[] = ['dark', 'light', 'hc', 'hc-light'];

function styleOf(theme: Theme): string {
  const at = 1 + THEMES.indexOf(theme);
  const colours = COLOURS.map((row) => (row[at] === '' ? '' : `--vscode-${row[0]}: ${row[at]};`)).join(' ');
  return `:root { ${colours} --vscode-font-family: system-ui, sans-serif; --vscode-editor-font-family: monospace; }`;
}

/** What the page shows. */
export interface Shown {
  readonly detail: ProgramDetail;
  readonly rejection: PathView | null;
}

/** A program of an object, verified; '' for its first one. */
export function verified(file: string, program: string): Shown {
  const name = basename(file);
  const engine = new AnalysisEngine();
  const { result, error } = engine.analyze(requestFor(name, readFileSync(file), { key: file, program, explain: true, timeoutS: 0 }), QUIET);
  const own = result?.programs[0];
  if (own === undefined) throw new Error(`${file}: ${error?.message ?? 'no such program'}`);
  const graph = engine.graph(file, own.program)!;
  const rejection = own.verdict === 'reject' && own.insn !== null ? engine.path(file, own.program, own.insn, -1) : null;
  return { detail: { result: own, graph, offer: null }, rejection };
}

/** The webview's script and style, bundled as they are delivered, but in one file. */
export async function webviewBundle(minify = true): Promise<{ readonly script: string; readonly style: string }> {
  const { webviewBundle: options } = (await import(BUNDLE)) as { webviewBundle: BuildOptions };
  const { outputFiles = [] } = await build({ ...options, write: false, outdir: 'out', minify, logLevel: 'warning' });
  const text = (end: string): string => outputFiles.find((f) => f.path.endsWith(end))?.text ?? '';
  return { script: text('.js'), style: text('.css') };
}

export interface PageOptions {
  readonly theme: Theme;
  readonly width: number;
  readonly height: number;
}

const state = ({ detail }: Shown): PanelState => ({
  file: detail.result.object,
  policies: [],
  policy: detail.result.policy,
  programs: [detail.result],
  program: detail.result.program,
  detail,
  busy: null,
  stale: null,
  error: null,
  singleKeys: true,
});

/** Messages that bring a program to the page, as the host sends them: large graphs in pieces. */
export function messagesOf(shown: Shown): unknown[] {
  const all: ToWebview[] = [];
  const whole = state(shown);
  let parts = 0;
  for (let part = partOf(shown.detail.graph, 0); ; part = partOf(shown.detail.graph, part.next!)) {
    if (part.next === null) {
      all.push({ type: 'state', change: { ...whole, detail: { ...shown.detail, graph: part.graph } }, parts });
      break;
    }
    all.push({ type: 'graphPart', index: parts++, graph: part.graph });
  }
  return all.map(packed);
}

/** The editor's side of the page: it answers what is asked of the rejection, and nothing else. As a text, since it runs in the page. */
const HOST = `(rejection) => {
  window.acquireVsCodeApi = () => ({
    getState: () => undefined,
    setState: () => undefined,
    postMessage: (m) => {
      if (m.type !== 'ask') return;
      const known = m.ask.name === 'rejection' && rejection !== null;
      const answer = known
        ? { type: 'reply', id: m.id, answer: { name: 'rejection', value: rejection } }
        : { type: 'refusal', id: m.id, reason: 'gone' };
      setTimeout(() => window.postMessage(answer, '*'));
    },
  });
}`;

/** A page with the explorer on it, which has heard nothing of a host yet. */
export async function explorerPage(
  browser: Browser,
  bundle: Awaited<ReturnType<typeof webviewBundle>>,
  shown: Shown,
  { theme, width, height }: PageOptions,
): Promise<Page> {
  const page = await browser.newPage({ viewport: { width, height } });
  page.on('pageerror', (e) => console.error(`the page failed: ${e.message}`));
  await page.setContent(
    `<!doctype html><html><head><meta charset="utf-8"><style>${styleOf(theme)}</style><style>${bundle.style}</style></head><body class="${CLASSES[theme]}" data-remembered="{}"><div id="app"></div></body></html>`,
  );
  await page.evaluate(`(${HOST})(${JSON.stringify(shown.rejection)})`);
  await page.addScriptTag({ content: bundle.script, type: 'module' });
  await page.waitForFunction('window.bpfContextTest !== undefined');
  return page;
}

/** Sends messages to the page. */
export async function send(page: Page, messages: readonly unknown[]): Promise<void> {
  for (const message of messages) await page.evaluate(`window.postMessage(${JSON.stringify(message)}, '*')`);
}
