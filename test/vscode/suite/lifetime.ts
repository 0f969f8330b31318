// SPDX-License-Identifier: GPL-2.0-only
/** Files that are closed, deleted, moved; C files that are no programs; warnings of headers. */
import { strict as assert } from 'node:assert';
import { rm, writeFile } from 'node:fs/promises';
import * as vscode from 'vscode';
import type { Test } from '../../support/table';
import { closeAll, diagnostics, file, openVerified, settled, store, until, withSetting, write } from './support';

async function copied(name: string): Promise<vscode.Uri> {
  await closeAll();
  await vscode.workspace.fs.copy(file('contexts.bpf.c'), file(name), { overwrite: true });
  const { uri } = await openVerified(name);
  await diagnostics(uri, (l) => l.length > 0);
  return uri;
}

export const lifetime: readonly Test[] = [
  {
    name: 'a file that is deleted on the disk leaves no verdict and no problems, and comes back with them',
    run: async () => {
      const uri = await copied('taken-away.bpf.c');
      const text = await vscode.workspace.fs.readFile(uri);
      // by somebody else: what the editor deletes itself it also closes
      await rm(uri.fsPath);
      const state = await settled(uri, (s) => s.error?.kind === 'gone');
      assert.equal(state.result, null);
      assert.equal(state.error!.title, 'taken-away.bpf.c is not there any more');
      await diagnostics(uri, (l) => l.length === 0);
      await writeFile(uri.fsPath, text);
      await settled(uri, (s) => s.busy === null && s.result !== null && s.error === null);
      await diagnostics(uri, (l) => l.length > 0);
      await closeAll();
    },
  },
  {
    name: 'a folder that is deleted takes what is known of its files with it',
    run: async () => {
      await closeAll();
      await vscode.workspace.fs.createDirectory(file('doomed'));
      await vscode.workspace.fs.copy(file('bpf_example.h'), file('doomed/bpf_example.h'), { overwrite: true });
      await vscode.workspace.fs.copy(file('contexts.bpf.c'), file('doomed/inner.bpf.c'), { overwrite: true });
      const { uri } = await openVerified('doomed/inner.bpf.c');
      await diagnostics(uri, (l) => l.length > 0);
      await rm(file('doomed').fsPath, { recursive: true });
      await settled(uri, (s) => s.error?.kind === 'gone' && s.result === null);
      await diagnostics(uri, (l) => l.length === 0);
      await closeAll();
    },
  },
  {
    name: 'a file that is renamed keeps its policy, and its old name keeps nothing',
    run: async () => {
      const s = await store();
      const uri = await copied('before.bpf.c');
      await s.setPolicy(uri, 'forbid-fault');
      const now = file('after.bpf.c');
      const edit = new vscode.WorkspaceEdit();
      edit.renameFile(uri, now, { overwrite: true });
      assert.ok(await vscode.workspace.applyEdit(edit));
      await vscode.window.showTextDocument(now);
      const state = await settled(now, (x) => x.busy === null && x.result?.policy === 'forbid-fault');
      assert.equal(state.policy, 'forbid-fault');
      await diagnostics(now, (l) => l.length > 0 && l.every((d) => d.source === 'bpf forbid-fault'));
      await diagnostics(uri, (l) => l.length === 0);
      assert.equal(s.get(uri), undefined);
      await s.setPolicy(now, null);
      await closeAll();
    },
  },
  {
    name: 'a file that is closed while its graph is shown: its problems go, what is shown is old, and opening it makes it new',
    run: async () => {
      const s = await store();
      const uri = await copied('shown.bpf.c');
      await vscode.commands.executeCommand('bpfContext.showGraph', { uri: uri.toString(), program: 'rcu_copy' });
      const tab = vscode.window.tabGroups.all
        .flatMap((g) => g.tabs)
        .find((t) => t.input instanceof vscode.TabInputText && t.input.uri.toString() === uri.toString());
      assert.ok(tab);
      await vscode.window.tabGroups.close(tab);
      const state = await settled(uri, (x) => x.error?.kind === 'closed');
      assert.equal(state.result!.programs.length, 9);
      await diagnostics(uri, (l) => l.length === 0);
      await vscode.window.showTextDocument(uri, { viewColumn: vscode.ViewColumn.One });
      await settled(uri, (x) => x.busy === null && x.error === null && x.result !== null);
      await closeAll();
      await until(
        s.onDidChange,
        () => (s.get(uri) === undefined ? true : undefined),
        () => 'the end of the file’s state',
      );
    },
  },
  {
    name: 'files that are closed are forgotten, and a setting that changes makes none of them run again',
    run: async () => {
      const s = await store();
      await closeAll();
      const objects = ['one.bpf.o', 'two.bpf.o', 'three.bpf.o'].map(file);
      for (const uri of objects) {
        await vscode.workspace.fs.copy(file('first_look.bpf.o'), uri, { overwrite: true });
        await vscode.commands.executeCommand('vscode.open', uri);
        await settled(uri);
      }
      await copied('left.bpf.c');
      await closeAll();
      await until(
        s.onDidChange,
        // other documents that earlier tests closed may go late, too
        () => (s.all().length === 0 ? true : undefined),
        () => `the end of ${s.all().map((state) => state.uri.path)}`,
      );
      const { uri } = await openVerified('contexts.bpf.c');
      const ran = new Set<string>();
      const listener = s.onDidChange((state) => ran.add(state.uri.toString()));
      await withSetting('timeout', 59, () =>
        until(
          s.onDidChange,
          () => (ran.has(uri.toString()) && s.get(uri)?.busy === null && s.get(uri)?.result !== null ? true : undefined),
          () => 'the open file, verified anew',
        ),
      );
      listener.dispose();
      assert.deepEqual([...ran], [uri.toString()]);
      assert.deepEqual(
        s.all().map((state) => state.uri.toString()),
        [uri.toString()],
      );
      await closeAll();
    },
  },
  {
    name: 'a C file that is no BPF program is called that, with the place of the error in the file that has it',
    run: async () => {
      await closeAll();
      await write('loader_lib.h', '#pragma once\n\nint helper(void) { return no_such_thing; }\n');
      const uri = await write('loader.c', '#include "loader_lib.h"\n\nint main(void) { return helper(); }\n');
      await vscode.window.showTextDocument(uri);
      const state = await (await store()).run(uri);
      assert.equal(state.error!.kind, 'no-programs');
      assert.equal(state.error!.title, 'loader.c is no BPF program');
      assert.match(state.error!.message, /loader_lib\.h:3:27: use of undeclared identifier 'no_such_thing'/);
      const list = await diagnostics(uri, (l) => l.length === 1);
      assert.equal(list[0]!.severity, vscode.DiagnosticSeverity.Information);
      assert.deepEqual(vscode.languages.getDiagnostics(file('loader_lib.h')), []);
      await closeAll();
    },
  },
  {
    name: 'warnings of headers stay out of Problems, where errors are',
    run: async () => {
      await closeAll();
      const header = await write('noisy.h', '#pragma once\n#include "bpf_example.h"\n#warning "one of many"\n');
      const uri = await write('noisy.bpf.c', '#include "noisy.h"\nSEC("tc")\nint broken(void *ctx) { return nothing; }\n');
      await vscode.window.showTextDocument(uri);
      const [error] = await diagnostics(uri, (l) => l.length === 1);
      assert.equal(error!.severity, vscode.DiagnosticSeverity.Error);
      assert.deepEqual(vscode.languages.getDiagnostics(header), []);
      await closeAll();
    },
  },
  {
    name: 'any object opens in the editor of objects; one for another machine says so',
    run: async () => {
      await closeAll();
      await vscode.workspace.fs.copy(file('contexts.bpf.o'), file('plain.o'), { overwrite: true });
      await vscode.commands.executeCommand('vscode.open', file('plain.o'));
      const state = await settled(file('plain.o'), (s) => s.busy === null && s.result !== null);
      assert.equal(state.result!.programs.length, 9);
      assert.ok(vscode.window.tabGroups.activeTabGroup.activeTab?.input instanceof vscode.TabInputCustom);
      await diagnostics(file('plain.o'), (l) => l.length >= 0);
      await closeAll();
      const s = await store();
      await until(
        s.onDidChange,
        () => (s.get(file('plain.o')) === undefined ? true : undefined),
        () => 'the end of the object’s state',
      );
      await diagnostics(file('plain.o'), (l) => l.length === 0);
    },
  },
];
