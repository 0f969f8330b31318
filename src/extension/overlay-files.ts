// SPDX-License-Identifier: GPL-2.0-only
import path from 'node:path';
import * as vscode from 'vscode';
import type { OverlayText } from '../analysis/requests';
import { basename, textOf, UnusableInput } from './files';
import { settingId } from '../contributions/settings';
import { OVERLAY_FILE_SUFFIX } from '../policy/names';

/** Overlay files of a program with their text: those that the settings name, and the one beside it; null for one that is not there. */
export type OverlayFiles = ReadonlyMap<string, string | null>;

/** What is read of the overlays of a program. */
export interface Overlays {
  readonly files: OverlayFiles;
  /** Why it cannot be verified with what the settings name. */
  readonly missing: UnusableInput | null;
  /** The overlay beside the program that is left aside because nobody trusts the workspace: it changes verdicts without being asked for. */
  readonly leftAside: vscode.Uri | null;
}

/** Reads the overlays of a program. `names` are those of the settings: absolute, or from the workspace folder. */
export async function readOverlays(uri: vscode.Uri, names: readonly string[]): Promise<Overlays> {
  const folder = vscode.workspace.getWorkspaceFolder(uri)?.uri ?? vscode.Uri.joinPath(uri, '..');
  // a name without such an ending keeps all of itself, so that no program is taken for its own overlay
  const beside = uri.with({ path: `${uri.path.replace(/(\.bpf)?\.[cosS]$/, '')}${OVERLAY_FILE_SUFFIX}` });
  const named = names.map((n) => (path.isAbsolute(n) ? vscode.Uri.file(n) : vscode.Uri.joinPath(folder, n)));
  const files = new Map<string, string | null>();
  const { isTrusted } = vscode.workspace;
  for (const file of isTrusted ? [...named, beside] : named) files.set(file.toString(), await textOf(file).catch(() => null));
  const isThere = async (): Promise<boolean> =>
    vscode.workspace.fs.stat(beside).then(
      () => true,
      () => false,
    );
  const absent = named.find((file) => files.get(file.toString()) === null);
  const missing =
    absent === undefined
      ? null
      : new UnusableInput(
          `The overlay ${basename(absent)} cannot be read`,
          `"${settingId('overlays')}" names ${absent.fsPath}, which is not there.`,
        );
  return { files, missing, leftAside: !isTrusted && !files.has(beside.toString()) && (await isThere()) ? beside : null };
}

/** Overlays as they are handed to the analysis. */
export function overlayTexts(files: OverlayFiles): OverlayText[] {
  return [...files].flatMap(([key, json]) => (json === null ? [] : [{ name: vscode.Uri.parse(key).fsPath, json }]));
}
