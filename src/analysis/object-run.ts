// SPDX-License-Identifier: GPL-2.0-only
/** The programs of one request, verified one after the other: what is said of each, and what is kept of it. */
import { maySleepOverall } from '../graph/build';
import { calleesOf } from '../graph/hazards';
import { encodeInsns } from '../isa/insn';
import type { LoadedObject, Program } from '../object/program';
import type { Policy } from '../policy/types';
import type { ProgramResult } from '../protocol/model';
import type { HeapKeeper } from './heap';
import type { KeptProgram, KeptResults, ProgramViews } from './kept';
import type { LoadedKernel } from './kernel';
import { chosenPrograms, programLabels } from './labels';
import type { ObjectLimit, Share } from './limits';
import { Constants } from './load-views';
import { LogFile } from './log-file';
import { inTurn } from './nearness';
import { policiesThatDiffer } from './other-policies';
import type { AnalyzeRequest, ProgramExtras } from './requests';
import { type Run, verifyOne, verifyViewed, viewsAgain } from './run';
import { type KnownProgram, Unchanged } from './unchanged';

/** Callbacks into whoever drives the engine. */
export interface EngineHooks {
  /** Throws `Cancelled` when the work is not wanted any more. */
  readonly check: () => void;
  readonly progress: (note: {
    stage: 'load' | 'verify' | 'graph';
    program: string;
    processed: number;
    done: number;
    of: number;
    finished: ProgramResult | null;
  }) => void;
}

/** What a request comes to before its programs are verified. */
export interface ObjectRules {
  readonly request: AnalyzeRequest;
  /** The kernel without and with what the policy adds to it. */
  readonly own: LoadedKernel;
  readonly kernel: LoadedKernel;
  /** The policy with and without overlays. */
  readonly policy: Policy;
  readonly base: Policy;
  readonly object: LoadedObject;
  readonly limit: ObjectLimit;
}

/** A program that was verified, or looked up. */
interface Done {
  readonly told: ProgramResult;
  readonly views: ProgramViews | null;
  readonly entry: KeptProgram | null;
  readonly log: LogFile | null;
}

export class ObjectRun {
  readonly extras = new Map<string, ProgramExtras>();
  readonly kept = new Map<string, KeptProgram>();
  readonly constants: Constants | null;
  private readonly results: (ProgramResult | undefined)[] = [];
  /** Entries that stand in no result yet. */
  private readonly made = new Set<KeptProgram>();
  private readonly labels: ReadonlyMap<Program, string>;
  private readonly chosen: readonly Program[];
  private readonly unchanged: Unchanged | null;

  constructor(
    private readonly rules: ObjectRules,
    private readonly keptResults: KeptResults,
    private readonly heap: HeapKeeper,
    private readonly hooks: EngineHooks,
  ) {
    const { request, object, own } = rules;
    this.labels = programLabels(object);
    this.chosen = chosenPrograms(object, request.program);
    this.constants = request.record ? new Constants(object) : null;
    const before = request.record && !request.graphs && !request.dumpInsns ? keptResults.programs(request.key) : null;
    this.unchanged = before === null || request.logLevel !== 0 ? null : new Unchanged(keptResults, before, own.profile);
  }

  /** Results in the order of the object. Nothing of a run that ends by an exception is kept. */
  all(): ProgramResult[] {
    const { request } = this.rules;
    try {
      for (const [turn, prog] of inTurn(this.chosen, request.near ?? null).entries()) this.one(prog, turn);
    } catch (error) {
      for (const program of this.made) this.keptResults.drop(program);
      throw error;
    }
    return this.results.flatMap((result) => result ?? []);
  }

  private one(prog: Program, turn: number): void {
    const { request, kernel, policy, limit, object } = this.rules;
    const label = this.labels.get(prog)!;
    const note = { stage: 'verify' as const, program: label, done: turn, of: this.chosen.length };
    this.hooks.progress({ ...note, processed: 0, finished: null });
    const run: Run = { prog, label, kernel: kernel.profile, policy, request: { ...request, log: null } };
    const share = limit.share(this.chosen.length - 1 - turn, this.chosen.length);
    const known = this.unchanged?.find(run, share, this.hooks.check) ?? null;
    // what never runs because of a constant is read off the graph
    const usable = known !== null && (known.views !== null || object.constants.length === 0);
    const { told, views, entry, log } = usable
      ? this.again(run, share, known)
      : this.verified(run, share, (processed) => this.hooks.progress({ ...note, processed, finished: null }));
    if (views !== null) this.constants?.add(prog, views.graph);
    if (entry !== null) this.kept.set(label, entry);
    this.results[this.chosen.indexOf(prog)] = told;
    this.extras.set(label, {
      log: log?.written ?? null,
      insns: request.dumpInsns ? encodeInsns(prog.insns) : null,
      graph: request.graphs ? (views?.graph ?? null) : null,
    });
    this.hooks.progress({ ...note, done: turn + 1, processed: told.processedInsns, finished: told });
    this.heap.tidy(told.processedInsns);
  }

  /** A program that is as it was. */
  private again(run: Run, share: Share, { entry, told, views, moved }: KnownProgram): Done {
    if (!moved || views === null) return { told, views, entry, log: null };
    const now = this.entry(run, share, entry.result, told);
    this.keptResults.add(now, views);
    return { told, views, entry: now, log: null };
  }

  private verified({ prog, label, ...rest }: Run, share: Share, progress: (processed: number) => void): Done {
    const { request, kernel, base } = this.rules;
    const log = request.logTo === undefined || request.logLevel === 0 ? null : new LogFile(`${request.logTo}.${this.chosen.indexOf(prog)}`);
    const run: Run = { prog, label, ...rest, request: { ...request, log } };
    const { result, views } = verifyViewed(run, share, this.hooks.check, (processed) => {
      this.hooks.check();
      progress(processed);
    });
    let told: ProgramResult = { ...result, program: label };
    if (views === null) return { told, views, entry: null, log };
    told = {
      ...told,
      maySleep: maySleepOverall(views.graph),
      holds: views.graph.nodes.some((n) => n.instructions.some((x) => x.effects.length > 0)),
      otherPolicies: policiesThatDiffer(base, calleesOf(prog, kernel.profile)),
    };
    if (!request.record) return { told, views, entry: null, log };
    const entry = this.entry(run, share, result, told);
    this.keptResults.add(entry, views);
    return { told, views, entry, log };
  }

  private entry(run: Run, share: Share, result: ProgramResult, told: ProgramResult): KeptProgram {
    const { request, kernel, policy, own } = this.rules;
    const verifyWith: KeptProgram['verifyWith'] = (features, check) =>
      verifyOne(run.prog, kernel.withFeatures(features), policy, { ...request, logLevel: 0, explain: false }, null, check, share).result;
    const entry: KeptProgram = {
      result,
      told,
      run,
      base: own.profile,
      policy,
      again: (check) => viewsAgain(run, share, check),
      verifyWith,
    };
    this.made.add(entry);
    return entry;
  }
}
