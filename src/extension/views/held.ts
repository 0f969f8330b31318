// SPDX-License-Identifier: GPL-2.0-only
import * as vscode from 'vscode';
import { oneLine } from '../../protocol/escape';
import type { GraphInsn, HeldResource, SourcePlace } from '../../protocol/graph';
import { mainInsn } from '../../protocol/insns';
import { beginsHolding, chipText, forbiddenText, HOLDING, plainName } from '../../protocol/words';
import { sleepSummary } from '../../graph/why';
import { type DisassemblyProvider, disassemblyTarget } from '../disassembly';
import { placeIn } from '../files';
import { insnsOfLine } from '../hovers';
import type { AnalysisStore } from '../store';
import { commandId } from '../../contributions/commands';
import { SLEEP_ICONS } from '../sleep-icons';

/** What is held where the cursor is. */
interface HeldHere {
  readonly uri: vscode.Uri;
  readonly program: string;
  readonly insn: GraphInsn;
  /** Places that give a resource back, by its key. */
  readonly ends: ReadonlyMap<string, readonly GraphInsn[]>;
  readonly byInsn: ReadonlyMap<number, GraphInsn>;
}

export type HeldNode =
  | { readonly kind: 'answer' }
  | { readonly kind: 'resource'; readonly held: HeldResource }
  | { readonly kind: 'fact'; readonly icon: string; readonly text: string; readonly insn: number | null };

/** Where a resource came to be held, and in how many states: `acquired at line 12, in 1 of 3 states`. */
function sinceWords(held: HeldResource, { states }: GraphInsn, taken: SourcePlace | null | undefined): string {
  const at = taken == null ? held.takenAt : `line ${taken.line}`;
  return `${HOLDING[held.holding].began} at ${at}${held.inStates < states ? `, in ${held.inStates} of ${states} states` : ''}`;
}

/** A resource for those who hear the tree. */
function spokenWords(held: HeldResource, since: string): string {
  return oneLine(`${plainName(held)}, ${since}, forbids ${forbiddenText(held.forbids)}`);
}

/** The tree "Held at cursor". Follows the cursor in C and disassembly. */
export class HeldView implements vscode.TreeDataProvider<HeldNode>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly subscriptions: vscode.Disposable[];
  private here: HeldHere | null = null;
  /** The view, to say which line it is about. */
  view: vscode.TreeView<HeldNode> | null = null;
  private turn = 0;

  constructor(
    private readonly store: AnalysisStore,
    private readonly disassembly: DisassemblyProvider,
  ) {
    this.subscriptions = [
      vscode.window.onDidChangeTextEditorSelection((e) => void this.follow(e.textEditor)),
      vscode.window.onDidChangeActiveTextEditor((editor) => {
        if (editor !== undefined) void this.follow(editor);
      }),
      store.onDidChange((state) => {
        const editor = vscode.window.activeTextEditor;
        if (state.busy === null && editor !== undefined) void this.follow(editor);
      }),
    ];
  }

  dispose(): void {
    for (const s of this.subscriptions) s.dispose();
    this.changed.dispose();
  }

  getChildren(node?: HeldNode): HeldNode[] {
    const { here } = this;
    if (here === null) return [];
    if (node === undefined) return [{ kind: 'answer' }, ...here.insn.held.map((held): HeldNode => ({ kind: 'resource', held }))];
    if (node.kind !== 'resource') return [];
    const { held } = node;
    const line = (insn: number): string => {
      const source = here.byInsn.get(insn)?.source;
      return source == null ? `instruction ${insn}` : `line ${source.line}`;
    };
    return [
      ...held.takenPlaces.map((at): HeldNode => ({
        kind: 'fact',
        icon: 'arrow-down',
        text: `${HOLDING[held.holding].began} at ${line(at)}`,
        insn: at,
      })),
      { kind: 'fact', icon: 'circle-slash', text: `forbids ${forbiddenText(held.forbids)}`, insn: null },
      ...(here.ends.get(held.key) ?? []).map((i): HeldNode => ({
        kind: 'fact',
        icon: 'arrow-right',
        text: `${HOLDING[held.holding].ended} at ${line(i.index)}`,
        insn: i.index,
      })),
    ];
  }

  getTreeItem(node: HeldNode): vscode.TreeItem {
    const { uri, program, insn } = this.here!;
    const show = (at: number): vscode.Command => ({
      command: commandId('showGraph'),
      title: vscode.l10n.t('Show in graph'),
      arguments: [{ uri: uri.toString(), program, insn: at }],
    });
    if (node.kind === 'answer') {
      const { answer, reasons } = sleepSummary(insn.maySleep, insn.because);
      const item = new vscode.TreeItem(answer);
      item.description = oneLine(reasons);
      item.iconPath = new vscode.ThemeIcon(
        insn.rejected ? 'bpf-rejected' : insn.maySleep === null ? 'bpf-unreachable' : SLEEP_ICONS[insn.maySleep],
      );
      item.command = show(insn.index);
      return item;
    }
    if (node.kind === 'resource') {
      const { held } = node;
      const item = new vscode.TreeItem(
        oneLine(`${chipText(held, held.inStates)}  ${plainName(held)}`),
        vscode.TreeItemCollapsibleState.Collapsed,
      );
      const taken = this.here!.byInsn.get(held.takenAt)?.source;
      const since = sinceWords(held, insn, taken);
      item.description = since;
      item.accessibilityInformation = { label: spokenWords(held, since) };
      return item;
    }
    const item = new vscode.TreeItem(oneLine(node.text));
    item.iconPath = new vscode.ThemeIcon(node.icon);
    if (node.insn !== null) {
      item.description = vscode.l10n.t('instruction {0}', node.insn);
      item.command = show(node.insn);
    }
    return item;
  }

  private async follow(editor: vscode.TextEditor): Promise<void> {
    const turn = ++this.turn;
    const line = editor.selection.active.line;
    const here = await this.find(editor.document, line);
    if (turn !== this.turn) return;
    if (here === null && this.here === null) return;
    this.here = here;
    if (this.view !== null)
      this.view.description =
        here === null
          ? ''
          : here.insn.source === null
            ? vscode.l10n.t('instruction {0}', here.insn.index)
            : vscode.l10n.t('line {0}', here.insn.source.line);
    this.changed.fire();
  }

  private async find(document: vscode.TextDocument, line: number): Promise<HeldHere | null> {
    const target = disassemblyTarget(document.uri);
    if (target !== null) {
      const insn = this.disassembly.insnAt(document.uri, line);
      return insn === undefined ? null : this.facts(target.file, target.program, insn);
    }
    for (const state of this.store.all()) {
      if (state.result === null || state.edits > 0) continue;
      const own = state.uri.toString() === document.uri.toString();
      for (const p of state.result.programs) {
        if (!own && !placeIn(p.definition, document.uri)) continue;
        const graph = await this.store.graph(state.uri, p.program);
        const insn = graph === null ? undefined : mainInsn(insnsOfLine(graph, document.uri, line));
        if (insn !== undefined) return this.facts(state.uri, p.program, insn);
      }
    }
    return null;
  }

  private async facts(uri: vscode.Uri, program: string, insn: GraphInsn): Promise<HeldHere> {
    const graph = await this.store.graph(uri, program);
    const all = (graph?.nodes ?? []).flatMap((n) => n.instructions);
    const ends = new Map<string, GraphInsn[]>();
    for (const i of all) for (const e of i.effects) if (!beginsHolding(e)) ends.set(e.key, [...(ends.get(e.key) ?? []), i]);
    return { uri, program, insn, ends, byInsn: new Map(all.map((i) => [i.index, i])) };
  }
}
