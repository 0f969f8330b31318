// SPDX-License-Identifier: GPL-2.0-only
/** Fitting the bars into narrow panels: nothing wraps, parts go in a fixed order. */

/** Classes that a bar gets one after the other until everything fits. */
const STEPS = ['no-counters', 'small-search', 'joined', 'no-compare', 'no-labels'] as const;

/** The same for the second bar. The names of the lenses go last but one: without them it takes a guess what a sign means. */
const LENS_STEPS = ['few-words', 'no-icons', 'no-zoom', 'icons', 'tight'] as const;

/**
 * Watches the bars' widths. Each class of {@link STEPS} and {@link LENS_STEPS} takes something away. `optional` moves
 * from the toolbar into `more` when there is no room for it. `joined` is told when two lists have become one by a change of width, or two again.
 */
export function fitBars(
  root: HTMLElement,
  toolbar: HTMLElement,
  lensbar: HTMLElement,
  optional: HTMLElement,
  more: HTMLElement,
  joined: () => void,
): () => void {
  const home = optional.previousElementSibling;
  const fit = (): void => {
    toolbar.classList.remove(...STEPS);
    if (more.contains(optional)) home?.insertAdjacentElement('afterend', optional);
    for (const step of STEPS) {
      if (toolbar.scrollWidth <= toolbar.clientWidth) break;
      toolbar.classList.add(step);
      if (step === 'no-compare') more.append(optional);
    }
    lensbar.classList.remove(...LENS_STEPS);
    for (const step of LENS_STEPS) {
      if (lensbar.scrollWidth <= lensbar.clientWidth) break;
      lensbar.classList.add(step);
    }
  };
  // lists take their width only after they know their entries
  const watch = new ResizeObserver(() => {
    const before = toolbar.classList.contains('joined');
    fit();
    if (toolbar.classList.contains('joined') !== before) joined();
  });
  watch.observe(root);
  for (const child of toolbar.children) if (child !== optional && child !== more) watch.observe(child);
  return fit;
}
