// SPDX-License-Identifier: GPL-2.0-only
/**
 * The panel's controls. Everything of `@vscode/webview-ui-toolkit` stands behind this file: the toolkit is no longer maintained,
 * and changing to a successor means changing this file only.
 */
import { provideVSCodeDesignSystem, vsCodeButton, vsCodeDropdown, vsCodeOption, vsCodeTextField } from '@vscode/webview-ui-toolkit';
import { oneLine } from '../../src/protocol/escape';
import { h } from './dom';
import type { control } from './identity';

provideVSCodeDesignSystem().register(vsCodeButton(), vsCodeDropdown(), vsCodeOption(), vsCodeTextField());

/** Which control it is, where it is drawn anew: `control` of `identity.ts`. */
type Identity = Partial<ReturnType<typeof control>>;

export interface Choice {
  readonly value: string;
  readonly label: string;
}

/** A labelled list to choose one from. */
export interface Dropdown {
  readonly element: HTMLElement;
  set(choices: readonly Choice[], value: string): void;
  /** A sign between label and list, null for none. */
  mark(sign: HTMLElement | null): void;
}

export function dropdown(label: string, id: string, onChoose: (value: string) => void): Dropdown {
  const list = document.createElement('vscode-dropdown') as HTMLElement & { value: string; open: boolean };
  list.id = id;
  list.setAttribute('aria-label', label);
  let shown = '';
  list.addEventListener('change', () => {
    if (list.value !== shown) {
      shown = list.value;
      onChoose(list.value);
    }
  });
  const place = h('span', { class: 'field-mark', 'aria-hidden': 'true', hidden: true });
  const element = h(
    'label',
    { class: 'field', for: id, hidden: true },
    h('span', { class: 'dim', 'aria-hidden': 'true' }, label),
    place,
    list,
  );
  return {
    element,
    mark(sign) {
      place.hidden = sign === null;
      place.replaceChildren(...(sign === null ? [] : [sign]));
    },
    set(choices, value) {
      element.hidden = choices.length === 0;
      const key = JSON.stringify(choices);
      if (list.dataset['choices'] !== key) {
        list.dataset['choices'] = key;
        list.replaceChildren(
          ...choices.map((c) => {
            const option = document.createElement('vscode-option');
            option.setAttribute('value', c.value);
            if (c.value === value) option.setAttribute('selected', '');
            option.textContent = oneLine(c.label);
            return option;
          }),
        );
      }
      const same = shown === value;
      shown = value;
      // the list takes a value only after it has seen its options; who is choosing from it must not lose the place
      queueMicrotask(() => {
        if (!(same && list.open)) list.value = value;
      });
    },
  };
}

export function button(
  text: string,
  onClick: () => void,
  options: { readonly secondary?: boolean; readonly label?: string; readonly class?: string; readonly identity?: Identity } = {},
): HTMLElement {
  const el = document.createElement('vscode-button');
  el.setAttribute('appearance', options.secondary === true ? 'secondary' : 'primary');
  if (options.label !== undefined) el.setAttribute('aria-label', options.label);
  if (options.class !== undefined) el.className = options.class;
  for (const [name, value] of Object.entries(options.identity ?? {})) el.setAttribute(name, value);
  el.textContent = oneLine(text);
  el.addEventListener('click', onClick);
  return el;
}

/** A search field: calls back on every change, and with `step` on Enter (1) and Shift+Enter (−1). */
export function searchField(
  label: string,
  onInput: (text: string) => void,
  step: (by: 1 | -1) => void,
): { element: HTMLElement; focus(): void; clear(): void } {
  const el = document.createElement('vscode-text-field') as HTMLElement & { value: string };
  el.setAttribute('placeholder', label);
  // the toolkit names it "Text field" as soon as it is connected
  queueMicrotask(() => el.setAttribute('aria-label', label));
  el.className = 'search';
  el.addEventListener('input', () => onInput(el.value));
  el.addEventListener('keydown', (event) => {
    const e = event as KeyboardEvent;
    if (e.key === 'Enter') step(e.shiftKey ? -1 : 1);
    if (e.key === 'Escape') {
      el.value = '';
      onInput('');
    }
  });
  return {
    element: el,
    focus: () => el.focus(),
    clear: () => {
      el.value = '';
    },
  };
}

/** A row of buttons of which one is pressed. */
export function segments<T extends string>(
  label: string,
  choices: readonly { readonly value: T; readonly text: string; readonly title?: string }[],
  onChoose: (value: T) => void,
): { element: HTMLElement; set(value: T): void } {
  const buttons = choices.map((c) =>
    h(
      'button',
      {
        type: 'button',
        class: 'segment',
        'data-value': c.value,
        title: c.title,
        'aria-pressed': 'false',
        onclick: () => onChoose(c.value),
      },
      c.text,
    ),
  );
  return {
    element: h('div', { class: 'segments', role: 'group', 'aria-label': label }, ...buttons),
    set(value) {
      for (const b of buttons) b.setAttribute('aria-pressed', String(b.dataset['value'] === value));
    },
  };
}

/** A small button with a drawing or sign in it; the label is its name. */
export function iconButton(sign: Node | string, label: string, onClick: () => void, identity: Identity = {}): HTMLButtonElement {
  return h('button', { type: 'button', class: 'icon', title: label, 'aria-label': label, ...identity, onclick: onClick }, sign);
}
