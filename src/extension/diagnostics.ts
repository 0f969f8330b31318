// SPDX-License-Identifier: GPL-2.0-only
import path from 'node:path';
import * as vscode from 'vscode';
import type { SourcePlace } from '../protocol/graph';
import { POLICY_FILE_SUFFIX } from '../policy/file';
import type { ProgramResult } from '../protocol/model';
import { placeIn, resolveSource } from './files';
import type { AnalysisStore, FileState } from './store';

/** Range of a place: from its column to the end of the expression's line. Lines and columns of the compiler are 1-based. */
export function rangeOf(place: SourcePlace): vscode.Range {
  const line = Math.max(0, place.line - 1);
  const start = Math.max(0, place.column - 1);
  const text = place.text;
  const rest = /^[\w.>-]*(\([^;]*\))?/.exec(text.slice(start));
  const end = rest !== null && rest[0].length > 0 ? start + rest[0].length : Math.max(text.trimEnd().length, start + 1);
  return new vscode.Range(line, start, line, end);
}

function severityOf(result: ProgramResult): vscode.DiagnosticSeverity {
  return result.verdict === 'reject' ? vscode.DiagnosticSeverity.Error : vscode.DiagnosticSeverity.Information;
}

/** Verdicts and compiler errors as diagnostics on the C line. One collection, replaced file by file. */
export class VerdictDiagnostics implements vscode.Disposable {
  private readonly collection = vscode.languages.createDiagnosticCollection('bpf-context');
  private readonly subscription: vscode.Disposable;
  /** Documents that an analysis wrote to, by the analysed file. */
  private readonly written = new Map<string, vscode.Uri[]>();

  constructor(store: AnalysisStore) {
    this.subscription = store.onDidChange((state) => {
      if (state.busy === null) void this.update(state);
    });
  }

  dispose(): void {
    this.subscription.dispose();
    this.collection.dispose();
  }

  private async update(state: FileState): Promise<void> {
    const all = new Map<string, { uri: vscode.Uri; list: vscode.Diagnostic[] }>();
    const add = (uri: vscode.Uri, diagnostic: vscode.Diagnostic): void => {
      const entry = all.get(uri.toString()) ?? { uri, list: [] };
      entry.list.push(diagnostic);
      all.set(uri.toString(), entry);
    };
    if (state.error !== null) this.addError(state, add);
    if (state.result !== null && state.edits === 0) {
      for (const program of state.result.programs) {
        if (program.verdict !== 'accept') await this.addVerdict(state, program, add);
      }
      for (const f of state.result.failed) {
        const d = new vscode.Diagnostic(new vscode.Range(0, 0, 0, 1), `${f.program}: ${f.message}`, vscode.DiagnosticSeverity.Warning);
        d.source = 'bpf';
        d.code = 'not-loaded';
        add(state.uri, d);
      }
    }
    const key = state.uri.toString();
    for (const uri of this.written.get(key) ?? []) if (!all.has(uri.toString())) this.collection.delete(uri);
    this.written.set(key, [...all.values()].map((a) => a.uri));
    for (const { uri, list } of all.values()) this.collection.set(uri, list);
  }

  private addError(state: FileState, add: (uri: vscode.Uri, d: vscode.Diagnostic) => void): void {
    const error = state.error!;
    const own = error.diagnostics.filter((d) => d.severity !== 'note');
    if (own.length === 0) {
      const d = new vscode.Diagnostic(new vscode.Range(0, 0, 0, 1), [error.title, error.message, ...error.details].join('\n'), error.kind === 'untrusted' ? vscode.DiagnosticSeverity.Information : vscode.DiagnosticSeverity.Error);
      d.source = 'bpf';
      d.code = error.kind;
      add(state.uri, d);
    }
    for (const c of own) {
      const uri = path.isAbsolute(c.file) ? vscode.Uri.file(c.file) : vscode.Uri.joinPath(state.uri, '..', c.file);
      const at = new vscode.Position(Math.max(0, c.line - 1), Math.max(0, c.column - 1));
      const d = new vscode.Diagnostic(new vscode.Range(at, at.translate(0, 1)), c.message, c.severity === 'error' ? vscode.DiagnosticSeverity.Error : vscode.DiagnosticSeverity.Warning);
      d.source = c.file.endsWith(POLICY_FILE_SUFFIX) ? 'bpf policy' : 'clang';
      add(uri, d);
    }
  }

  private async addVerdict(state: FileState, program: ProgramResult, add: (uri: vscode.Uri, d: vscode.Diagnostic) => void): Promise<void> {
    const place = program.source ?? program.definition;
    const uri = place === null ? state.uri : placeIn(place, state.uri) ? state.uri : ((await resolveSource(place, state.uri)) ?? state.uri);
    const range = place === null ? new vscode.Range(0, 0, 0, 1) : rangeOf(place);
    const last = program.message[program.message.length - 1] ?? '';
    const text =
      program.verdict === 'reject'
        ? [last, program.explanation !== null && program.explanation !== last ? program.explanation : ''].filter((s) => s !== '').join('\n')
        : `${program.program}: no verdict, ${program.reason ?? 'something is not modelled'}`;
    const d = new vscode.Diagnostic(range, text, severityOf(program));
    d.source = `bpf ${program.policy}`;
    d.code = program.verdict === 'reject' ? `rejected in ${program.program}` : 'not-modelled';
    const related: vscode.DiagnosticRelatedInformation[] = [];
    for (const r of program.related) {
      if (r.source === null) continue;
      const where = placeIn(r.source, uri) ? uri : ((await resolveSource(r.source, state.uri)) ?? uri);
      related.push(new vscode.DiagnosticRelatedInformation(new vscode.Location(where, rangeOf(r.source)), `${r.text} (instruction ${r.insn})`));
    }
    d.relatedInformation = related;
    add(uri, d);
  }
}
