// SPDX-License-Identifier: GPL-2.0-only
/** What a file is verified from: its object, the other files of its program, and what is decided in the loader's place. */
import * as vscode from 'vscode';
import { AS_COMPILED, type LoadChoices, readLoadFile } from '../analysis/load-file';
import type { ObjectPart } from '../analysis/requests';
import type { FileError } from '../protocol/model';
import type { Compiling } from './compiling';
import { basename, isBpfSource, kindByName, textOf } from './files';
import { compileText, type ObjectOrigin, type ObjectResult, readObject, untrusted } from './object-of';
import { findProgram, type FoundProgram, loadFileOf } from './program-files';

/** Texts of other files that a result was made from, by uri; null for one that is not there. */
export type InputTexts = ReadonlyMap<string, string | null>;

/** The object of one file, and the text that it was compiled from, if any. */
export interface OwnObject {
  readonly object: Uint8Array;
  readonly source: string | null;
  /** The source that was compiled, for a file that is a part of it and compiles only there. */
  readonly through: vscode.Uri | null;
  /** Where an object comes from that was not compiled here; null for a source. */
  readonly origin: ObjectOrigin | null;
}

/** Why a file gave no object; `origin` where it is known all the same. */
export interface NoObject {
  readonly error: FileError;
  readonly origin?: ObjectOrigin | null;
}

/** A program with all that belongs to it. */
export interface Made extends OwnObject {
  readonly program: FoundProgram;
  /** Object of the program's first file, and the others behind it. */
  readonly first: Uint8Array;
  readonly parts: readonly ObjectPart[];
  readonly choices: LoadChoices;
  /** Load files that are left aside because nobody trusts the workspace. */
  readonly leftAside: readonly vscode.Uri[];
}

/** Key of the workspace's state: archive → the member that was chosen; and how many are remembered. */
const MEMBERS = 'object.members';
const MOST_MEMBERS = 200;
/** Objects of other files that are remembered. */
const MOST_KEPT = 60;

/** Sizes of load files that are read, bytes. */
const MAX_LOAD_FILE = 1 << 20;

export class Inputs {
  private readonly kept = new Map<string, OwnObject>();

  constructor(
    private readonly compiling: Compiling,
    private readonly memento: vscode.Memento,
  ) {}

  private member(uri: vscode.Uri): string {
    return this.memento.get<Record<string, string>>(MEMBERS, {})[uri.toString()] ?? '';
  }

  /** Which object of an archive is meant from now on. */
  async chooseMember(uri: vscode.Uri, member: string): Promise<void> {
    const others = Object.entries(this.memento.get<Record<string, string>>(MEMBERS, {})).filter(([key]) => key !== uri.toString());
    await this.memento.update(MEMBERS, Object.fromEntries([...others, [uri.toString(), member]].slice(-MOST_MEMBERS)));
  }

  /** The object of a file as it stands in the editor; `known` again if the text is the same. Null when it was cancelled. */
  async object(uri: vscode.Uri, known: OwnObject | null, signal: AbortSignal, compiles: () => void): Promise<OwnObject | NoObject | null> {
    if (kindByName(uri) !== 'source') return settled(await readObject(uri, this.member(uri), signal, this.compiling), null);
    const error = untrusted(uri);
    if (error !== null) return { error };
    // opening would keep a closed document alive for minutes, and with it its diagnostics
    const document =
      vscode.workspace.textDocuments.find((d) => d.uri.toString() === uri.toString()) ?? (await vscode.workspace.openTextDocument(uri));
    const source = document.getText();
    if (known !== null && known.source === source) return known;
    compiles();
    return settled(await compileText(uri, source, isBpfSource(document), signal, this.compiling), source);
  }

  /** The object of another file of a program; what it was made from goes into `texts`. */
  private async other(
    uri: vscode.Uri,
    signal: AbortSignal,
    texts: Map<string, string | null>,
  ): Promise<OwnObject | { readonly error: FileError } | null> {
    const key = uri.toString();
    if (kindByName(uri) !== 'source') return settled(await readObject(uri, this.member(uri), signal, this.compiling), null);
    const source = await textOf(uri).catch(() => null);
    texts.set(key, source);
    if (source === null) {
      const message = 'It is a file of the program, by its load file or its build.';
      return { error: { kind: 'unreadable', title: `${basename(uri)} is not there`, message, details: [], diagnostics: [] } };
    }
    const known = this.kept.get(key);
    if (known?.source === source) return known;
    const made = settled(await compileText(uri, source, true, signal, this.compiling), source);
    if (made !== null && 'object' in made) {
      this.kept.delete(key);
      this.kept.set(key, made);
      for (const oldest of [...this.kept.keys()].slice(0, this.kept.size - MOST_KEPT)) this.kept.delete(oldest);
    }
    return made;
  }

  /** The settings may compile everything differently now. */
  forget(): void {
    this.kept.clear();
  }

  /** The program that a file belongs to, with its other files and its choices. `texts` is filled whatever comes of it. */
  async program(
    uri: vscode.Uri,
    own: OwnObject,
    signal: AbortSignal,
    texts: Map<string, string | null>,
  ): Promise<Made | { readonly error: FileError; readonly program: FoundProgram } | null> {
    const looked = new Map<string, string | null>();
    const base = own.through ?? uri;
    const program = await findProgram(base, own.object, async (other) => {
      const made = await this.other(other, signal, looked);
      return made !== null && 'object' in made ? made.object : null;
    });
    if (signal.aborted) return null;
    // where a choice of files would stand, whether it is there or not
    const leftAside = new Set<string>();
    for (const file of new Set([base, program.main].map((f) => loadFileOf(f).toString()))) {
      const text = await textOf(vscode.Uri.parse(file), MAX_LOAD_FILE).catch(() => null);
      if (text !== null && !vscode.workspace.isTrusted) leftAside.add(file);
      texts.set(file, text);
    }
    const choices = leftAside.size > 0 ? AS_COMPILED : this.choices(program, texts);
    if ('error' in choices) return { ...choices, program };
    const objects: Uint8Array[] = [];
    for (const file of program.files) {
      const made = file.toString() === base.toString() ? own : await this.other(file, signal, texts);
      if (made === null || signal.aborted) return null;
      if ('error' in made) return { error: { ...made.error, title: partTitle(made.error, file) }, program };
      objects.push(made.object);
    }
    const parts = objects.slice(1).map((bytes, index) => ({ name: basename(program.files[index + 1]!), bytes }));
    const shared = (own.origin?.members.length ?? 0) > 1;
    return {
      ...own,
      program,
      first: objects[0]!,
      parts,
      choices: shared ? { ...choices, shared } : choices,
      leftAside: [...leftAside].map((file) => vscode.Uri.parse(file)),
    };
  }

  private choices(program: FoundProgram, texts: InputTexts): LoadChoices | { readonly error: FileError } {
    const file = loadFileOf(program.main);
    const text = texts.get(file.toString()) ?? null;
    if (text === null) return AS_COMPILED;
    const { choices, problems } = readLoadFile(text);
    if (choices !== null) return choices;
    const message = problems[0]?.message ?? '';
    return { error: { kind: 'load-file', title: `${basename(file)} has errors`, message, details: [], diagnostics: [] } };
  }
}

function partTitle(error: FileError, file: vscode.Uri): string {
  return error.kind === 'compile-error' ? `${basename(file)}, a file of this program, does not compile` : error.title;
}

function settled(made: ObjectResult, source: string | null): OwnObject | NoObject | null {
  if (made.kind === 'cancelled') return null;
  if (made.kind === 'failed') return { error: made.error, origin: made.origin ?? null };
  return { object: made.object, source, through: made.through, origin: made.origin };
}
