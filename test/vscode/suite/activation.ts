// SPDX-License-Identifier: GPL-2.0-only
import { strict as assert } from 'node:assert';
import * as vscode from 'vscode';
import type { Test } from '../../support/table';
import { closeAll, extension, file, openVerified, settled, until, write } from './support';

interface Manifest {
  readonly contributes: { readonly commands: readonly { readonly command: string }[] };
}

function panels(): vscode.Tab[] {
  return vscode.window.tabGroups.all
    .flatMap((g) => g.tabs)
    .filter((t) => t.input instanceof vscode.TabInputWebview && t.input.viewType.endsWith('bpfContext.graph'));
}

const panelTab = (): Promise<vscode.Tab> =>
  until(
    vscode.window.tabGroups.onDidChangeTabs,
    () => panels().find((t) => t.label.startsWith('Context: ')),
    () => 'the panel of the graph',
  );

export const activation: readonly Test[] = [
  {
    name: 'C that is no BPF opens the door of the extension and loads nothing more; a BPF program loads the rest',
    run: async () => {
      const plain = await write('plain.c', 'int main(void)\n{\n\treturn 0;\n}\n');
      await vscode.window.showTextDocument(plain);
      const api = await extension().activate();
      assert.equal(api.started(), false);
      await openVerified('vma_walk.bpf.c');
      assert.equal(api.started(), true);
      await closeAll();
      await vscode.workspace.fs.delete(plain);
    },
  },
  {
    name: 'a C file activates the extension, and every contributed command is registered',
    run: async () => {
      await openVerified('vma_walk.bpf.c');
      assert.equal(extension().isActive, true);
      const known = new Set(await vscode.commands.getCommands(true));
      const contributed = (extension().packageJSON as Manifest).contributes.commands.map((c) => c.command);
      assert.ok(contributed.includes('bpfContext.showGraph'));
      assert.deepEqual(
        contributed.filter((c) => !known.has(c)),
        [],
      );
    },
  },
  {
    name: 'Show BPF context graph opens one panel a file, beside the editor',
    run: async () => {
      await closeAll();
      const { uri } = await openVerified('vma_walk.bpf.c');
      await vscode.commands.executeCommand('bpfContext.showGraph');
      const tab = await panelTab();
      assert.equal(tab.group.viewColumn, vscode.ViewColumn.Two);
      await vscode.commands.executeCommand('bpfContext.showGraph', { uri: uri.toString(), program: 'nested_walk' });
      await until(
        vscode.window.tabGroups.onDidChangeTabs,
        () => panels().find((t) => t.label === 'Context: nested_walk'),
        () => 'a panel named after nested_walk',
      );
      assert.equal(panels().length, 1);
      await closeAll();
      assert.equal(panels().length, 0);
    },
  },
  {
    name: 'objects open in the object editor and are verified without a compiler',
    run: async () => {
      await closeAll();
      const uri = file('contexts.bpf.o');
      await vscode.commands.executeCommand('vscode.open', uri);
      await until(
        vscode.window.tabGroups.onDidChangeTabs,
        () => vscode.window.tabGroups.activeTabGroup.activeTab?.input instanceof vscode.TabInputCustom || undefined,
        () => 'the object editor',
      );
      const state = await settled(uri);
      assert.equal(state.error, null);
      assert.equal(state.result?.programs.length, 9);
      await vscode.commands.executeCommand('bpfContext.showGraph');
      await panelTab();
      await closeAll();
    },
  },
];
