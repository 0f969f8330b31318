// SPDX-License-Identifier: GPL-2.0-only
/** What the editor shows in sources and disassembly: hovers, lenses, hints, completion, quick fixes. */
import * as vscode from 'vscode';
import { DISASSEMBLY } from '../contributions/names';
import { VerdictLenses } from './codelens';
import { BpfCompletions, BpfSignatures } from './completions';
import { LINE_SOURCES, SOURCES } from './files';
import type { Host } from './shared';
import { ContextHovers } from './hovers';
import { HeldHints } from './inlay-hints';
import { KernelFixes } from './kernel-fixes';
import { OfferActions } from './offers';

/** C files on disk: what completion and signature help are for. */
const C_FILES: vscode.DocumentFilter = { language: 'c', scheme: 'file' };

/** Features of languages as a part of the extension. */
export function registerLanguages({ store, catalog, disassembly, kernelReplies }: Host): vscode.Disposable {
  const hints = new HeldHints(store);
  const lenses = new VerdictLenses(store, catalog, kernelReplies);
  return vscode.Disposable.from(
    hints,
    lenses,
    vscode.languages.registerInlayHintsProvider([...LINE_SOURCES], hints),
    vscode.workspace.registerTextDocumentContentProvider(DISASSEMBLY.scheme, disassembly),
    vscode.languages.registerHoverProvider([...LINE_SOURCES, { scheme: DISASSEMBLY.scheme }], new ContextHovers(store, disassembly)),
    vscode.languages.registerCodeLensProvider([...LINE_SOURCES], lenses),
    vscode.languages.registerCodeActionsProvider([...SOURCES], new OfferActions(store, catalog), {
      providedCodeActionKinds: [vscode.CodeActionKind.QuickFix],
    }),
    vscode.languages.registerCodeActionsProvider([...SOURCES], new KernelFixes(store, kernelReplies), {
      providedCodeActionKinds: [vscode.CodeActionKind.QuickFix],
    }),
    vscode.languages.registerCompletionItemProvider(C_FILES, new BpfCompletions(store), '"', '/'),
    vscode.languages.registerSignatureHelpProvider(C_FILES, new BpfSignatures(store), '(', ','),
  );
}
