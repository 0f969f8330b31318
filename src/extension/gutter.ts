// SPDX-License-Identifier: GPL-2.0-only
import * as vscode from 'vscode';
import { type GutterMark, gutterKey, gutterMarks, gutterSvg } from '../marks/gutter';
import { roleOf } from '../marks/rails';
import { DARK, LIGHT } from '../marks/svg';
import type { StepMark } from '../protocol/messages';
import { type DisassemblyProvider, disassemblyTarget } from './disassembly';
import { placeIn } from './files';
import { affects, readSettings } from './settings';
import { insnsByLine } from './source-insns';
import type { AnalysisStore } from './store';
import { colourId } from '../contributions/colours';

/** Colours in the overview ruler: the family's lane. */
const RULER: Readonly<Record<string, { readonly colour: string; readonly lane: vscode.OverviewRulerLane }>> = {
  noFault: { colour: colourId('noFault'), lane: vscode.OverviewRulerLane.Right },
  lock: { colour: colourId('lock'), lane: vscode.OverviewRulerLane.Right },
  rcu: { colour: colourId('rcu'), lane: vscode.OverviewRulerLane.Center },
  preempt: { colour: colourId('preempt'), lane: vscode.OverviewRulerLane.Left },
  irq: { colour: colourId('irq'), lane: vscode.OverviewRulerLane.Left },
};

/** Pause before marks are drawn anew, milliseconds. */
const SETTLE_MS = 60;

function dataUri(svg: string): vscode.Uri {
  return vscode.Uri.parse(`data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`);
}

/** Rails and glyphs beside C lines and disassembly lines; regions in the overview ruler. */
export class GutterMarks implements vscode.Disposable {
  private readonly pictures = new Map<string, vscode.TextEditorDecorationType>();
  private readonly rulers = new Map<string, vscode.TextEditorDecorationType>();
  /** Pictures that an editor shows. */
  private readonly shown = new WeakMap<vscode.TextEditor, Set<vscode.TextEditorDecorationType>>();
  private readonly subscriptions: vscode.Disposable[];
  private timer: NodeJS.Timeout | undefined;
  /** Paths that panels show, by file. */
  private readonly steps = new Map<string, { readonly file: vscode.Uri; readonly program: string; readonly steps: readonly StepMark[] }>();

  constructor(
    private readonly store: AnalysisStore,
    private readonly disassembly: DisassemblyProvider,
  ) {
    this.subscriptions = [
      store.onDidChange((s) => {
        if (s.busy === null) this.later();
      }),
      vscode.window.onDidChangeVisibleTextEditors(() => this.later()),
      vscode.workspace.onDidChangeTextDocument((e) => {
        if (disassemblyTarget(e.document.uri) !== null) this.later();
      }),
      vscode.workspace.onDidChangeConfiguration((e) => {
        if (affects(e, 'gutter')) this.later();
      }),
    ];
    this.later();
  }

  dispose(): void {
    clearTimeout(this.timer);
    for (const s of this.subscriptions) s.dispose();
    for (const d of [...this.pictures.values(), ...this.rulers.values()]) d.dispose();
  }

  private later(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      for (const editor of vscode.window.visibleTextEditors) void this.draw(editor);
    }, SETTLE_MS);
  }

  private async draw(editor: vscode.TextEditor): Promise<void> {
    const { document } = editor;
    const shown = readSettings(document.uri).gutter ? await insnsByLine(document, this.store, this.disassembly) : null;
    const marks = shown === null ? new Map<number, GutterMark>() : gutterMarks(shown.lines, await this.stepsOn(document), shown.after);
    const ranges = new Map<vscode.TextEditorDecorationType, vscode.Range[]>();
    const add = (type: vscode.TextEditorDecorationType, line: number): void => {
      if (line >= editor.document.lineCount) return;
      const range = new vscode.Range(line, 0, line, 0);
      const known = ranges.get(type);
      if (known === undefined) ranges.set(type, [range]);
      else known.push(range);
    };
    for (const [line, mark] of marks) {
      add(this.picture(mark), line);
      for (const lane of mark.lanes) {
        const ruler = lane === null ? undefined : this.ruler(roleOf(lane));
        if (ruler !== undefined) add(ruler, line);
      }
    }
    const before = this.shown.get(editor) ?? new Set();
    for (const type of before) if (!ranges.has(type)) editor.setDecorations(type, []);
    for (const [type, list] of ranges) editor.setDecorations(type, list);
    this.shown.set(editor, new Set(ranges.keys()));
  }

  /** Numbers the steps of a path that a panel shows; none to end that. */
  showSteps(file: vscode.Uri, program: string, steps: readonly StepMark[]): void {
    if (steps.length > 0) this.steps.set(file.toString(), { file, program, steps });
    else if (!this.steps.delete(file.toString())) return;
    this.later();
  }

  /** Numbers of steps by line (0-based) of a document. */
  private async stepsOn(document: vscode.TextDocument): Promise<ReadonlyMap<number, readonly number[]>> {
    const lines = new Map<number, number[]>();
    const shown = disassemblyTarget(document.uri);
    for (const { file, program, steps } of this.steps.values()) {
      if (shown !== null && (shown.file.toString() !== file.toString() || shown.program !== program)) continue;
      const graph = await this.store.graph(file, program);
      const insns = new Map((graph?.nodes ?? []).flatMap((n) => n.instructions).map((i) => [i.index, i]));
      for (const { insn, number } of steps) {
        const source = insns.get(insn)?.source ?? null;
        const line =
          shown !== null ? this.disassembly.lineOf(document.uri, insn) : placeIn(source, document.uri) ? source.line - 1 : undefined;
        if (line !== undefined && line >= 0) lines.set(line, [...(lines.get(line) ?? []), number]);
      }
    }
    return lines;
  }

  private picture(mark: GutterMark): vscode.TextEditorDecorationType {
    const key = gutterKey(mark);
    let type = this.pictures.get(key);
    if (type === undefined) {
      type = vscode.window.createTextEditorDecorationType({
        gutterIconSize: 'contain',
        light: { gutterIconPath: dataUri(gutterSvg(mark, LIGHT)) },
        dark: { gutterIconPath: dataUri(gutterSvg(mark, DARK)) },
      });
      this.pictures.set(key, type);
    }
    return type;
  }

  private ruler(role: string): vscode.TextEditorDecorationType | undefined {
    const look = RULER[role];
    if (look === undefined) return undefined;
    let type = this.rulers.get(role);
    if (type === undefined) {
      type = vscode.window.createTextEditorDecorationType({
        overviewRulerColor: new vscode.ThemeColor(look.colour),
        overviewRulerLane: look.lane,
      });
      this.rulers.set(role, type);
    }
    return type;
  }
}
