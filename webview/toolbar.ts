// SPDX-License-Identifier: GPL-2.0-only
/** Fitting the bars into narrow panels: nothing wraps, parts go in a fixed order. */

/** Classes that a bar gets one after the other until everything fits. */
const STEPS = ['no-counters', 'small-search', 'joined', 'no-compare', 'no-labels'] as const;

/** Watches a bar's width. Each class of {@link STEPS} takes something away; `lensbar` loses its names below 900 px. */
export function fitBars(root: HTMLElement, toolbar: HTMLElement, lensbar: HTMLElement): () => void {
  const fit = (): void => {
    toolbar.classList.remove(...STEPS);
    for (const step of STEPS) {
      if (toolbar.scrollWidth <= toolbar.clientWidth) break;
      toolbar.classList.add(step);
    }
    lensbar.classList.remove('icons', 'tight');
    if (root.clientWidth < 900 || lensbar.scrollWidth > lensbar.clientWidth) lensbar.classList.add('icons');
    if (lensbar.scrollWidth > lensbar.clientWidth) lensbar.classList.add('tight');
  };
  new ResizeObserver(fit).observe(root);
  return fit;
}
