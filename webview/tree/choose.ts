// SPDX-License-Identifier: GPL-2.0-only
/** A small list to choose one from with the keyboard. */
import { h } from '../page/dom';
import { giveFocus, hasKeyboard } from '../page/focus';

export interface Option<T> {
  readonly value: T;
  readonly text: string;
}

/** Keys that never are for the list. */
const FUNCTION_KEYS: ReadonlySet<string> = new Set(Array.from({ length: 12 }, (_, i) => `F${i + 1}`));

/**
 * Opens the list in `room`, beside `beside` if that is there. Arrows move, Enter or a click chooses, Escape or leaving for something else in
 * the page closes; then `done`, unless something else in the page was gone to. While the keyboard is elsewhere in the editor the list stays
 * and waits for it: a command of the palette opens it before the palette has given the keyboard back.
 *
 * @returns what closes it without a choice
 */
export function choose<T>(
  room: HTMLElement,
  beside: Element | null,
  title: string,
  options: readonly Option<T>[],
  onPick: (value: T) => void,
  done: () => void,
): () => void {
  let over = false;
  const close = (pick: Option<T> | null): void => {
    if (over) return;
    over = true;
    const left = document.activeElement !== document.body && !list.contains(document.activeElement);
    list.remove();
    document.removeEventListener('focusin', elsewhere);
    if (pick !== null) onPick(pick.value);
    if (!left) done();
  };
  const elsewhere = (e: FocusEvent): void => {
    if (!list.contains(e.target as Node)) close(null);
  };
  const items = options.map((o, i) =>
    h('button', { type: 'button', role: 'menuitem', tabindex: i === 0 ? 0 : -1, onclick: () => close(o) }, o.text),
  );
  const list = h('div', { class: 'choose', role: 'menu', 'aria-label': title }, ...items);
  list.addEventListener('keydown', (e) => {
    const at = items.indexOf(document.activeElement as HTMLButtonElement);
    // what is not for the list goes on to the editor, but single letters do nothing to the graph meanwhile
    if (e.ctrlKey || e.metaKey || e.altKey || FUNCTION_KEYS.has(e.key)) return;
    e.stopPropagation();
    if (e.key === 'Escape' || e.key === 'ArrowLeft' || e.key === 'Tab') close(null);
    else if (e.key === 'ArrowRight') close(options[at] ?? null);
    else if (e.key === 'ArrowDown') items[Math.min(items.length - 1, at + 1)]!.focus();
    else if (e.key === 'ArrowUp') items[Math.max(0, at - 1)]!.focus();
    else return;
    e.preventDefault();
  });
  list.addEventListener('focusout', (e) => {
    // whether the keyboard left the list or the whole page is known only after this event
    if (list.contains(e.relatedTarget as Node | null)) return;
    setTimeout(() => {
      if (hasKeyboard() && !list.contains(document.activeElement)) close(null);
    });
  });
  const frame = room.getBoundingClientRect();
  const box = beside?.getBoundingClientRect();
  list.style.left = `${Math.max(8, Math.min((box?.left ?? frame.left) - frame.left + 40, frame.width - 220))}px`;
  list.style.top = `${Math.max(8, Math.min((box?.bottom ?? frame.top) - frame.top + 4, frame.height - 30 * options.length - 8))}px`;
  room.append(list);
  document.addEventListener('focusin', elsewhere);
  giveFocus(() => items[0]?.focus());
  return () => close(null);
}
