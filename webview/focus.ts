// SPDX-License-Identifier: GPL-2.0-only
/**
 * Focus that belongs to this page only while the keyboard is here. Focusing an element takes the keyboard from wherever in the editor it is,
 * and closes a list that is open there; so what redraws itself asks for its focus back through this module.
 */

/** Whether the keyboard is in this page; `document.hasFocus()` says nothing of it in a frame within frames. */
let here = true;
/** What gets the focus when the keyboard comes back. */
let waiting: (() => void) | null = null;

/** Begins to follow where the keyboard is. */
export function watchFocus(): void {
  window.addEventListener('blur', () => {
    here = false;
  });
  window.addEventListener('focus', () => {
    here = true;
    const give = waiting;
    waiting = null;
    if (document.activeElement === null || document.activeElement === document.body) give?.();
  });
  document.addEventListener('focusin', () => {
    here = true;
    waiting = null;
  });
}

/** Gives the focus back to what had it: now, or when the keyboard comes back to this page. */
export function refocus(give: () => void): void {
  if (here) give();
  else waiting = give;
}
