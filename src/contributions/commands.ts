// SPDX-License-Identifier: GPL-2.0-only
/** Commands: a row makes the entry in the palette, its words and its places in menus. */
import { GRAPH_COMMANDS, type GraphCommandName } from './graph-commands';
import { CONTEXT_KEYS, idOf } from './names';
import { VIEWS } from './views';
import { DISASSEMBLY } from './names';

export interface Command {
  readonly title: string;
  /** Name of a codicon. */
  readonly icon?: string;
  /** `when` clause under which it can be called. */
  readonly enablement?: string;
  readonly menus?: Readonly<Record<string, { readonly when: string; readonly group: string }>>;
}

const rows = <K extends string>(table: Readonly<Record<K, Command>>): Readonly<Record<K, Command>> => table;

/** Commands of the palette, but those of the graph. */
export const EDITOR_COMMANDS = rows({
  showGraph: {
    title: 'Show BPF context graph',
    icon: 'type-hierarchy',
    menus: {
      'editor/title': { when: `resourceFilename =~ /\\.bpf\\.[cosS]$/ || resourceScheme == '${DISASSEMBLY.scheme}'`, group: 'navigation' },
      'explorer/context': { when: 'resourceFilename =~ /\\.(bpf\\.)?[cosS]$/', group: 'navigation@90' },
    },
  },
  openSample: { title: 'Open the sample program' },
  goToError: { title: 'Go to error' },
  showDisassembly: { title: 'Show BPF disassembly' },
  showVerdict: { title: 'Show why the BPF program is accepted or rejected' },
  selectPolicy: { title: 'Select context policy' },
  loadsOn: {
    title: 'Loads On…',
    icon: 'table',
    menus: { 'explorer/context': { when: 'explorerResourceIsFolder || resourceFilename =~ /\\.bpf\\.[cosS]$/', group: 'navigation@91' } },
  },
  selectKernel: { title: 'Select the kernel to verify as' },
  howCompiled: { title: 'How Is This File Compiled?' },
  chooseBuild: { title: 'Choose How This File Is Compiled…' },
  askBuild: { title: 'Ask make How This File Is Compiled…', enablement: 'isWorkspaceTrusted' },
  writeVmlinuxHeader: { title: 'Write vmlinux.h' },
  setConstant: { title: 'Set a Constant for Verification…' },
  anyConstant: { title: 'Verify a Constant for Any Value…' },
  resetConstant: { title: 'Take a Constant as Compiled…' },
  chooseAttachTarget: { title: 'Choose What a Program Is Attached To…' },
  chooseProgramType: { title: 'Choose the Program Type…' },
  chooseFiles: { title: 'Choose the Files of This Program…' },
  verify: { title: 'Verify BPF programs' },
  cancel: {
    title: 'Cancel verification',
    icon: 'stop-circle',
    enablement: CONTEXT_KEYS.verifying,
    menus: { 'view/title': { when: `view == ${VIEWS.programs.id} && ${CONTEXT_KEYS.verifying}`, group: 'navigation' } },
  },
  compareWith: {
    title: 'Compare with another policy or kernel',
    icon: 'diff',
    menus: { 'view/title': { when: `view == ${VIEWS.policies.id}`, group: 'navigation' } },
  },
  refreshPrograms: {
    title: 'Refresh the list of programs',
    icon: 'refresh',
    menus: { 'view/title': { when: `view == ${VIEWS.programs.id}`, group: 'navigation' } },
  },
});

/** Commands that only our own links, lenses and buttons call: they are not in the palette. */
const LINKED_COMMANDS = ['usePolicy', 'openPlace', 'showProblem', 'showConstant', 'runMake', 'dropKernel'] as const;

export type CommandName = keyof typeof EDITOR_COMMANDS | (typeof LINKED_COMMANDS)[number] | `graph.${GraphCommandName}`;

/** Everything in the palette, by name. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  ...EDITOR_COMMANDS,
  ...Object.fromEntries(
    Object.entries(GRAPH_COMMANDS).map(([name, { title }]) => [`graph.${name}`, { title, enablement: CONTEXT_KEYS.graphFocused }]),
  ),
};

/** Every command that the extension registers, by name. */
export const ALL_COMMANDS: readonly CommandName[] = [...(Object.keys(COMMANDS) as CommandName[]), ...LINKED_COMMANDS];

/** The id of a command, as VS Code knows it. */
export function commandId(name: CommandName): string {
  return idOf(name);
}
