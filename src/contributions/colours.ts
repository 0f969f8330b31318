// SPDX-License-Identifier: GPL-2.0-only
/** Colours and icons, which themes and other extensions may use and change. */
import { idOf } from './names';

type Themes = readonly [dark: string, light: string, highContrast: string, highContrastLight: string];
const everywhere = (colour: string): Themes => [colour, colour, colour, colour];
const ORANGE: Themes = ['charts.orange', '#B8730A', '#FF9FD0', '#A04A00'];

export const COLOURS = {
  maySleep: { description: 'May sleep', themes: ['charts.blue', '#0063D3', 'charts.blue', '#0063D3'] },
  noFault: { description: 'Faults are forbidden', themes: everywhere('charts.purple') },
  lock: { description: 'A lock is held', themes: everywhere('charts.purple') },
  rcu: { description: 'RCU read section', themes: everywhere('charts.green') },
  preempt: { description: 'Preemption is disabled', themes: ORANGE },
  irq: { description: 'IRQs are disabled', themes: ORANGE },
  reference: { description: 'A reference is held', themes: everywhere('foreground') },
  rejected: { description: 'The verifier rejects this', themes: everywhere('charts.red') },
  attention: { description: 'Different, stale, unknown or hot', themes: ['charts.yellow', '#8F6600', 'charts.yellow', '#8F6600'] },
} as const satisfies Readonly<Record<string, { readonly description: string; readonly themes: Themes }>>;

export type ColourName = keyof typeof COLOURS;

/** The id of a colour, as themes spell it. */
export function colourId(name: ColourName): string {
  return idOf(name);
}

/** Icons of the font `media/bpf-icons.woff`, in the order of its characters from U+E001. */
export const ICONS = {
  'bpf-may-sleep': 'May sleep',
  'bpf-no-fault': 'May sleep, not fault',
  'bpf-must-not-sleep': 'Must not sleep',
  'bpf-depends': 'Depends on the path',
  'bpf-unreachable': 'Unreachable',
  'bpf-not-visited': 'Not visited',
  'bpf-unknown': 'Unknown',
  'bpf-rejected': 'Rejected',
} as const;
