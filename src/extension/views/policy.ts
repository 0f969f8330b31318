// SPDX-License-Identifier: GPL-2.0-only
import * as vscode from 'vscode';
import type { PolicyInfo } from '../../protocol/model';
import { activeFile } from '../files';
import type { PolicyCatalog } from '../policies';
import { readSettings } from '../settings';
import type { AnalysisStore } from '../store';
import { commandId } from '../../contributions/commands';

/** The tree "Policy": all regimes, the one in force for the file in front ticked; one click switches. */
export class PolicyView implements vscode.TreeDataProvider<PolicyInfo>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly subscriptions: vscode.Disposable[];
  private file: vscode.Uri | null = null;

  constructor(
    private readonly store: AnalysisStore,
    private readonly catalog: PolicyCatalog,
  ) {
    const update = (): void => {
      this.file = activeFile() ?? this.file;
      this.changed.fire();
    };
    this.subscriptions = [
      vscode.window.onDidChangeActiveTextEditor(update),
      vscode.window.tabGroups.onDidChangeTabs(update),
      catalog.onDidChange(update),
      store.onDidChange((state) => {
        if (state.busy === null || this.file === null) update();
      }),
    ];
  }

  dispose(): void {
    for (const s of this.subscriptions) s.dispose();
    this.changed.dispose();
  }

  getChildren(node?: PolicyInfo): PolicyInfo[] {
    return node === undefined ? [...this.catalog.all()] : [];
  }

  getTreeItem(policy: PolicyInfo): vscode.TreeItem {
    const current = (this.file === null ? undefined : this.store.get(this.file)?.policy) ?? readSettings(this.file ?? undefined).policy;
    const chosen = policy.id === current;
    const item = new vscode.TreeItem(policy.id);
    item.description = policy.title;
    item.tooltip = policy.description;
    item.iconPath = new vscode.ThemeIcon(chosen ? 'check' : 'circle-large-outline');
    item.accessibilityInformation = {
      label: chosen ? vscode.l10n.t('{0}, {1}, in force', policy.id, policy.title) : `${policy.id}, ${policy.title}`,
    };
    item.command = { command: commandId('usePolicy'), title: vscode.l10n.t('Use this policy'), arguments: [policy.id] };
    return item;
  }

  /** Puts a policy in force for the file in front. */
  async use(id: string): Promise<void> {
    const file = activeFile() ?? this.file;
    if (file !== null && this.catalog.all().some((p) => p.id === id)) await this.store.setPolicy(file, id);
  }
}
