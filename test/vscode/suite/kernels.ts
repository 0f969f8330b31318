// SPDX-License-Identifier: GPL-2.0-only
/** The kernel that programs are verified as, those that they have to load on, and a comparison with one. */
import { strict as assert } from 'node:assert';
import * as vscode from 'vscode';
import { commandId } from '../../../src/contributions/commands';
import { OTHER_KERNELS, VERIFIED_KERNEL } from '../../../src/kernel/releases';
import type { Test } from '../../support/table';
import { closeAll, diagnostics, file, lineOf, openVerified, settled, store, withSetting } from './support';

const OLDEST = OTHER_KERNELS.at(-1)!;
const OTHER = OTHER_KERNELS[0]!;

export const kernels: readonly Test[] = [
  {
    name: 'a kernel is chosen by command, has to be loaded on by setting, and is compared with',
    run: async () => {
      await closeAll();
      await vscode.workspace.fs.copy(file('contexts.bpf.c'), file('kernels.bpf.c'), { overwrite: true });
      const { uri, document, state } = await openVerified('kernels.bpf.c');
      assert.equal(state.result?.kernel, VERIFIED_KERNEL.version);

      const isOf = (d: vscode.Diagnostic): boolean => d.source === `bpf ${OLDEST.series}`;
      await withSetting('kernels', [OLDEST.series], async () => {
        const list = (await diagnostics(uri, (l) => l.some(isOf))).filter(isOf);
        const leak = list.find((d) => d.message.startsWith('task_leak '));
        assert.equal(
          leak?.message,
          `task_leak does not load on ${OLDEST.series}: the kfunc bpf_task_from_pid came between ${OLDEST.series} and ${VERIFIED_KERNEL.series}. ` +
            'Instead: declare bpf_task_from_pid __weak and call it only if bpf_ksym_exists(bpf_task_from_pid)',
        );
        assert.equal(leak.severity, vscode.DiagnosticSeverity.Warning);
        assert.equal(leak.range.start.line, lineOf(document.getText(), 'bpf_task_from_pid', lineOf(document.getText(), 'int task_leak(')));
        // bpf_spin_lock is there in every kernel
        assert.ok(!list.some((d) => d.message.startsWith('locked_count ')));
      });
      await diagnostics(uri, (l) => !l.some(isOf));

      await (await store()).setCompare(uri, OTHER.policy);
      const compared = await settled(uri, (s) => s.compare !== null && !s.compare.busy);
      assert.equal(compared.compare?.result?.kernel, OTHER.version);
      assert.equal(compared.result?.kernel, VERIFIED_KERNEL.version);
      await (await store()).setCompare(uri, '');

      await vscode.commands.executeCommand(commandId('selectKernel'), OTHER.series);
      const chosen = await settled(uri, (s) => s.busy === null && s.result?.kernel === OTHER.version);
      assert.equal(chosen.result?.policy, OTHER.policy);
      await vscode.commands.executeCommand(commandId('selectKernel'), '5.4');
      const unknown = await settled(uri, (s) => s.busy === null && s.error !== null);
      assert.match(
        `${unknown.error!.title}: ${unknown.error!.message}`,
        /^5\.4 cannot be used as the kernel: there is no kernel "5\.4": 7\.3 /,
      );
      await vscode.commands.executeCommand(commandId('selectKernel'), VERIFIED_KERNEL.series);
      await settled(uri, (s) => s.busy === null && s.result?.kernel === VERIFIED_KERNEL.version);
      await closeAll();
    },
  },
];
