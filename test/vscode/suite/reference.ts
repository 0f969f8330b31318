// SPDX-License-Identifier: GPL-2.0-only
/** What the editor knows of calls and section names: hovers, completion and signature help, where no C tool has any. */
import { strict as assert } from 'node:assert';
import * as vscode from 'vscode';
import type { Test } from '../../support/table';
import { closeAll, file, hoverText, lineOf, openVerified, write } from './support';

const NAME = 'reference.bpf.c';
const SOURCE = `#include "bpf_example.h"
char LICENSE[] SEC("license") = "GPL";
static long (*const bpf_d_path)(void *path, char *buf, u32 size) = (void *)147;

SEC("fentry/vfs_read")
int reader(void *ctx)
{
	struct task_struct *p = bpf_task_from_pid(1);

	if (p)
		bpf_task_release(p);
	return 0;
}

SEC("kprobe/vfs_read")
int probe(void *ctx)
{
	u64 now = bpf_ktime_get_ns();
	return now & 1;
}
`;

const labelOf = (item: vscode.CompletionItem): string => (typeof item.label === 'string' ? item.label : item.label.label);

async function completions(uri: vscode.Uri, at: vscode.Position): Promise<readonly vscode.CompletionItem[]> {
  const list = await vscode.commands.executeCommand<vscode.CompletionList>('vscode.executeCompletionItemProvider', uri, at, undefined, 50);
  return list.items;
}

/** Types a line under another, does something, and takes it back. */
async function typed(
  document: vscode.TextDocument,
  below: string,
  text: string,
  action: (end: vscode.Position) => Promise<void>,
): Promise<void> {
  const line = lineOf(document.getText(), below) + 1;
  const put = new vscode.WorkspaceEdit();
  put.insert(document.uri, new vscode.Position(line, 0), `${text}\n`);
  assert.ok(await vscode.workspace.applyEdit(put));
  await action(new vscode.Position(line, text.length));
  const back = new vscode.WorkspaceEdit();
  back.delete(document.uri, new vscode.Range(line, 0, line + 1, 0));
  assert.ok(await vscode.workspace.applyEdit(back));
}

export const reference: readonly Test[] = [
  {
    name: 'calls and sections: hovers say who may and since when, section names and kfuncs are completed, arguments explained',
    run: async () => {
      await closeAll();
      const uri = await write(NAME, SOURCE);
      try {
        const { document } = await openVerified(NAME);
        const text = document.getText();
        const hoverOn = (needle: string, word: string): Promise<string> => {
          const line = lineOf(text, needle);
          return hoverText(uri, line, document.lineAt(line).text.indexOf(word) + 1);
        };
        const call = await hoverOn('= bpf_task_from_pid', 'bpf_task_from_pid');
        assert.match(call, /`bpf_task_from_pid\(\)`\*\* kfunc · `KF_ACQUIRE` `KF_RET_NULL`/);
        assert.match(call, /struct task_struct \*bpf_task_from_pid\(/);
        assert.match(call, /acquires a reference to `struct task_struct`; release it with `bpf_task_release\(\)`/);
        assert.match(call, /may return NULL/);
        assert.match(call, /May be called here:.*`fentry\/vfs_read`/);
        assert.match(call, /New after Linux 6\.1: 6\.12 has it\. \[Documentation\]\(https:/);
        const section = await hoverOn('SEC("kprobe/', 'kprobe/');
        assert.match(section, /a `kprobe` program that can never sleep/);

        await typed(document, 'int reader', 'SEC("lsm.s/file_o', async (end) => {
          assert.deepEqual(
            (await completions(uri, end)).map(labelOf).filter((l) => l.startsWith('lsm.s/')),
            ['lsm.s/file_open'],
          );
        });
        await typed(document, 'u64 now', '\tbpf_task_from', async (end) => {
          const offered = (await completions(uri, end)).find((i) => labelOf(i) === 'bpf_task_from_pid');
          assert.ok(offered !== undefined, 'the kfunc is not offered');
          assert.equal(typeof offered.label === 'string' ? '' : offered.label.description, 'kfunc, not in this program');
        });
        await typed(document, 'u64 now', '\tbpf_d_path(ctx, ', async (end) => {
          const help = await vscode.commands.executeCommand<vscode.SignatureHelp>('vscode.executeSignatureHelpProvider', uri, end, '(');
          assert.match(help.signatures[0]!.label, /^long bpf_d_path\(const struct path \*path, char \*buf, u32 sz\)$/);
          assert.equal(help.activeParameter, 1);
        });
        await typed(document, 'u64 now', '\tbpf_d_path(ctx, NULL, 0);', async (end) => {
          const hover = await hoverText(uri, end.line, 3);
          assert.match(hover, /\*\*May not be called here:\*\* `kprobe\/vfs_read`/);
          assert.match(hover, /`vfs_truncate`/);
        });
      } finally {
        await vscode.commands.executeCommand('workbench.action.files.revert');
        await closeAll();
        await vscode.workspace.fs.delete(file(NAME));
      }
    },
  },
];
