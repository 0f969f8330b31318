// SPDX-License-Identifier: GPL-2.0-only
import * as vscode from 'vscode';
import { labelText } from '../protocol/escape';
import { AnalysisService } from '../analysis/service';
import { endGuests } from '../compiler/guest';
import type { PolicyInfo } from '../protocol/model';
import { VerdictLenses } from './codelens';
import { rangeOf, VerdictDiagnostics } from './diagnostics';
import { Compiling } from './compiling';
import { BpfCompletions, BpfSignatures } from './completions';
import { ContextKeys } from './context-keys';
import { DisassemblyProvider, disassemblyTarget, disassemblyUri, isDisassembled } from './disassembly';
import { activeFile, isBpfSource, kindByName, placeIn, PROGRAM_FILES, SOURCES } from './files';
import { isWithin, watchFiles, watchTabs } from './file-watch';
import { goToError } from './go-to-error';
import { registerHowCompiled } from './how-compiled';
import { ContextHovers } from './hovers';
import { HeldHints } from './inlay-hints';
import { registerLoadChoices } from './load-commands';
import { OfferActions } from './offers';
import { ObjectEditor } from './object-editor';
import { ContextPanels } from './panel';
import { PolicyCatalog } from './policies';
import { PolicyCompletions, SETTINGS_FILES } from './policy-completions';
import { PolicyDiagnostics } from './policy-diagnostics';
import { registerProblemPages } from './problem-pages';
import { programLine } from './program-line';
import { RuleFileWatch } from './rule-files';
import { openSample, showFirst } from './sample';
import { onSettingsChange, readSettings } from './settings';
import { GutterMarks } from './gutter';
import { VerdictStatus } from './status';
import { AnalysisStore } from './store';
import { HeldView } from './views/held';
import { PolicyView } from './views/policy';
import { ProgramsView } from './views/programs';
import { DISASSEMBLY } from '../contributions/languages';
import { OBJECT_EDITOR, PANEL_TYPE, VIEWS } from '../contributions/views';
import { commandId } from '../contributions/commands';
import { settingId } from '../contributions/settings';
import { GRAPH_COMMAND_NAMES } from '../contributions/graph-commands';

/** Arguments that our own CodeLenses and buttons pass to commands. */
interface Target {
  readonly uri: string;
  readonly program: string;
  readonly insn?: number | null;
  /** Lens that the panel shows it by. */
  readonly lens?: string;
  /** Policy that is meant; without it one is asked for. */
  readonly policy?: string;
}

function asTarget(v: unknown): Target | null {
  const t = v as Partial<Target> | undefined;
  return typeof t === 'object' && t !== null && typeof t.uri === 'string' && typeof t.program === 'string' ? (t as Target) : null;
}

/** C files on disk: what completion and signature help are for. */
const C_FILES: vscode.DocumentFilter = { language: 'c', scheme: 'file' };

/** Pause after typing before a stale file is verified again, milliseconds. */
const SETTLE_MS = 150;

/** What tests may ask of the running extension. */
export interface ExtensionApi {
  readonly store: AnalysisStore;
  readonly catalog: PolicyCatalog;
}

/** A policy in a list to choose from. */
function policyEntry({ id, title, description }: PolicyInfo): { label: string; id: string; description: string; detail: string } {
  return { label: labelText(id), id, description: labelText(title), detail: labelText(description) };
}

export function activate(context: vscode.ExtensionContext): ExtensionApi {
  const at = (...parts: string[]): string => vscode.Uri.joinPath(context.extensionUri, ...parts).fsPath;
  const service = new AnalysisService(at('dist', 'worker.cjs'), {
    memoryMb: () => readSettings().memoryMb,
    raise: `raise the setting "${settingId('memory')}"`,
  });
  const ruleFiles = new RuleFileWatch();
  const catalog = new PolicyCatalog(ruleFiles);
  const compiling = new Compiling(service, at('media', 'kernel', '7.3.4'), context.globalStorageUri, context.workspaceState);
  const store = new AnalysisStore(service, at('media', 'kernel', '7.3.4'), context.workspaceState, catalog, compiling);
  const disassembly = new DisassemblyProvider(store);

  const linked = vscode.window.createTextEditorDecorationType({
    borderWidth: '1px',
    borderStyle: 'solid',
    borderColor: new vscode.ThemeColor('focusBorder'),
    overviewRulerColor: new vscode.ThemeColor('focusBorder'),
  });
  const revealLine = async (file: vscode.Uri, program: string, insn: number | null): Promise<void> => {
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
  const gutter = new GutterMarks(store, disassembly);
  const panels = new ContextPanels(context.extensionUri, store, catalog, revealLine, (file, program, steps) =>
    gutter.showSteps(file, program, steps),
  );

  const programs = new ProgramsView(store);
  const hints = new HeldHints(store);
  const held = new HeldView(store, disassembly);
  const policyView = new PolicyView(store, catalog);
  const heldTree = vscode.window.createTreeView(VIEWS.held.id, { treeDataProvider: held });
  held.view = heldTree;

  /** File and program that a command is about: its argument, or the file in front and the program at the cursor. */
  const chooseTarget = async (argument: unknown): Promise<{ uri: vscode.Uri; program: string; insn: number | null } | null> => {
    const given = asTarget(argument);
    if (given !== null) return { uri: vscode.Uri.parse(given.uri), program: given.program, insn: given.insn ?? null };
    const open = vscode.window.activeTextEditor?.document.uri;
    const shown = open === undefined ? null : disassemblyTarget(open);
    if (shown !== null) return { uri: shown.file, program: shown.program, insn: null };
    const uri = argument instanceof vscode.Uri ? argument : activeFile();
    if (uri === null) {
      const found = await vscode.workspace.findFiles(PROGRAM_FILES, '**/node_modules/**', 50);
      const picked = await vscode.window.showQuickPick(
        found.map((f) => ({ label: labelText(vscode.workspace.asRelativePath(f)), uri: f })).sort((a, b) => a.label.localeCompare(b.label)),
        {
          title: 'BPF programs of this workspace',
          placeHolder: found.length === 0 ? 'No .bpf.c, .bpf.s or .bpf.o file was found' : 'Choose a file',
        },
      );
      return picked === undefined ? null : { uri: picked.uri, program: '', insn: null };
    }
    const editor = vscode.window.activeTextEditor;
    const lines = editor?.document.uri.toString() === uri.toString() ? editor.document.getText().split('\n') : [];
    const line = editor?.selection.active.line ?? 0;
    const before = (store.get(uri)?.result?.programs ?? [])
      .filter((p) => placeIn(p.definition, uri))
      .map((p) => ({ program: p.program, line: programLine(lines, p.program, p.definition!.line - 1) }))
      .filter((p) => p.line <= line)
      .sort((a, b) => b.line - a.line);
    return { uri, program: before[0]?.program ?? '', insn: null };
  };

  const showGraph = async (argument: unknown): Promise<void> => {
    const target = await chooseTarget(argument);
    const lens = asTarget(argument)?.lens;
    if (target !== null) await panels.open(target.uri, target.program, target.insn, lens === undefined ? null : `lens.${lens}`);
  };
  const showVerdict = async (argument: unknown): Promise<void> => {
    const target = await chooseTarget(argument);
    if (target === null) return;
    const result = store.get(target.uri)?.result?.programs.find((p) => p.program === target.program);
    await panels.open(target.uri, target.program, result?.insn ?? null);
  };
  const showDisassembly = async (argument: unknown): Promise<void> => {
    const target = await chooseTarget(argument);
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
                { title: 'Program' },
              )
            )?.program;
    if (program === undefined) return;
    const document = await vscode.workspace.openTextDocument(disassemblyUri(target.uri, program));
    await vscode.languages.setTextDocumentLanguage(document, DISASSEMBLY.language);
    await vscode.window.showTextDocument(document, { preview: true });
  };
  const selectPolicy = async (argument: unknown): Promise<void> => {
    const uri = typeof argument === 'string' ? vscode.Uri.parse(argument) : ((await chooseTarget(argument))?.uri ?? null);
    if (uri === null) return;
    const current = store.get(uri)?.policy;
    const setting = readSettings(uri).policy;
    const picked = await vscode.window.showQuickPick(
      [
        ...catalog.all().map((p) => ({
          ...policyEntry(p),
          description: labelText(p.id === current ? `${p.title} (in force)` : p.title),
        })),
        {
          label: 'as the setting says',
          id: null,
          description: setting,
          detail: `Forgets what was chosen for this file; the setting ${settingId('policy')} decides.`,
        },
      ],
      { title: `Context policy for ${uri.path.split('/').pop() ?? ''}` },
    );
    if (picked !== undefined) await store.setPolicy(uri, picked.id);
  };
  const compareWith = async (argument: unknown): Promise<void> => {
    const target = await chooseTarget(argument);
    if (target === null) return;
    const named = asTarget(argument)?.policy;
    if (named !== undefined) {
      await panels.open(target.uri, target.program, null);
      await store.setCompare(target.uri, named);
      return;
    }
    const current = store.get(target.uri)?.policy;
    const picked = await vscode.window.showQuickPick(
      [
        { label: 'none', id: '', description: 'end the comparison' },
        ...catalog
          .all()
          .filter((p) => p.id !== current)
          .map(policyEntry),
      ],
      { title: `Compare ${current ?? ''} with` },
    );
    if (picked === undefined) return;
    await panels.open(target.uri, target.program, null);
    await store.setCompare(target.uri, picked.id);
  };
  const verify = async (argument: unknown): Promise<void> => {
    const target = await chooseTarget(argument);
    if (target === null) return;
    await vscode.window.withProgress(
      { location: vscode.ProgressLocation.Window, title: 'Verifying BPF programs', cancellable: true },
      async (_, token) => {
        token.onCancellationRequested(() => store.cancel(target.uri));
        await store.run(target.uri);
      },
    );
  };

  const wants = (document: vscode.TextDocument, when: 'open' | 'save'): boolean => {
    const mode = readSettings(document.uri).verify;
    return isBpfSource(document) && (mode === 'onOpen' || (mode === 'onSave' && when === 'save'));
  };
  const opened = (document: vscode.TextDocument): void => {
    const known = store.get(document.uri);
    if (wants(document, 'open') && (known === undefined || known.error?.kind === 'closed')) void store.run(document.uri);
  };
  /** Nobody edits or reads a file any more, but its graph or its disassembly may be looked at. */
  const closed = (uri: vscode.Uri): void => {
    if (panels.has(uri) || isDisassembled(uri)) store.left(uri);
    else store.closed(uri);
  };
  let settle: NodeJS.Timeout | undefined;
  const settingsChanged = (): void => {
    clearTimeout(settle);
    settle = setTimeout(() => void store.settingsChanged(), SETTLE_MS);
  };

  context.subscriptions.push(
    store,
    catalog,
    ruleFiles,
    ruleFiles.onDidChange((uri) => void store.inputChanged(uri)),
    new PolicyDiagnostics(catalog, store),
    vscode.languages.registerCompletionItemProvider(SETTINGS_FILES, new PolicyCompletions(catalog), '"'),
    catalog.onDidChange((id) => {
      void store.policyChanged(id);
      panels.refresh();
    }),
    registerLoadChoices(store, ruleFiles),
    new ContextKeys(store),
    disassembly,
    panels,
    linked,
    new VerdictDiagnostics(store, context.extensionUri),
    registerProblemPages(context.extensionUri),
    new VerdictStatus(store),
    compiling,
    registerHowCompiled(compiling, store),
    gutter,
    hints,
    vscode.languages.registerInlayHintsProvider([...SOURCES], hints),
    programs,
    held,
    policyView,
    vscode.window.registerTreeDataProvider(VIEWS.programs.id, programs),
    heldTree,
    vscode.window.registerTreeDataProvider(VIEWS.policies.id, policyView),
    vscode.commands.registerCommand(commandId('usePolicy'), async (choice: unknown) => {
      const target = asTarget(choice);
      if (typeof choice === 'string') await policyView.use(choice);
      else if (target?.policy !== undefined) await store.setPolicy(vscode.Uri.parse(target.uri), target.policy);
    }),
    vscode.commands.registerCommand(commandId('refreshPrograms'), () => programs.refresh()),
    vscode.commands.registerCommand(commandId('compareWith'), compareWith),
    { dispose: () => void service.dispose() },
    { dispose: endGuests },
    vscode.workspace.registerTextDocumentContentProvider(DISASSEMBLY.scheme, disassembly),
    vscode.languages.registerHoverProvider([...SOURCES, { scheme: DISASSEMBLY.scheme }], new ContextHovers(store, disassembly)),
    vscode.languages.registerCodeLensProvider(SOURCES, new VerdictLenses(store, catalog)),
    vscode.languages.registerCodeActionsProvider(SOURCES, new OfferActions(store, catalog), {
      providedCodeActionKinds: [vscode.CodeActionKind.QuickFix],
    }),
    vscode.languages.registerCompletionItemProvider(C_FILES, new BpfCompletions(store), '"', '/'),
    vscode.languages.registerSignatureHelpProvider(C_FILES, new BpfSignatures(store), '(', ','),
    vscode.window.registerWebviewPanelSerializer(PANEL_TYPE, panels),
    vscode.window.registerCustomEditorProvider(OBJECT_EDITOR.viewType, new ObjectEditor(store, (uri) => panels.has(uri)), {
      webviewOptions: { retainContextWhenHidden: false },
    }),
    vscode.commands.registerCommand(commandId('showGraph'), showGraph),
    vscode.commands.registerCommand(commandId('showVerdict'), showVerdict),
    vscode.commands.registerCommand(commandId('showDisassembly'), showDisassembly),
    vscode.commands.registerCommand(commandId('selectPolicy'), selectPolicy),
    vscode.commands.registerCommand(commandId('goToError'), async () => {
      const target = await chooseTarget(undefined);
      if (target === null) return;
      await goToError(store.get(target.uri) ?? (await store.run(target.uri)));
    }),
    vscode.commands.registerCommand(commandId('openSample'), () => openSample(context, panels)),
    vscode.commands.registerCommand(commandId('verify'), verify),
    vscode.commands.registerCommand(commandId('cancel'), async () => {
      const uri = activeFile();
      if (uri !== null) store.cancel(uri);
    }),
    ...GRAPH_COMMAND_NAMES.map((name) => vscode.commands.registerCommand(commandId(`graph.${name}`), () => panels.command(name))),
    vscode.workspace.onDidOpenTextDocument(opened),
    vscode.workspace.onDidSaveTextDocument((document) => {
      if (wants(document, 'save') || store.get(document.uri) !== undefined) void store.run(document.uri);
      if (kindByName(document.uri) === 'source') void store.inputChanged(document.uri);
    }),
    vscode.workspace.onDidChangeTextDocument((e) => {
      if (e.contentChanges.length > 0 && kindByName(e.document.uri) === 'source') store.edited(e.document.uri, e.document.getText());
    }),
    vscode.workspace.onDidCloseTextDocument((document) => {
      if (kindByName(document.uri) === 'source') closed(document.uri);
    }),
    watchTabs(
      (uri) => {
        const file = disassemblyTarget(uri)?.file;
        if (file !== undefined && store.get(file)?.error?.kind === 'closed') closed(file);
        if (file === undefined && kindByName(uri) === 'source') closed(uri);
      },
      (uri) => {
        const document = vscode.workspace.textDocuments.find((d) => d.uri.toString() === uri.toString());
        if (document !== undefined) opened(document);
      },
    ),
    watchFiles({
      gone: (at) => {
        for (const { uri } of store.all().filter((s) => isWithin(s.uri, at))) store.gone(uri);
      },
      came: (uri) => {
        if (store.get(uri)?.error?.kind === 'gone') void store.run(uri);
      },
      moved: (from, to) => {
        for (const { uri } of store.all().filter((s) => isWithin(s.uri, from))) {
          panels.move(uri, to.with({ path: `${to.path}${uri.path.slice(from.path.length)}` }));
        }
        void store.moved(from, to);
      },
    }),
    vscode.window.onDidChangeTextEditorSelection((e) => {
      panels.follow(e.textEditor.document.uri, e.selections[0]?.active.line ?? 0, (uri, line) => disassembly.insnAt(uri, line)?.index);
    }),
    onSettingsChange(settingsChanged),
    // sources may be compiled, limits are wider, and settings and overlays of the workspace hold
    vscode.workspace.onDidGrantWorkspaceTrust(settingsChanged),
  );
  for (const document of vscode.workspace.textDocuments) opened(document);
  context.subscriptions.push(showFirst(panels));
  return { store, catalog };
}
