// SPDX-License-Identifier: GPL-2.0-only
/** Overlays: annotations to try on one program, from the file beside it and from the setting. */
import { strict as assert } from 'node:assert';
import * as vscode from 'vscode';
import type { FileState } from '../../../src/extension/file-state';
import type { Test } from '../../support/table';
import { closeAll, diagnostics, file, openVerified, poll, settled, store, withSetting, write } from './support';

const FORBIDS = JSON.stringify({ kfuncs: [{ name: 'bpf_task_from_pid', flags: ['KF_FORBID_FAULT'] }] });

const heldCopy = (s: FileState): string | undefined => s.result?.programs.find((p) => p.program === 'task_held_copy')?.verdict;

async function opened(name: string): Promise<vscode.Uri> {
  await closeAll();
  await vscode.workspace.fs.copy(file('contexts.bpf.c'), file(name), { overwrite: true });
  const { uri, state } = await openVerified(name);
  assert.equal(state.policy, 'linux-7.3', 'overlays must work under the default policy');
  return uri;
}

export const overlays: readonly Test[] = [
  {
    name: 'the overlay beside a file is read, and watched: it appears, changes, breaks and goes',
    run: async () => {
      const uri = await opened('overlaid.bpf.c');
      assert.equal(heldCopy((await store()).get(uri)!), 'accept');
      const overlay = await write('overlaid.bpf-overlay.json', FORBIDS);
      const applied = await settled(uri, (x) => x.busy === null && heldCopy(x) === 'reject');
      assert.match(applied.result!.programs.find((p) => p.program === 'task_held_copy')!.message.join('\n'), /in nofault region/);
      const text = '{\n  "kfuncs": [\n    { "name": "bpf_task_from_pid", "flags": ["KF_NONSENSE"] }\n  ]\n}';
      await write('overlaid.bpf-overlay.json', text);
      const broken = await settled(uri, (x) => x.busy === null && x.error !== null);
      assert.equal(broken.error!.title, 'The overlay overlaid.bpf-overlay.json cannot be used');
      assert.equal(broken.error!.kind, 'unreadable');
      assert.equal(broken.result, applied.result, 'the last good result must stay');
      const inFile = await diagnostics(overlay, (l) => l.length === 1);
      assert.match(inFile[0]!.message, /\$\.kfuncs\[0\]\.flags\[0\]: unknown flag 'KF_NONSENSE'/);
      assert.equal(inFile[0]!.source, 'bpf overlay');
      // an open document follows its file with a delay of its own
      const flagged = async (): Promise<boolean> =>
        (await vscode.workspace.openTextDocument(overlay)).getText(inFile[0]!.range) === '"KF_NONSENSE"';
      await poll(flagged, 'the diagnostic on the flag');
      await diagnostics(uri, (l) => l.length === 1 && l[0]!.message.includes('overlaid.bpf-overlay.json cannot be used'));
      await write(
        'overlaid.bpf-overlay.json',
        text.replace('"flags": ["KF_NONSENSE"]', '"clear": ["KF_ACQUIRE"]').replace('bpf_task_from_pid', 'bpf_no_such_kfunc'),
      );
      const unknown = await diagnostics(overlay, (l) => l.length === 1 && l[0]!.message.includes('no such function'));
      await poll(
        async () => (await vscode.workspace.openTextDocument(overlay)).getText(unknown[0]!.range) === '"bpf_no_such_kfunc"',
        'the diagnostic on the name',
      );
      await vscode.workspace.fs.delete(overlay);
      await settled(uri, (x) => x.busy === null && x.error === null && heldCopy(x) === 'accept');
      await diagnostics(overlay, (l) => l.length === 0);
      await closeAll();
    },
  },
  {
    name: 'overlays of the setting are read and watched; one that is not there is said, not taken for a bug',
    run: async () => {
      const uri = await opened('named.bpf.c');
      await withSetting('overlays', ['rules/tried.json'], async () => {
        const missing = await settled(uri, (x) => x.busy === null && x.error !== null);
        assert.equal(missing.error!.kind, 'unreadable', missing.error!.message);
        assert.equal(missing.error!.title, 'The overlay tried.json cannot be read');
        await write('rules/tried.json', FORBIDS);
        await settled(uri, (x) => x.busy === null && x.error === null && heldCopy(x) === 'reject');
        await write('rules/tried.json', '{}');
        await settled(uri, (x) => x.busy === null && x.error === null && heldCopy(x) === 'accept');
      });
      await settled(uri, (x) => x.busy === null && x.error === null);
      await closeAll();
    },
  },
  {
    name: 'an overlay is completed by its schema',
    run: async () => {
      const text = '{\n  "kfuncs": [{ "name": "bpf_x", "flags": [] }]\n}';
      const uri = await write('complete.bpf-overlay.json', text);
      const document = await vscode.workspace.openTextDocument(uri);
      await vscode.window.showTextDocument(document);
      const found = await poll(async () => {
        const list = await vscode.commands.executeCommand<vscode.CompletionList>(
          'vscode.executeCompletionItemProvider',
          uri,
          document.positionAt(text.indexOf('[]') + 1),
        );
        return list.items.some((i) => String(typeof i.label === 'string' ? i.label : i.label.label).includes('KF_FORBID_FAULT'));
      }, 'completions of the schema');
      assert.ok(found);
      await closeAll();
      await vscode.workspace.fs.delete(uri);
    },
  },
];
