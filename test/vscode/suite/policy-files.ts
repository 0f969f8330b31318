// SPDX-License-Identifier: GPL-2.0-only
/** Writing a policy file: completion, validation, and what is wrong in it at the right place. */
import { strict as assert } from 'node:assert';
import * as vscode from 'vscode';
import type { Test } from '../../support/table';
import { catalog, closeAll, diagnostics, poll, until, write } from './support';

/** Labels that are offered at the mark `|` in a text. */
async function offered(name: string, marked: string): Promise<string[]> {
  const at = marked.indexOf('|');
  const uri = await write(name, marked.replace('|', ''));
  const document = await vscode.workspace.openTextDocument(uri);
  await vscode.window.showTextDocument(document);
  // another extension answers for schemas, when it is ready
  return poll(async () => {
    const list = await vscode.commands.executeCommand<vscode.CompletionList>(
      'vscode.executeCompletionItemProvider',
      uri,
      document.positionAt(at),
    );
    const labels = list.items.map((i) => (typeof i.label === 'string' ? i.label : i.label.label));
    return labels.length > 0 ? labels.map((l) => l.replace(/^"|"$/g, '')) : null;
  }, `completions in ${name}`).then((labels) => labels ?? []);
}

/** Replaces the text of an open document without saving it. */
async function type(document: vscode.TextDocument, text: string): Promise<void> {
  const edit = new vscode.WorkspaceEdit();
  edit.replace(document.uri, new vscode.Range(0, 0, document.lineCount, 0), text);
  await vscode.workspace.applyEdit(edit);
}

/** What a policy file says wrong, and the text that its squiggle is under. */
const WRONG: readonly { readonly what: string; readonly json: string; readonly under: string; readonly says: RegExp }[] = [
  {
    what: 'an unknown class',
    json: '{\n  "id": "wrong",\n  "kfuncs": [{ "name": "bpf_rcu_read_lock", "enters": "nosuch" }]\n}',
    under: '"nosuch"',
    says: /no class 'nosuch'; known: ref, rcu/,
  },
  {
    what: 'an unknown kfunc',
    json: '{\n  "id": "wrong",\n  "kfuncs": [\n    { "name": "bpf_no_such_kfunc", "flags": ["KF_SLEEPABLE"] }\n  ]\n}',
    under: '"bpf_no_such_kfunc"',
    says: /the kernel has no such function; a proto is needed to add it/,
  },
  {
    what: 'an unknown helper',
    json: '{\n  "id": "wrong",\n  "helpers": [{ "name": "bpf_no_such_helper", "sleeps": "no" }]\n}',
    under: '"bpf_no_such_helper"',
    says: /the kernel has no such helper/,
  },
  {
    what: 'a policy that extends itself',
    json: '{\n  "id": "wrong",\n  "extends": "wrong"\n}',
    under: '"wrong"',
    says: /must be one of linux-7\.3, /,
  },
  {
    what: 'a policy that extends a file',
    json: '{\n  "id": "wrong",\n  "extends": "wrong.bpf-policy.json"\n}',
    under: '"wrong.bpf-policy.json"',
    says: /must be one of linux-7\.3, /,
  },
  {
    what: 'a wrong type',
    json: '{\n  "id": "wrong",\n  "classes": [{ "name": "a", "mayFail": "yes" }]\n}',
    under: '"yes"',
    says: /must be true or false/,
  },
  { what: 'an unknown key', json: '{\n  "id": "wrong",\n  "klasses": []\n}', under: '"klasses"', says: /unknown key; known: / },
  { what: 'no id', json: '{\n  "extends": "linux-7.3"\n}', under: '{', says: /id is missing/ },
];

const ours = (d: vscode.Diagnostic): boolean => d.source === 'bpf policy';

export const policyFiles: readonly Test[] = [
  {
    name: 'a policy file is completed by its schema: members, values, flags',
    run: async () => {
      await closeAll();
      const members = await offered('complete.bpf-policy.json', '{\n  "id": "complete",\n  |\n}');
      for (const m of ['extends', 'classes', 'kfuncs', 'helpers', 'hazards'])
        assert.ok(members.includes(m), `${m} is not among ${members.join(', ')}`);
      const bases = await offered('complete2.bpf-policy.json', '{\n  "id": "complete",\n  "extends": |\n}');
      for (const b of ['linux-7.3', 'forbid-fault', 'context-classes'])
        assert.ok(bases.includes(b), `${b} is not among ${bases.join(', ')}`);
      const flags = await offered(
        'complete3.bpf-policy.json',
        '{\n  "id": "complete",\n  "kfuncs": [{ "name": "bpf_x", "flags": [|] }]\n}',
      );
      for (const f of ['KF_ACQUIRE', 'KF_FORBID_FAULT']) assert.ok(flags.includes(f), `${f} is not among ${flags.join(', ')}`);
      await closeAll();
    },
  },
  {
    name: 'what is wrong in a policy file is listed once, whoever says it',
    run: async () => {
      const uri = await write('once.bpf-policy.json', '{ "id": "once" }');
      const document = await vscode.workspace.openTextDocument(uri);
      await vscode.window.showTextDocument(document);
      const foreign: string[] = [];
      const listener = vscode.languages.onDidChangeDiagnostics(() =>
        foreign.push(
          ...vscode.languages
            .getDiagnostics(uri)
            .filter((d) => !ours(d))
            .map((d) => d.message),
        ),
      );
      for (const { json, says } of WRONG) {
        await type(document, json.replace('"wrong"', '"once"'));
        await diagnostics(uri, (l) => l.some((d) => ours(d) && says.test(d.message)));
      }
      assert.deepEqual(foreign, []);
      listener.dispose();
      // the editor's JSON support is there, and says what only it says
      await type(document, '{\n  "id": "once",\n  "extends" "linux-7.3"\n}');
      const all = (): readonly vscode.Diagnostic[] => vscode.languages.getDiagnostics(uri);
      const list = await until(
        vscode.languages.onDidChangeDiagnostics,
        () => (all().length > 0 && all().every((d) => !ours(d)) ? all() : undefined),
        () => `the editor's own error, there are ${JSON.stringify(all())}`,
      );
      assert.equal(list.length, 1);
      assert.equal(list[0]!.range.start.line, 2);
      await closeAll();
    },
  },
  {
    name: 'what is wrong in a policy file is said in it, at the right range, as it is typed',
    run: async () => {
      const uri = await write('wrong.bpf-policy.json', '{ "id": "wrong" }');
      const document = await vscode.workspace.openTextDocument(uri);
      await vscode.window.showTextDocument(document);
      for (const { what, json, under, says } of WRONG) {
        await type(document, json);
        const own = (
          await diagnostics(uri, (l) => l.some((d) => ours(d) && says.test(d.message) && document.getText(d.range) === under))
        ).filter(ours);
        assert.equal(own.length, 1, `${what}: ${JSON.stringify(own)}`);
        assert.equal(own[0]!.severity, vscode.DiagnosticSeverity.Error);
        assert.ok(String(own[0]!.code).startsWith('$'), `${what}: the code is ${String(own[0]!.code)}`);
      }
      await type(document, '{ "id": "wrong" }');
      await diagnostics(uri, (l) => l.length === 0);
      await vscode.commands.executeCommand('workbench.action.files.revert');
      await closeAll();
      await vscode.workspace.fs.delete(uri);
    },
  },
  {
    name: 'a policy file that is not open says what is wrong, and nothing once it is gone',
    run: async () => {
      const uri = await write('unopened.bpf-policy.json', '{ "id": "unopened", "klasses": [] }');
      await diagnostics(uri, (l) => l.length === 1 && l[0]!.code === '$.klasses');
      await vscode.workspace.fs.delete(uri);
      await diagnostics(uri, (l) => l.length === 0);
    },
  },
  {
    name: 'the setting bpfContext.policy is completed with the policy files of the workspace',
    run: async () => {
      const uri = await write('rules/offered.bpf-policy.json', '{ "id": "offered", "title": "Offered rules" }');
      const c = await catalog();
      await until(
        c.onDidChange,
        () => c.all().find((p) => p.id === 'rules/offered.bpf-policy.json'),
        () => 'the policy in the catalogue',
      );
      const values = await offered('.vscode/settings.json', '{\n  "bpfContext.policy": "|linux-7.3"\n}');
      assert.ok(values.includes('rules/offered.bpf-policy.json'), values.join(', '));
      const all = await poll(async () => {
        const again = await offered('.vscode/settings.json', '{\n  "bpfContext.policy": "|linux-7.3"\n}');
        return again.includes('forbid-fault') ? again : null;
      }, 'the policies that are built in');
      assert.ok(all?.includes('linux-7.3'));
      await closeAll();
      await write('.vscode/settings.json', '{}');
      await vscode.workspace.fs.delete(uri);
      await until(
        c.onDidChange,
        () => (c.all().some((p) => p.id === 'rules/offered.bpf-policy.json') ? undefined : true),
        () => 'the policy leaves the catalogue',
      );
    },
  },
];
