// SPDX-License-Identifier: GPL-2.0-only
/** Programs under a policy file: a class that only the file knows, and what happens when the file changes, breaks or goes. */
import { strict as assert } from 'node:assert';
import * as vscode from 'vscode';
import type { FileState } from '../../../src/extension/file-state';
import type { Test } from '../../support/table';
import {
  catalog,
  closeAll,
  diagnostics,
  file,
  hoverText,
  lineOf,
  openVerified,
  settled,
  store,
  until,
  withSetting,
  write,
} from './support';

/** Written from docs/policies.md alone. */
const NMI = `{
  "id": "fit-for-nmi",
  "title": "Fit for an NMI",
  "description": "Mainline, and sections in which code must be fit for an NMI.",
  "extends": "linux-7.3",
  "classes": [
    {
      "name": "nmi",
      "letter": "N",
      "colour": "red",
      "title": "NMI section",
      "forbids": ["sleep", "leave"],
      "nesting": "once",
      "words": { "region": "NMI section", "leaving": "NMI section", "nested": "NMI sections do not nest" }
    }
  ],
  "kfuncs": [
    { "name": "bpf_nmi_enter", "enters": "nmi", "proto": { "ret": "void" } },
    { "name": "bpf_nmi_exit", "leaves": "nmi", "proto": { "ret": "void" } }
  ]
}
`;

const PROGRAMS = `#include "bpf_example.h"

extern void bpf_nmi_enter(void) __ksym __weak;
extern void bpf_nmi_exit(void) __ksym __weak;

u64 sum;

SEC("fentry.s/__x64_sys_getpgid")
int copy_inside(void *ctx)
{
	u64 buf = 0;

	bpf_nmi_enter();
	bpf_copy_from_user(&buf, sizeof(buf), (void *)0x1000);
	bpf_nmi_exit();
	sum += buf;
	return 0;
}

SEC("fentry.s/__x64_sys_getpgid")
int copy_after(void *ctx)
{
	u64 buf = 0;

	bpf_nmi_enter();
	sum++;
	bpf_nmi_exit();
	bpf_copy_from_user(&buf, sizeof(buf), (void *)0x1000);
	sum += buf;
	return 0;
}

SEC("fentry.s/__x64_sys_getpgid")
int twice(void *ctx)
{
	bpf_nmi_enter();
	bpf_nmi_enter();
	bpf_nmi_exit();
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
`;

const FILE = 'fit.bpf-policy.json';

const verdicts = (s: FileState): Record<string, string> => Object.fromEntries(s.result!.programs.map((p) => [p.program, p.verdict]));

async function known(id: string, there: boolean): Promise<void> {
  const c = await catalog();
  await until(
    c.onDidChange,
    () => (c.all().some((p) => p.id === id) === there ? true : undefined),
    () => `${id} ${there ? 'in' : 'out of'} the catalogue`,
  );
}

/** Opens the programs under the file. */
async function opened(name: string): Promise<{ uri: vscode.Uri; document: vscode.TextDocument; state: FileState }> {
  await closeAll();
  // from nothing, so that what is known of it is not what an earlier test left
  await vscode.workspace.fs.delete(file(FILE)).then(undefined, () => undefined);
  await known(FILE, false);
  await write(FILE, NMI);
  await known(FILE, true);
  await write(name, PROGRAMS);
  const { uri, document } = await openVerified(name);
  await (await store()).setPolicy(uri, FILE);
  return { uri, document, state: await settled(uri, (s) => s.busy === null && s.result?.policy === 'fit-for-nmi') };
}

export const policies: readonly Test[] = [
  {
    name: 'a policy file written from the documentation decides: verdicts, diagnostics, hovers and disassembly know its class',
    run: async () => {
      const { uri, document, state } = await opened('nmi.bpf.c');
      assert.equal(state.error, null);
      assert.deepEqual(verdicts(state), { copy_inside: 'reject', copy_after: 'accept', twice: 'reject' });
      const text = document.getText();
      const list = await diagnostics(uri, (l) => l.length === 2);
      const inside = list.find((d) => d.message.startsWith('bpf_copy_from_user() '))!;
      assert.match(inside.message, /^bpf_copy_from_user\(\) may sleep inside the NMI section: line \d+: bpf_nmi_enter\(\)/);
      assert.equal(inside.source, 'bpf fit-for-nmi');
      const line = lineOf(text, 'bpf_copy_from_user', lineOf(text, 'int copy_inside'));
      assert.equal(inside.range.start.line, line);
      assert.ok(inside.relatedInformation!.some((r) => document.lineAt(r.location.range.start.line).text.includes('bpf_nmi_enter')));
      assert.match(list.find((d) => d !== inside)!.message, /NMI section/);
      const rejected = await hoverText(uri, line, 2);
      assert.match(rejected, /Rejected here/);
      assert.match(rejected, /\| N 1 \| NMI section/);
      const between = await hoverText(uri, lineOf(text, 'sum++'), 2);
      assert.match(between, /must not sleep/i);
      assert.match(between, /NMI section/);
      const after = await hoverText(uri, lineOf(text, 'bpf_copy_from_user', lineOf(text, 'int copy_after')), 2);
      assert.match(after, /may sleep here/i);
      assert.doesNotMatch(after, /NMI section/);
      const graph = (await (await store()).graph(uri, 'copy_after'))!;
      const held = graph.nodes.flatMap((n) => n.instructions).flatMap((i) => i.held);
      assert.ok(
        held.length > 0 && held.every((h) => h.letter === 'N' && h.title === 'NMI section' && h.forbids.includes('sleep')),
        JSON.stringify(held[0]),
      );
      await vscode.commands.executeCommand('bpfContext.showDisassembly', { uri: uri.toString(), program: 'copy_after' });
      const shown = await until(
        vscode.window.onDidChangeActiveTextEditor,
        () =>
          vscode.window.activeTextEditor?.document.uri.scheme === 'bpf-disassembly' ? vscode.window.activeTextEditor.document : undefined,
        () => 'the disassembly',
      );
      assert.match(shown.getText(), /call bpf_nmi_exit.*; holds N 1/);
      await closeAll();
    },
  },
  {
    name: 'a change of the policy file verifies anew, typed or written, and so does its healing',
    run: async () => {
      const { uri } = await opened('changes.bpf.c');
      const policy = await write(FILE, NMI.replace('"sleep", "leave"', '"leave"'));
      const written = await settled(uri, (s) => s.busy === null && s.error === null && verdicts(s)['copy_inside'] === 'accept');
      assert.deepEqual(verdicts(written), { copy_inside: 'accept', copy_after: 'accept', twice: 'reject' });
      const saving = vscode.workspace.getConfiguration('files');
      await saving.update('autoSave', 'off', vscode.ConfigurationTarget.Global);
      const document = await vscode.workspace.openTextDocument(policy);
      const editor = await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.Two });
      await editor.edit((e) =>
        e.replace(
          new vscode.Range(
            document.positionAt(document.getText().indexOf('"once"')),
            document.positionAt(document.getText().indexOf('"once"') + 6),
          ),
          '"counter"',
        ),
      );
      const typed = await settled(
        uri,
        (s) =>
          s.busy === null &&
          s.error === null &&
          (s.result?.programs
            .find((p) => p.program === 'twice')
            ?.message.join('\n')
            .includes('do not nest') ?? true) === false,
      );
      assert.equal(document.isDirty, true, 'the edit counts before it is saved');
      assert.equal(verdicts(typed)['twice'], 'reject', 'left inside the section');
      await vscode.commands.executeCommand('workbench.action.files.revert');
      const back = await settled(
        uri,
        (s) => s.busy === null && s.result!.programs.some((p) => p.message.join('\n').includes('do not nest')),
      );
      assert.deepEqual(verdicts(back), verdicts(written));
      await saving.update('autoSave', undefined, vscode.ConfigurationTarget.Global);
      await closeAll();
    },
  },
  {
    name: 'a policy file that breaks keeps the last good result, marked, and says why; healing brings a fresh one',
    run: async () => {
      const { uri, document, state } = await opened('breaks.bpf.c');
      await diagnostics(uri, (l) => l.length === 2);
      const policy = await write(FILE, NMI.replace('"nesting": "once"', '"nesting": "twice"'));
      const broken = await settled(uri, (s) => s.busy === null && s.error !== null);
      assert.equal(broken.result, state.result, 'the last good result must stay');
      assert.equal(broken.error!.kind, 'unreadable');
      assert.equal(broken.error!.title, `The policy ${FILE} cannot be used`);
      const inFile = await diagnostics(policy, (l) => l.length === 1);
      assert.equal(inFile[0]!.source, 'bpf policy');
      assert.match(inFile[0]!.message, /must be one of counter, once/);
      // the editor may still have the text before the change
      const shown = await vscode.workspace.openTextDocument(policy);
      const there = (): string | undefined => (shown.getText().includes('"twice"') ? shown.getText(inFile[0]!.range) : undefined);
      assert.equal(await until(vscode.workspace.onDidChangeTextDocument, there, () => shown.getText()), '"twice"');
      const [onC] = await diagnostics(uri, (l) => l.length === 1 && l[0]!.code === 'unreadable');
      assert.match(onC!.message, /cannot be used/);
      assert.match(onC!.message, /must be one of counter, once/);
      assert.equal(onC!.relatedInformation![0]!.location.uri.toString(), policy.toString());
      const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', uri, 100);
      assert.ok(
        lenses.some((l) => /^\$\(error\) rejected.*\(stale\)$/.test(l.command?.title ?? '')),
        lenses.map((l) => l.command?.title).join(' | '),
      );
      assert.match(await hoverText(uri, lineOf(document.getText(), 'sum++'), 2), /last good result/);
      await write(FILE, NMI);
      const healed = await settled(uri, (s) => s.busy === null && s.error === null);
      assert.deepEqual(verdicts(healed), verdicts(state));
      await diagnostics(policy, (l) => l.length === 0);
      await diagnostics(uri, (l) => l.length === 2);
      await closeAll();
    },
  },
  {
    name: 'a policy file that is deleted keeps the last good result, marked, and says so; it heals when it is back',
    run: async () => {
      const { uri, state } = await opened('deleted.bpf.c');
      // gone is gone, also while an editor still shows it
      await vscode.window.showTextDocument(vscode.Uri.joinPath(uri, '..', FILE), { viewColumn: vscode.ViewColumn.Two });
      await vscode.workspace.fs.delete(vscode.Uri.joinPath(uri, '..', FILE));
      const gone = await settled(uri, (s) => s.busy === null && s.error !== null);
      assert.equal(gone.result, state.result);
      assert.equal(gone.error!.kind, 'unreadable', gone.error!.message);
      assert.equal(gone.error!.title, `There is no policy ${FILE}`);
      await diagnostics(uri, (l) => l.length === 1 && l[0]!.message.startsWith(`There is no policy ${FILE}`));
      await write(FILE, NMI);
      const back = await settled(uri, (s) => s.busy === null && s.error === null);
      assert.deepEqual(verdicts(back), verdicts(state));
      await closeAll();
    },
  },
  {
    name: 'a policy file can be set for all programs, and a policy of a file’s own can be taken back',
    run: async () => {
      const { uri } = await opened('set.bpf.c');
      const s = await store();
      await s.setPolicy(uri, null);
      assert.equal((await settled(uri, (x) => x.busy === null && x.result?.policy === 'linux-7.3')).policy, 'linux-7.3');
      await withSetting('policy', FILE, async () => {
        const state = await settled(uri, (x) => x.busy === null && x.result?.policy === 'fit-for-nmi');
        assert.equal(state.policy, FILE);
        assert.equal(verdicts(state)['copy_inside'], 'reject');
      });
      await withSetting('policy', 'no-such-policy', async () => {
        const state = await settled(uri, (x) => x.busy === null && x.error !== null);
        assert.equal(state.error!.title, 'There is no policy no-such-policy');
        assert.equal(state.error!.kind, 'unreadable');
      });
      await settled(uri, (x) => x.busy === null && x.error === null && x.result?.policy === 'linux-7.3');
      await closeAll();
    },
  },
  {
    name: 'comparing with a policy file: differences name its rules, follow its changes, and say why when it is unusable',
    run: async () => {
      const { uri } = await opened('compared.bpf.c');
      const s = await store();
      await s.setPolicy(uri, 'linux-7.3');
      await settled(uri, (x) => x.busy === null && x.result?.policy === 'linux-7.3');
      await s.setCompare(uri, FILE);
      const compared = await settled(uri, (x) => x.compare?.busy === false);
      assert.equal(compared.compare!.error, null);
      assert.equal(compared.compare!.result!.programs.find((p) => p.program === 'copy_inside')!.verdict, 'reject');
      assert.equal(
        compared.result!.programs.find((p) => p.program === 'copy_inside')!.verdict,
        'reject',
        'mainline does not have the kfunc',
      );
      const comparison = await s.comparison(uri, 'copy_inside');
      assert.equal(comparison!.differences[0]!.kinds[0], 'verdict');
      assert.match(comparison!.differences[0]!.sentence, /Rule: bpf_nmi_enter is added, enters nmi/);
      await write(FILE, NMI.replace('"sleep", "leave"', '"leave"'));
      const followed = await settled(
        uri,
        (x) => x.compare?.busy === false && x.compare.result?.programs.find((p) => p.program === 'copy_inside')?.verdict === 'accept',
      );
      assert.equal(followed.result, compared.result, 'the policy in force did not change');
      await write(FILE, '{');
      const broken = await settled(uri, (x) => x.compare?.busy === false && x.compare.error !== null);
      assert.equal(broken.compare!.error!.title, `The policy ${FILE} cannot be used`);
      assert.equal(broken.error, null, 'the policy in force is fine');
      await vscode.workspace.fs.delete(vscode.Uri.joinPath(uri, '..', FILE));
      await settled(uri, (x) => x.compare?.busy === false && x.compare.error?.title === `There is no policy ${FILE}`);
      await s.setCompare(uri, '');
      assert.equal(s.get(uri)!.compare, null);
      await closeAll();
    },
  },
];
