// SPDX-License-Identifier: GPL-2.0-only
import * as vscode from 'vscode';
import { AnalysisCancelled, type AnalysisService } from '../analysis/service';
import type { KernelChoice, OverlayText } from '../analysis/requests';
import type { LoadsOnReply } from '../protocol/loads-on';
import type { GraphComparison } from '../protocol/compare';
import type { ContextGraph } from '../protocol/graph';
import type { Problem } from '../policy/reader';
import type { InsnStates } from '../protocol/model';
import type { FollowFacts, OriginView, PathView } from '../protocol/path';
import type { ReferenceAnswer, ReferenceQuestion } from '../protocol/reference';
import type { Compared, FileState } from './file-state';
import { isWithin } from './file-watch';
import { basename, learnSources, openText, textOf } from './files';
import { Inputs, type Made } from './inputs';
import { type Entry, entryOf, stopEntry } from './store-entry';
import { ChosenPolicies } from './chosen-policies';
import { overlayTexts, readOverlays } from './overlay-files';
import type { Compiling } from './compiling';
import { OtherKernels } from './other-kernels';
import type { PolicyCatalog } from './policies';
import { failureOf } from './run-errors';
import { readSettings } from './settings';
import { type AnalysisInput, analysisInput, comparedKernel, withNotes } from './store-request';
import { type FileEvent, step, unverified } from './transitions';

const BUG = 'The analysis failed; this is a bug of BPF Context Explorer, not of the program';

/** Key under which the worker keeps the result of the policy compared with. */
function compareKey(uri: vscode.Uri): string {
  return `${uri.toString()}#compare`;
}

/** All files' analyses: runs them, cancels them, tells about changes. */
export class AnalysisStore implements vscode.Disposable {
  private readonly entries = new Map<string, Entry>();
  private readonly changed = new vscode.EventEmitter<FileState>();
  readonly onDidChange = this.changed.event;
  readonly inputs: Inputs;
  private readonly chosen: ChosenPolicies;
  private readonly others: OtherKernels;

  constructor(
    private readonly service: AnalysisService,
    private readonly kernelOf: (name: string) => KernelChoice,
    memento: vscode.Memento,
    private readonly policies: PolicyCatalog,
    compiling: Compiling,
  ) {
    this.inputs = new Inputs(compiling, memento);
    this.others = new OtherKernels(service, kernelOf);
    this.chosen = new ChosenPolicies(memento);
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
    const policy = this.get(uri)?.policy ?? this.chosen.of(uri);
    const settings = readSettings(uri);
    try {
      const { files } = await readOverlays(uri, settings.overlays);
      return await this.service.reference({
        question,
        policy,
        policyFile: await this.policies.read(policy),
        kernel: this.kernelOf(settings.kernel),
        overlays: overlayTexts(files),
      });
    } catch {
      return null;
    }
  }

  /** Another policy for one file, remembered in the workspace; null to follow the setting again. */
  async setPolicy(uri: vscode.Uri, policy: string | null): Promise<void> {
    await this.chosen.choose(uri, policy);
    this.tell(this.entry(uri), { type: 'policy', policy: this.chosen.of(uri) });
    await this.run(uri);
  }

  /** Compares a file with another policy; '' ends the comparison. */
  async setCompare(uri: vscode.Uri, policy: string): Promise<void> {
    if (policy === '' && this.get(uri)?.compare == null) return;
    const entry = this.entry(uri);
    entry.comparing?.abort();
    entry.comparisons.clear();
    this.tell(entry, { type: 'compareWith', policy });
    if (entry.state.compare === null) {
      this.service.forget(compareKey(uri));
      return;
    }
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
    // one that was closed meanwhile is not to come back for this
    const isOld = (e: Entry): boolean => this.all().includes(e.state) && (e.overlays.get(key) ?? e.inputs.get(key) ?? null) !== text;
    for (const entry of users) if (isOld(entry)) await this.run(entry.state.uri);
  }

  /** What is wrong with a policy file, by itself and against the kernel. */
  checkPolicy(uri: vscode.Uri, json: string): Promise<readonly Problem[]> {
    return this.service.checkPolicy({ name: uri.fsPath, json }, this.kernelOf(readSettings(uri).kernel));
  }

  /** Settings changed: open files are verified anew. Those with a policy of their own keep it. */
  async settingsChanged(): Promise<void> {
    this.inputs.forget();
    for (const entry of this.entries.values()) {
      this.tell(entry, { type: 'policy', policy: this.chosen.of(entry.state.uri) });
      entry.compiled = null;
      await this.run(entry.state.uri);
    }
  }

  /** The text changed. When it is again what the result was made from, the result is fresh again. `due`: it is verified after a pause. */
  edited(uri: vscode.Uri, text: string, due: boolean): void {
    const entry = this.entries.get(uri.toString());
    if (entry !== undefined) this.tell(entry, { type: 'edited', back: entry.resultOf?.source === text, due });
    // other files of its program are as old as it is
    for (const user of this.entries.values())
      if (user !== entry && user.inputs.has(uri.toString()))
        this.tell(user, { type: 'partEdited', back: user.inputs.get(uri.toString()) === text });
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
    stopEntry(entry);
    this.entries.delete(key);
    this.service.forget(key);
    this.service.forget(compareKey(uri));
    this.changed.fire({ ...entry.state, result: null, error: null, busy: null });
  }

  /** The file was closed in the editor while its graph is still looked at: what was found stays, as old. */
  left(uri: vscode.Uri): void {
    const entry = this.entries.get(uri.toString());
    if (entry === undefined || entry.state.error?.kind === 'gone') return;
    stopEntry(entry);
    this.tell(entry, { type: 'left', name: basename(uri) });
  }

  /** The file is not there any more: nothing can be said of it until it comes back. */
  gone(uri: vscode.Uri): void {
    const entry = this.entries.get(uri.toString());
    if (entry === undefined) return;
    stopEntry(entry);
    this.service.forget(uri.toString());
    this.service.forget(compareKey(uri));
    entry.compiled = null;
    entry.resultOf = null;
    entry.graphs.clear();
    entry.comparisons.clear();
    this.tell(entry, { type: 'gone', name: basename(uri) });
  }

  /** A file or folder has another name now; files keep the policy that was chosen for them, whether they are open or closed by then. */
  async moved(from: vscode.Uri, to: vscode.Uri): Promise<void> {
    for (const { uri } of this.all().filter((s) => isWithin(s.uri, from))) this.closed(uri);
    for (const now of await this.chosen.moved(from, to)) {
      const entry = this.entries.get(now.toString());
      if (entry === undefined || entry.state.policy === this.chosen.of(now)) continue;
      this.tell(entry, { type: 'policy', policy: this.chosen.of(now) });
      void this.run(now);
    }
  }

  cancel(uri: vscode.Uri): void {
    const entry = this.entries.get(uri.toString());
    if (entry === undefined) return;
    entry.running?.abort.abort();
    entry.running = null;
    this.tell(entry, { type: 'cancelled' });
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
      this.tell(entry, { type: 'failed', error: failureOf(error, BUG) });
    }
  }

  private async analyze(entry: Entry, signal: AbortSignal): Promise<void> {
    const uri = entry.state.uri;
    const made = await this.made(entry, signal);
    if (made === null || signal.aborted) return;
    const request = await this.request(entry, entry.state.policy, readSettings(uri).kernel, made);
    this.tell(entry, { type: 'loading' });
    this.others.begin(uri, request, signal);
    const reply = await this.service.analyze(
      { ...request, key: uri.toString() },
      {
        signal,
        progress: (note) => {
          if (!signal.aborted)
            this.tell(entry, { type: 'progress', stage: note.stage, processed: note.processed, finished: note.finished });
        },
      },
    );
    if (signal.aborted) return;
    if (reply.result !== null) {
      entry.graphs.clear();
      entry.comparisons.clear();
      const result = withNotes(reply.result, [entry.leftAside, ...made.leftAside]);
      await learnSources(made.origin === null ? [] : result.programs, uri);
      entry.resultOf = made;
      const edited = made.source !== null && (openText(uri) ?? made.source) !== made.source;
      this.tell(entry, { type: 'verified', result, program: made.program, choices: made.choices, edited });
      if (entry.state.compare !== null) void this.runCompare(entry);
    } else if (reply.error === null) this.tell(entry, { type: 'cancelled' });
    else this.tell(entry, { type: 'failed', error: reply.error, program: made.program });
  }

  private async request(entry: Entry, policy: string, kernel: string, made: Made): Promise<AnalysisInput> {
    const settings = readSettings(entry.state.uri);
    const rules = { policy, policyFile: await this.policies.read(policy), overlays: await this.overlaysOf(entry, settings.overlays) };
    return analysisInput(entry.state.uri, made, rules, this.kernelOf(kernel), settings);
  }

  /** Verifies what is shown under the other policy. A newer comparison stops an older one. */
  private async runCompare(entry: Entry): Promise<void> {
    const { uri, compare } = entry.state;
    if (compare === null || entry.resultOf === null) return;
    entry.comparing?.abort();
    const abort = new AbortController();
    entry.comparing = abort;
    const settle = (found: Pick<Compared, 'result' | 'error'>): void => {
      if (!abort.signal.aborted) this.tell(entry, { type: 'compared', policy: compare.policy, ...found });
    };
    try {
      const reply = await this.service.analyze(
        {
          ...(await this.request(entry, compare.policy, comparedKernel(compare.policy, readSettings(uri).kernel), entry.resultOf)),
          key: compareKey(uri),
        },
        { signal: abort.signal },
      );
      entry.comparisons.clear();
      settle({ result: reply.result, error: reply.error });
    } catch (error) {
      if (abort.signal.aborted || error instanceof AnalysisCancelled) return;
      settle({ result: null, error: failureOf(error, 'The comparison failed') });
    } finally {
      if (entry.comparing === abort) entry.comparing = null;
    }
  }

  /** On which of the kernels that settings name so the programs of a file load, beside its own; null where nothing was verified. */
  async loadsOn(uri: vscode.Uri, named: readonly string[], signal: AbortSignal): Promise<LoadsOnReply | null> {
    const entry = this.entries.get(uri.toString());
    const result = entry?.state.result;
    if (entry?.resultOf == null || result == null) return null;
    const request = await this.request(entry, entry.state.policy, readSettings(uri).kernel, entry.resultOf);
    return this.others.ask(uri, request, named, result, signal);
  }

  /** All that is verified with the file; null when there is nothing, and the state says why. */
  private async made(entry: Entry, signal: AbortSignal): Promise<Made | null> {
    const own = await this.inputs.object(entry.state.uri, entry.compiled, signal, () => this.tell(entry, { type: 'compiling' }));
    if (own === null || signal.aborted) return null;
    this.tell(entry, { type: 'read', origin: own.origin ?? null });
    if ('error' in own) {
      this.tell(entry, { type: 'failed', error: own.error });
      return null;
    }
    if (own.source !== null) entry.compiled = own;
    const texts = new Map<string, string | null>();
    const made = await this.inputs.program(entry.state.uri, own, signal, texts);
    if (made === null || signal.aborted) return null;
    entry.inputs = texts;
    if ('error' in made) this.tell(entry, { type: 'failed', error: made.error, program: made.program });
    return 'error' in made ? null : made;
  }

  /** The overlays to verify with. One that the settings name must be there. */
  private async overlaysOf(entry: Entry, names: readonly string[]): Promise<OverlayText[]> {
    const { files, missing, leftAside } = await readOverlays(entry.state.uri, names);
    entry.overlays = files;
    entry.leftAside = leftAside;
    if (missing !== null) throw missing;
    return overlayTexts(files);
  }

  private entry(uri: vscode.Uri): Entry {
    const key = uri.toString();
    let entry = this.entries.get(key);
    if (entry === undefined) {
      entry = entryOf(unverified(uri, this.chosen.of(uri)));
      this.entries.set(key, entry);
    }
    return entry;
  }

  /** Takes an event in, and tells if it changed something. */
  private tell(entry: Entry, event: FileEvent): void {
    const state = step(entry.state, event);
    if (state === entry.state) return;
    entry.state = state;
    this.changed.fire(state);
  }
}
