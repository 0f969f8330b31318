// SPDX-License-Identifier: GPL-2.0-only
/**
 * A small stand-in for the `vscode` module in unit tests (an alias in `vitest.config.ts`): its values are real, what the editor would do is recorded.
 * Only what our code uses is here; anything else is undefined and fails where it is used.
 */

export class Disposable {
  static from(...all: readonly { dispose(): unknown }[]): Disposable {
    return new Disposable(() => all.forEach((d) => d.dispose()));
  }
  constructor(readonly dispose: () => void) {}
}

export class EventEmitter<T> {
  private readonly listeners = new Set<(value: T) => unknown>();
  readonly event = (listener: (value: T) => unknown): Disposable => {
    this.listeners.add(listener);
    return new Disposable(() => this.listeners.delete(listener));
  };
  fire(value: T): void {
    for (const listener of [...this.listeners]) listener(value);
  }
  dispose(): void {
    this.listeners.clear();
  }
}

export class Uri {
  static parse(text: string): Uri {
    const [, scheme, authority, path, query] = /^([\w-]+):(?:\/\/([^/]*))?([^?]*)(?:\?(.*))?$/.exec(text)!;
    return new Uri(scheme!, authority ?? '', decodeURIComponent(path!), query ?? '');
  }
  static file(path: string): Uri {
    return new Uri('file', '', path);
  }
  static joinPath(base: Uri, ...parts: readonly string[]): Uri {
    const all = `${base.path}/${parts.join('/')}`.split('/').reduce<string[]>((done, part) => {
      if (part === '..') done.pop();
      else if (part !== '.' && part !== '') done.push(part);
      return done;
    }, []);
    return base.with({ path: `/${all.join('/')}` });
  }
  constructor(
    readonly scheme: string,
    readonly authority: string,
    readonly path: string,
    readonly query = '',
  ) {}
  get fsPath(): string {
    return this.path;
  }
  with({ scheme = this.scheme, path = this.path, query = this.query }: { scheme?: string; path?: string; query?: string }): Uri {
    return new Uri(scheme, this.authority, path, query);
  }
  toString(): string {
    return `${this.scheme}://${this.authority}${this.path}${this.query === '' ? '' : `?${this.query}`}`;
  }
}

export class Position {
  constructor(
    readonly line: number,
    readonly character: number,
  ) {}
}

export class Range {
  readonly start: Position;
  readonly end: Position;
  constructor(line: number, character: number, endLine: number, endCharacter: number) {
    this.start = new Position(line, character);
    this.end = new Position(endLine, endCharacter);
  }
}

export class MarkdownString {
  isTrusted: unknown = false;
  supportHtml = true;
  constructor(readonly value = '') {}
}
export class Hover {
  constructor(
    readonly contents: unknown,
    readonly range?: Range,
  ) {}
}
export class CodeLens {
  constructor(
    readonly range: Range,
    readonly command?: { readonly title: string; readonly command: string; readonly arguments?: readonly unknown[] },
  ) {}
}
export class TreeItem {
  constructor(
    readonly label: string,
    readonly collapsibleState = 0,
  ) {}
}
export class ThemeIcon {
  constructor(
    readonly id: string,
    readonly color?: ThemeColor,
  ) {}
}
export class ThemeColor {
  constructor(readonly id: string) {}
}
export class TabInputText {
  constructor(readonly uri: Uri) {}
}
export class TabInputCustom {
  constructor(readonly uri: Uri) {}
}
export class CodeActionKind {
  static readonly QuickFix = new CodeActionKind('quickfix');
  constructor(readonly value: string) {}
}
export class Diagnostic {
  source = '';
  code: unknown = '';
  relatedInformation: unknown[] = [];
  constructor(
    readonly range: Range,
    readonly message: string,
    readonly severity: number,
  ) {}
}

export const OverviewRulerLane = { Left: 1, Center: 2, Right: 4, Full: 7 } as const;
export const DiagnosticSeverity = { Error: 0, Warning: 1, Information: 2, Hint: 3 } as const;
export const TreeItemCollapsibleState = { None: 0, Collapsed: 1, Expanded: 2 } as const;
export const LanguageStatusSeverity = { Information: 0, Warning: 1, Error: 2 } as const;
export const ConfigurationTarget = { Global: 1, Workspace: 2, WorkspaceFolder: 3 } as const;
export const TextEditorRevealType = { Default: 0, InCenter: 1, InCenterIfOutsideViewport: 2, AtTop: 3 } as const;
export const ViewColumn = { One: 1, Two: 2, Beside: -2 } as const;
export const FileType = { Unknown: 0, File: 1, Directory: 2 } as const;
export const ProgressLocation = { Window: 10, Notification: 15 } as const;

/** What tests say of the editor, and what the code asked it to do. `reset()` before each test. */
export const editor = {
  settings: new Map<string, unknown>(),
  files: new Map<string, string>(),
  trusted: true,
  documents: [] as TextDocument[],
  active: undefined as { readonly document: TextDocument; readonly selection: { readonly active: Position } } | undefined,
  commands: new Map<string, (...given: unknown[]) => unknown>(),
  context: new Map<string, unknown>(),
  registered: [] as string[],
  shown: [] as string[],
  /** The entry that a list is answered with. */
  pick: (entries: readonly { readonly label: string }[]): { readonly label: string } | undefined => entries[0],
  opened: new EventEmitter<TextDocument>(),
  saved: new EventEmitter<TextDocument>(),
  reset(): void {
    for (const m of [this.settings, this.files, this.commands, this.context]) m.clear();
    this.trusted = true;
    this.documents = [];
    this.active = undefined;
    this.registered.length = 0;
    this.shown.length = 0;
    this.pick = (entries) => entries[0];
  },
};

/** A text document. */
export interface TextDocument {
  readonly uri: Uri;
  readonly fileName: string;
  readonly languageId: string;
  readonly isDirty: boolean;
  readonly lineCount: number;
  getText(): string;
  lineAt(line: number): { readonly text: string; readonly range: Range };
}

export function textDocument(path: string, text: string, languageId = path.endsWith('.c') ? 'c' : 'plaintext'): TextDocument {
  const lines = text.split('\n');
  return {
    uri: Uri.file(path),
    fileName: path,
    languageId,
    isDirty: false,
    lineCount: lines.length,
    getText: () => text,
    lineAt: (line) => ({ text: lines[line]!, range: new Range(line, 0, line, lines[line]!.length) }),
  };
}

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
const event = <T>(): ((listener: (value: T) => unknown) => Disposable) => new EventEmitter<T>().event;
const register = (name: string): Disposable => {
  editor.registered.push(name);
  return nothing();
};

export const workspace = {
  get isTrusted(): boolean {
    return editor.trusted;
  },
  get textDocuments(): readonly TextDocument[] {
    return editor.documents;
  },
  workspaceFolders: undefined,
  getConfiguration: (section: string) => ({
    get: (name: string, or?: unknown): unknown => editor.settings.get(`${section}.${name}`) ?? or,
  }),
  getWorkspaceFolder: (): undefined => undefined,
  asRelativePath: (uri: Uri): string => uri.path.replace(/^\//, ''),
  findFiles: (): Promise<readonly Uri[]> => Promise.resolve([]),
  fs: {
    stat: (uri: Uri): Promise<{ readonly size: number }> => {
      const text = editor.files.get(uri.path);
      return text === undefined ? Promise.reject(new Error(`no ${uri.path}`)) : Promise.resolve({ size: text.length });
    },
    readFile: (uri: Uri): Promise<Uint8Array> => {
      const text = editor.files.get(uri.path);
      return text === undefined ? Promise.reject(new Error(`no ${uri.path}`)) : Promise.resolve(new TextEncoder().encode(text));
    },
  },
  onDidOpenTextDocument: (listener: (d: TextDocument) => unknown): Disposable => editor.opened.event(listener),
  onDidSaveTextDocument: (listener: (d: TextDocument) => unknown): Disposable => editor.saved.event(listener),
  onDidChangeConfiguration: event(),
  onDidChangeTextDocument: event(),
  onDidCloseTextDocument: event(),
  createFileSystemWatcher: () => ({ onDidCreate: event(), onDidChange: event(), onDidDelete: event(), dispose: () => undefined }),
};

export const window = {
  get activeTextEditor() {
    return editor.active;
  },
  visibleTextEditors: [] as const,
  tabGroups: { all: [] as const, activeTabGroup: { activeTab: undefined }, onDidChangeTabs: event() },
  onDidChangeActiveTextEditor: event(),
  onDidChangeTextEditorSelection: event(),
  registerTreeDataProvider: (id: string) => register(`tree ${id}`),
  registerCustomEditorProvider: (type: string) => register(`editor ${type}`),
  registerWebviewPanelSerializer: (type: string) => register(`panel ${type}`),
  showQuickPick: (entries: readonly { readonly label: string }[]) => Promise.resolve(editor.pick(entries)),
  showInformationMessage: (text: string): Promise<undefined> => {
    editor.shown.push(text);
    return Promise.resolve(undefined);
  },
};

export const commands = {
  registerCommand: (id: string, run: (...given: unknown[]) => unknown): Disposable => {
    if (editor.commands.has(id)) throw new Error(`command ${id} already exists`);
    editor.commands.set(id, run);
    return new Disposable(() => editor.commands.delete(id));
  },
  executeCommand: async (id: string, ...given: unknown[]): Promise<unknown> => {
    if (id === 'setContext') return editor.context.set(String(given[0]), given[1]);
    const run = editor.commands.get(id);
    if (run === undefined) throw new Error(`command ${id} not found`);
    return run(...given);
  },
};

export const languages = {
  createLanguageStatusItem: (id: string) => ({ id, dispose: () => undefined }),
};
