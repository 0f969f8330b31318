// SPDX-License-Identifier: GPL-2.0-only
/**
 * Where the keyboard was when it left this page, so that it comes back to the same place: the browser forgets it, and what redraws itself
 * meanwhile replaces the element. Nothing here ever takes the keyboard from elsewhere in the editor, which would close a list that is open there.
 */
import { controlOf } from './identity';

/** Whether the keyboard is in this page; `document.hasFocus()` says nothing of it in a frame within frames. */
let here = true;
/** What had the focus last. */
let last: Element | null = null;
/** What gets the focus when the keyboard comes back, in place of `last`. */
let instead: (() => void) | null = null;

/** Begins to follow where the keyboard is. */
export function watchFocus(): void {
  // before anybody else hears of it: a listener may redraw what has just got the focus
  document.addEventListener(
    'focusin',
    (e) => {
      here = true;
      last = e.target as Element;
      instead = null;
    },
    { capture: true },
  );
  document.addEventListener('focusout', () => {
    // whether it went to nothing of this page, or left the page, is known only after this event
    setTimeout(() => {
      if (here && document.activeElement === document.body) last = null;
    });
  });
  window.addEventListener('blur', () => {
    here = false;
  });
  window.addEventListener('focus', () => {
    here = true;
    const give = instead;
    instead = null;
    // what was asked for while the keyboard was away wins over what had the focus when it left
    if (give !== null) give();
    else if (document.activeElement !== null && document.activeElement !== document.body) return;
    else if (last instanceof HTMLElement && last.isConnected) last.focus();
  });
}

/** Whether the keyboard is in this page. Right only after the event that took it away. */
export function hasKeyboard(): boolean {
  return here;
}

/** Gives the focus: now, or when the keyboard comes back to this page. */
export function giveFocus(give: () => void): void {
  if (here) give();
  else instead = give;
}

/** Replaces what is in an element; the focus goes to what `give` says if it was in there, even if the keyboard is elsewhere by now. */
export function redrawKeepingFocus(room: HTMLElement, redraw: () => void, give: () => void): void {
  const had = room.contains(here ? document.activeElement : last);
  redraw();
  if (had) giveFocus(give);
}

/**
 * Replaces what is in an element whose controls come from data; the focus goes to the control that does the same (`identity.ts`), the same one
 * among several of these, and to the element itself if there is none any more.
 */
export function redrawKeepingControl(room: HTMLElement, redraw: () => void): void {
  const before = here ? document.activeElement : last;
  const identity = before === null || before === room || !room.contains(before) ? null : controlOf(before);
  const alike = (): HTMLElement[] =>
    identity === null ? [] : [...room.querySelectorAll<HTMLElement>('[data-control]')].filter((el) => controlOf(el) === identity);
  const at = before instanceof HTMLElement ? alike().indexOf(before) : 0;
  redrawKeepingFocus(room, redraw, () => {
    const now = alike();
    (now[Math.min(at, now.length - 1)] ?? room).focus({ preventScroll: true });
  });
}
