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
  if (name === RUNNING_KERNEL) return vscode.l10n.t('the kernel of this machine');
  return (name === '' ? VERIFIED_KERNEL : kernelNamed(name))?.title ?? name;
}

interface KernelItem extends vscode.QuickPickItem {
  /** Value of the setting; null to choose a folder. */
  readonly value: string | null;
}

function items(current: string): KernelItem[] {
  const marked = (text: string, value: string): string =>
    value === current || (value === VERIFIED_KERNEL.series && current === '') ? vscode.l10n.t('{0} (in force)', text) : text;
  return [
    ...KERNELS.map((k) => ({ label: k.title, description: marked(k.version, k.series), value: k.series })),
    {
      label: vscode.l10n.t('The kernel of this machine'),
      description: marked('/sys/kernel/btf', RUNNING_KERNEL),
      detail: vscode.l10n.t('Its types, by the rules of the nearest known kernel.'),
      value: RUNNING_KERNEL,
    },
    {
      label: vscode.l10n.t('A folder…'),
      description:
        kernelNamed(current) === null && current !== '' && current !== RUNNING_KERNEL
          ? labelText(vscode.l10n.t('{0} (in force)', current))
          : '',
      detail: vscode.l10n.t('With the BTF of vmlinux and modules, or made by "bpf-context kernel add".'),
      value: null,
    },
  ];
}

async function chosenFolder(): Promise<string | undefined> {
  const found = await vscode.window.showOpenDialog({
    canSelectFolders: true,
    canSelectFiles: false,
    openLabel: vscode.l10n.t('Verify as this kernel'),
  });
  return found?.[0]?.fsPath;
}

/** Changes the setting where it is set: for the workspace if there is one. The argument is a value of the setting, for links and tests. */
async function selectKernel(argument: unknown): Promise<void> {
  const picked =
    typeof argument === 'string'
      ? argument
      : (
          await vscode.window.showQuickPick(items(readSettings().kernel), {
            title: vscode.l10n.t('Kernel to verify as'),
            placeHolder: vscode.l10n.t('Changes the setting {0}', settingId('kernel')),
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
  item.name = vscode.l10n.t('BPF kernel');
  const update = (): void => {
    const uri = vscode.window.activeTextEditor?.document.uri;
    const { kernel, kernels } = readSettings(uri);
    item.text = labelText(vscode.l10n.t('BPF: as {0}', kernelTitle(kernel)));
    item.detail = kernels.length === 0 ? '' : labelText(vscode.l10n.t('has to load on {0}', kernels.join(', ')));
    item.command = { title: vscode.l10n.t('Change'), command: commandId('selectKernel') };
  };
  update();
  const table = vscode.languages.createLanguageStatusItem(STATUS_ITEMS.loadsOn, SELECTOR);
  table.name = vscode.l10n.t('BPF kernels');
  table.text = vscode.l10n.t('BPF: kernels that it loads on');
  table.command = { title: vscode.l10n.t('Loads on'), command: commandId('loadsOn') };
  return vscode.Disposable.from(
    item,
    table,
    onSettingsChange(update),
    vscode.window.onDidChangeActiveTextEditor(update),
    new KernelDiagnostics(store, replies),
    registerCommands({ selectKernel, dropKernel }),
  );
}
