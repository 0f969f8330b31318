// SPDX-License-Identifier: GPL-2.0-only
/** What the service is asked about a file: its program, the rules and the kernel that it is verified with. */
import * as vscode from 'vscode';
import type { Near } from '../analysis/nearness';
import type { KernelChoice } from '../analysis/requests';
import { restrictedNotes } from '../analysis/restricted';
import type { AnalysisService } from '../analysis/service';
import { objectName } from '../compiler/language';
import { UNTRUSTED } from '../contributions/settings';
import { KERNELS } from '../kernel/releases';
import type { FileResult } from '../protocol/model';
import { basename } from './files';
import type { Made } from './inputs';
import type { Settings } from './settings';

/** All of a request but the key that its result is kept under. */
export type AnalysisInput = Omit<Parameters<AnalysisService['analyze']>[0], 'key'>;

/** The kernel to compare with: mainline's policy of a known kernel stands for that kernel, any other policy for the file's own. */
export function comparedKernel(policy: string, own: string): string {
  return KERNELS.find((kernel) => kernel.policy === policy)?.series ?? own;
}

/** A result with what a workspace that is not trusted has changed of it; `leftAside`: files that were not read there. */
export function withNotes(result: FileResult, leftAside: readonly (vscode.Uri | null)[]): FileResult {
  if (vscode.workspace.isTrusted) return result;
  const names = leftAside.flatMap((file) => (file === null ? [] : [basename(file)]));
  return { ...result, warnings: [...restrictedNotes(UNTRUSTED, names), ...result.warnings] };
}

/** Where somebody looks at a file: at the cursor, or at the first line that an editor shows of it; null if none does. */
function lookedAt(uri: vscode.Uri): Near | null {
  const shows = (editor: vscode.TextEditor): boolean => editor.document.uri.toString() === uri.toString();
  const active = vscode.window.activeTextEditor;
  if (active !== undefined && shows(active)) return { file: uri.fsPath, line: active.selection.active.line + 1 };
  const top = vscode.window.visibleTextEditors.find(shows)?.visibleRanges[0];
  return top === undefined ? null : { file: uri.fsPath, line: top.start.line + 1 };
}

export function analysisInput(
  uri: vscode.Uri,
  { first, source, parts, choices, program }: Made,
  rules: Pick<AnalysisInput, 'policy' | 'policyFile' | 'overlays'>,
  kernel: KernelChoice,
  settings: Settings,
): AnalysisInput {
  return {
    file: objectName(basename(program.main)),
    object: first,
    parts,
    choices,
    source: source === null ? null : { file: uri.fsPath, text: source },
    ...rules,
    ...(settings.targetKernel === '' ? {} : { targetKernel: settings.targetKernel }),
    kernel,
    program: '',
    logLevel: 0,
    unprivileged: false,
    record: true,
    explain: true,
    dumpInsns: false,
    graphs: false,
    timeoutS: settings.timeoutS,
    near: lookedAt(uri),
  };
}
