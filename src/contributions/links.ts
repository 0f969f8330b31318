// SPDX-License-Identifier: GPL-2.0-only
import { idOf } from './names';

/** A link to a command in the words of a view or walkthrough. */
export function commandLinkOf(text: string, command: string): string {
  return `[${text}](command:${idOf(command)})`;
}

/** Links to what VS Code itself does. */
export const FIRST_STEPS = { openFile: '[Open a file](command:workbench.action.files.openFile)' } as const;
