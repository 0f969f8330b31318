// SPDX-License-Identifier: GPL-2.0-only
/** The page's colours as values for a canvas, resolved once a theme change. */
import type { ColourRole } from '../../src/marks/glyphs';

const NAMES = [
  'fg',
  'bg',
  'card',
  'off',
  'dim',
  'line',
  'sleep',
  'noFault',
  'lock',
  'rcu',
  'preempt',
  'irq',
  'reference',
  'rejected',
  'attention',
  'focus',
] as const;
export type CanvasColour = (typeof NAMES)[number] | ColourRole;

export interface CanvasColours {
  readonly of: (name: CanvasColour) => string;
  readonly font: string;
  readonly mono: string;
  /** Regions have no tint in high contrast. */
  readonly tint: number;
}

export function canvasColours(): CanvasColours {
  const probe = document.createElement('span');
  document.body.append(probe);
  const values = new Map<string, string>();
  for (const name of NAMES) {
    probe.style.color = name === 'focus' ? 'var(--vscode-focusBorder)' : name === 'line' ? 'var(--card-border)' : `var(--${name})`;
    values.set(name, getComputedStyle(probe).color);
  }
  probe.style.fontFamily = 'var(--vscode-font-family)';
  const font = getComputedStyle(probe).fontFamily;
  probe.style.fontFamily = 'var(--mono)';
  const mono = getComputedStyle(probe).fontFamily;
  const tint = parseFloat(getComputedStyle(document.body).getPropertyValue('--tint')) / 100;
  probe.remove();
  return { of: (name) => values.get(name) ?? '#888', font, mono, tint: Number.isFinite(tint) ? tint : 0.1 };
}
