// SPDX-License-Identifier: GPL-2.0-only
/** The editor's values in unit tests: places, ranges, events, uris. Real ones, as far as our code uses them. */
import type * as real from 'vscode';
import { URI, Utils } from 'vscode-uri';

export const Uri = Object.assign(URI, { joinPath: Utils.joinPath });
export type Uri = URI;

export class Disposable implements real.Disposable {
  static from(...all: readonly { dispose(): unknown }[]): Disposable {
    return new Disposable(() => all.forEach((d) => d.dispose()));
  }
  constructor(private readonly end: () => unknown) {}
  dispose(): unknown {
    return this.end();
  }
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

export class Position {
  constructor(
    readonly line: number,
    readonly character: number,
  ) {}
  compareTo(other: Position): number {
    return this.line - other.line || this.character - other.character;
  }
  isEqual(other: Position): boolean {
    return this.compareTo(other) === 0;
  }
  isAfter(other: Position): boolean {
    return this.compareTo(other) > 0;
  }
  isBefore(other: Position): boolean {
    return this.compareTo(other) < 0;
  }
  translate(lines = 0, characters = 0): Position {
    return new Position(this.line + lines, this.character + characters);
  }
}

export class Range {
  readonly start: Position;
  readonly end: Position;
  constructor(from: number | Position, at: number | Position, endLine = 0, endCharacter = 0) {
    const [a, b] =
      typeof from === 'number' || typeof at === 'number'
        ? [new Position(from as number, at as number), new Position(endLine, endCharacter)]
        : [from, at];
    [this.start, this.end] = a.isAfter(b) ? [b, a] : [a, b];
  }
  get isEmpty(): boolean {
    return this.start.isEqual(this.end);
  }
  isEqual(other: Range): boolean {
    return this.start.isEqual(other.start) && this.end.isEqual(other.end);
  }
  contains(what: Position | Range): boolean {
    const { start, end } = what instanceof Range ? what : { start: what, end: what };
    return !start.isBefore(this.start) && !end.isAfter(this.end);
  }
  intersection(other: Range): Range | undefined {
    const start = this.start.isAfter(other.start) ? this.start : other.start;
    const end = this.end.isBefore(other.end) ? this.end : other.end;
    return start.isAfter(end) ? undefined : new Range(start, end);
  }
}

export class Selection extends Range {
  readonly active: Position;
  constructor(
    readonly anchor: Position,
    active: Position,
  ) {
    super(anchor, active);
    this.active = active;
  }
}

export class Location {
  constructor(
    readonly uri: Uri,
    readonly range: Range,
  ) {}
}

export class MarkdownString {
  isTrusted: unknown = false;
  supportHtml = true;
  constructor(
    readonly value = '',
    readonly supportThemeIcons = false,
  ) {}
}
export class Hover {
  readonly contents: readonly MarkdownString[];
  constructor(
    contents: MarkdownString | readonly MarkdownString[],
    readonly range?: Range,
  ) {
    this.contents = contents instanceof MarkdownString ? [contents] : contents;
  }
}

export interface Command {
  readonly title: string;
  readonly command: string;
  readonly arguments?: readonly unknown[];
  readonly tooltip?: string;
}
export class CodeLens {
  constructor(
    readonly range: Range,
    readonly command?: Command,
  ) {}
}
export class InlayHint {
  paddingLeft = false;
  constructor(
    readonly position: Position,
    readonly label: string,
  ) {}
}
export class CodeActionKind {
  static readonly QuickFix = new CodeActionKind('quickfix');
  constructor(readonly value: string) {}
}
export class CodeAction {
  command?: Command;
  diagnostics?: readonly Diagnostic[];
  isPreferred = false;
  constructor(
    readonly title: string,
    readonly kind: CodeActionKind,
  ) {}
}
export class CompletionItem {
  detail = '';
  documentation?: MarkdownString | string;
  range?: Range;
  filterText?: string;
  sortText?: string;
  constructor(
    public label: string | { readonly label: string; readonly detail?: string; readonly description?: string },
    readonly kind: number,
  ) {}
}
export class CompletionList {
  constructor(
    readonly items: readonly CompletionItem[],
    readonly isIncomplete: boolean,
  ) {}
}
export class ParameterInformation {
  constructor(
    readonly label: string,
    readonly documentation: MarkdownString,
  ) {}
}
export class SignatureInformation {
  parameters: readonly ParameterInformation[] = [];
  constructor(
    readonly label: string,
    readonly documentation: MarkdownString,
  ) {}
}
export class SignatureHelp {
  signatures: readonly SignatureInformation[] = [];
  activeSignature = 0;
  activeParameter = 0;
}
export class TreeItem {
  description?: string;
  tooltip?: string;
  iconPath?: ThemeIcon;
  command?: Command;
  contextValue?: string;
  accessibilityInformation?: { readonly label: string };
  constructor(
    readonly label: string | Uri,
    readonly collapsibleState = 0,
  ) {}
}
export class ThemeColor {
  constructor(readonly id: string) {}
}
export class ThemeIcon {
  static readonly File = new ThemeIcon('file');
  constructor(
    readonly id: string,
    readonly color?: ThemeColor,
  ) {}
}
export class TabInputText {
  constructor(readonly uri: Uri) {}
}
export class TabInputTextDiff {
  constructor(
    readonly original: Uri,
    readonly modified: Uri,
  ) {}
}
export class TabInputCustom {
  constructor(
    readonly uri: Uri,
    readonly viewType = '',
  ) {}
}
export class DiagnosticRelatedInformation {
  constructor(
    readonly location: Location,
    readonly message: string,
  ) {}
}
export class Diagnostic {
  source = '';
  code: string | { readonly value: string; readonly target: Uri } = '';
  relatedInformation: readonly DiagnosticRelatedInformation[] = [];
  constructor(
    readonly range: Range,
    readonly message: string,
    readonly severity: number,
  ) {}
}
export class RelativePattern {
  constructor(
    readonly base: Uri,
    readonly pattern: string,
  ) {}
}

/** One change of a file, as `applyEdit` is given it. */
export type FileEdit =
  | { readonly type: 'create'; readonly uri: Uri; readonly contents: Uint8Array }
  | { readonly type: 'replace'; readonly uri: Uri; readonly range: Range; readonly text: string };

export class WorkspaceEdit {
  readonly edits: FileEdit[] = [];
  createFile(uri: Uri, { contents }: { readonly contents: Uint8Array }): void {
    this.edits.push({ type: 'create', uri, contents });
  }
  replace(uri: Uri, range: Range, text: string): void {
    this.edits.push({ type: 'replace', uri, range, text });
  }
}

export class CancellationTokenSource {
  private readonly emitter = new EventEmitter<void>();
  readonly token = { isCancellationRequested: false, onCancellationRequested: this.emitter.event };
  cancel(): void {
    this.token.isCancellationRequested = true;
    this.emitter.fire();
  }
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
export const QuickPickItemKind = { Separator: -1, Default: 0 } as const;
export const CompletionItemKind = { Function: 2, File: 16, EnumMember: 19 } as const;
