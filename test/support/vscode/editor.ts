// SPDX-License-Identifier: GPL-2.0-only
/** The editor that unit tests run the extension in: what a person does in it, and what they then see. `reset()` before each test. */
import {
  type Decoration,
  type Filter,
  languageOf,
  matches,
  type QuickPick,
  type Tab,
  tabOf,
  TextDocument,
  TextEditor,
  type Watcher,
  globOf,
  type WebviewPanel,
} from './documents';
import {
  type CodeAction,
  type CodeLens,
  type CompletionItem,
  CompletionList,
  type Diagnostic,
  EventEmitter,
  type Hover,
  type InlayHint,
  Position,
  Range,
  Selection,
  type SignatureHelp,
  type TreeItem,
  Uri,
} from './values';

/** What parts of ours registered for documents. */
interface Registered {
  readonly kind: 'hover' | 'lens' | 'action' | 'hint' | 'completion' | 'signature';
  readonly selector: readonly Filter[];
  readonly provider: Readonly<Record<string, (...given: readonly unknown[]) => unknown>>;
}

export interface StatusItem {
  readonly id: string;
  name: string;
  text: string;
  detail: string;
  severity: number;
  busy: boolean;
  command: unknown;
  dispose(): void;
}

export interface TreeProvider {
  getChildren(node?: unknown): unknown;
  getTreeItem(node: unknown): TreeItem;
}

interface Collection {
  readonly name: string;
  readonly all: Map<string, { readonly uri: Uri; readonly list: readonly Diagnostic[] }>;
}

/** A list that was shown: its entries and its title. */
export interface ShownList {
  readonly entries: readonly { readonly label: string; readonly description?: string; readonly detail?: string }[];
  readonly title: string;
}

type Entry = ShownList['entries'][number];

class Editor {
  readonly settings = new Map<string, unknown>();
  /** Files by path. */
  readonly files = new Map<string, string | Uint8Array>();
  /** What a language pack would say, by keys of `l10n/bundle.l10n.json`. */
  readonly translations = new Map<string, string>();
  trusted = true;
  folder: string | null = null;
  documents: TextDocument[] = [];
  active: TextEditor | undefined;
  readonly commands = new Map<string, (...given: unknown[]) => unknown>();
  readonly context = new Map<string, unknown>();
  /** Commands of the editor itself that were run: `vscode.open` … */
  readonly ran: (readonly [string, ...unknown[]])[] = [];
  readonly registered: string[] = [];
  /** Sentences that were shown. */
  readonly shown: string[] = [];
  readonly lists: ShownList[] = [];
  /** What a person chooses of a list; a box for text is answered by `type`. */
  pick: (entries: readonly Entry[], title: string) => Entry | readonly Entry[] | undefined = (entries) => entries[0];
  answer: (prompt: string, value: string) => string | undefined = (_prompt, value) => value;
  /** The button of a message that is pressed. */
  press: (text: string, buttons: readonly string[]) => string | undefined = () => undefined;
  /** Folder or file that a dialog is answered with. */
  chosenFile: Uri | undefined;
  clipboard = '';
  readonly statusBar: string[] = [];
  readonly output: string[] = [];
  readonly terminals: string[] = [];
  readonly editors: TextEditor[] = [];
  readonly tabs: Tab[] = [];
  activeTab: Tab | undefined;
  readonly panels: WebviewPanel[] = [];
  readonly watchers: Watcher[] = [];
  readonly quickPicks: QuickPick[] = [];
  readonly decorations: Decoration[] = [];
  readonly providers: Registered[] = [];
  readonly contents = new Map<string, { provideTextDocumentContent(uri: Uri): Promise<string> }>();
  readonly statusItems = new Map<string, StatusItem>();
  readonly trees = new Map<string, TreeProvider>();
  readonly collections: Collection[] = [];
  /** Work that shows its progress now, and how it is cancelled. */
  readonly progress: { readonly title: string; cancel(): void }[] = [];

  readonly opened = new EventEmitter<TextDocument>();
  readonly saved = new EventEmitter<TextDocument>();
  readonly closed = new EventEmitter<TextDocument>();
  readonly changed = new EventEmitter<{ readonly document: TextDocument; readonly contentChanges: readonly unknown[] }>();
  readonly configured = new EventEmitter<{ affectsConfiguration(name: string): boolean }>();
  readonly granted = new EventEmitter<void>();
  readonly renamed = new EventEmitter<{ readonly files: readonly { readonly oldUri: Uri; readonly newUri: Uri }[] }>();
  readonly removed = new EventEmitter<{ readonly files: readonly Uri[] }>();
  readonly activated = new EventEmitter<TextEditor | undefined>();
  readonly visible = new EventEmitter<void>();
  readonly selected = new EventEmitter<{ readonly textEditor: TextEditor; readonly selections: readonly Selection[] }>();
  readonly tabsChanged = new EventEmitter<{ readonly opened: readonly Tab[]; readonly closed: readonly Tab[] }>();

  reset(): void {
    for (const m of [
      this.settings,
      this.files,
      this.commands,
      this.context,
      this.contents,
      this.statusItems,
      this.trees,
      this.translations,
    ])
      m.clear();
    const lists: readonly unknown[][] = [
      this.ran as unknown as unknown[],
      this.registered,
      this.shown,
      this.lists,
      this.statusBar,
      this.output,
    ];
    for (const list of lists) list.length = 0;
    for (const list of [
      this.terminals,
      this.editors,
      this.tabs,
      this.panels,
      this.watchers,
      this.quickPicks,
      this.decorations,
    ] as unknown[][])
      list.length = 0;
    for (const list of [this.providers, this.collections, this.progress] as unknown[][]) list.length = 0;
    this.trusted = true;
    this.folder = null;
    this.documents = [];
    this.active = undefined;
    this.activeTab = undefined;
    this.clipboard = '';
    this.chosenFile = undefined;
    this.pick = (entries) => entries[0];
    this.answer = (_prompt, value) => value;
    this.press = () => undefined;
  }

  // what a person does

  /** Opens a file in front. */
  open(path: string, languageId = languageOf(path)): TextDocument {
    const uri = Uri.file(path);
    const document = this.load(uri, languageId);
    this.show(document);
    return document;
  }

  /** Puts a document in front. */
  show(document: TextDocument): TextEditor {
    let editor = this.editors.find((e) => e.document === document);
    if (editor === undefined) {
      editor = new TextEditor(document);
      this.editors.push(editor);
      const tab = tabOf(document);
      this.tabs.push(tab);
      this.activeTab = tab;
      this.tabsChanged.fire({ opened: [tab], closed: [] });
    }
    this.active = editor;
    this.visible.fire();
    this.activated.fire(editor);
    return editor;
  }

  /** The document of a file, opened if need be, behind what is in front. */
  load(uri: Uri, languageId = languageOf(uri.path)): TextDocument {
    const known = this.documents.find((d) => d.uri.toString() === uri.toString());
    if (known !== undefined) return known;
    const content = this.files.get(uri.path);
    if (content === undefined) throw new Error(`no ${uri.path}`);
    const text = typeof content === 'string' ? content : new TextDecoder().decode(content);
    const document = new TextDocument(uri, text, languageId, (now) => void this.files.set(uri.path, now));
    this.documents.push(document);
    this.opened.fire(document);
    return document;
  }

  /** Changes a document's text without saving it. */
  type(document: TextDocument, text: string): void {
    document.setText(text);
    this.changed.fire({ document, contentChanges: [{}] });
  }

  async save(document: TextDocument): Promise<void> {
    await document.save();
    this.saved.fire(document);
  }

  /** Closes a document with its tab. */
  close(document: TextDocument): void {
    const tab = this.tabs.find((t) => (t.input as { readonly uri?: Uri }).uri?.toString() === document.uri.toString());
    if (tab !== undefined) this.tabs.splice(this.tabs.indexOf(tab), 1);
    this.documents = this.documents.filter((d) => d !== document);
    this.editors.splice(0, this.editors.length, ...this.editors.filter((e) => e.document !== document));
    if (this.active?.document === document) this.active = undefined;
    if (tab !== undefined) this.tabsChanged.fire({ opened: [], closed: [tab] });
    this.closed.fire(document);
    this.activated.fire(this.active);
  }

  /** Puts the cursor somewhere (0-based). */
  cursor(line: number, character = 0): void {
    const at = new Position(line, character);
    this.active!.selection = new Selection(at, at);
    this.selected.fire({ textEditor: this.active!, selections: [this.active!.selection] });
  }

  /** Changes a setting, by its whole id. */
  set(id: string, value: unknown): void {
    this.settings.set(id, value);
    this.configured.fire({ affectsConfiguration: (name) => id === name || id.startsWith(`${name}.`) });
  }

  trust(): void {
    this.trusted = true;
    this.granted.fire();
  }

  /** Something happens to a file on the disk. */
  disk(what: 'created' | 'changed' | 'deleted', path: string): void {
    for (const watcher of this.watchers) if (globOf(watcher.pattern).test(path)) watcher.tell(what, Uri.file(path));
  }

  run(id: string, ...given: readonly unknown[]): Promise<unknown> {
    const command = this.commands.get(id);
    if (command === undefined) throw new Error(`command ${id} not found`);
    return Promise.resolve(command(...given));
  }

  // what they see

  /** Problems of a file: `line: message`, lines as people count them. */
  problems(path: string): string[] {
    return this.diagnostics(path).map((d) => `${d.range.start.line + 1}: ${d.message}`);
  }

  diagnostics(path: string): Diagnostic[] {
    return this.collections.flatMap((c) => [...(c.all.get(Uri.file(path).toString())?.list ?? [])]);
  }

  private async asked<T>(kind: Registered['kind'], method: string, document: TextDocument, ...given: readonly unknown[]): Promise<T[]> {
    const found: T[] = [];
    for (const { kind: of, selector, provider } of this.providers) {
      if (of !== kind || !selector.some((filter) => matches(filter, document))) continue;
      const answer = await provider[method]!.call(provider, document, ...given);
      if (answer != null) found.push(answer as T);
    }
    return found;
  }

  /** The parts of the hovers at a place (0-based). */
  async hover(document: TextDocument, line: number, character = 0): Promise<string[]> {
    const hovers = await this.asked<Hover>('hover', 'provideHover', document, new Position(line, character));
    return hovers.flatMap((h) => h.contents.map((c) => c.value));
  }

  async lenses(document: TextDocument): Promise<CodeLens[]> {
    return (await this.asked<CodeLens[]>('lens', 'provideCodeLenses', document)).flat();
  }

  /** Quick fixes on a line (0-based). */
  async fixes(document: TextDocument, line: number): Promise<CodeAction[]> {
    const range = new Range(line, 0, line, 200);
    const diagnostics = this.diagnostics(document.uri.path).filter((d) => d.range.intersection(range) !== undefined);
    return (await this.asked<CodeAction[]>('action', 'provideCodeActions', document, range, { diagnostics })).flat();
  }

  /** `line: text` of the hints behind lines. */
  async hints(document: TextDocument): Promise<string[]> {
    const all = new Range(0, 0, document.lineCount, 0);
    const hints = (await this.asked<InlayHint[]>('hint', 'provideInlayHints', document, all)).flat();
    return hints.map((h) => `${h.position.line + 1}: ${h.label}`);
  }

  /** What is offered where the text before the cursor ends. */
  async completions(document: TextDocument, line: number, character: number): Promise<CompletionItem[]> {
    const at = new Position(line, character);
    const lists = await this.asked<CompletionList | CompletionItem[]>('completion', 'provideCompletionItems', document, at);
    return lists.flatMap((list) => (list instanceof CompletionList ? list.items : list));
  }

  async signature(document: TextDocument, line: number, character: number): Promise<SignatureHelp | undefined> {
    return (await this.asked<SignatureHelp>('signature', 'provideSignatureHelp', document, new Position(line, character)))[0];
  }

  /** A tree as indented lines: `label  description`. */
  async tree(id: string): Promise<string[]> {
    const provider = this.trees.get(id)!;
    const lines: string[] = [];
    const add = async (node: unknown, depth: number): Promise<void> => {
      for (const child of (await provider.getChildren(node)) as unknown[]) {
        const item = provider.getTreeItem(child);
        const label = typeof item.label === 'string' ? item.label : item.label.path.split('/').pop()!;
        lines.push(`${'  '.repeat(depth)}${label}${item.description === undefined ? '' : `  ${item.description}`}`);
        await add(child, depth + 1);
      }
    };
    await add(undefined, 0);
    return lines;
  }
}

export const editor = new Editor();
