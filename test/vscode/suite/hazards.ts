// SPDX-License-Identifier: GPL-2.0-only
/** What no rule refuses and is dangerous on the kernel that programs are meant for: information, never an error. */
import { strict as assert } from 'node:assert';
import * as vscode from 'vscode';
import type { Test } from '../../support/table';
import { closeAll, diagnostics, file, lineOf, openVerified, settled, withSetting } from './support';

const isHazard = (d: vscode.Diagnostic): boolean => String(d.code).startsWith('hazard ');

export const hazards: readonly Test[] = [
  {
    name: 'a fault under a task_vma iterator is information for Linux 6.12, and nothing for 7.1 and for no target',
    run: async () => {
      await closeAll();
      await vscode.workspace.fs.copy(file('contexts.bpf.c'), file('hazard.bpf.c'), { overwrite: true });
      const { uri, document, state } = await openVerified('hazard.bpf.c');
      assert.equal(state.policy, 'linux-7.3');
      const errors = state.result!.programs.filter((p) => p.verdict === 'reject').length;
      assert.ok(errors > 1);
      // what a run has found is shown program by program
      await diagnostics(uri, (l) => l.length === errors && l.every((d) => d.severity === vscode.DiagnosticSeverity.Error));
      await withSetting('targetKernel', '6.12', async () => {
        const list = (await diagnostics(uri, (l) => l.some(isHazard))).filter(isHazard);
        assert.equal(list.length, 1);
        const d = list[0]!;
        assert.equal(d.severity, vscode.DiagnosticSeverity.Information);
        assert.match(d.message, /mmap_lock/);
        assert.equal(d.range.start.line, lineOf(document.getText(), 'bpf_copy_from_user', lineOf(document.getText(), 'int vma_copy(')));
        assert.ok(document.getText(d.range).startsWith('bpf_copy_from_user('));
        const all = await diagnostics(uri, (l) => l.length === errors + 1);
        assert.equal(all.filter((x) => x.severity === vscode.DiagnosticSeverity.Error).length, errors, 'a hazard changes no verdict');
      });
      await withSetting('targetKernel', '7.1', async () => {
        await diagnostics(uri, (l) => l.length === errors && !l.some(isHazard));
        const settledState = await settled(uri, (s) => s.busy === null);
        assert.ok(settledState.result!.programs.every((p) => (p.hazards ?? []).length === 0));
      });
      await closeAll();
    },
  },
];
