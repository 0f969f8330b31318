// SPDX-License-Identifier: GPL-2.0-only
import * as vscode from 'vscode';
import { expandArguments } from '../compiler/flags';
import { SECTION } from '../contributions/names';
import { MOST_KERNELS, settingId, type SettingName, SETTINGS, type SettingValue, UNTRUSTED } from '../contributions/settings';

/** The extension's settings as they hold for a file or the window (`src/contributions/settings.ts` describes each). */
export interface Settings {
  readonly policy: string;
  readonly clangPath: string;
  readonly clangArgs: readonly string[];
  /** As the setting names it. */
  readonly kernel: string;
  /** Kernels that programs have to load on. */
  readonly kernels: readonly string[];
  readonly overlays: readonly string[];
  readonly verify: SettingValue<'verify'>;
  readonly timeoutS: number;
  /** Heap of the analysis, MiB. */
  readonly memoryMb: number;
  readonly codeLens: boolean;
  readonly singleKeys: boolean;
  readonly gutter: boolean;
  readonly inlayHints: boolean;
  /** Kernel release that programs are meant for, '' for the verified one. */
  readonly targetKernel: string;
  /** Whether Makefiles and the like are read to find out how a source is compiled. */
  readonly buildFiles: boolean;
  /** When all types of the kernel stand in for its own headers. */
  readonly kernelHeaders: 'auto' | 'standIn' | 'own';
}

/** Settings as they hold in a workspace. */
function within(trusted: boolean, settings: Settings): Settings {
  if (trusted) return settings;
  const { timeoutS, memoryMb } = settings;
  return {
    ...settings,
    timeoutS: timeoutS > 0 ? Math.min(timeoutS, UNTRUSTED.timeoutS) : UNTRUSTED.timeoutS,
    memoryMb: Math.min(memoryMb, UNTRUSTED.memoryMb),
  };
}

/** The value of one setting for a file, or of the window; its default where nobody set it. */
export function setting<N extends SettingName>(name: N, scope?: vscode.Uri): SettingValue<N> {
  return vscode.workspace.getConfiguration(SECTION, scope).get(name) ?? (SETTINGS[name].default as SettingValue<N>);
}

/** Sets a setting where it is set already: in the folder, the workspace, or for the user. */
export async function changeSetting<N extends SettingName>(
  name: N,
  value: SettingValue<N>,
  target: vscode.ConfigurationTarget,
): Promise<void> {
  await vscode.workspace.getConfiguration(SECTION).update(name, value, target);
}

/** Whether a change of the configuration is one of a setting. */
export function affects(event: vscode.ConfigurationChangeEvent, name: SettingName): boolean {
  return event.affectsConfiguration(settingId(name));
}

/** The settings for a file, or of the window. Restricted ones of a workspace that is not trusted have no effect (`package.json`, capabilities). */
export function readSettings(scope?: vscode.Uri): Settings {
  return within(vscode.workspace.isTrusted, {
    policy: setting('policy', scope),
    clangPath: setting('clang.path', scope),
    clangArgs: expandArguments(setting('clang.args', scope), {
      workspace: scope === undefined ? null : (vscode.workspace.getWorkspaceFolder(scope)?.uri.fsPath ?? null),
      file: scope?.fsPath ?? '',
    }),
    kernel: setting('kernel', scope),
    kernels: setting('kernels', scope).slice(0, MOST_KERNELS),
    overlays: setting('overlays', scope),
    verify: setting('verify', scope),
    timeoutS: setting('timeout', scope),
    memoryMb: setting('memory', scope),
    codeLens: setting('codeLens', scope),
    singleKeys: setting('singleKeys', scope),
    gutter: setting('gutter', scope),
    inlayHints: setting('inlayHints', scope),
    targetKernel: setting('targetKernel', scope),
    buildFiles: setting('compile.buildFiles', scope),
    kernelHeaders: setting('compile.kernelHeaders', scope),
  });
}

export function onSettingsChange(listener: () => void): vscode.Disposable {
  return vscode.workspace.onDidChangeConfiguration((e) => {
    if (e.affectsConfiguration(SECTION)) listener();
  });
}
