// SPDX-License-Identifier: GPL-2.0-only
import * as vscode from 'vscode';
import { rangeOf } from './diagnostics';
import { type DisassemblyProvider, disassemblyTarget } from './disassembly';
import { placeIn } from './files';
import type { AnalysisStore } from './store';

/** Marks and shows, in C and disassembly, the line of the instruction that is selected in a panel; none for null. */
export interface LinkedLine extends vscode.Disposable {
  readonly show: (file: vscode.Uri, program: string, insn: number | null) => Promise<void>;
}

export function revealIn(store: AnalysisStore, disassembly: DisassemblyProvider): LinkedLine {
  const linked = vscode.window.createTextEditorDecorationType({
    borderWidth: '1px',
    borderStyle: 'solid',
    borderColor: new vscode.ThemeColor('focusBorder'),
    overviewRulerColor: new vscode.ThemeColor('focusBorder'),
  });
  const show = async (file: vscode.Uri, program: string, insn: number | null): Promise<void> => {
    const graph = await store.graph(file, program);
    const place = insn === null ? null : (graph?.nodes.flatMap((n) => n.instructions).find((i) => i.index === insn)?.source ?? null);
    for (const editor of vscode.window.visibleTextEditors) {
      const target = disassemblyTarget(editor.document.uri);
      if (target !== null && insn !== null && target.program === program) {
        const line = disassembly.lineOf(editor.document.uri, insn);
        editor.setDecorations(linked, line < 0 ? [] : [editor.document.lineAt(line).range]);
        if (line >= 0) editor.revealRange(editor.document.lineAt(line).range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
      } else if (placeIn(place, editor.document.uri)) {
        editor.setDecorations(linked, [rangeOf(place)]);
        editor.revealRange(rangeOf(place), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
      } else editor.setDecorations(linked, []);
    }
  };
  return { show, dispose: () => linked.dispose() };
}
