// SPDX-License-Identifier: GPL-2.0-only
import { strict as assert } from 'node:assert';
import * as vscode from 'vscode';
import type { Test } from '../../support/table';
import {
  closeAll,
  diagnostics,
  file,
  hoverText,
  lineOf,
  openVerified,
  poll,
  readText,
  settled,
  store,
  until,
  withSetting,
  write,
} from './support';

/** Opens an example under a policy. */
async function under(name: string, policy: string): Promise<{ uri: vscode.Uri; text: string }> {
  const { uri, document } = await openVerified(name);
  await (await store()).setPolicy(uri, policy);
  await settled(uri, (s) => s.busy === null && s.result?.policy === policy);
  return { uri, text: document.getText() };
}

const lenses = async (uri: vscode.Uri): Promise<vscode.CodeLens[]> =>
  vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', uri, 100);

const titlesAt = (list: readonly vscode.CodeLens[], line: number): string[] =>
  list.filter((l) => l.range.start.line === line).map((l) => l.command?.title ?? '');

export const editor: readonly Test[] = [
  {
    name: 'inlay hints say what is held behind a line that changes it, once the setting asks for them',
    run: async () => {
      const { uri, document } = await openVerified('contexts.bpf.c');
      const whole = new vscode.Range(0, 0, document.lineCount, 0);
      const hints = async (): Promise<Map<number, string>> => {
        const found = await vscode.commands.executeCommand<vscode.InlayHint[]>('vscode.executeInlayHintProvider', uri, whole);
        return new Map(found.map((x) => [x.position.line, typeof x.label === 'string' ? x.label : x.label.map((p) => p.value).join('')]));
      };
      assert.equal((await hints()).size, 0);
      await withSetting('inlayHints', true, async () => {
        const all = await poll(async () => {
          const now = await hints();
          return now.size > 0 ? now : null;
        }, 'the hints');
        assert.ok(all);
        const at = (call: string): string[] =>
          document
            .getText()
            .split('\n')
            .flatMap((text, line) => (new RegExp(`^\\s*${call}\\(`).test(text) ? [all.get(line) ?? ''] : []));
        assert.deepEqual(new Set(at('bpf_rcu_read_lock')), new Set(['holds R 1']));
        assert.ok(at('bpf_rcu_read_unlock').includes('holds nothing'));
      });
    },
  },
  {
    name: 'a hover on a C line says whether it may sleep, why, and what is held',
    run: async () => {
      const { uri, text } = await under('contexts.bpf.c', 'linux-7.3');
      const at = (program: string, needle: string): Promise<string> => {
        const line = lineOf(text, needle, lineOf(text, `int ${program}(`));
        return hoverText(uri, line, text.split('\n')[line]!.indexOf(needle) + 2);
      };
      const rejected = await at('rcu_copy', 'bpf_copy_from_user');
      assert.match(rejected, /Rejected here/);
      assert.match(rejected, /RCU read section/);
      const inside = await at('rcu_then_copy', 'pid = task');
      assert.match(inside, /must not sleep/i);
      assert.match(inside, /RCU read section/);
      const after = await at('rcu_then_copy', 'bpf_copy_from_user');
      assert.match(after, /may sleep here/i);
      assert.doesNotMatch(after, /RCU read section/);
      const reference = await at('task_held_copy', 'bpf_copy_from_user');
      assert.match(reference, /may sleep here/i);
      assert.match(reference, /\| nothing \|/);
    },
  },
  {
    name: 'hovers follow the policy, and are silent while the file is edited',
    run: async () => {
      const { uri, text } = await under('vma_walk.bpf.c', 'forbid-fault');
      const line = lineOf(text, 'u64 start = vma->vm_start;');
      const column = text.split('\n')[line]!.indexOf('vma->');
      assert.match(await hoverText(uri, line, column), /VMA|vm.+area.+struct/);
      const edit = new vscode.WorkspaceEdit();
      // does not compile, so that no pause in typing gives a newer result
      edit.insert(uri, new vscode.Position(0, 0), 'moved;\n');
      await vscode.workspace.applyEdit(edit);
      await settled(uri, (s) => s.edits > 0);
      assert.equal((await hoverText(uri, line + 1, column)).includes('VMA'), false, 'a hover from before the edit');
      await vscode.commands.executeCommand('undo');
      await settled(uri, (s) => s.edits === 0 && s.busy === null);
      assert.match(await hoverText(uri, line, column), /VMA|vm.+area.+struct/);
    },
  },
  {
    name: 'the disassembly shows the program, and a hover on a line its registers and answer',
    run: async () => {
      const { uri } = await under('vma_walk.bpf.c', 'forbid-fault');
      await vscode.commands.executeCommand('bpfContext.showDisassembly', { uri: uri.toString(), program: 'copy_heads' });
      const shown = await until(
        vscode.window.onDidChangeActiveTextEditor,
        () =>
          vscode.window.activeTextEditor?.document.uri.scheme === 'bpf-disassembly' ? vscode.window.activeTextEditor.document : undefined,
        () => 'the disassembly',
      );
      assert.equal(shown.languageId, 'bpf-disassembly');
      const text = shown.getText();
      assert.match(
        text,
        /^; copy_heads of vma_walk\.bpf\.o, accepted under forbid-fault\n; z may sleep .* x rejected here\n\ncopy_heads:\n {2}b0:\n/,
      );
      assert.doesNotMatch(text, /pc[+-]\d/);
      for (const [, target] of text.matchAll(/goto (\d+)/g)) assert.match(text, new RegExp(`^ {2}\\S +${target ?? ''}: `, 'm'));
      assert.match(text, /^\s+; bpf_rcu_read_lock\(\); @ vma_walk\.bpf\.c:\d+$/m);
      const copy = await hoverText(shown.uri, lineOf(text, 'call bpf_copy_from_user'), 12);
      assert.match(copy, /may sleep here/i);
      assert.match(copy, /may fault and sleep/);
      // the C variables that only DWARF names: an array's address, and a number
      assert.match(copy, /`r1` `fp-?\d+[^`]*` is `&head`/);
      assert.match(copy, /`r6` `[^`]*` is `start`/);
      const held = await hoverText(shown.uri, lineOf(text, 'call bpf_rcu_read_unlock'), 12);
      assert.match(held, /must not sleep/i);
      assert.match(held, /RCU read section/);
      assert.match(held, /VMA|vm.+area.+struct/);
      assert.equal(await hoverText(shown.uri, 0, 2), '');
      await closeAll();
    },
  },
  {
    name: 'a CodeLens over each program has its verdict and ways on; the setting turns it off',
    run: async () => {
      const { uri, text } = await under('contexts.bpf.c', 'linux-7.3');
      const list = await lenses(uri);
      const at = (program: string): string[] => titlesAt(list, lineOf(text, `int ${program}(`) - 1);
      assert.equal(at('rcu_then_copy').join('\n').split('\n')[0], '$(pass) accepted · may sleep in part');
      assert.deepEqual(at('rcu_then_copy').slice(1), ['Show graph', 'Follow', 'Disassembly']);
      assert.match(at('rcu_copy').join('\n'), /^\$\(error\) rejected: line 62: bpf_copy_from_user\(\) may sleep/);
      assert.deepEqual(at('rcu_copy').slice(1), ['Show path', 'Show graph', 'Follow', 'Disassembly']);
      assert.deepEqual(at('vma_copy').slice(1), ['Show graph', 'Compare with forbid-fault', 'Follow', 'Disassembly']);
      assert.equal(new Set(list.map((l) => l.range.start.line)).size, 9);
      assert.ok(list.every((l) => (l.command?.title.length ?? 99) <= 70));
      await withSetting('codeLens', false, async () => {
        await settled(uri, (s) => s.busy === null);
        assert.equal((await lenses(uri)).length, 0);
      });
    },
  },
  {
    name: 'a call that only another policy has: lens and quick fix offer that policy, and use it',
    run: async () => {
      const s = await store();
      const { uri, text } = await under('vma_walk.bpf.c', 'linux-7.3');
      const line = lineOf(text, 'int copy_heads(') - 1;
      assert.deepEqual(titlesAt(await lenses(uri), line), [
        '$(error) rejected: no bpf_iter_task_vma_release',
        'exists under forbid-fault: use it',
        'compare',
        'Show graph',
        'Follow',
        'Disassembly',
      ]);
      const [first] = await diagnostics(uri, (l) => l.length === 2);
      const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>('vscode.executeCodeActionProvider', uri, first!.range);
      const own = actions.filter((a) => a.title.startsWith('bpf_iter_task_vma_release exists under'));
      assert.deepEqual(
        own.map((a) => a.title),
        ['bpf_iter_task_vma_release exists under forbid-fault: use it', 'bpf_iter_task_vma_release exists under forbid-fault: compare'],
      );
      const { command } = own[0]!;
      await vscode.commands.executeCommand(command!.command, ...(command!.arguments as unknown[]));
      const state = await settled(uri, (x) => x.busy === null && x.result?.policy === 'forbid-fault');
      assert.deepEqual(
        state.result!.programs.map((p) => p.verdict),
        ['accept', 'reject'],
      );
      await s.setPolicy(uri, null);
    },
  },
  {
    name: 'a function that every program of a file needs and only another policy has: the file offers that policy',
    run: async () => {
      await closeAll();
      const text = (await readText(file('vma_walk.bpf.c'))).replace('#include "bpf_example.h"', '#include "strong.h"');
      await write('strong.h', (await readText(file('bpf_example.h'))).replace('*it__iter) __ksym __weak;', '*it__iter) __ksym;'));
      const uri = await write('strong.bpf.c', text);
      await vscode.window.showTextDocument(uri);
      const state = await settled(uri, (x) => x.busy === null && x.result !== null);
      assert.deepEqual(
        state.result!.failed.map((f) => f.absent),
        ['bpf_iter_task_vma_release', 'bpf_iter_task_vma_release'],
      );
      const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
        'vscode.executeCodeActionProvider',
        uri,
        new vscode.Range(0, 0, 0, 1),
      );
      assert.ok(
        actions.some((a) => a.title === 'bpf_iter_task_vma_release exists under forbid-fault: use it'),
        JSON.stringify(actions.map((a) => a.title)),
      );
      await closeAll();
    },
  },
  {
    name: 'text from a hostile file reaches hovers and lenses as text only',
    run: async () => {
      const name = 'hostile.bpf.c';
      await write(
        name,
        '#include "bpf_example.h"\n\nSEC("fentry.s/__x64_sys_getpgid")\nint evil(void *ctx)\n{\n\tbpf_rcu_read_lock(); /* [x](command:workbench.action.quit) <img src=x onerror=1> `a` | b */\n\tbpf_rcu_read_unlock();\n\treturn 0;\n}\n\nchar LICENSE[] SEC("license") = "GPL";\n',
      );
      const { uri } = await openVerified(name);
      const hovers = await vscode.commands.executeCommand<vscode.Hover[]>('vscode.executeHoverProvider', uri, new vscode.Position(5, 3));
      const contents = hovers.flatMap((h) => h.contents).filter((c): c is vscode.MarkdownString => typeof c === 'object' && 'value' in c);
      assert.ok(contents.length > 0);
      for (const c of contents) {
        assert.deepEqual(
          typeof c.isTrusted === 'object'
            ? [...c.isTrusted.enabledCommands].filter((command) => !command.startsWith('bpfContext.'))
            : (c.isTrusted ?? false),
          typeof c.isTrusted === 'object' ? [] : false,
        );
        assert.notEqual(c.supportHtml, true);
        // links of our own are there; none that the file wrote
        assert.doesNotMatch(c.value, /(?<!\\)\]\(command:(?!bpfContext\.)/);
      }
    },
  },
];
