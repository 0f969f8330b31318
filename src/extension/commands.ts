// SPDX-License-Identifier: GPL-2.0-only
import * as vscode from 'vscode';
import { commandId, type CommandName } from '../contributions/commands';

/** What commands do, by name. Each is given what VS Code, a lens or a link passes. */
export type CommandTable = Readonly<Partial<Record<CommandName, (argument: unknown, ...more: readonly unknown[]) => unknown>>>;

/** Registers commands under their ids. */
export function registerCommands(table: CommandTable): vscode.Disposable {
  return vscode.Disposable.from(
    ...Object.entries(table).map(([name, run]) => vscode.commands.registerCommand(commandId(name as CommandName), run)),
  );
}
