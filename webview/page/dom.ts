// SPDX-License-Identifier: GPL-2.0-only
/**
 * Building DOM without HTML text: everything that comes from a file becomes a text node or an attribute value, on one line and with control
 * characters spelled out.
 */
import { pageText } from '../../src/protocol/escape';

type Child = Node | string | null | undefined | false;
type Props = Readonly<Record<string, string | number | boolean | ((event: Event) => void) | undefined>>;

/** Attributes that people see or hear. */
const WORDS: ReadonlySet<string> = new Set(['title', 'aria-label', 'aria-description', 'placeholder', 'alt']);

function apply(el: Element, props: Props, children: readonly Child[]): void {
  for (const [key, value] of Object.entries(props)) {
    if (value === undefined || value === false) continue;
    if (typeof value === 'function') el.addEventListener(key.replace(/^on/, ''), value);
    else if (key === 'class') el.setAttribute('class', String(value));
    else el.setAttribute(key, value === true ? '' : WORDS.has(key) ? pageText(String(value)) : String(value));
  }
  for (const child of children) {
    if (child !== null && child !== undefined && child !== false) el.append(typeof child === 'string' ? pageText(child) : child);
  }
}

/** An HTML element. Keys beginning with `on` are listeners; `true` is an empty attribute, `false` none. */
export function h<K extends keyof HTMLElementTagNameMap>(tag: K, props: Props = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const el = document.createElement(tag);
  apply(el, props, children);
  return el;
}

/** A text whose line breaks are ours, as children of an element that keeps them. */
export function textLines(text: string): Node[] {
  return text
    .split('\n')
    .flatMap((line, i) => [...(i === 0 ? [] : [document.createTextNode('\n')]), document.createTextNode(pageText(line))]);
}

/** An SVG element. */
export function s<K extends keyof SVGElementTagNameMap>(tag: K, props: Props = {}, ...children: Child[]): SVGElementTagNameMap[K] {
  const el = document.createElementNS('http://www.w3.org/2000/svg', tag);
  apply(el, props, children);
  return el;
}
