// SPDX-License-Identifier: GPL-2.0-only
import * as vscode from 'vscode';
import { expandArguments } from '../compiler/flags';

/** The extension's settings (`package.json`, contributes.configuration). */
export interface Settings {
  readonly policy: string;
  readonly clangPath: string;
  readonly clangArgs: readonly string[];
  readonly kernelBtf: string;
  readonly overlays: readonly string[];
  readonly verify: 'onOpen' | 'onSave' | 'manual';
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
}

const SECTION = 'bpfContext';

/** What files of a workspace that is not trusted may use at most, whatever the settings say: seconds of CPU time an object, MiB. */
export const UNTRUSTED = { timeoutS: 5, memoryMb: 512 } as const;

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

/** The settings for a file, or of the window. Restricted ones of a workspace that is not trusted have no effect (`package.json`, capabilities). */
export function readSettings(scope?: vscode.Uri): Settings {
  const c = vscode.workspace.getConfiguration(SECTION, scope);
  return within(vscode.workspace.isTrusted, {
    policy: c.get('policy', 'linux-7.3'),
    clangPath: c.get('clang.path', ''),
    clangArgs: expandArguments(c.get('clang.args', []), {
      workspace: scope === undefined ? null : (vscode.workspace.getWorkspaceFolder(scope)?.uri.fsPath ?? null),
      file: scope?.fsPath ?? '',
    }),
    kernelBtf: c.get('kernel', ''),
    overlays: c.get('overlays', []),
    verify: c.get('verify', 'onOpen'),
    timeoutS: c.get('timeout', 60),
    memoryMb: c.get('memory', 4096),
    codeLens: c.get('codeLens', true),
    singleKeys: c.get('singleKeys', true),
    gutter: c.get('gutter', true),
    inlayHints: c.get('inlayHints', false),
    targetKernel: c.get('targetKernel', ''),
    buildFiles: c.get('compile.buildFiles', true),
  });
}

export function onSettingsChange(listener: () => void): vscode.Disposable {
  return vscode.workspace.onDidChangeConfiguration((e) => {
    if (e.affectsConfiguration(SECTION)) listener();
  });
}
