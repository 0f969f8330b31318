// SPDX-License-Identifier: GPL-2.0-only
/** Views, panels and editors, with their words. */
import { commandLinkOf, FIRST_STEPS } from './links';
import { idOf, SECTION } from './names';

export const CONTAINER = { id: SECTION, title: 'BPF context', icon: 'media/activity.svg' } as const;

/** Trees of the side bar; `welcome` is what one shows that is empty. */
export const VIEWS = {
  programs: {
    id: idOf('programs'),
    name: 'Programs',
    welcome: `No BPF program was found in this workspace. Open a C file that has a SEC("…") function, BPF assembly (.bpf.s), or a .bpf.o object.\n${FIRST_STEPS.openFile}\n${commandLinkOf('Open the sample', 'openSample')}`,
  },
  held: {
    id: idOf('held'),
    name: 'Held at cursor',
    welcome: 'Put the cursor on a line of a verified BPF program to see what is held there.',
  },
  policies: { id: idOf('policies'), name: 'Policy', welcome: null },
} as const;

/** Type of the panels with a graph. */
export const PANEL_TYPE = idOf('graph');

/** Type of the tab "Loads on". */
export const LOADS_ON_TYPE = idOf('loadsOn');

/** Types of the editor of objects: by their name, and by *Open With* for any file, since the content tells. */
export const OBJECT_EDITORS = {
  named: { viewType: idOf('object'), displayName: 'BPF object', patterns: ['*.o', '*.bpf', '*.bpf.elf', '*.o.gz'], priority: 'default' },
  any: { viewType: idOf('anyObject'), displayName: 'BPF object (whatever its name)', patterns: ['*'], priority: 'option' },
} as const;

/** Whether a custom editor is ours. */
export function isObjectEditor(viewType: string): boolean {
  return Object.values(OBJECT_EDITORS).some((editor) => editor.viewType === viewType);
}

/** Entries of the language status. */
export const STATUS_ITEMS = {
  verdict: idOf('verdict'),
  files: idOf('files'),
  compiled: idOf('compiled'),
  kernel: idOf('kernel'),
  loadsOn: idOf('loadsOn'),
} as const;
