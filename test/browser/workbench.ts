// SPDX-License-Identifier: GPL-2.0-only
/** One VS Code window in a browser, and how tests use it. Everything waits for what is to be seen, nothing for time to pass. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser, Frame, Locator, Page } from 'playwright-core';
import { type Spot, tap } from './mouse';

export interface WorkbenchPlaces {
  /** The project. */
  readonly root: string;
  readonly url: string;
  readonly userData: string;
  /** Folder that is opened: a copy of the examples. */
  readonly workspace: string;
  readonly screens: string;
  readonly browser: Browser;
  /** Settings of the user beside those that all tests have. */
  readonly userSettings?: Readonly<Record<string, unknown>>;
  /** Starts a server with this extension in which folders are not trusted before somebody says so. */
  readonly serveUntrusted: (wanted: UntrustedWanted) => Promise<UntrustedServer>;
}

export interface UntrustedWanted {
  readonly userData: string;
  readonly env?: Readonly<Record<string, string>>;
  /** With all of VS Code's own extensions, as people have it. */
  readonly whole?: boolean;
}

export interface UntrustedServer {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/** Milliseconds after which something counts as never coming: many times what it takes on a slow and busy machine. */
export const LIMIT_MS = 180_000;

/** What a first attempt may take, in milliseconds, where something is tried again; later ones have longer. */
const PATIENCE_MS = 2000;

/** A file that each folder has: by its finding one sees that the extension host is there. */
const ANY_FILE = 'settings.json';

/** Milliseconds that finding it may take: more than those after which VS Code gives its extension host up. */
const HOST_MS = 90_000;

let starting: Promise<unknown> = Promise.resolve();

/** One window starts at a time: nothing else of VS Code takes so much, and it has a limit. */
function alone(start: () => Promise<void>): Promise<void> {
  const started = starting.then(start);
  starting = started.catch(() => undefined);
  return started;
}

const SETTINGS: Readonly<Record<string, unknown>> = {
  'workbench.startupEditor': 'none',
  'workbench.reduceMotion': 'on',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.tips.enabled': false,
  'workbench.enableExperiments': false,
  'security.workspace.trust.enabled': false,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'git.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'chat.disableAIFeatures': true,
  'editor.minimap.enabled': false,
  // each blink draws the whole window
  'editor.cursorBlinking': 'solid',
  'files.autoSave': 'off',
  // what an edit leaves behind is looked at, which verifying it would end
  'bpfContext.verify': 'onOpen',
  'workbench.colorTheme': 'Dark Modern',
};

/** A key of the tests' own for what they do most: the palette, which lists a thousand commands, takes more than what it begins. */
const CLOSE_ALL = 'Control+Alt+Shift+F9';
const KEYS = [{ key: CLOSE_ALL.toLowerCase().replace('control', 'ctrl'), command: 'workbench.action.closeAllEditors' }];

/** Milliseconds after which a key counts as lost, and is pressed again: long, so that none is pressed twice because the machine is slow. */
const KEY_MS = 20_000;

/** What the panel's page offers to tests. */
export interface PanelFacts {
  /** Name of the file that the panel is about. */
  readonly file: string | null;
  readonly program: string | null;
  readonly policy: string | null;
  readonly verdict: string | null;
  readonly selected: number | null;
  readonly states: number | null;
  readonly busy: unknown;
  readonly lens: string;
  readonly stale: { readonly reason: string; readonly edits: number } | null;
  readonly error: { readonly kind: string; readonly title: string } | null;
  /** Policy compared with, null when nothing is compared. */
  readonly compareWith: string | null;
  /** Number of differences, null until they are there. */
  readonly differences: number | null;
  /** Which of them is at hand, from 0. */
  readonly difference: number;
}

interface PanelWindow extends Window {
  bpfContextTest?: {
    renderedPosition(node: string): { x: number; y: number } | null;
    drawn(): { nodes: string[]; cards: string[]; edges: number; zoom: number };
    state(): PanelFacts;
  };
}

/** How many times slower the editor's window is to be (`SLOW_WINDOW=6 npm test -- browser`). */
const SLOW = process.env['SLOW_WINDOW'];

export const THEMES = [
  { name: 'Dark Modern', file: 'dark', body: 'vscode-dark' },
  { name: 'Light Modern', file: 'light', body: 'vscode-light' },
  { name: 'Default High Contrast', file: 'hc', body: 'vscode-high-contrast' },
  { name: 'Default High Contrast Light', file: 'hc-light', body: 'vscode-high-contrast-light' },
] as const;

export class Workbench {
  private opened: Page | null = null;
  private settings: Record<string, unknown> = {};
  /** Console messages and page errors of all windows so far. */
  readonly console: { readonly type: string; readonly text: string; readonly url: string }[] = [];

  constructor(readonly places: WorkbenchPlaces) {
    writeFileSync(path.join(places.userData, 'User', 'settings.json'), JSON.stringify({ ...SETTINGS, ...places.userSettings }, null, 1));
    writeFileSync(path.join(places.userData, 'User', 'keybindings.json'), JSON.stringify(KEYS));
    mkdirSync(path.join(places.workspace, '.vscode'), { recursive: true });
    this.set({});
  }

  get page(): Page {
    if (this.opened === null) throw new Error('no window is open');
    return this.opened;
  }

  /** The window; opened at the first call. */
  async start(): Promise<Page> {
    if (this.opened !== null) return this.opened;
    const context = await this.places.browser.newContext({ viewport: { width: 1600, height: 1000 } });
    context.setDefaultTimeout(LIMIT_MS);
    const page = await context.newPage();
    page.on('console', (m) => this.console.push({ type: m.type(), text: m.text(), url: m.location().url }));
    page.on('pageerror', (e) => this.console.push({ type: 'pageerror', text: e.stack ?? e.message, url: page.url() }));
    this.opened = page;
    if (SLOW !== undefined) {
      // the window of the editor alone: a panel is a process of its own, and so the two come apart as on a busy machine
      await (await context.newCDPSession(page)).send('Emulation.setCPUThrottlingRate', { rate: Number(SLOW) });
    }
    await alone(async () => {
      await page.goto(`${this.places.url}/?folder=${encodeURIComponent(this.places.workspace)}`);
      await this.ready();
      await this.withHost();
    });
    return page;
  }

  /** VS Code leaves it at that when its extension host takes a minute to start, and no file is found then: the window is loaded anew. */
  private async withHost(): Promise<void> {
    const input = this.page.locator('.quick-input-widget input.input');
    await this.until('an extension host', async () => {
      await this.page.keyboard.press('Control+P');
      await input.waitFor({ state: 'visible' });
      await this.put(ANY_FILE);
      const found = await this.focusedEntry(ANY_FILE, HOST_MS);
      if (!found) {
        await this.page.reload();
        await this.ready();
        return false;
      }
      await this.page.keyboard.press('Escape');
      await input.waitFor({ state: 'hidden' });
      return true;
    });
  }

  /** Whether an entry of the quick input comes to have the focus. */
  private focusedEntry(label: string, timeout: number): Promise<boolean> {
    return this.page
      .waitForFunction(
        (text) => document.querySelector('.quick-input-list .monaco-list-row.focused .label-name')?.textContent?.toLowerCase() === text,
        label.toLowerCase(),
        { timeout },
      )
      .then(
        () => true,
        () => false,
      );
  }

  /** Closes the window. */
  async close(): Promise<void> {
    await this.opened?.context().close();
    this.opened = null;
  }

  /** Reloads as people do, so that the window may write down what it wants to keep. */
  async reload(): Promise<void> {
    const loaded = this.page.waitForEvent('load');
    await this.command('Developer: Reload Window');
    await loaded;
    await this.ready();
  }

  private async ready(): Promise<void> {
    await this.page.locator('.monaco-workbench .part.activitybar .action-label').first().waitFor();
    await this.page.locator('.monaco-workbench .part.statusbar #status\\.problems').waitFor();
  }

  /** Asks until the answer is there. What a single attempt waits for may take `patience`, which grows: no machine is too slow for all. */
  async until<T>(what: string, ask: (patience: number) => Promise<T | null | undefined | false>): Promise<T> {
    const end = Date.now() + LIMIT_MS;
    let last: unknown = null;
    for (let patience = PATIENCE_MS; ; patience = Math.min(patience * 1.5, LIMIT_MS / 4)) {
      try {
        const found = await ask(patience);
        if (found !== null && found !== undefined && found !== false) return found;
      } catch (error) {
        last = error;
      }
      if (Date.now() > end) throw new Error(`never came: ${what}${last instanceof Error ? ` (${last.message})` : ''}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Changes settings of the folder, which the window sees at once; null takes one back. */
  set(change: Readonly<Record<string, unknown>>): void {
    this.settings = Object.fromEntries(Object.entries({ ...this.settings, ...change }).filter(([, value]) => value !== null));
    writeFileSync(path.join(this.places.workspace, '.vscode', 'settings.json'), JSON.stringify(this.settings, null, 1));
  }

  read(name: string): string {
    return readFileSync(path.join(this.places.workspace, name), 'utf8');
  }

  write(name: string, content: string | Uint8Array): void {
    writeFileSync(path.join(this.places.workspace, name), content);
  }

  remove(name: string): void {
    rmSync(path.join(this.places.workspace, name));
  }

  /** Line (1-based) of the first text from a line on. */
  line(name: string, needle: string, from = 1): number {
    const at = this.read(name)
      .split('\n')
      .findIndex((l, i) => i + 1 >= from && l.includes(needle));
    if (at < 0) throw new Error(`${name} has no line with ${needle}`);
    return at + 1;
  }

  /** Clicks what is seen, at its place, with the real mouse; throws with what lies there instead. */
  async tap(target: Locator, spot: Spot | null = null): Promise<void> {
    await tap(this.page, target, spot);
  }

  /** Runs a command by its title. The list is a snapshot, so it is opened anew until the command is in it. */
  async command(title: string): Promise<void> {
    const { page } = this;
    const input = page.locator('.quick-input-widget input.input');
    await this.until(`the command ${title}`, async (patience) => {
      await page.keyboard.press('F1');
      await input.waitFor({ state: 'visible', timeout: patience });
      await this.put(`>${title}`);
      if (await this.focusedEntry(title, patience)) return true;
      await page.keyboard.press('Escape');
      await input.waitFor({ state: 'hidden' });
      return null;
    });
    await input.press('Enter');
    await this.until(
      'the end of the palette',
      async () => !(await input.isVisible()) || (await input.inputValue({ timeout: 1000 })) !== `>${title}`,
    );
  }

  /** Runs a command that lists something, and takes an entry of the list. */
  async pick(title: string, label: string): Promise<void> {
    const input = this.page.locator('.quick-input-widget input.input');
    // a list of the editor closes when something else takes the focus: then it is asked for again
    await this.until(`${label} in the list`, async (patience) => {
      if (!(await input.isVisible()) || (await input.inputValue({ timeout: 1000 })).startsWith('>')) await this.command(title);
      await input.waitFor({ state: 'visible', timeout: patience });
      await this.put(label);
      // the entry may be in focus before the list is filtered; what matched is highlighted only then
      return this.page.waitForFunction(
        (t) => {
          const name = document.querySelector('.quick-input-list .monaco-list-row.focused .label-name');
          return name?.textContent === t && name.querySelector('.highlight') !== null;
        },
        label,
        { timeout: patience },
      );
    });
    await input.press('Enter');
    await input.waitFor({ state: 'hidden' });
  }

  /** Opens a file of the folder by quick open. */
  async open(name: string): Promise<void> {
    const { page } = this;
    const input = page.locator('.quick-input-widget input.input');
    await this.focusFirstGroup();
    const tab = page.locator('.editor-group-container').first().locator(`.tab.active[data-resource-name="${name}"]`);
    if ((await tab.count()) > 0) return;
    await this.until(`the file ${name}`, async (patience) => {
      await page.keyboard.press('Control+P');
      await input.waitFor({ state: 'visible', timeout: patience });
      await this.put(name);
      if (await this.focusedEntry(name, patience)) return true;
      await page.keyboard.press('Escape');
      await input.waitFor({ state: 'hidden' });
      return null;
    });
    await input.press('Enter');
    await page.locator(`.tab.active[data-resource-name="${name}"]`).first().waitFor();
  }

  /** The editors at the left: files are opened there, panels beside them. */
  async focusFirstGroup(): Promise<void> {
    await this.until('the focus in the first group', async () => {
      await this.page.keyboard.press('Control+1');
      return this.page
        .locator('.editor-group-container')
        .first()
        .evaluate((el) => el.classList.contains('active') || el.classList.contains('empty'));
    });
  }

  /** Puts the cursor of the C editor on the first word of a line (1-based). */
  async goto(line: number): Promise<void> {
    const { page } = this;
    const input = page.locator('.quick-input-widget input.input');
    await this.until('the list of lines', async (patience) => {
      await this.focusEditor();
      await page.keyboard.press('Control+G');
      return input.waitFor({ state: 'visible', timeout: patience }).then(() => true);
    });
    await this.put(`:${line}`);
    await input.press('Enter');
    await this.atLine(line);
    await this.focusEditor();
    await page.keyboard.press('Home');
  }

  /** The text editor at the left, with the focus really in it. */
  async focusEditor(): Promise<void> {
    await this.until('the focus in the text', async () => {
      await this.page.keyboard.press('Control+1');
      return this.page.evaluate(
        () =>
          document.querySelector('.editor-group-container')?.contains(document.activeElement) === true &&
          document.activeElement?.tagName !== 'IFRAME',
      );
    });
  }

  /** Puts text into the quick input by value: typed text would end up in an editor when one takes the focus meanwhile. */
  private async put(text: string): Promise<void> {
    await this.page.locator('.quick-input-widget input.input').evaluate(
      (el, value) => {
        (el as HTMLInputElement).value = value;
        el.dispatchEvent(new Event('input', { bubbles: true }));
      },
      text,
      { timeout: PATIENCE_MS },
    );
  }

  /** Waits until the cursor is on a line. */
  async atLine(line: number): Promise<void> {
    await this.page.locator('#status\\.editor\\.selection', { hasText: `Ln ${line}, Col` }).waitFor();
  }

  async closeAll(): Promise<void> {
    const tabs = this.page.locator('.editor-group-container .tab');
    await this.until('no tabs', async () => {
      if ((await tabs.count()) === 0) return true;
      await this.page.keyboard.press(CLOSE_ALL);
      return tabs
        .first()
        .waitFor({ state: 'detached', timeout: KEY_MS })
        .then(() => true);
    });
  }

  /** The frame with something in it: a webview's page is two frames deep. */
  async frame(selector: string): Promise<Frame> {
    return this.until(`a frame with ${selector}`, async () => {
      for (const frame of this.page.frames()) {
        if (frame === this.page.mainFrame()) continue;
        const found = await frame.$(selector).catch(() => null);
        if (found !== null && (await found.isVisible())) return frame;
      }
      return null;
    });
  }

  /** The page of an object once it lists so many programs; a page that says something new is another one. */
  async programs(count: number): Promise<Frame> {
    return this.until(`${count} programs`, async () => {
      const frame = await this.frame('body > table');
      return (await frame.locator('tbody tr').count()) === count ? frame : null;
    });
  }

  /** The page of the graph. */
  async panel(): Promise<Panel> {
    const frame = await this.frame('#app .toolbar');
    await this.until('the test hook of the panel', () => frame.evaluate(() => (window as PanelWindow).bpfContextTest !== undefined));
    return new Panel(this, frame);
  }

  /**
   * Opens the graph of a file under a policy, and a program of it. An open panel of the file is taken as it is: the command would turn it
   * to the program at the cursor. One of another file is closed first.
   */
  async graph(name: string, policy?: string, program?: string): Promise<Panel> {
    const tabs = this.page.locator('.tab', { hasText: /^(Context: |BPF context graph)/ });
    const other = (await tabs.count()) > 0 && (await (await this.panel()).settled()).file !== name;
    if (other) await this.closeAll();
    await this.open(name);
    if ((await tabs.count()) === 0) await this.command('BPF: Show BPF context graph');
    const panel = await this.panel();
    await panel.settled();
    if (policy !== undefined && (await panel.facts()).policy !== policy) await panel.choose('policy', policy);
    if (program !== undefined && (await panel.facts()).program !== program) await panel.choose('program', program);
    return panel;
  }

  /** Opens the graph of a program of the walk example. */
  walk(program: 'copy_heads' | 'nested_walk'): Promise<Panel> {
    return this.graph('vma_walk.bpf.c', 'forbid-fault', program);
  }

  async theme(theme: (typeof THEMES)[number]): Promise<void> {
    this.set({ 'workbench.colorTheme': theme.name });
    await this.page
      .locator(`.monaco-workbench.${{ dark: 'vs-dark', light: 'vs', hc: 'hc-black', 'hc-light': 'hc-light' }[theme.file]}`)
      .first()
      .waitFor();
  }

  /** Gives the editors at the right so much of the window, by drag of the border between the groups. */
  async widen(share: number): Promise<void> {
    const { page } = this;
    const groups = page.locator('.editor-group-container');
    // a window that was just resized lays itself out anew, perhaps between the measure and the drag
    await this.until('the wider group', async () => {
      const [left, right] = [(await groups.nth(0).boundingBox())!, (await groups.nth(1).boundingBox())!];
      const x = left.x + (left.width + right.width) * (1 - share);
      if (Math.abs(right.x - x) < 8) return true;
      await page.mouse.move(right.x, right.y + right.height / 2);
      await page.mouse.down();
      await page.mouse.move(x, right.y + right.height / 2, { steps: 5 });
      await page.mouse.up();
      return false;
    });
  }

  async screenshot(name: string): Promise<void> {
    await this.page.screenshot({ path: path.join(this.places.screens, `${name}.png`) });
  }
}

/** The panel of the context graph. */
export class Panel {
  constructor(
    private readonly workbench: Workbench,
    readonly frame: Frame,
  ) {}

  locator(selector: string, options?: { readonly hasText: string | RegExp }): Locator {
    return this.frame.locator(selector, options);
  }

  facts(): Promise<PanelFacts> {
    return this.frame.evaluate(() => (window as PanelWindow).bpfContextTest!.state());
  }

  drawn(): Promise<{ nodes: string[]; cards: string[]; edges: number; zoom: number }> {
    return this.frame.evaluate(() => (window as PanelWindow).bpfContextTest!.drawn());
  }

  position(node: string): Promise<{ x: number; y: number } | null> {
    return this.frame.evaluate((n) => (window as PanelWindow).bpfContextTest!.renderedPosition(n), node);
  }

  /** Waits until facts hold. */
  when(what: string, holds: (facts: PanelFacts) => boolean): Promise<PanelFacts> {
    return this.workbench.until(what, async () => {
      const facts = await this.facts();
      return holds(facts) ? facts : null;
    });
  }

  /** Waits for a picture or an error. */
  settled(): Promise<PanelFacts> {
    return this.when('the end of the analysis', (f) => f.busy === null && (f.verdict !== null || f.error !== null));
  }

  /** Opens one of the lists in the toolbar; a narrow panel keeps the last one behind `…`. */
  async openList(list: 'program' | 'policy' | 'function' | 'compare'): Promise<void> {
    const element = this.locator(`#${list}`);
    if (!(await element.isVisible())) await this.workbench.tap(this.locator('.more summary'));
    await this.workbench.tap(element);
    await this.locator(`#${list}[open]`).waitFor({ state: 'attached' });
  }

  /** Chooses from one of the lists in the toolbar, with the mouse. */
  async choose(list: 'program' | 'policy' | 'function', value: string): Promise<void> {
    await this.openList(list);
    await this.workbench.tap(this.locator(`#${list} vscode-option[value="${value}"]`));
    if (list === 'program') await this.when(`the program ${value}`, (f) => f.program === value && f.busy === null);
    if (list === 'policy') await this.when(`the policy ${value}`, (f) => f.policy === value && f.busy === null);
  }

  /** Chooses what to compare with, '' for nothing; a narrow panel keeps that list behind `…`. Waits for what came of it. */
  async compareWith(policy: string): Promise<PanelFacts> {
    await this.openList('compare');
    await this.workbench.tap(this.locator(`#compare vscode-option[value="${policy}"]`));
    return this.compared(policy);
  }

  /** Waits for a comparison with a policy, '' for its end. */
  compared(policy: string): Promise<PanelFacts> {
    return this.when(`the comparison with ${policy === '' ? 'nothing' : policy}`, (f) =>
      policy === '' ? f.compareWith === null : f.compareWith === policy && f.differences !== null,
    );
  }

  row(insn: number): Locator {
    return this.locator(`.row[data-insn="${insn}"]`);
  }

  /** Puts the focus into the tree, where the keys of the graph act. */
  async focusTree(): Promise<void> {
    await this.locator('.tree [tabindex="0"]').first().focus();
  }

  /** Zooms to 100 %, where blocks are cards with rows. */
  async full(): Promise<void> {
    await this.focusTree();
    await this.workbench.page.keyboard.press('9');
    await this.workbench.until('100 %', async () => Math.abs((await this.drawn()).zoom - 1) < 0.01);
    await this.locator('.card').first().waitFor();
  }

  /** Whether the row can be clicked where it is. */
  private async inView(insn: number): Promise<boolean> {
    const row = await this.row(insn).boundingBox();
    const canvas = await this.locator('.canvas').boundingBox();
    return (
      row !== null &&
      canvas !== null &&
      row.y > canvas.y + 8 &&
      row.y + row.height < canvas.y + canvas.height - 8 &&
      row.x > canvas.x - row.width / 3 &&
      row.x + row.width / 2 < canvas.x + canvas.width - 8
    );
  }

  /** The search field; a narrow panel keeps it behind an icon. */
  async searchField(): Promise<Locator> {
    const field = this.locator('.search input');
    if (!(await field.isVisible())) await this.workbench.tap(this.locator('.search-icon'));
    await field.waitFor();
    return field;
  }

  /** Brings an instruction into view by searching for it. */
  async bring(insn: number): Promise<void> {
    if ((await this.row(insn).count()) > 0 && (await this.inView(insn))) return;
    const field = await this.searchField();
    await field.fill(String(insn));
    await field.press('Enter');
    await this.when(`the hit ${insn}`, (f) => f.selected === insn);
    await (await this.searchField()).fill('');
    await this.workbench.until(`row ${insn} in view`, () => this.inView(insn));
  }

  /** Selects an instruction with the mouse and waits for its states. */
  async click(insn: number): Promise<void> {
    await this.bring(insn);
    await this.workbench.tap(this.row(insn), { x: 60, y: 8 });
    await this.when(`the states of ${insn}`, (f) => f.selected === insn && f.states !== null);
    await this.locator('.inspector h2', { hasText: `Instruction ${insn}` }).waitFor();
  }

  async rows(mode: 'c' | 'key' | 'all'): Promise<void> {
    await this.workbench.tap(this.locator(`.segment[data-value="${mode}"]`));
    await this.locator(`.segment[data-value="${mode}"][aria-pressed="true"]`).waitFor();
    await this.full();
  }

  /** Number of the first instruction that says something: searches for it, which selects it and brings it into view. */
  async find(text: string): Promise<number> {
    const field = await this.searchField();
    await field.fill(text);
    await this.locator('.search-count', { hasText: /hit/ }).waitFor();
    await field.press('Enter');
    await this.locator('.search-count', { hasText: /^1 of / }).waitFor();
    const { selected } = await this.when(`a hit for ${text}`, (f) => f.selected !== null);
    await field.fill('');
    return selected!;
  }
}
