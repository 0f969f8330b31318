// SPDX-License-Identifier: GPL-2.0-only
/**
 * The panel's page in a unit test: the whole explorer in a document of happy-dom. What the page has no need of a browser for is real; sizes,
 * which only a browser knows, are given.
 */
import { vi } from 'vitest';
import { type FromWebview, packed, type ToWebview } from '../../src/protocol/messages';

/** Room of the drawing, px. */
const WIDTH = 900;
const HEIGHT = 600;

/** Frames that are drawn after what happens. */
const FRAMES = 3;
/** What is to be drawn in the next frame. */
const waiting: FrameRequestCallback[] = [];

/** What the host's side of the page has: what the page said, and what it saved. */
export const host = {
  said: [] as FromWebview[],
  saved: undefined as unknown,
  last<T extends FromWebview['type']>(type: T): Extract<FromWebview, { type: T }> | undefined {
    return this.said.filter((m): m is Extract<FromWebview, { type: T }> => m.type === type).at(-1);
  },
};

/** A pen that draws nothing and knows the width of letters; calls are kept by name. */
function penOf(): CanvasRenderingContext2D {
  const calls: string[] = [];
  return new Proxy({} as Record<string, unknown>, {
    get(own, name: string) {
      if (name === 'calls') return calls;
      if (name in own) return own[name];
      if (name === 'measureText') return (text: string) => ({ width: text.length * 7 });
      if (name === 'getImageData') return () => ({ data: [10, 20, 30, 255] });
      if (name === 'createLinearGradient') return () => ({ addColorStop: () => undefined });
      return (...given: readonly unknown[]) => void calls.push(`${name} ${given.map(String).join(' ')}`.trim());
    },
    set(own, name: string, value) {
      own[name] = value;
      return true;
    },
  }) as unknown as CanvasRenderingContext2D;
}

const pens = new WeakMap<HTMLCanvasElement, CanvasRenderingContext2D>();

/** Texts that were painted on a canvas. */
export function painted(canvas: HTMLCanvasElement): string[] {
  const calls = (canvas.getContext('2d') as unknown as { calls: string[] }).calls;
  return calls.filter((call) => call.startsWith('fillText ')).map((call) => call.slice('fillText '.length));
}

/** A path that nobody draws. */
class Path {
  addPath(): void {}
  arc(): void {}
  arcTo(): void {}
  bezierCurveTo(): void {}
  closePath(): void {}
  ellipse(): void {}
  lineTo(): void {}
  moveTo(): void {}
  quadraticCurveTo(): void {}
  rect(): void {}
  roundRect(): void {}
}

// the toolkit's elements are plain ones here: what a person chooses is their value
vi.doMock('@vscode/webview-ui-toolkit', () => {
  const nothing = (): undefined => undefined;
  return {
    provideVSCodeDesignSystem: () => ({ register: nothing }),
    vsCodeButton: nothing,
    vsCodeDropdown: nothing,
    vsCodeOption: nothing,
    vsCodeTextField: nothing,
  };
});

/** Gives the document what a browser would: sizes, canvases, what a page of VS Code has. */
export function likeBrowser(): void {
  for (const [name, value] of Object.entries({ clientWidth: WIDTH, clientHeight: HEIGHT, offsetWidth: WIDTH, offsetHeight: HEIGHT }))
    Object.defineProperty(HTMLElement.prototype, name, { configurable: true, get: () => value });
  HTMLCanvasElement.prototype.getContext = function (this: HTMLCanvasElement): never {
    if (!pens.has(this)) pens.set(this, penOf());
    return pens.get(this) as never;
  };
  Element.prototype.scrollIntoView = () => undefined;
  // Cytoscape takes canvases of the document where there are no others
  vi.stubGlobal('OffscreenCanvas', undefined);
  vi.stubGlobal('Path2D', Path);
  // a frame is drawn when a test waits for one, so that nothing draws on and on
  window.requestAnimationFrame = (frame) => waiting.push(frame) as never;
  vi.stubGlobal('requestAnimationFrame', window.requestAnimationFrame);
  vi.stubGlobal('acquireVsCodeApi', () => ({
    postMessage: (message: FromWebview) => void host.said.push(message),
    getState: () => host.saved,
    setState: (state: unknown) => void (host.saved = state),
  }));
  document.body.dataset['remembered'] = JSON.stringify({ uri: 'file:///w/a.bpf.c', program: '' });
  document.body.innerHTML = '<div id="app"></div>';
}

/** The host says something. */
export async function tell(message: ToWebview): Promise<void> {
  window.dispatchEvent(new MessageEvent('message', { data: packed(message) }));
  await drawn();
}

/** Lets the page draw: some frames, with a turn of the event loop before each. */
export async function drawn(): Promise<void> {
  for (let frame = 0; frame < FRAMES; frame++) {
    await new Promise((resolve) => setTimeout(resolve));
    for (const draw of waiting.splice(0)) draw(performance.now());
  }
}

/** Ends what the page still wants to do. */
export async function leave(): Promise<void> {
  await (window as unknown as { happyDOM: { abort(): Promise<void> } }).happyDOM.abort();
}

/** An element by its role and name, as a person or a screen reader finds it. */
export function find(role: string, name: string | RegExp, within: ParentNode = document): HTMLElement {
  const all = [...within.querySelectorAll<HTMLElement>(`[role="${role}"], ${role}`)];
  const found = all.find((e) => {
    const label = (e.getAttribute('aria-label') ?? e.textContent ?? '').trim();
    return typeof name === 'string' ? label === name : name.test(label);
  });
  if (found === undefined)
    throw new Error(`no ${role} ${String(name)} among ${all.map((e) => e.getAttribute('aria-label') ?? e.textContent).join(' | ')}`);
  return found;
}

/** Text of an element, its pieces apart, on one line. */
export function words(element: Node | null): string {
  const pieces = (node: Node): string[] =>
    node.nodeType === Node.TEXT_NODE
      ? [node.textContent ?? '']
      : (node as HTMLElement).hidden === true
        ? []
        : [...node.childNodes].flatMap(pieces);
  return element === null
    ? ''
    : pieces(element)
        .join(' ')
        .replace(/\s+/g, ' ')
        .replace(/ ([;,.])/g, '$1')
        .trim();
}

/** A key goes to an element. */
export function press(key: string, on: Element = document.activeElement ?? document.body, more: KeyboardEventInit = {}): void {
  on.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more }));
}
