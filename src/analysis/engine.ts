// SPDX-License-Identifier: GPL-2.0-only
/** The analysis itself: object in, results out. Runs in a worker; keeps what later questions need. */
import { performance } from 'node:perf_hooks';
import { TooMuch } from '../btf/budget';
import { buildGraph, maySleepOverall } from '../graph/build';
import type { GraphInput } from '../graph/input';
import { LineTable } from '../graph/lines';
import { calleesOf, hazardsOfProgram, HazardWatch } from '../graph/hazards';
import { followFacts } from '../graph/follow';
import { originInState } from '../graph/origin';
import { rejectionPath, statePath } from '../graph/path';
import { StateRecorder } from '../graph/record';
import { insnStates } from '../graph/states';
import type { ContextGraph } from '../protocol/graph';
import { encodeInsns } from '../isa/insn';
import type { KernelProfile } from '../kernel/profile';
import { linkObjects } from '../object/linker/linker';
import { loadObject } from '../object/load';
import { loaderOf } from '../object/loaders';
import type { LoadedObject, Program } from '../object/program';
import { withSourceText } from '../object/source-lines';
import { DEFAULT_TARGET, hazardsFor } from '../policy/hazards';
import type { Problem } from '../policy/reader';
import type { Policy } from '../policy/types';
import type { InsnStates, ProgramResult, RejectionReport } from '../protocol/model';
import type { FollowFacts, OriginView, PathView } from '../protocol/path';
import type { ReferenceAnswer } from '../protocol/reference';
import { Reference } from '../reference';
import { type Report, verify, verifyExplained, type VerifyResult } from '../verifier/check';
import type { VerifyOptions } from '../verifier/env';
import { Cancelled } from '../verifier/errors';
import { NOTHING_HELD } from '../verifier/state/held';
import type { GraphComparison } from '../protocol/compare';
import { compareGraphs } from './compare';
import { comparePrograms, type CompareVerifier } from './compare-programs';
import { relevantDifferences, ruleDifferences } from './compare-rules';
import { explain, PathRecorder } from '../explain';
import { explainRejection } from './explain';
import { asFileError } from './file-error';
import { graphInput } from './graph-input';
import { partOf } from './graph-parts';
import { settleTypes } from './open-types';
import { headerTexts, type HeaderTexts } from './headers';
import { loadKernel, type LoadedKernel } from './kernel';
import { chosenPrograms, programLabels } from './labels';
import { LogFile } from './log-file';
import { CpuLimit, LoadBudget, MAX_OBJECT_BYTES, ObjectLimit, type Share } from './limits';
import { constantViews, Declarations, failedProgram } from './load-views';
import { absentCallee, policiesThatDiffer } from './other-policies';
import { kernelUnder, policyFileProblems, resolvePolicy } from './policy';
import type {
  AnalyzeReply,
  AnalyzeRequest,
  CompareReply,
  CompareRequest,
  GraphPart,
  KernelChoice,
  OverlayText,
  ProgramExtras,
  ReferenceRequest,
} from './requests';

/** What is kept of a verified program. */
interface Kept {
  readonly input: GraphInput;
  graph: ContextGraph | null;
  readonly result: ProgramResult;
  readonly policy: Policy;
}

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

/** How one program is verified. */
type RunChoice = Pick<AnalyzeRequest, 'logLevel' | 'unprivileged' | 'targetKernel' | 'explain'> & { readonly log?: LogFile | null };

function load(
  { object, file, source, timeoutS, parts = [], choices }: AnalyzeRequest | CompareRequest,
  kernel: LoadedKernel,
  check: () => void,
): LoadedObject {
  if (parts.reduce((sum, part) => sum + part.bytes.length, object.length) > MAX_OBJECT_BYTES)
    throw new TooMuch(`it is larger than ${MAX_OBJECT_BYTES >> 20} MiB`);
  const budget = new LoadBudget(timeoutS, check);
  const bytes = parts.length === 0 ? object : linkObjects([{ name: file, bytes: object }, ...parts], budget.spend);
  const loader = choices?.loader ?? loaderOf(file, source?.text ?? null);
  const loaded = loadObject(bytes, file, kernel.object, budget.spend, loader === 'libbpf' ? choices : { ...choices, loader });
  budget.close();
  return source == null ? loaded : withSourceText(loaded, source.file, source.text);
}

/** Maps of a program that the kernel did not take with their types, and why. */
function mapNotes(prog: Program): string[] {
  const used = new Set([...prog.notes.values()].flatMap((note) => (note.kind === 'map' ? [note.map] : [])));
  return prog.maps.flatMap(({ name, withoutTypes }) =>
    withoutTypes == null || !used.has(name)
      ? []
      : [`map '${name}' is created without the types of its key and value (-${withoutTypes.errno}): ${withoutTypes.reason}`],
  );
}

/** Rejections that took more processed instructions are not verified again for their report. */
export const MOST_EXPLAINED = 200_000;

class TimedOut extends Error {}

/** The result of a program that had no turn. Nothing of it is asked for that would have to be made first. */
function noTurn(prog: Program, kernel: KernelProfile, policy: Policy, reason: string): ProgramResult {
  return {
    object: prog.object,
    program: prog.name,
    section: prog.section,
    progType: kernel.progTypeName(prog.progType),
    sleepable: (prog.progFlags & 0x10) !== 0,
    insnCount: 0,
    verdict: 'unknown',
    errno: 0,
    message: [],
    insn: null,
    source: null,
    processedInsns: 0,
    totalStates: 0,
    peakStates: 0,
    timeUs: 0,
    reason,
    policy: policy.id,
    sentence: null,
    explanation: null,
    related: [],
    report: null,
    short: 'no turn within the limit',
    maySleep: null,
    definition: null,
    assumptions: prog.assumptions ?? [],
    notes: [],
    absent: null,
    hazards: [],
  };
}

/**
 * A rejection with all that explains it: what there is, or what verifying again gives, which is told `processed` instructions so that progress
 * stands still. The rejection as it is if that takes too long.
 */
function explained(verified: VerifyResult, again: (processed: number) => VerifyResult): VerifyResult {
  if (verified.processedInsns > MOST_EXPLAINED) return verified;
  try {
    const found = again(verified.processedInsns);
    return found.verdict === verified.verdict ? found : verified;
  } catch (error) {
    if (error instanceof TimedOut) return verified;
    throw error;
  }
}

function reportView(report: Report | null): RejectionReport | null {
  return report === null
    ? null
    : { category: report.category, problem: report.problem, reason: report.reason, suggestion: report.suggestion };
}

/** Kernels, policies and recent results of one worker. */
export class AnalysisEngine {
  private readonly kernels = new Map<string, LoadedKernel>();
  private readonly kept = new Map<string, Map<string, Kept>>();
  /** Most questions come from one file. */
  private lastReference: { readonly key: string; readonly reference: Reference } | null = null;

  /** Verifies the programs of an object. Never throws for what is in the file; `Cancelled` passes through. */
  analyze(request: AnalyzeRequest, hooks: EngineHooks): AnalyzeReply {
    const extras = new Map<string, ProgramExtras>();
    let kernel: LoadedKernel;
    let object: LoadedObject;
    let policy: Policy;
    let base: Policy;
    let all: ObjectLimit;
    try {
      const resolved = resolvePolicy(request, request.overlays);
      ({ policy, base } = resolved);
      kernel = kernelUnder(this.baseKernel(request.kernel), resolved);
      all = new ObjectLimit(request.timeoutS, request.limitOf ?? 'object');
      hooks.progress({ stage: 'load', program: '', processed: 0, done: 0, of: 0, finished: null });
      object = load(request, kernel, hooks.check);
      hooks.check();
      object = settleTypes(object, { ...request, kernel: kernel.profile, policy, check: hooks.check });
    } catch (error) {
      if (error instanceof Cancelled) throw error;
      return { result: null, error: asFileError(request.file, error), extras };
    }
    const labels = programLabels(object);
    const chosen = chosenPrograms(object, request.program);
    const failed = object.failed.filter((p) => request.program === '' || p.name === request.program);
    if (chosen.length === 0 && failed.length === 0) {
      const message =
        request.program === ''
          ? 'It holds no BPF program.'
          : `It holds no program ${request.program}. Programs: ${[...labels.values()].join(', ') || 'none'}.`;
      return {
        result: null,
        error: {
          kind: 'no-programs',
          title: `${request.file} has nothing to verify`,
          message,
          details: [...object.warnings],
          diagnostics: [],
        },
        extras,
      };
    }
    const kept = new Map<string, Kept>();
    const results: ProgramResult[] = [];
    for (const [i, prog] of chosen.entries()) {
      const label = labels.get(prog)!;
      const note = { stage: 'verify' as const, program: label, done: i, of: chosen.length };
      hooks.progress({ ...note, processed: 0, finished: null });
      const recorder = request.record || request.graphs ? new StateRecorder() : null;
      const log = request.logTo === undefined || request.logLevel === 0 ? null : new LogFile(`${request.logTo}.${i}`);
      const { result, verified } = this.verifyOne(
        prog,
        kernel.profile,
        policy,
        { ...request, log },
        recorder,
        (processed) => {
          hooks.check();
          hooks.progress({ ...note, processed, finished: null });
        },
        all.share(chosen.length - 1 - i, chosen.length),
      );
      let finished = { ...result, program: label };
      if (verified !== null && recorder !== null) {
        const input = graphInput(verified, recorder);
        const entry: Kept = { input, graph: null, result, policy };
        kept.set(label, entry);
        entry.graph = { ...buildGraph(input, hooks.check), program: label };
        finished = {
          ...finished,
          maySleep: maySleepOverall(entry.graph),
          holds: entry.graph.nodes.some((n) => n.instructions.some((x) => x.effects.length > 0)),
          otherPolicies: policiesThatDiffer(base, calleesOf(prog, kernel.profile)),
        };
      }
      results.push(finished);
      extras.set(label, {
        log: log?.written ?? null,
        insns: request.dumpInsns ? encodeInsns(prog.insns) : null,
        graph: request.graphs ? (kept.get(label)?.graph ?? null) : null,
      });
      hooks.progress({ ...note, done: i + 1, processed: result.processedInsns, finished });
    }
    if (request.record) this.kept.set(request.key, kept);
    const declarations = request.record ? new Declarations(request) : null;
    const graphs = [...kept.values()].flatMap(({ input, graph }) => (graph === null ? [] : [{ prog: input.env.prog, graph }]));
    return {
      result: {
        file: request.file,
        policy: policy.id,
        programs: results,
        failed: failed.map((f) => failedProgram(f, declarations)),
        warnings: object.warnings,
        undefinedSymbols: object.undefinedSymbols,
        ...(declarations === null ? {} : { constants: constantViews(object, graphs, declarations) }),
      },
      error: null,
      extras,
    };
  }

  /** Graph of a kept program. */
  graph(key: string, program: string): ContextGraph | null {
    return this.kept.get(key)?.get(program)?.graph ?? null;
  }

  /** A piece of the graph of a kept program. */
  graphPart(key: string, program: string, from: number): GraphPart | null {
    const graph = this.graph(key, program);
    return graph === null ? null : partOf(graph, from);
  }

  /** States of one instruction of a kept program. */
  states(key: string, program: string, insn: number): InsnStates | null {
    const kept = this.kept.get(key)?.get(program);
    return kept === undefined ? null : insnStates(kept.input, insn);
  }

  /** The path to one state, or to the rejection when `state` is −1. */
  path(key: string, program: string, insn: number, state: number): PathView | null {
    const kept = this.kept.get(key)?.get(program);
    if (kept === undefined) return null;
    return state < 0 ? rejectionPath(kept.input) : statePath(kept.input, insn, state);
  }

  /** Where a register's value comes from in one state. */
  origin(key: string, program: string, insn: number, state: number, register: number): OriginView | null {
    const kept = this.kept.get(key)?.get(program);
    return kept === undefined ? null : originInState(kept.input, insn, state, register);
  }

  /** What differs for a program between two kept results. */
  compareKept(keyA: string, keyB: string, program: string): GraphComparison | null {
    const a = this.kept.get(keyA)?.get(program);
    const b = this.kept.get(keyB)?.get(program);
    if (a?.graph == null || b?.graph == null) return null;
    const callees = new Set([...calleesOf(a.input.env.prog, a.input.env.kernel), ...calleesOf(b.input.env.prog, b.input.env.kernel)]);
    const rules = relevantDifferences(ruleDifferences(a.policy, b.policy), a.policy, b.policy, callees);
    return compareGraphs(
      { title: a.policy.title, result: a.result, graph: a.graph },
      { title: b.policy.title, result: b.result, graph: b.graph },
      rules,
    );
  }

  /** Verifies an object under several policies and compares each with the first. Never throws for what is in the file. */
  compare(request: CompareRequest, check: () => void): CompareReply {
    try {
      const base = this.baseKernel(request.kernel);
      // policies that change no kfunc share the kernel, and with it the loaded object
      const objects = new Map<LoadedKernel['object'], LoadedObject>();
      const sides = request.policies.map((choice) => {
        const resolved = resolvePolicy(choice, request.overlays);
        const kernel = kernelUnder(base, resolved);
        let object = objects.get(kernel.object);
        if (object === undefined) objects.set(kernel.object, (object = load(request, kernel, check)));
        const { policy } = resolved;
        return { policy, kernel, object: settleTypes(object, { ...request, kernel: kernel.profile, policy, check }) };
      });
      const { timeoutS, limitOf = 'object' } = request;
      const all = new ObjectLimit(limitOf === 'object' ? timeoutS * sides.length : timeoutS, limitOf);
      const count = sides.reduce((sum, { object }) => sum + chosenPrograms(object, request.program).length, 0);
      let turn = 0;
      const verifier: CompareVerifier = (prog, kernel, policy, recorder) =>
        this.verifyOne(prog, kernel, policy, { ...request, logLevel: 0 }, recorder, check, all.share(Math.max(0, count - ++turn), count));
      return comparePrograms(sides, request.program, verifier);
    } catch (error) {
      if (error instanceof Cancelled) throw error;
      return {
        policies: request.policies.map((p) => p.policyFile?.name ?? p.policy),
        programs: [],
        warnings: [],
        error: asFileError(request.file, error),
      };
    }
  }

  /** Headers of a kernel, for programs to compile with. */
  headers(kernel: KernelChoice): HeaderTexts {
    return headerTexts(this.baseKernel(kernel), kernel);
  }

  /** What is wrong with a policy file, by itself and against the kernel. */
  checkPolicy(file: OverlayText, kernel: KernelChoice): readonly Problem[] {
    return policyFileProblems(file, () => this.baseKernel(kernel));
  }

  /** What a kernel offers under a policy. */
  reference(request: Omit<ReferenceRequest, 'type'>): ReferenceAnswer {
    const { question, ...asked } = request;
    const key = JSON.stringify(asked);
    let known = this.lastReference;
    if (known?.key !== key) {
      const resolved = resolvePolicy(asked, asked.overlays);
      this.lastReference = known = {
        key,
        reference: new Reference(kernelUnder(this.baseKernel(asked.kernel), resolved).profile, resolved.policy),
      };
    }
    return known.reference.answer(question);
  }

  /** Where a held resource goes. */
  follow(key: string, program: string, resource: string): FollowFacts | null {
    const kept = this.kept.get(key)?.get(program);
    return kept === undefined ? null : followFacts(kept.input, resource);
  }

  forget(key: string): void {
    this.kept.delete(key);
  }

  /** Loads a kernel for the requests to come. One that cannot be read is told to whoever asks for it. */
  prepare(kernel: KernelChoice): void {
    try {
      this.baseKernel(kernel);
    } catch {
      // thrown again by the request itself
    }
  }

  private baseKernel(choice: KernelChoice): LoadedKernel {
    const key = JSON.stringify(choice);
    let kernel = this.kernels.get(key);
    if (kernel === undefined) {
      kernel = loadKernel(choice);
      this.kernels.set(key, kernel);
    }
    return kernel;
  }

  private verifyOne(
    prog: Program,
    kernel: KernelProfile,
    policy: Policy,
    request: RunChoice,
    recorder: StateRecorder | null,
    tick: (processed: number) => void,
    share: Share,
  ): { result: ProgramResult; verified: VerifyResult | null } {
    if (share.ms === 0) {
      request.log?.end('');
      return { result: noTurn(prog, kernel, policy, share.reason), verified: null };
    }
    const start = performance.now();
    const limit = new CpuLimit(share.ms);
    let timedOut = false;
    const options: VerifyOptions = {
      logLevel: request.logLevel,
      log: request.log ?? null,
      unprivileged: request.unprivileged,
      flags: 0,
      recorder: null,
      tick: (processed) => {
        if (limit.exceeded) {
          timedOut = true;
          throw new TimedOut();
        }
        tick(processed);
      },
    };
    let verified: VerifyResult | null = null;
    const hazards = hazardsFor(policy.hazards, request.targetKernel ?? DEFAULT_TARGET);
    const met = hazards.length === 0 ? [] : hazardsOfProgram(hazards, calleesOf(prog, kernel));
    const watch = met.length === 0 ? null : new HazardWatch(met, recorder);
    try {
      verified = verify(prog, kernel, policy, { ...options, recorder: watch ?? recorder });
    } catch (error) {
      if (!(error instanceof TimedOut)) {
        request.log?.discard();
        throw error;
      }
    }
    const lines = new LineTable(prog.sourceLines);
    const insn = verified?.insn ?? null;
    let short: ReturnType<typeof explainRejection> | null = null;
    let found: VerifyResult | null = null;
    if (verified?.verdict === 'reject') {
      const state = verified.env.cur as typeof verified.env.cur | undefined;
      const input = graphInput(verified, recorder ?? new StateRecorder(0));
      short = explainRejection(input, verified.message, state?.held ?? NOTHING_HELD, state?.inSleepable ?? verified.env.sleepable);
      const again = (processed: number): VerifyResult =>
        verifyExplained(prog, kernel, policy, { ...options, recorder: new PathRecorder(), tick: () => options.tick?.(processed) });
      found = request.explain === true ? explained(verified, again) : verified;
    }
    const reason = timedOut ? share.reason : (verified?.reason ?? null);
    const result: ProgramResult = {
      object: prog.object,
      program: prog.name,
      section: prog.section,
      progType: kernel.progTypeName(prog.progType),
      sleepable: (prog.progFlags & 0x10) !== 0,
      insnCount: prog.insns.length,
      verdict: verified?.verdict ?? 'unknown',
      errno: verified?.errno ?? 0,
      message: verified?.message ?? [],
      insn,
      source: insn === null ? null : lines.at(insn),
      processedInsns: verified?.processedInsns ?? 0,
      totalStates: verified?.totalStates ?? 0,
      peakStates: verified?.peakStates ?? 0,
      timeUs: Math.round(verified?.timeUs ?? (performance.now() - start) * 1000),
      reason,
      policy: policy.id,
      sentence: short?.sentence ?? null,
      explanation: found === null ? null : explain(found),
      related: short?.related ?? [],
      report: request.explain === true ? reportView(found?.report ?? null) : null,
      short: short?.short ?? (reason === null ? '' : `not modelled: ${reason}`.slice(0, 32)),
      maySleep: null,
      definition: lines.at(0),
      assumptions: prog.assumptions ?? [],
      notes: mapNotes(prog),
      absent: verified?.verdict === 'reject' ? absentCallee(prog, insn) : null,
      // what is rejected at the place never happens
      hazards: (watch?.hits ?? [])
        .filter((h) => verified?.verdict !== 'reject' || h.insn !== insn)
        .map((h) => ({ id: h.hazard.id, insn: h.insn, source: lines.at(h.insn), text: h.hazard.text })),
    };
    return { result, verified };
  }
}
