// SPDX-License-Identifier: GPL-2.0-only
import * as vscode from 'vscode';
import { AS_COMPILED } from '../analysis/load-file';
import { restrictedNotes } from '../analysis/restricted';
import { AnalysisCancelled, type AnalysisService } from '../analysis/service';
import type { OverlayText } from '../analysis/requests';
import { objectName } from '../compiler/language';
import type { ContextGraph } from '../protocol/graph';
import type { GraphComparison } from '../protocol/compare';
import type { Problem } from '../policy/reader';
import type { FileError, InsnStates } from '../protocol/model';
import type { FollowFacts, OriginView, PathView } from '../protocol/path';
import type { ReferenceAnswer, ReferenceQuestion } from '../protocol/reference';
import { closedError, type Compared, type FileState, goneError } from './file-state';
import { isWithin } from './file-watch';
import { basename, textOf, UnusableInput } from './files';
import { Inputs, type InputTexts, type Made, type OwnObject } from './inputs';
import { type OverlayFiles, readOverlays } from './overlay-files';
import type { Compiling } from './compiling';
import type { PolicyCatalog } from './policies';
import { UNTRUSTED } from '../contributions/settings';
import { readSettings } from './settings';

interface Entry {
  state: FileState;
  /** The newest run, null when none is going on; `done` is settled with what the newest run of all found. */
  running: { readonly abort: AbortController; readonly done: Promise<FileState> } | null;
  /** The newest object that was compiled, and its source. */
  compiled: OwnObject | null;
  /** What the result was made from. */
  resultOf: Made | null;
  graphs: Map<string, ContextGraph>;
  /** Overlay files that were last asked for, with their text; null for one that is not there. */
  overlays: OverlayFiles;
  /** Overlay beside it that was not read. */
  leftAside: vscode.Uri | null;
  /** Load files and other files of the program that were last asked for. */
  inputs: InputTexts;
  comparing: AbortController | null;
  comparisons: Map<string, Promise<GraphComparison | null>>;
}

function unusable(error: UnusableInput): FileError {
  return { kind: 'unreadable', title: error.title, message: error.message, details: [], diagnostics: [] };
}

const POLICY_KEY = 'policy:';

/** Where the policy is remembered that was chosen for a file. */
function policyKey(uri: vscode.Uri): string {
  return `${POLICY_KEY}${uri.toString()}`;
}

/** Key under which the worker keeps the result of the policy compared with. */
function compareKey(uri: vscode.Uri): string {
  return `${uri.toString()}#compare`;
}

/** All files' analyses: runs them, cancels them, tells about changes. */
export class AnalysisStore implements vscode.Disposable {
  private readonly entries = new Map<string, Entry>();
  private readonly changed = new vscode.EventEmitter<FileState>();
  readonly onDidChange = this.changed.event;
  private readonly inputs: Inputs;

  constructor(
    private readonly service: AnalysisService,
    private readonly kernelBundle: string,
    private readonly memento: vscode.Memento,
    private readonly policies: PolicyCatalog,
    compiling: Compiling,
  ) {
    this.inputs = new Inputs(compiling);
  }

  dispose(): void {
    for (const e of this.entries.values()) e.running?.abort.abort();
    this.changed.dispose();
  }

  get(uri: vscode.Uri): FileState | undefined {
    return this.entries.get(uri.toString())?.state;
  }

  all(): FileState[] {
    return [...this.entries.values()].map((e) => e.state);
  }

  /** Graph of a program, from what the worker kept. */
  async graph(uri: vscode.Uri, program: string): Promise<ContextGraph | null> {
    const entry = this.entries.get(uri.toString());
    if (entry === undefined) return null;
    const known = entry.graphs.get(program);
    if (known !== undefined) return known;
    const graph = await this.service.graph(uri.toString(), program);
    if (graph !== null) entry.graphs.set(program, graph);
    return graph;
  }

  states(uri: vscode.Uri, program: string, insn: number): Promise<InsnStates | null> {
    return this.service.states(uri.toString(), program, insn);
  }

  path(uri: vscode.Uri, program: string, insn: number, state: number): Promise<PathView | null> {
    return this.service.path(uri.toString(), program, insn, state);
  }

  origin(uri: vscode.Uri, program: string, insn: number, state: number, register: number): Promise<OriginView | null> {
    return this.service.origin(uri.toString(), program, insn, state, register);
  }

  follow(uri: vscode.Uri, program: string, resource: string): Promise<FollowFacts | null> {
    return this.service.follow(uri.toString(), program, resource);
  }

  /** What the kernel offers under the policy of a file; null when policy or overlays cannot be used, which is told elsewhere. */
  async reference(uri: vscode.Uri, question: ReferenceQuestion): Promise<ReferenceAnswer | null> {
    const policy = this.get(uri)?.policy ?? this.policyFor(uri);
    const settings = readSettings(uri);
    try {
      const { files } = await readOverlays(uri, settings.overlays);
      const overlays = [...files].flatMap(([key, json]) => (json === null ? [] : [{ name: vscode.Uri.parse(key).fsPath, json }]));
      const policyFile = await this.policies.read(policy);
      return await this.service.reference({
        question,
        policy,
        policyFile,
        kernel: { bundle: this.kernelBundle, btf: settings.kernelBtf },
        overlays,
      });
    } catch {
      return null;
    }
  }

  /** Another policy for one file, remembered in the workspace; null to follow the setting again. */
  async setPolicy(uri: vscode.Uri, policy: string | null): Promise<void> {
    await this.memento.update(policyKey(uri), policy ?? undefined);
    const entry = this.entry(uri);
    this.set(entry, { policy: this.policyFor(uri) });
    await this.run(uri);
  }

  /** Compares a file with another policy; '' ends the comparison. */
  async setCompare(uri: vscode.Uri, policy: string): Promise<void> {
    if (policy === '' && this.get(uri)?.compare == null) return;
    const entry = this.entry(uri);
    entry.comparing?.abort();
    entry.comparisons.clear();
    if (policy === '' || policy === entry.state.policy) {
      this.service.forget(compareKey(uri));
      this.set(entry, { compare: null });
      return;
    }
    this.set(entry, { compare: { policy, busy: true, result: null, error: null } });
    await this.runCompare(entry);
  }

  /** What differs for a program; null when one side has no graph of it. */
  comparison(uri: vscode.Uri, program: string): Promise<GraphComparison | null> {
    const entry = this.entries.get(uri.toString());
    if (entry?.state.compare?.result == null) return Promise.resolve(null);
    let known = entry.comparisons.get(program);
    if (known === undefined) {
      known = this.service.compareKept(compareKey(uri), uri.toString(), program);
      entry.comparisons.set(program, known);
    }
    return known;
  }

  /** A policy file changed: everything verified under it, or compared with it, is made anew. */
  async policyChanged(id: string): Promise<void> {
    for (const entry of this.entries.values()) {
      if (entry.state.policy === id) await this.run(entry.state.uri);
      else if (entry.state.compare?.policy === id) await this.setCompare(entry.state.uri, id);
    }
  }

  /** A file that may be an overlay, a load file or another file of a program changed: everything verified with it is made anew. */
  async inputChanged(uri: vscode.Uri): Promise<void> {
    const key = uri.toString();
    const users = [...this.entries.values()].filter((e) => e.state.uri.toString() !== key && (e.overlays.has(key) || e.inputs.has(key)));
    if (users.length === 0) return;
    const text = await textOf(uri).catch(() => null);
    for (const entry of users) if ((entry.overlays.get(key) ?? entry.inputs.get(key) ?? null) !== text) await this.run(entry.state.uri);
  }

  /** What is wrong with a policy file, by itself and against the kernel. */
  checkPolicy(uri: vscode.Uri, json: string): Promise<readonly Problem[]> {
    return this.service.checkPolicy({ name: uri.fsPath, json }, { bundle: this.kernelBundle, btf: readSettings(uri).kernelBtf });
  }

  /** Settings changed: open files are verified anew. Those with a policy of their own keep it. */
  async settingsChanged(): Promise<void> {
    this.inputs.forget();
    for (const entry of this.entries.values()) {
      this.set(entry, { policy: this.policyFor(entry.state.uri) });
      entry.compiled = null;
      await this.run(entry.state.uri);
    }
  }

  /** The text changed. When it is again what the result was made from, the result is fresh again. */
  edited(uri: vscode.Uri, text: string): void {
    const entry = this.entries.get(uri.toString());
    if (entry?.resultOf?.source === text)
      this.set(entry, { edits: 0, error: entry.state.error?.kind === 'compile-error' ? null : entry.state.error });
    else if (entry !== undefined && (entry.state.result !== null || entry.state.error !== null))
      this.set(entry, { edits: entry.state.edits + 1 });
    // other files of its program are as old as it is
    for (const user of this.entries.values())
      if (user !== entry && user.inputs.has(uri.toString()) && user.state.result !== null)
        this.set(user, { edits: user.inputs.get(uri.toString()) === text ? 0 : user.state.edits + 1 });
  }

  /** The way to compile a file may be another: it is compiled and verified anew. */
  recompile(uri: vscode.Uri): void {
    const entry = this.entry(uri);
    entry.compiled = null;
    void this.run(uri);
  }

  /** Nobody looks at the file any more: all that is known of it goes. */
  closed(uri: vscode.Uri): void {
    const key = uri.toString();
    const entry = this.entries.get(key);
    if (entry === undefined) return;
    this.stop(entry);
    this.entries.delete(key);
    this.service.forget(key);
    this.service.forget(compareKey(uri));
    this.changed.fire({ ...entry.state, result: null, error: null, busy: null });
  }

  /** The file was closed in the editor while its graph is still looked at: what was found stays, as old. */
  left(uri: vscode.Uri): void {
    const entry = this.entries.get(uri.toString());
    if (entry === undefined || entry.state.error?.kind === 'gone') return;
    this.stop(entry);
    this.set(entry, { busy: null, error: closedError(basename(uri)) });
  }

  /** The file is not there any more: nothing can be said of it until it comes back. */
  gone(uri: vscode.Uri): void {
    const entry = this.entries.get(uri.toString());
    if (entry === undefined) return;
    this.stop(entry);
    this.service.forget(uri.toString());
    this.service.forget(compareKey(uri));
    entry.compiled = null;
    entry.resultOf = null;
    entry.graphs.clear();
    entry.comparisons.clear();
    this.set(entry, { result: null, busy: null, edits: 0, compare: null, error: goneError(basename(uri)) });
  }

  /** A file or folder has another name now; files keep the policy that was chosen for them, whether they are open or closed by then. */
  async moved(from: vscode.Uri, to: vscode.Uri): Promise<void> {
    for (const { uri } of this.all().filter((s) => isWithin(s.uri, from))) this.closed(uri);
    for (const key of this.memento.keys().filter((k) => k.startsWith(POLICY_KEY))) {
      const old = vscode.Uri.parse(key.slice(POLICY_KEY.length));
      if (!isWithin(old, from)) continue;
      const now = to.with({ path: `${to.path}${old.path.slice(from.path.length)}` });
      await this.memento.update(policyKey(now), this.memento.get(key));
      await this.memento.update(key, undefined);
      const entry = this.entries.get(now.toString());
      if (entry === undefined || entry.state.policy === this.policyFor(now)) continue;
      this.set(entry, { policy: this.policyFor(now) });
      void this.run(now);
    }
  }

  private stop(entry: Entry): void {
    entry.running?.abort.abort();
    entry.running = null;
    entry.comparing?.abort();
    entry.comparing = null;
  }

  cancel(uri: vscode.Uri): void {
    const entry = this.entries.get(uri.toString());
    if (entry === undefined) return;
    entry.running?.abort.abort();
    entry.running = null;
    this.set(entry, { busy: null });
  }

  /**
   * Compiles if need be and verifies. A newer run stops an older one, which then answers with what the newer one found; the last good
   * result stays until the new one is there.
   */
  run(uri: vscode.Uri): Promise<FileState> {
    const entry = this.entry(uri);
    entry.running?.abort.abort();
    // there is one worker: what is compared with something older must not keep this waiting
    entry.comparing?.abort();
    entry.comparing = null;
    const abort = new AbortController();
    const done = this.runOnce(entry, abort.signal).then((): FileState | Promise<FileState> => {
      const newest = entry.running;
      if (newest !== null && newest.abort !== abort) return newest.done;
      entry.running = null;
      // nothing new came of it: the comparison that was stopped for it goes on
      if (entry.state.compare?.busy === true && entry.comparing === null) void this.runCompare(entry);
      return entry.state;
    });
    entry.running = { abort, done };
    return done;
  }

  private async runOnce(entry: Entry, signal: AbortSignal): Promise<void> {
    try {
      await this.analyze(entry, signal);
    } catch (error) {
      if (signal.aborted || error instanceof AnalysisCancelled) return;
      if (error instanceof UnusableInput) {
        this.set(entry, { busy: null, error: unusable(error) });
        return;
      }
      const e = error instanceof Error ? error : new Error(String(error));
      this.set(entry, {
        busy: null,
        error: {
          kind: 'internal',
          title: 'The analysis failed; this is a bug of BPF Context Explorer, not of the program',
          message: e.message,
          details: (e.stack ?? '').split('\n').slice(1, 6),
          diagnostics: [],
        },
      });
    }
  }

  private async analyze(entry: Entry, signal: AbortSignal): Promise<void> {
    const uri = entry.state.uri;
    const made = await this.made(entry, signal);
    if (made === null || signal.aborted) return;
    const request = await this.request(entry, entry.state.policy, made);
    this.set(entry, { busy: { stage: 'load', progress: -1 } });
    const reply = await this.service.analyze(
      { ...request, key: uri.toString() },
      {
        signal,
        progress: (note) => {
          if (!signal.aborted) this.set(entry, { busy: { stage: note.stage, progress: Math.min(1, note.processed / 1_000_000) } });
        },
      },
    );
    if (signal.aborted) return;
    if (reply.result !== null) {
      entry.graphs.clear();
      entry.resultOf = made;
      entry.comparisons.clear();
      const compare =
        entry.state.compare === null || entry.state.compare.policy === entry.state.policy ? null : { ...entry.state.compare, busy: true };
      const leftAside = [entry.leftAside, ...made.leftAside].flatMap((file) => (file === null ? [] : [basename(file)]));
      const notes = vscode.workspace.isTrusted ? [] : restrictedNotes(UNTRUSTED, leftAside);
      const result = { ...reply.result, warnings: [...notes, ...reply.result.warnings] };
      const { program, choices } = made;
      this.set(entry, { result, error: null, busy: null, edits: 0, compare, program, choices });
      if (compare !== null) void this.runCompare(entry);
    } else this.set(entry, { error: reply.error, busy: null, program: made.program });
  }

  /** What is asked of the service, the same for both sides of a comparison. */
  private async request(
    entry: Entry,
    policy: string,
    { first, source, parts, choices, program }: Made,
  ): Promise<Omit<Parameters<AnalysisService['analyze']>[0], 'key'>> {
    const { uri } = entry.state;
    const settings = readSettings(uri);
    return {
      file: objectName(basename(program.main)),
      object: first,
      parts,
      choices,
      source: source === null ? null : { file: uri.fsPath, text: source },
      policy,
      policyFile: await this.policies.read(policy),
      ...(settings.targetKernel === '' ? {} : { targetKernel: settings.targetKernel }),
      kernel: { bundle: this.kernelBundle, btf: settings.kernelBtf },
      overlays: await this.overlaysOf(entry, settings.overlays),
      program: '',
      logLevel: 0,
      unprivileged: false,
      record: true,
      explain: true,
      dumpInsns: false,
      graphs: false,
      timeoutS: settings.timeoutS,
    };
  }

  /** Verifies what is shown under the other policy. A newer comparison stops an older one. */
  private async runCompare(entry: Entry): Promise<void> {
    const { uri, compare } = entry.state;
    if (compare === null || entry.resultOf === null) return;
    entry.comparing?.abort();
    const abort = new AbortController();
    entry.comparing = abort;
    const settle = (change: Partial<Compared>): void => {
      if (!abort.signal.aborted && entry.state.compare?.policy === compare.policy)
        this.set(entry, { compare: { ...entry.state.compare, busy: false, ...change } });
    };
    try {
      const reply = await this.service.analyze(
        { ...(await this.request(entry, compare.policy, entry.resultOf)), key: compareKey(uri) },
        { signal: abort.signal },
      );
      entry.comparisons.clear();
      settle({ result: reply.result, error: reply.error });
    } catch (error) {
      if (abort.signal.aborted || error instanceof AnalysisCancelled) return;
      if (error instanceof UnusableInput) settle({ result: null, error: unusable(error) });
      else
        settle({
          result: null,
          error: {
            kind: 'internal',
            title: 'The comparison failed',
            message: error instanceof Error ? error.message : String(error),
            details: [],
            diagnostics: [],
          },
        });
    } finally {
      if (entry.comparing === abort) entry.comparing = null;
    }
  }

  /** All that is verified with the file; null when there is nothing, and the state says why. */
  private async made(entry: Entry, signal: AbortSignal): Promise<Made | null> {
    const { uri } = entry.state;
    const own = await this.inputs.object(uri, entry.compiled, signal, () => this.set(entry, { busy: { stage: 'compile', progress: -1 } }));
    if (own === null || signal.aborted) return null;
    if ('error' in own) return this.fails(entry, own.error);
    if (own.source !== null) entry.compiled = own;
    const texts = new Map<string, string | null>();
    const made = await this.inputs.program(uri, own, signal, texts);
    if (made === null || signal.aborted) return null;
    entry.inputs = texts;
    return 'error' in made ? this.fails(entry, made.error, { program: made.program }) : made;
  }

  private fails(entry: Entry, error: FileError, more: Partial<FileState> = {}): null {
    const edits = error.kind === 'compile-error' ? Math.max(1, entry.state.edits) : entry.state.edits;
    this.set(entry, { ...more, busy: null, error, edits });
    return null;
  }

  /** The overlays to verify with. One that the settings name must be there. */
  private async overlaysOf(entry: Entry, names: readonly string[]): Promise<OverlayText[]> {
    const { files, missing, leftAside } = await readOverlays(entry.state.uri, names);
    entry.overlays = files;
    entry.leftAside = leftAside;
    if (missing !== null) throw missing;
    return [...files].flatMap(([key, json]) => (json === null ? [] : [{ name: vscode.Uri.parse(key).fsPath, json }]));
  }

  private policyFor(uri: vscode.Uri): string {
    return this.memento.get<string>(policyKey(uri)) ?? readSettings(uri).policy;
  }

  private entry(uri: vscode.Uri): Entry {
    const key = uri.toString();
    let entry = this.entries.get(key);
    if (entry === undefined) {
      entry = {
        state: {
          uri,
          policy: this.policyFor(uri),
          result: null,
          error: null,
          busy: null,
          edits: 0,
          program: null,
          choices: AS_COMPILED,
          compare: null,
        },
        running: null,
        compiled: null,
        resultOf: null,
        graphs: new Map(),
        overlays: new Map(),
        leftAside: null,
        inputs: new Map(),
        comparing: null,
        comparisons: new Map(),
      };
      this.entries.set(key, entry);
    }
    return entry;
  }

  private set(entry: Entry, change: Partial<FileState>): void {
    entry.state = { ...entry.state, ...change };
    this.changed.fire(entry.state);
  }
}
