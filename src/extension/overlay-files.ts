// SPDX-License-Identifier: GPL-2.0-only
import path from 'node:path';
import * as vscode from 'vscode';
import { basename, textOf, UnusableInput } from './files';

/** What takes the place of `.bpf.c` in the name of the overlay beside a file. */
const OVERLAY_SUFFIX = '.bpf-overlay.json';

/** Overlay files of a program with their text: those that the settings name, and the one beside it; null for one that is not there. */
export type OverlayFiles = ReadonlyMap<string, string | null>;

/** Reads the overlays of a program. `names` are those of the settings: absolute, or from the workspace folder. */
export async function readOverlays(
  uri: vscode.Uri,
  names: readonly string[],
): Promise<{ readonly files: OverlayFiles; readonly missing: UnusableInput | null }> {
  const folder = vscode.workspace.getWorkspaceFolder(uri)?.uri ?? vscode.Uri.joinPath(uri, '..');
  const beside = uri.with({ path: uri.path.replace(/(\.bpf)?\.[cosS]$/, OVERLAY_SUFFIX) });
  const named = names.map((n) => (path.isAbsolute(n) ? vscode.Uri.file(n) : vscode.Uri.joinPath(folder, n)));
  const files = new Map<string, string | null>();
  for (const file of [...named, beside]) files.set(file.toString(), await textOf(file).catch(() => null));
  const absent = named.find((file) => files.get(file.toString()) === null);
  const missing =
    absent === undefined
      ? null
      : new UnusableInput(
          `The overlay ${basename(absent)} cannot be read`,
          `"bpfContext.overlays" names ${absent.fsPath}, which is not there.`,
        );
  return { files, missing };
}
