// SPDX-License-Identifier: GPL-2.0-only
/**
 * The `vscode` module in unit tests (an alias in `vitest.config.ts`): its values are real, what a person does and sees is in `editor`.
 * Only what our code uses is here; anything else is undefined and fails where it is used.
 */
import type * as real from 'vscode';
import { type Filter, globOf, matches, QuickPick, type TextDocument, type TextEditor, Watcher, WebviewPanel } from './vscode/documents';
import { editor, type ShownList, type StatusItem, type TreeProvider } from './vscode/editor';
import { CancellationTokenSource, type Diagnostic, Disposable, type Range, RelativePattern, Uri } from './vscode/values';
import type { WorkspaceEdit } from './vscode/values';

export * from './vscode/values';
export { editor } from './vscode/editor';
export { textDocument, type TextDocument, TextEditor, WebviewPanel } from './vscode/documents';

/** Members of a part of the module, by their real names. */
type Part<K extends keyof typeof real> = Partial<Record<keyof (typeof real)[K], unknown>>;

/** Keys and values that last as long as the test. */
export function memento(): {
  get(key: string, or?: unknown): unknown;
  update(key: string, value: unknown): Promise<void>;
  keys(): string[];
} {
  const kept = new Map<string, unknown>();
  return {
    get: (key, or) => (kept.has(key) ? kept.get(key) : or),
    update: async (key, value) => {
      await Promise.resolve();
      if (value === undefined) kept.delete(key);
      else kept.set(key, value);
    },
    keys: () => [...kept.keys()],
  };
}

const nothing = (): Disposable => new Disposable(() => undefined);
const register = (name: string): Disposable => {
  editor.registered.push(name);
  return nothing();
};
/** A watcher or a search that is meant for a pattern. */
const patternOf = (pattern: string | RelativePattern): string =>
  pattern instanceof RelativePattern ? `${pattern.base.path}/${pattern.pattern}` : pattern;
const missing = (uri: Uri): Promise<never> => Promise.reject(new Error(`no ${uri.path}`));
const bytesOf = (content: string | Uint8Array): Uint8Array => (typeof content === 'string' ? new TextEncoder().encode(content) : content);

const fs = {
  stat: (uri: Uri): Promise<{ readonly size: number; readonly type: number }> => {
    const content = editor.files.get(uri.path);
    if (content !== undefined) return Promise.resolve({ size: bytesOf(content).length, type: 1 });
    const isFolder = [...editor.files.keys()].some((file) => file.startsWith(`${uri.path}/`));
    return isFolder ? Promise.resolve({ size: 0, type: 2 }) : missing(uri);
  },
  readFile: (uri: Uri): Promise<Uint8Array> => {
    const content = editor.files.get(uri.path);
    return content === undefined ? missing(uri) : Promise.resolve(bytesOf(content));
  },
  writeFile: (uri: Uri, bytes: Uint8Array): Promise<void> => {
    editor.files.set(uri.path, new TextDecoder().decode(bytes));
    return Promise.resolve();
  },
  readDirectory: (uri: Uri): Promise<[string, number][]> => {
    const inside = [...editor.files.keys()].filter((file) => file.startsWith(`${uri.path}/`)).map((f) => f.slice(uri.path.length + 1));
    return Promise.resolve([...new Set(inside.map((f) => f.split('/')[0]!))].map((name) => [name, inside.includes(name) ? 1 : 2]));
  },
  createDirectory: (): Promise<void> => Promise.resolve(),
  copy: (from: Uri, to: Uri): Promise<void> => {
    editor.files.set(to.path, editor.files.get(from.path) ?? '');
    return Promise.resolve();
  },
};

export const workspace = {
  get isTrusted(): boolean {
    return editor.trusted;
  },
  get textDocuments(): readonly TextDocument[] {
    return editor.documents;
  },
  get workspaceFolders() {
    return editor.folder === null ? undefined : [{ uri: Uri.file(editor.folder), name: 'folder', index: 0 }];
  },
  getConfiguration: (section: string) => ({
    get: (name: string, or?: unknown): unknown => editor.settings.get(`${section}.${name}`) ?? or,
    inspect: (name: string) => ({
      globalValue: editor.settings.get(`${section}.${name}`),
      workspaceValue: editor.settings.get(`${section}.${name}`),
    }),
    update: (name: string, value: unknown): Promise<void> => {
      editor.set(`${section}.${name}`, value);
      return Promise.resolve();
    },
  }),
  getWorkspaceFolder: (uri: Uri) =>
    editor.folder !== null && uri.path.startsWith(`${editor.folder}/`)
      ? { uri: Uri.file(editor.folder), name: 'folder', index: 0 }
      : undefined,
  asRelativePath: (uri: Uri): string =>
    editor.folder !== null && uri.path.startsWith(`${editor.folder}/`)
      ? uri.path.slice(editor.folder.length + 1)
      : uri.path.replace(/^\//, ''),
  findFiles: (pattern: string | RelativePattern): Promise<readonly Uri[]> => {
    const glob = globOf(patternOf(pattern));
    return Promise.resolve([...editor.files.keys()].filter((file) => glob.test(file)).map((file) => Uri.file(file)));
  },
  fs,
  openTextDocument: async (uri: Uri): Promise<TextDocument> => {
    const made = await editor.contents.get(uri.scheme)?.provideTextDocumentContent(uri);
    if (made !== undefined) editor.files.set(uri.path, made);
    return editor.load(uri);
  },
  applyEdit: ({ edits }: WorkspaceEdit): Promise<boolean> => {
    for (const edit of edits) {
      if (edit.type === 'create') editor.files.set(edit.uri.path, new TextDecoder().decode(edit.contents));
      else editor.type(editor.load(edit.uri), edit.text);
    }
    return Promise.resolve(true);
  },
  registerTextDocumentContentProvider: (scheme: string, provider: { provideTextDocumentContent(uri: Uri): Promise<string> }) => {
    editor.contents.set(scheme, provider);
    return nothing();
  },
  onDidOpenTextDocument: editor.opened.event,
  onDidSaveTextDocument: editor.saved.event,
  onDidChangeConfiguration: editor.configured.event,
  onDidChangeTextDocument: editor.changed.event,
  onDidCloseTextDocument: editor.closed.event,
  onDidGrantWorkspaceTrust: editor.granted.event,
  onDidDeleteFiles: editor.removed.event,
  onDidRenameFiles: editor.renamed.event,
  createFileSystemWatcher: (pattern: string | RelativePattern): Watcher => {
    const watcher = new Watcher(patternOf(pattern));
    editor.watchers.push(watcher);
    return watcher;
  },
} satisfies Part<'workspace'>;

/** Sentences in the language of the editor, by their key in a bundle: `editor.translations`. */
export const l10n = {
  t: (
    said: string | { readonly message: string; readonly args?: readonly unknown[]; readonly comment: readonly string[] },
    ...given: readonly unknown[]
  ): string => {
    const { message: text, args = [], comment } = typeof said === 'string' ? { message: said, args: given, comment: [] } : said;
    const key = comment.length === 0 ? text : `${text}/${comment.join('')}`;
    return (editor.translations.get(key) ?? text).replace(/\{(\d+)\}/g, (place, n: string) => String(args[Number(n)] ?? place));
  },
} satisfies Part<'l10n'>;

/** A message with buttons. */
const message = (text: string, ...buttons: readonly string[]): Promise<string | undefined> => {
  editor.shown.push(text);
  return Promise.resolve(editor.press(text, buttons));
};

const viewStateOf = (id: string, options: { readonly treeDataProvider: TreeProvider }) => {
  editor.trees.set(id, options.treeDataProvider);
  return { description: '', dispose: () => undefined };
};

export const window = {
  get activeTextEditor(): TextEditor | undefined {
    return editor.active;
  },
  get visibleTextEditors(): readonly TextEditor[] {
    return editor.editors;
  },
  tabGroups: {
    get all() {
      return [{ tabs: editor.tabs }];
    },
    get activeTabGroup() {
      return { activeTab: editor.activeTab };
    },
    onDidChangeTabs: editor.tabsChanged.event,
  },
  onDidChangeActiveTextEditor: editor.activated.event,
  onDidChangeVisibleTextEditors: editor.visible.event,
  onDidChangeTextEditorSelection: editor.selected.event,
  registerTreeDataProvider: (id: string, provider: TreeProvider): Disposable => {
    editor.trees.set(id, provider);
    return register(`tree ${id}`);
  },
  createTreeView: viewStateOf,
  registerCustomEditorProvider: (type: string) => register(`editor ${type}`),
  registerWebviewPanelSerializer: (type: string) => register(`panel ${type}`),
  createWebviewPanel: (type: string): WebviewPanel => {
    const panel = new WebviewPanel(type);
    editor.panels.push(panel);
    return panel;
  },
  createTextEditorDecorationType: (options: Readonly<Record<string, unknown>>) => {
    const made = { options, dispose: () => undefined };
    editor.decorations.push(made);
    return made;
  },
  createOutputChannel: () => ({ info: (line: string) => editor.output.push(line), dispose: () => undefined }),
  createQuickPick: (): QuickPick => {
    const pick = new QuickPick();
    editor.quickPicks.push(pick);
    return pick;
  },
  createTerminal: ({ name, cwd }: { readonly name: string; readonly cwd: string }) => ({
    show: () => undefined,
    sendText: (text: string) => editor.terminals.push(`${cwd}$ ${text} (${name})`),
  }),
  showQuickPick: (given: readonly (string | ShownList['entries'][number])[], options?: { readonly title?: string }) => {
    const entries = given.map((entry) => (typeof entry === 'string' ? { label: entry } : entry));
    editor.lists.push({ entries, title: options?.title ?? '' });
    const picked = editor.pick(entries, options?.title ?? '');
    const texts = given.every((entry) => typeof entry === 'string');
    return Promise.resolve(texts ? (picked as { readonly label: string } | undefined)?.label : picked);
  },
  showInputBox: ({ title = '', value = '' }: { readonly title?: string; readonly value?: string }) =>
    Promise.resolve(editor.answer(title, value)),
  showOpenDialog: () => Promise.resolve(editor.chosenFile === undefined ? undefined : [editor.chosenFile]),
  showSaveDialog: () => Promise.resolve(editor.chosenFile),
  showTextDocument: (what: Uri | TextDocument, options?: { readonly selection?: Range }): Promise<TextEditor> => {
    const shown = editor.show('uri' in what ? what : editor.load(what));
    if (options?.selection !== undefined) editor.cursor(options.selection.start.line, options.selection.start.character);
    return Promise.resolve(shown);
  },
  showInformationMessage: message,
  showWarningMessage: message,
  setStatusBarMessage: (text: string) => editor.statusBar.push(text),
  withProgress: async (
    { title }: { readonly title: string },
    work: (progress: { report(): void }, token: CancellationTokenSource['token']) => Promise<unknown>,
  ): Promise<unknown> => {
    const source = new CancellationTokenSource();
    const shown = { title, cancel: () => source.cancel() };
    editor.progress.push(shown);
    try {
      return await work({ report: () => undefined }, source.token);
    } finally {
      editor.progress.splice(editor.progress.indexOf(shown), 1);
    }
  },
} satisfies Part<'window'>;

export const commands = {
  registerCommand: (id: string, run: (...given: unknown[]) => unknown): Disposable => {
    if (editor.commands.has(id)) throw new Error(`command ${id} already exists`);
    editor.commands.set(id, run);
    return new Disposable(() => editor.commands.delete(id));
  },
  executeCommand: async (id: string, ...given: unknown[]): Promise<unknown> => {
    await Promise.resolve();
    if (id === 'setContext') return editor.context.set(String(given[0]), given[1]);
    const run = editor.commands.get(id);
    if (run !== undefined) return run(...given);
    if (!/^(vscode|workbench|markdown)\./.test(id)) throw new Error(`command ${id} not found`);
    return editor.ran.push([id, ...given]);
  },
} satisfies Part<'commands'>;

const provide =
  (kind: (typeof editor.providers)[number]['kind']) =>
  (selector: Filter | readonly Filter[], provider: object): Disposable => {
    const entry = { kind, selector: Array.isArray(selector) ? (selector as Filter[]) : [selector as Filter], provider: provider as never };
    editor.providers.push(entry);
    return new Disposable(() => editor.providers.splice(editor.providers.indexOf(entry), 1));
  };

export const languages = {
  createLanguageStatusItem: (id: string): StatusItem => {
    const dispose = (): void => void editor.statusItems.delete(id);
    const item: StatusItem = { id, name: '', text: '', detail: '', severity: 0, busy: false, command: undefined, dispose };
    editor.statusItems.set(id, item);
    return item;
  },
  createDiagnosticCollection: (name: string) => {
    const all = new Map<string, { readonly uri: Uri; readonly list: readonly Diagnostic[] }>();
    editor.collections.push({ name, all });
    return {
      set: (uri: Uri, list: readonly Diagnostic[]) => all.set(uri.toString(), { uri, list }),
      delete: (uri: Uri) => all.delete(uri.toString()),
      forEach: (visit: (uri: Uri) => void) => [...all.values()].forEach(({ uri }) => visit(uri)),
      dispose: () => all.clear(),
    };
  },
  match: (selector: readonly Filter[], document: TextDocument): number => (selector.some((filter) => matches(filter, document)) ? 10 : 0),
  setTextDocumentLanguage: (document: TextDocument, language: string): Promise<TextDocument> => {
    document.languageId = language;
    return Promise.resolve(document);
  },
  registerHoverProvider: provide('hover'),
  registerCodeLensProvider: provide('lens'),
  registerCodeActionsProvider: provide('action'),
  registerInlayHintsProvider: provide('hint'),
  registerCompletionItemProvider: provide('completion'),
  registerSignatureHelpProvider: provide('signature'),
} satisfies Part<'languages'>;

export const env = {
  clipboard: {
    writeText: (text: string): Promise<void> => {
      editor.clipboard = text;
      return Promise.resolve();
    },
  },
} satisfies Part<'env'>;
