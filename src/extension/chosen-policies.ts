// SPDX-License-Identifier: GPL-2.0-only
import * as vscode from 'vscode';
import { isWithin } from './file-watch';
import { readSettings } from './settings';

const PREFIX = 'policy:';
const keyOf = (uri: vscode.Uri): string => `${PREFIX}${uri.toString()}`;

/** Policies that were chosen for single files, remembered in the workspace; the setting decides for all others. */
export class ChosenPolicies {
  constructor(private readonly memento: vscode.Memento) {}

  /** The policy in force for a file. */
  of(uri: vscode.Uri): string {
    return this.memento.get<string>(keyOf(uri)) ?? readSettings(uri).policy;
  }

  /** Another policy for a file; null to follow the setting again. */
  async choose(uri: vscode.Uri, policy: string | null): Promise<void> {
    await this.memento.update(keyOf(uri), policy ?? undefined);
  }

  /** A file or folder has another name now: what was chosen moves along. Returns the new names of files that have a choice. */
  async moved(from: vscode.Uri, to: vscode.Uri): Promise<vscode.Uri[]> {
    const found: vscode.Uri[] = [];
    for (const key of this.memento.keys().filter((k) => k.startsWith(PREFIX))) {
      const old = vscode.Uri.parse(key.slice(PREFIX.length));
      if (!isWithin(old, from)) continue;
      const now = to.with({ path: `${to.path}${old.path.slice(from.path.length)}` });
      await this.memento.update(keyOf(now), this.memento.get(key));
      await this.memento.update(key, undefined);
      found.push(now);
    }
    return found;
  }
}
