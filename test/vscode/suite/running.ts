// SPDX-License-Identifier: GPL-2.0-only
import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import * as vscode from 'vscode';
import type { Test } from '../../support/table';
import { closeAll, diagnostics, file, lineOf, openVerified, poll, readText, settled, store, withSetting, write } from './support';

/** A loop that the verifier walks round by round: seconds of work, bounded by the kernel's limit of a million instructions. */
const LONG = `#include "bpf_example.h"

u64 table[1024];

SEC("fentry.s/__x64_sys_getpgid")
int long_walk(void *ctx)
{
	for (u64 i = 0; i < 2000000; i++) {
		table[i & 1023] += i;
		asm volatile("" : "+r"(i));
	}
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
`;

async function longFile(name: string): Promise<vscode.Uri> {
  const uri = await write(name, LONG);
  await vscode.workspace.openTextDocument(uri);
  return uri;
}

/** Ticks of this process' event loop until stopped: how many, and the longest pause. */
function heartbeat(): () => { ticks: number; longest: number; total: number } {
  const start = performance.now();
  let last = start;
  let ticks = 0;
  let longest = 0;
  const timer = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    ticks++;
  }, 10);
  return () => {
    clearInterval(timer);
    const now = performance.now();
    return { ticks, longest: Math.max(longest, now - last), total: now - start };
  };
}

/** Whether a process is there and not only waiting to be buried. */
function alive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

const verifying = (uri: vscode.Uri): Promise<unknown> => settled(uri, (s) => s.busy?.stage === 'verify' && s.busy.progress > 0);

export const running: readonly Test[] = [
  {
    name: 'the extension host answers while a large program is verified, and progress is told',
    run: async () => {
      await closeAll();
      const s = await store();
      const uri = await longFile('long.bpf.c');
      const seen: number[] = [];
      const listener = s.onDidChange((x) => {
        if (x.uri.toString() === uri.toString() && x.busy?.stage === 'verify') seen.push(x.busy.progress);
      });
      await verifying(uri);
      const stop = heartbeat();
      const state = await settled(uri, (x) => x.busy === null && x.result !== null);
      const { ticks, longest, total } = stop();
      listener.dispose();
      assert.equal(state.result!.programs[0]!.verdict, 'reject');
      assert.match(state.result!.programs[0]!.message.join('\n'), /BPF program is too large\. Processed 1000001 insn/);
      assert.ok(total > 500, `verified in ${Math.round(total)} ms, which proves nothing`);
      assert.ok(
        ticks > 20 && longest < Math.max(400, total / 4),
        `${ticks} ticks in ${Math.round(total)} ms, the longest pause was ${Math.round(longest)} ms`,
      );
      assert.ok(seen.length > 3 && seen.every((p, i) => i === 0 || p >= seen[i - 1]!), `progress ${seen.join(' ')}`);
      s.closed(uri);
    },
  },
  {
    name: 'Cancel verification ends the work, keeps what was there, and the next run works',
    run: async () => {
      const s = await store();
      const { uri: other } = await openVerified('contexts.bpf.c');
      const uri = await longFile('cancelled.bpf.c');
      await verifying(uri);
      s.cancel(uri);
      assert.equal(s.get(uri)!.busy, null);
      assert.equal(s.get(uri)!.result, null);
      assert.equal(s.get(uri)!.error, null);
      const start = performance.now();
      await s.run(other);
      const again = await settled(other, (x) => x.busy === null);
      assert.equal(again.error, null);
      assert.equal(again.result!.programs.length, 9);
      assert.equal(s.get(uri)!.result, null, 'the cancelled work must not come back');
      assert.ok(performance.now() - start < 30_000);
      s.closed(uri);
    },
  },
  {
    name: 'a file is verified while somebody types in it, without being saved',
    run: async () => {
      const files = vscode.workspace.getConfiguration('files');
      await files.update('autoSave', 'off', vscode.ConfigurationTarget.Workspace);
      await vscode.workspace.fs.copy(file('vma_walk.bpf.c'), file('typed.bpf.c'), { overwrite: true });
      const { uri, document } = await openVerified('typed.bpf.c');
      await vscode.window.showTextDocument(document, { preview: false });
      await (await store()).setPolicy(uri, 'forbid-fault');
      const state = await settled(uri, (x) => x.busy === null && x.result?.policy === 'forbid-fault');
      const edit = new vscode.WorkspaceEdit();
      edit.delete(uri, document.lineAt(lineOf(document.getText(), 'bpf_iter_task_vma_destroy(&it)')).range);
      await vscode.workspace.applyEdit(edit);
      const typed = await settled(uri, (x) => x.busy === null && x.edits === 0 && x.result !== state.result);
      assert.ok(document.isDirty);
      const verdicts = (x: typeof state): string[] => x.result!.programs.map((p) => `${p.program} ${p.verdict}`);
      assert.deepEqual(
        [verdicts(state), verdicts(typed)],
        [
          ['copy_heads accept', 'nested_walk reject'],
          ['copy_heads reject', 'nested_walk reject'],
        ],
      );
      await diagnostics(uri, (l) => l.length === 2 && l.every((d) => d.severity === vscode.DiagnosticSeverity.Error));
      await vscode.commands.executeCommand('workbench.action.files.revert');
      await files.update('autoSave', undefined, vscode.ConfigurationTarget.Workspace);
      (await store()).closed(uri);
      await closeAll();
    },
  },
  {
    name: 'the command Cancel verification cancels the file in front',
    run: async () => {
      const s = await store();
      const uri = await write('front.bpf.c', LONG);
      await vscode.window.showTextDocument(uri);
      await verifying(uri);
      await vscode.commands.executeCommand('bpfContext.cancel');
      assert.equal(s.get(uri)!.busy, null);
      assert.equal(s.get(uri)!.result, null);
      s.closed(uri);
      await closeAll();
    },
  },
  {
    name: 'a newer run replaces an older one: only the last one’s result counts',
    run: async () => {
      const s = await store();
      await vscode.workspace.fs.copy(file('vma_walk.bpf.c'), file('replaced.bpf.c'), { overwrite: true });
      const { uri } = await openVerified('replaced.bpf.c');
      const seen: string[] = [];
      const listener = s.onDidChange((x) => {
        if (x.uri.toString() === uri.toString() && x.busy === null && x.result !== null && x.result.policy === x.policy)
          seen.push(x.result.policy);
      });
      await Promise.all([s.setPolicy(uri, 'forbid-sleep'), s.setPolicy(uri, 'linux-7.3'), s.setPolicy(uri, 'forbid-fault')]);
      const state = await settled(uri, (x) => x.busy === null && x.result?.policy === 'forbid-fault');
      listener.dispose();
      assert.equal(state.policy, 'forbid-fault');
      assert.deepEqual(
        seen.filter((p) => p === 'forbid-sleep'),
        [],
        'a run that was replaced told a result',
      );
    },
  },
  {
    name: 'several cancelled runs in a row leave the worker free',
    run: async () => {
      const s = await store();
      const long = [await longFile('row1.bpf.c'), await longFile('row2.bpf.c'), await longFile('row3.bpf.c')];
      for (const uri of long) {
        await settled(uri, (x) => x.busy !== null && x.busy.stage !== 'compile');
        s.cancel(uri);
      }
      const stop = heartbeat();
      const state = await s.run(file('contexts.bpf.o'));
      const { total } = stop();
      assert.equal(state.error, null);
      assert.equal(state.result!.programs.length, 9);
      assert.ok(total < 20_000, `the next file waited ${Math.round(total)} ms`);
      for (const uri of long) s.closed(uri);
    },
  },
  {
    name: 'cancelling while clang runs kills clang',
    run: async () => {
      const s = await store();
      const pidFile = file('slow-clang.pid');
      const script = await write('slow-clang.sh', `#!/bin/sh\necho $$ > "${pidFile.fsPath}"\nexec sleep 600\n`);
      await chmod(script.fsPath, 0o755);
      await closeAll();
      await withSetting('clang.path', script.fsPath, async () => {
        const uri = await write('slow.bpf.c', LONG);
        await vscode.workspace.openTextDocument(uri);
        const pid = await poll(async () => Number(await readText(pidFile).catch(() => '')), 'the process id of clang');
        assert.equal(s.get(uri)!.busy?.stage, 'compile');
        s.cancel(uri);
        assert.equal(s.get(uri)!.busy, null);
        await poll(async () => !alive(pid), `the end of process ${pid}`);
        s.closed(uri);
      });
    },
  },
];
