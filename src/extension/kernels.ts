// SPDX-License-Identifier: GPL-2.0-only
/** The kernel that programs are verified as: in the language status, and to be changed there; and Problems of the kernels that have to be supported. */
import * as vscode from 'vscode';
import { commandId } from '../contributions/commands';
import { DISASSEMBLY } from '../contributions/names';
import { settingId } from '../contributions/settings';
import { STATUS_ITEMS } from '../contributions/views';
import { kernelNamed, KERNELS, RUNNING_KERNEL, VERIFIED_KERNEL } from '../kernel/releases';
import { labelText } from '../protocol/escape';
import { registerCommands } from './commands';
import { KernelDiagnostics } from './kernel-diagnostics';
import { dropKernel } from './kernel-fixes';
import type { KernelReplies } from './kernel-replies';
import { changeSetting, onSettingsChange, readSettings } from './settings';
import type { AnalysisStore } from './store';

const SELECTOR: vscode.DocumentSelector = [{ language: 'c' }, { language: DISASSEMBLY.language }];

/** The kernel that a setting names, for people. */
export function kernelTitle(name: string): string {
  if (name === RUNNING_KERNEL) return 'the kernel of this machine';
  return (name === '' ? VERIFIED_KERNEL : kernelNamed(name))?.title ?? name;
}

interface KernelItem extends vscode.QuickPickItem {
  /** Value of the setting; null to choose a folder. */
  readonly value: string | null;
}

function items(current: string): KernelItem[] {
  const inForce = (value: string): string =>
    value === current || (value === VERIFIED_KERNEL.series && current === '') ? ' (in force)' : '';
  return [
    ...KERNELS.map((k) => ({ label: k.title, description: `${k.version}${inForce(k.series)}`, value: k.series })),
    {
      label: 'The kernel of this machine',
      description: `/sys/kernel/btf${inForce(RUNNING_KERNEL)}`,
      detail: 'Its types, by the rules of the nearest known kernel.',
      value: RUNNING_KERNEL,
    },
    {
      label: 'A folder…',
      description: kernelNamed(current) === null && current !== '' && current !== RUNNING_KERNEL ? labelText(`${current} (in force)`) : '',
      detail: 'With the BTF of vmlinux and modules, or made by "bpf-context kernel add".',
      value: null,
    },
  ];
}

async function chosenFolder(): Promise<string | undefined> {
  const found = await vscode.window.showOpenDialog({ canSelectFolders: true, canSelectFiles: false, openLabel: 'Verify as this kernel' });
  return found?.[0]?.fsPath;
}

/** Changes the setting where it is set: for the workspace if there is one. The argument is a value of the setting, for links and tests. */
async function selectKernel(argument: unknown): Promise<void> {
  const picked =
    typeof argument === 'string'
      ? argument
      : (
          await vscode.window.showQuickPick(items(readSettings().kernel), {
            title: 'Kernel to verify as',
            placeHolder: `Changes the setting ${settingId('kernel')}`,
          })
        )?.value;
  if (picked === undefined) return;
  const value = picked ?? (await chosenFolder());
  if (value === undefined) return;
  const target = vscode.workspace.workspaceFolders === undefined ? vscode.ConfigurationTarget.Global : vscode.ConfigurationTarget.Workspace;
  await changeSetting('kernel', value === VERIFIED_KERNEL.series ? '' : value, target);
}

/** Status item, command and Problems. */
export function registerKernels(store: AnalysisStore, replies: KernelReplies): vscode.Disposable {
  const item = vscode.languages.createLanguageStatusItem(STATUS_ITEMS.kernel, SELECTOR);
  item.name = 'BPF kernel';
  const update = (): void => {
    const uri = vscode.window.activeTextEditor?.document.uri;
    const { kernel, kernels } = readSettings(uri);
    item.text = labelText(`BPF: as ${kernelTitle(kernel)}`);
    item.detail = kernels.length === 0 ? '' : labelText(`has to load on ${kernels.join(', ')}`);
    item.command = { title: 'Change', command: commandId('selectKernel') };
  };
  update();
  const table = vscode.languages.createLanguageStatusItem(STATUS_ITEMS.loadsOn, SELECTOR);
  table.name = 'BPF kernels';
  table.text = 'BPF: kernels that it loads on';
  table.command = { title: 'Loads on', command: commandId('loadsOn') };
  return vscode.Disposable.from(
    item,
    table,
    onSettingsChange(update),
    vscode.window.onDidChangeActiveTextEditor(update),
    new KernelDiagnostics(store, replies),
    registerCommands({ selectKernel, dropKernel }),
  );
}
