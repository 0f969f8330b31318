// SPDX-License-Identifier: GPL-2.0-only
/** What a command is about: a file, one of its programs, perhaps an instruction. */
import * as vscode from 'vscode';
import { labelText } from '../protocol/escape';
import { disassemblyTarget } from './disassembly';
import { activeFile, placeIn, PROGRAM_FILES } from './files';
import { programLine } from './program-line';
import type { AnalysisStore } from './store';

/** Arguments that our own CodeLenses and buttons pass to commands. */
interface Given {
  readonly uri: string;
  readonly program: string;
  readonly insn?: number | null;
  /** Lens that the panel shows it by. */
  readonly lens?: string;
  /** Policy that is meant; without it one is asked for. */
  readonly policy?: string;
}

export interface Target {
  readonly uri: vscode.Uri;
  /** '' for whichever is first. */
  readonly program: string;
  readonly insn: number | null;
}

/** What one of our own buttons said, null for anything else. */
export function givenTarget(v: unknown): Given | null {
  const t = v as Partial<Given> | undefined;
  return typeof t === 'object' && t !== null && typeof t.uri === 'string' && typeof t.program === 'string' ? (t as Given) : null;
}

/** A file of the workspace that the user picks. */
async function pickFile(): Promise<Target | null> {
  const found = await vscode.workspace.findFiles(PROGRAM_FILES, '**/node_modules/**', 50);
  const picked = await vscode.window.showQuickPick(
    found.map((f) => ({ label: labelText(vscode.workspace.asRelativePath(f)), uri: f })).sort((a, b) => a.label.localeCompare(b.label)),
    {
      title: vscode.l10n.t('BPF programs of this workspace'),
      placeHolder: found.length === 0 ? vscode.l10n.t('No .bpf.c, .bpf.s or .bpf.o file was found') : vscode.l10n.t('Choose a file'),
    },
  );
  return picked === undefined ? null : { uri: picked.uri, program: '', insn: null };
}

/** The program at or before the cursor, '' for none. */
function programAtCursor(store: AnalysisStore, uri: vscode.Uri): string {
  const editor = vscode.window.activeTextEditor;
  const lines = editor?.document.uri.toString() === uri.toString() ? editor.document.getText().split('\n') : [];
  const line = editor?.selection.active.line ?? 0;
  const before = (store.get(uri)?.result?.programs ?? [])
    .filter((p) => placeIn(p.definition, uri))
    .map((p) => ({ program: p.program, line: programLine(lines, p.program, p.definition!.line - 1) }))
    .filter((p) => p.line <= line)
    .sort((a, b) => b.line - a.line);
  return before[0]?.program ?? '';
}

/** File and program that a command is about: its argument, or the file in front and the program at the cursor; else the user is asked. */
export async function chooseTarget(store: AnalysisStore, argument: unknown): Promise<Target | null> {
  const given = givenTarget(argument);
  if (given !== null) return { uri: vscode.Uri.parse(given.uri), program: given.program, insn: given.insn ?? null };
  const meant = argument instanceof vscode.Uri ? argument : vscode.window.activeTextEditor?.document.uri;
  const shown = meant === undefined ? null : disassemblyTarget(meant);
  if (shown !== null) return { uri: shown.file, program: shown.program, insn: null };
  const uri = argument instanceof vscode.Uri ? argument : activeFile();
  return uri === null ? pickFile() : { uri, program: programAtCursor(store, uri), insn: null };
}
