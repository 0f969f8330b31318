// SPDX-License-Identifier: GPL-2.0-only
import path from 'node:path';
import * as vscode from 'vscode';
import { eachLine, oneLine } from '../protocol/escape';
import type { SourcePlace } from '../protocol/graph';
import type { CompilerDiagnostic, FileError, ProgramResult, FailedProgram } from '../protocol/model';
import { plain, stepsOf, verdictReason } from '../protocol/explanation-text';
import { diagnosticSource } from './diagnostic-source';
import { failedCode, failedMessage, failedPlace } from './failed-programs';
import { FIRST_LINE, placeIn, resolveSource } from './files';
import { isPolicyFile } from './policies';
import { problemPage } from './problem-pages';
import { errorText, type FileState, isStale } from './file-state';
import type { AnalysisStore } from './store';

/**
 * Range of a place: the name, member or call that begins at its column; all of the line's text where an operator does or no column is known.
 * Lines and columns of the compiler are 1-based.
 */
export function rangeOf(place: SourcePlace): vscode.Range {
  const line = Math.max(0, place.line - 1);
  const text = place.text;
  const start = place.column > 0 ? place.column - 1 : 0;
  const named = place.column > 0 ? /^[*&!~]*\w[\w.>-]*(\([^;]*\))?/.exec(text.slice(start)) : null;
  if (named !== null) return new vscode.Range(line, start, line, start + named[0].length);
  const from = text === '' ? start : text.length - text.trimStart().length;
  return new vscode.Range(line, from, line, Math.max(text.trimEnd().length, from + 1));
}

/** Where a place of a file's program is; the file's first line if it is not known. */
export async function locate(state: Pick<FileState, 'uri'>, place: SourcePlace | null): Promise<{ uri: vscode.Uri; range: vscode.Range }> {
  if (place === null) return { uri: state.uri, range: FIRST_LINE };
  const uri = placeIn(place, state.uri) ? state.uri : ((await resolveSource(place, state.uri)) ?? state.uri);
  return { uri, range: rangeOf(place) };
}

/** A diagnostic about a file as a whole. */
function onFile(lines: readonly string[], severity: vscode.DiagnosticSeverity, code: string): vscode.Diagnostic {
  const d = new vscode.Diagnostic(FIRST_LINE, lines.map(oneLine).join('\n'), severity);
  d.source = diagnosticSource();
  d.code = code;
  return d;
}

function rangeIn(c: CompilerDiagnostic): vscode.Range {
  const at = new vscode.Position(Math.max(0, c.line - 1), Math.max(0, c.column - 1));
  return new vscode.Range(at, at.translate(0, c.length ?? 1));
}

function severityOf(result: ProgramResult): vscode.DiagnosticSeverity {
  return result.verdict === 'reject' ? vscode.DiagnosticSeverity.Error : vscode.DiagnosticSeverity.Information;
}

type Add = (uri: vscode.Uri, diagnostic: vscode.Diagnostic) => void;

interface Written {
  readonly uri: vscode.Uri;
  readonly list: vscode.Diagnostic[];
}

/**
 * Verdicts, hazards and errors of compiler and overlays as diagnostics on their lines. Files share headers and overlays, so each analysed
 * file has its own list for each document, and a document shows all of them once.
 */
export class VerdictDiagnostics implements vscode.Disposable {
  private readonly collection = vscode.languages.createDiagnosticCollection('bpf-context');
  private readonly subscription: vscode.Disposable;
  /** By analysed file, by document. */
  private readonly written = new Map<string, ReadonlyMap<string, Written>>();
  /** The newest update of an analysed file. */
  private readonly turns = new Map<string, number>();
  /** What runs under way had found when they were shown last, by analysed file. */
  private readonly shown = new Map<string, FileState['found']>();

  constructor(
    store: AnalysisStore,
    private readonly extensionUri: vscode.Uri,
  ) {
    this.subscription = store.onDidChange((state) => {
      const found = this.shown.get(state.uri.toString()) ?? [];
      // the editor moves what is there along with the text
      if (state.due && state.busy === null && state.error === null) return;
      if (state.busy === null || (state.found !== found && state.found.length > 0)) void this.update(state);
    });
  }

  dispose(): void {
    this.subscription.dispose();
    this.collection.dispose();
  }

  private async update(state: FileState): Promise<void> {
    const key = state.uri.toString();
    const turn = (this.turns.get(key) ?? 0) + 1;
    this.turns.set(key, turn);
    this.shown.set(key, state.found);
    const all = new Map<string, Written>();
    const add: Add = (uri, diagnostic) => {
      const entry = all.get(uri.toString()) ?? { uri, list: [] };
      entry.list.push(diagnostic);
      all.set(uri.toString(), entry);
    };
    // what a run under way has found is newer than an error
    if (state.error !== null && state.found.length === 0) this.addError(state, state.error, add);
    const result = isStale(state) ? null : state.result;
    const anew = new Set(state.found.map((program) => program.program));
    for (const program of [...state.found, ...(result?.programs ?? []).filter((old) => !anew.has(old.program))]) {
      if (program.verdict !== 'accept') await this.addVerdict(state, program, add);
      await this.addHazards(state, program, add);
    }
    for (const failed of result?.failed ?? []) await this.addFailed(state, failed, add);
    if (this.turns.get(key) !== turn) return;
    const before = this.written.get(key);
    if (all.size === 0) this.written.delete(key);
    else this.written.set(key, all);
    for (const uri of new Set([...(before?.keys() ?? []), ...all.keys()])) this.publish(uri);
  }

  /** Shows in a document what all analysed files say of it. */
  private publish(key: string): void {
    const list: vscode.Diagnostic[] = [];
    let uri: vscode.Uri | null = null;
    const said = new Set<string>();
    for (const documents of this.written.values()) {
      const own = documents.get(key);
      if (own === undefined) continue;
      ({ uri } = own);
      for (const d of own.list) {
        const words = JSON.stringify([d.range, d.message, d.code, d.source]);
        if (!said.has(words)) list.push(d);
        said.add(words);
      }
    }
    if (uri === null) this.collection.delete(vscode.Uri.parse(key));
    else this.collection.set(uri, list);
  }

  private addError(state: FileState, error: FileError, add: Add): void {
    // not of the program: it is only that nobody can look at it
    if (error.kind === 'closed' || error.kind === 'gone') return;
    // said in the load file itself
    if (error.kind === 'load-file' || error.choices !== undefined) return;
    const uriOf = (file: string): vscode.Uri =>
      path.isAbsolute(file) ? vscode.Uri.file(file) : vscode.Uri.joinPath(state.uri, '..', file);
    // what clang warns of in a header is the header's, and the same for every file that includes it
    const own = error.diagnostics.filter(
      (d) => d.severity === 'error' || (d.severity === 'warning' && uriOf(d.file).toString() === state.uri.toString()),
    );
    if (error.kind !== 'compile-error') {
      const severity =
        error.kind === 'untrusted' || error.kind === 'no-programs'
          ? vscode.DiagnosticSeverity.Information
          : vscode.DiagnosticSeverity.Error;
      const d = onFile(
        [error.title, ...errorText(error).split('\n'), ...error.details].filter((s) => s !== ''),
        severity,
        error.kind,
      );
      d.relatedInformation = own.map(
        (c) => new vscode.DiagnosticRelatedInformation(new vscode.Location(uriOf(c.file), rangeIn(c)), eachLine(c.message)),
      );
      add(state.uri, d);
    }
    for (const c of own) {
      const uri = uriOf(c.file);
      // these look after themselves
      if (isPolicyFile(uri)) continue;
      const d = new vscode.Diagnostic(
        rangeIn(c),
        eachLine(c.message),
        c.severity === 'error' ? vscode.DiagnosticSeverity.Error : vscode.DiagnosticSeverity.Warning,
      );
      d.source = error.kind === 'compile-error' ? 'clang' : diagnosticSource('overlay');
      add(uri, d);
    }
    if (error.kind === 'compile-error' && own.length === 0)
      add(state.uri, onFile([error.title, ...error.message.split('\n')], vscode.DiagnosticSeverity.Error, error.kind));
  }

  /** What nothing refuses and is dangerous on the target kernel: information, on the call. */
  private async addHazards(state: FileState, program: ProgramResult, add: Add): Promise<void> {
    for (const hazard of program.hazards ?? []) {
      const { uri, range } = await locate(state, hazard.source ?? program.definition);
      const d = new vscode.Diagnostic(range, oneLine(`Hazard, not an error: ${hazard.text}`), vscode.DiagnosticSeverity.Information);
      d.source = diagnosticSource(program.policy);
      d.code = `hazard ${hazard.id}`;
      add(uri, d);
    }
  }

  /** A program that was not handed over: on what has to change, the refused map or the program. */
  private async addFailed(state: FileState, failed: FailedProgram, add: Add): Promise<void> {
    const { uri, range } = await failedPlace(state, failed);
    const refused = failed.map !== undefined;
    const d = new vscode.Diagnostic(
      range,
      failedMessage(failed),
      refused ? vscode.DiagnosticSeverity.Error : vscode.DiagnosticSeverity.Warning,
    );
    d.source = diagnosticSource();
    d.code = failedCode(failed);
    add(uri, d);
  }

  private async addVerdict(state: FileState, program: ProgramResult, add: Add): Promise<void> {
    const { explanation } = program;
    const refused = explanation?.refused.source ?? program.source ?? program.definition;
    const { uri, range } = await locate(state, refused);
    const d = new vscode.Diagnostic(range, oneLine(verdictText(program)), severityOf(program));
    d.source = diagnosticSource(program.policy);
    d.code = explanation === null ? 'not-modelled' : { value: explanation.code, target: problemPage(this.extensionUri, explanation.code) };
    const related: vscode.DiagnosticRelatedInformation[] = [];
    for (const e of stepsOf(program)) {
      if (e.source === null) continue;
      const where = placeIn(e.source, uri) ? uri : ((await resolveSource(e.source, state.uri)) ?? uri);
      related.push(
        new vscode.DiagnosticRelatedInformation(new vscode.Location(where, rangeOf(e.source)), oneLine(`${e.number} ${plain(e.text)}`)),
      );
    }
    d.relatedInformation = related;
    add(uri, d);
  }
}

/** One line: headline, colon, the event that makes it wrong. The kernel's message is in the hover. */
function verdictText(program: ProgramResult): string {
  const reason = verdictReason(program);
  return program.verdict === 'reject' ? reason : `${program.program}: no verdict, ${reason}`;
}
