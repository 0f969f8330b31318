// SPDX-License-Identifier: GPL-2.0-only
/** Opening programs in the panel, as disassembly and as objects, and the commands of the graph. */
import * as vscode from 'vscode';
import { GRAPH_COMMAND_NAMES } from '../contributions/graph-commands';
import { DISASSEMBLY } from '../contributions/names';
import { labelText } from '../protocol/escape';
import { type CommandTable, registerCommands } from './commands';
import { disassemblyUri } from './disassembly';
import { goToError } from './go-to-error';
import type { Host } from './shared';
import { openSample } from './sample';
import { chooseTarget, givenTarget } from './target';

async function showGraph({ store, panels }: Host, argument: unknown): Promise<void> {
  const target = await chooseTarget(store, argument);
  const lens = givenTarget(argument)?.lens;
  if (target !== null) await panels.open(target.uri, target.program, target.insn, lens === undefined ? null : `lens.${lens}`);
}

async function showVerdict({ store, panels }: Host, argument: unknown): Promise<void> {
  const target = await chooseTarget(store, argument);
  if (target === null) return;
  const result = store.get(target.uri)?.result?.programs.find((p) => p.program === target.program);
  await panels.open(target.uri, target.program, result?.insn ?? null);
}

async function showDisassembly({ store }: Host, argument: unknown): Promise<void> {
  const target = await chooseTarget(store, argument);
  if (target === null) return;
  if (store.get(target.uri)?.result == null) await store.run(target.uri);
  const programs = store.get(target.uri)?.result?.programs ?? [];
  const program =
    target.program !== ''
      ? target.program
      : programs.length === 1
        ? programs[0]!.program
        : (
            await vscode.window.showQuickPick(
              programs.map((p) => ({ label: labelText(p.program), description: labelText(p.section), program: p.program })),
              { title: vscode.l10n.t('Program') },
            )
          )?.program;
  if (program === undefined) return;
  const document = await vscode.workspace.openTextDocument(disassemblyUri(target.uri, program));
  await vscode.languages.setTextDocumentLanguage(document, DISASSEMBLY.language);
  await vscode.window.showTextDocument(document, { preview: true });
}

/** Panels and editors as a part of the extension. */
export function registerPanels(host: Host): vscode.Disposable {
  const { context, store, panels, disassembly } = host;
  const graph: CommandTable = Object.fromEntries(GRAPH_COMMAND_NAMES.map((name) => [`graph.${name}`, () => panels.command(name)]));
  return vscode.Disposable.from(
    vscode.window.onDidChangeTextEditorSelection((e) => {
      panels.follow(e.textEditor.document.uri, e.selections[0]?.active.line ?? 0, (uri, line) => disassembly.insnAt(uri, line)?.index);
    }),
    registerCommands({
      ...graph,
      showGraph: (argument) => showGraph(host, argument),
      showVerdict: (argument) => showVerdict(host, argument),
      showDisassembly: (argument) => showDisassembly(host, argument),
      goToError: async () => {
        const target = await chooseTarget(store, undefined);
        if (target !== null) await goToError(store.get(target.uri) ?? (await store.run(target.uri)));
      },
      openSample: () => openSample(context, panels),
    }),
  );
}
