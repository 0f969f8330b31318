// SPDX-License-Identifier: GPL-2.0-only
/** Text documents, editors, panels and files of the editor that unit tests run in. */
import { EventEmitter, Position, Range, Selection, TabInputText, Uri } from './values';

/** A document that a test opened; `text` is what stands in the editor. */
export class TextDocument {
  isDirty = false;
  readonly isUntitled = false;
  version = 1;
  constructor(
    readonly uri: Uri,
    private text: string,
    public languageId: string,
    /** Writes the file. */
    private readonly write: (text: string) => void = () => undefined,
  ) {}
  get fileName(): string {
    return this.uri.fsPath;
  }
  get lineCount(): number {
    return this.text.split('\n').length;
  }
  getText(range?: Range): string {
    return range === undefined ? this.text : this.text.slice(this.offsetAt(range.start), this.offsetAt(range.end));
  }
  setText(text: string): void {
    this.text = text;
    this.isDirty = true;
    this.version++;
  }
  lineAt(at: number | Position): { readonly text: string; readonly range: Range } {
    const line = typeof at === 'number' ? at : at.line;
    const text = this.text.split('\n')[line]!;
    return { text, range: new Range(line, 0, line, text.length) };
  }
  offsetAt({ line, character }: Position): number {
    const before = this.text.split('\n').slice(0, line);
    return Math.min(before.join('\n').length + (line === 0 ? 0 : 1) + character, this.text.length);
  }
  positionAt(offset: number): Position {
    const lines = this.text.slice(0, offset).split('\n');
    return new Position(lines.length - 1, lines.at(-1)!.length);
  }
  getWordRangeAtPosition({ line, character }: Position, word: RegExp): Range | undefined {
    for (const found of this.lineAt(line).text.matchAll(new RegExp(word.source, 'g'))) {
      const end = found.index + found[0].length;
      if (found.index <= character && character <= end) return new Range(line, found.index, line, end);
    }
    return undefined;
  }
  save(): Promise<boolean> {
    this.write(this.text);
    this.isDirty = false;
    return Promise.resolve(true);
  }
}

/** What an editor shows beside its text. */
export interface Decoration {
  readonly options: Readonly<Record<string, unknown>>;
  dispose(): void;
}

export class TextEditor {
  selection = new Selection(new Position(0, 0), new Position(0, 0));
  readonly viewColumn = 1;
  readonly decorations = new Map<Decoration, readonly Range[]>();
  /** The range that was scrolled to last. */
  revealed: Range | null = null;
  constructor(readonly document: TextDocument) {}
  setDecorations(type: Decoration, ranges: readonly Range[]): void {
    if (ranges.length === 0) this.decorations.delete(type);
    else this.decorations.set(type, ranges);
  }
  revealRange(range: Range): void {
    this.revealed = range;
  }
}

export interface Tab {
  readonly input: unknown;
}

/** A page of ours in the editor: what it was sent, and what it says. */
export class WebviewPanel {
  active = true;
  title = '';
  iconPath: unknown;
  readonly sent: unknown[] = [];
  reveals = 0;
  private readonly messages = new EventEmitter<unknown>();
  private readonly ended = new EventEmitter<void>();
  private readonly views = new EventEmitter<void>();
  readonly onDidDispose = this.ended.event;
  readonly onDidChangeViewState = this.views.event;
  readonly webview = {
    html: '',
    options: {},
    cspSource: 'test:',
    asWebviewUri: (uri: Uri): Uri => uri,
    onDidReceiveMessage: this.messages.event,
    postMessage: (message: unknown): Promise<boolean> => {
      this.sent.push(message);
      return Promise.resolve(true);
    },
  };
  constructor(readonly viewType: string) {}
  /** The page says something. */
  says(message: unknown): void {
    this.messages.fire(message);
  }
  setActive(active: boolean): void {
    this.active = active;
    this.views.fire();
  }
  reveal(): void {
    this.reveals++;
  }
  dispose(): void {
    this.ended.fire();
  }
}

/** A watcher of files; tests tell it what happened. */
export class Watcher {
  private readonly created = new EventEmitter<Uri>();
  private readonly changed = new EventEmitter<Uri>();
  private readonly deleted = new EventEmitter<Uri>();
  readonly onDidCreate = this.created.event;
  readonly onDidChange = this.changed.event;
  readonly onDidDelete = this.deleted.event;
  constructor(readonly pattern: string) {}
  tell(what: 'created' | 'changed' | 'deleted', uri: Uri): void {
    this[what].fire(uri);
  }
  dispose(): void {
    for (const emitter of [this.created, this.changed, this.deleted]) emitter.dispose();
  }
}

/** A list to choose from that a part of ours fills as one types. */
export class QuickPick {
  title = '';
  placeholder = '';
  value = '';
  busy = false;
  items: readonly { readonly label: string }[] = [];
  selectedItems: readonly { readonly label: string }[] = [];
  private readonly typed = new EventEmitter<string>();
  private readonly accepted = new EventEmitter<void>();
  private readonly hidden = new EventEmitter<void>();
  readonly onDidChangeValue = this.typed.event;
  readonly onDidAccept = this.accepted.event;
  readonly onDidHide = this.hidden.event;
  show(): void {}
  hide(): void {
    this.hidden.fire();
  }
  dispose(): void {}
  type(text: string): void {
    this.value = text;
    this.typed.fire(text);
  }
  choose(label: string): void {
    this.selectedItems = this.items.filter((item) => item.label === label);
    this.accepted.fire();
  }
}

/** What the editor's parts look at when they are asked about a document. */
export type Filter = string | { readonly language?: string; readonly scheme?: string; readonly pattern?: string };

/** A glob of VS Code as an expression: `**`, `*`, `?` and `{a,b}`. */
export function globOf(pattern: string): RegExp {
  const source = pattern.replace(/\*\*\/|\*\*|[*?.{},+()]/g, (sign) => {
    const known: Readonly<Record<string, string>> = {
      '**/': '(?:.*/)?',
      '**': '.*',
      '*': '[^/]*',
      '?': '[^/]',
      '{': '(?:',
      '}': ')',
      ',': '|',
    };
    return known[sign] ?? `\\${sign}`;
  });
  return new RegExp(`^${source}$`);
}

/** Whether a filter is meant for a document. */
export function matches(filter: Filter, document: TextDocument): boolean {
  if (typeof filter === 'string') return document.languageId === filter;
  const { language, scheme, pattern } = filter;
  return (
    (language === undefined || language === document.languageId) &&
    (scheme === undefined || scheme === document.uri.scheme) &&
    (pattern === undefined || globOf(pattern).test(document.uri.path))
  );
}

/** Language of a file by its name. */
export function languageOf(path: string): string {
  if (path.endsWith('.c')) return 'c';
  return path.endsWith('.json') ? 'json' : 'plaintext';
}

/** A document that stands alone. */
export function textDocument(path: string, text: string, languageId = languageOf(path)): TextDocument {
  return new TextDocument(Uri.file(path), text, languageId);
}

/** A tab with a text document. */
export function tabOf(document: TextDocument): Tab {
  return { input: new TabInputText(document.uri) };
}
