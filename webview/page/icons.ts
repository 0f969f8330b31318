// SPDX-License-Identifier: GPL-2.0-only
/** Signs of the buttons, stroked on a grid of 16 × 16. */
import { s } from './dom';

const PATHS = {
  zoomIn: 'M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9M10.3 10.3 14 14M7 5v4M5 7h4',
  zoomOut: 'M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9M10.3 10.3 14 14M5 7h4',
  fit: 'M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10M6 6h4v4H6Z',
  fold: 'M2.5 5.5v8h8M5.5 2.5h8v8h-8ZM7.5 6.5h4',
  inspector: 'M2.5 3h11v10h-11ZM9.5 3v10M11 5.5h1.2M11 8h1.2',
  search: 'M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9M10.3 10.3 14 14',
  pin: 'M9.5 2 14 6.5 11 7.5 8.5 10 8 13 3 8l3-.5L8.5 5ZM5.5 10.5 2 14',
} as const;

/** A sign; its button carries the name. */
export function icon(name: keyof typeof PATHS): SVGSVGElement {
  return s(
    'svg',
    { width: 16, height: 16, viewBox: '0 0 16 16', 'aria-hidden': 'true', class: 'sign' },
    s('path', {
      d: PATHS[name],
      fill: 'none',
      stroke: 'currentColor',
      'stroke-width': 1.1,
      'stroke-linejoin': 'round',
      'stroke-linecap': 'round',
    }),
  );
}
