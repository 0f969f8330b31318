// SPDX-License-Identifier: GPL-2.0-only
/** One program of a request: verified within its limit, its result in words, its states and graph. */
import { buildGraph, GraphTooLarge } from '../graph/build';
import { LineTable } from '../graph/lines';
import { calleesOf, hazardsOfProgram, HazardWatch } from '../graph/hazards';
import type { GraphInput } from '../graph/input';
import { StateRecorder } from '../graph/record';
import type { KernelProfile } from '../kernel/profile';
import { isSleepable, type Program } from '../object/program';
import { hazardsFor } from '../policy/hazards';
import type { PolicyRules } from '../policy/rules';
import type { Policy } from '../policy/types';
import type { ContextGraph } from '../protocol/graph';
import type { ProgramResult, RejectionReport, WithoutGraph } from '../protocol/model';
import { type Report, verify, verifyExplained, type VerifyResult } from '../verifier/check';
import { nowMs } from '../verifier/clock';
import type { Refusal } from '../verifier/diag/refusal';
import type { VerifyOptions } from '../verifier/env';
import { NOTHING_HELD } from '../verifier/state/held';
import { explain, PathRecorder } from '../explain';
import { explainRejection } from './explain';
import { graphInput } from './graph-input';
import { type LogFile } from './log-file';
import { CpuLimit, type Share } from './limits';
import { type ProgramViews } from './kept';
import { absentCallee } from './other-policies';
import type { AnalyzeRequest } from './requests';

/** How one program is verified. */
type RunChoice = Pick<AnalyzeRequest, 'logLevel' | 'unprivileged' | 'targetKernel' | 'explain'> & {
  readonly log?: LogFile | null;
  readonly rules?: PolicyRules | undefined;
};

/** Rejections that took more processed instructions are not verified again for their report. */
export const MOST_EXPLAINED = 200_000;

/** The function that a refusal is about. */
function calleeOf(refusal: Refusal | null | undefined): string | null {
  return refusal != null && 'callee' in refusal && refusal.callee !== undefined && refusal.callee !== '' ? refusal.callee : null;
}

/** The program's share of the limit is used up. */
class TimedOut extends Error {}

/** One program of a request. */
export interface Run {
  readonly prog: Program;
  /** Its name where several have one. */
  readonly label: string;
  readonly kernel: KernelProfile;
  readonly policy: Policy;
  readonly request: RunChoice & Pick<AnalyzeRequest, 'record' | 'graphs'>;
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

/** What a result says of its program before it is verified. */
function whatItIs(prog: Program, kernel: KernelProfile, policy: Policy) {
  return {
    object: prog.object,
    program: prog.name,
    section: prog.section,
    progType: kernel.progTypeName(prog.progType),
    sleepable: isSleepable(prog),
    kernel: kernel.version,
    policy: policy.id,
    assumptions: prog.assumptions ?? [],
  };
}

/** The result of a program that had no turn. Nothing of it is asked for that would have to be made first. */
function noTurn(prog: Program, kernel: KernelProfile, policy: Policy, reason: string): ProgramResult {
  return {
    ...whatItIs(prog, kernel, policy),
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
    sentence: null,
    explanation: null,
    related: [],
    report: null,
    short: 'no turn within the limit',
    maySleep: null,
    definition: null,
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

/** Who looks out for the hazards that a program can meet; null if there is none. */
function hazardWatch(
  prog: Program,
  kernel: KernelProfile,
  policy: Policy,
  target: string | undefined,
  recorder: StateRecorder | null,
): HazardWatch | null {
  const hazards = hazardsFor(policy.hazards, target ?? kernel.version);
  const met = hazards.length === 0 ? [] : hazardsOfProgram(hazards, calleesOf(prog, kernel));
  return met.length === 0 ? null : new HazardWatch(met, recorder);
}

/** What a run says of its program, with what explains a rejection. */
interface Outcome {
  readonly verified: VerifyResult | null;
  /** What the explanation was made from; null where nothing was rejected. */
  readonly found: VerifyResult | null;
  readonly short: ReturnType<typeof explainRejection> | null;
  /** Why there is no verdict, or null. */
  readonly reason: string | null;
  readonly watch: HazardWatch | null;
  readonly timeUs: number;
}

function resultOf(prog: Program, kernel: KernelProfile, policy: Policy, request: RunChoice, outcome: Outcome): ProgramResult {
  const { verified, found, short, reason, watch, timeUs } = outcome;
  const lines = new LineTable(prog.sourceLines);
  const insn = verified?.insn ?? null;
  return {
    ...whatItIs(prog, kernel, policy),
    insnCount: prog.insns.length,
    verdict: verified?.verdict ?? 'unknown',
    errno: verified?.errno ?? 0,
    message: verified?.message ?? [],
    insn,
    source: insn === null ? null : lines.at(insn),
    processedInsns: verified?.processedInsns ?? 0,
    totalStates: verified?.totalStates ?? 0,
    peakStates: verified?.peakStates ?? 0,
    timeUs: Math.round(timeUs),
    reason,
    sentence: short?.sentence ?? null,
    explanation: found === null ? null : explain(found),
    related: short?.related ?? [],
    report: request.explain === true ? reportView(found?.report ?? null) : null,
    short: short?.short ?? (reason === null ? '' : `not modelled: ${reason}`.slice(0, 32)),
    maySleep: null,
    definition: lines.at(0),
    notes: mapNotes(prog),
    absent: verified?.verdict === 'reject' ? absentCallee(prog, insn) : null,
    about: calleeOf(verified?.refusal),
    // what is rejected at the place never happens
    hazards: (watch?.hits ?? [])
      .filter((h) => verified?.verdict !== 'reject' || h.insn !== insn)
      .map((h) => ({ id: h.hazard.id, insn: h.insn, source: lines.at(h.insn), text: h.hazard.text })),
  };
}

/** The rejection in words of one line. */
function inShort(verified: VerifyResult, recorder: StateRecorder | null): ReturnType<typeof explainRejection> {
  const state = verified.env.cur as typeof verified.env.cur | undefined;
  return explainRejection(graphInput(verified, recorder ?? new StateRecorder(0)), {
    message: verified.message,
    refusal: verified.refusal,
    held: state?.held ?? NOTHING_HELD,
    mayOwnSleep: state?.inSleepable ?? verified.env.sleepable,
  });
}

/** Verifies a program within its share of the object's limit; null where that ended it. */
export function verifyOne(
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
  const start = nowMs();
  const limit = new CpuLimit(share.ms);
  let timedOut = false;
  const options: VerifyOptions = {
    logLevel: request.logLevel,
    log: request.log ?? null,
    unprivileged: request.unprivileged,
    flags: 0,
    recorder: null,
    rules: request.rules ?? null,
    tick: (processed) => {
      if (limit.exceeded) {
        timedOut = true;
        throw new TimedOut();
      }
      tick(processed);
    },
  };
  let verified: VerifyResult | null = null;
  const watch = hazardWatch(prog, kernel, policy, request.targetKernel, recorder);
  try {
    verified = verify(prog, kernel, policy, { ...options, recorder: watch ?? recorder });
  } catch (error) {
    if (!(error instanceof TimedOut)) {
      request.log?.discard();
      throw error;
    }
  }
  // what explains a rejection may time out too, which is no reason of the verdict
  const reason = timedOut ? share.reason : (verified?.reason ?? null);
  const rejected = verified?.verdict === 'reject' ? verified : null;
  const short = rejected === null ? null : inShort(rejected, recorder);
  const again = (processed: number): VerifyResult =>
    verifyExplained(prog, kernel, policy, { ...options, recorder: new PathRecorder(), tick: () => options.tick?.(processed) });
  const found = rejected === null || request.explain !== true ? rejected : explained(rejected, again);
  const timeUs = verified?.timeUs ?? (nowMs() - start) * 1000;
  return { result: resultOf(prog, kernel, policy, request, { verified, found, short, reason, watch, timeUs }), verified };
}

/** CPU time that a graph may take where the verification used up the program's share, milliseconds. */
const GRAPH_GRACE_MS = 1000;

/** The graph of a verified program within what is left of a share, or why there is none. `check` may throw. */
export function graphWithin(input: GraphInput, { ms }: Share, check: () => void): ContextGraph | WithoutGraph {
  return graphIn(input, new CpuLimit(ms + GRAPH_GRACE_MS), check);
}

function graphIn(input: GraphInput, limit: CpuLimit, check: () => void): ContextGraph | WithoutGraph {
  try {
    return buildGraph(input, () => {
      check();
      if (limit.exceeded) throw new TimedOut();
    });
  } catch (error) {
    if (error instanceof GraphTooLarge) return { kind: 'ways', ways: error.ways };
    if (error instanceof TimedOut) return { kind: 'time' };
    throw error;
  }
}

/** Verifies a program, and makes its graph where somebody wants it, within the same share and a grace of a second. */
export function verifyViewed(
  { prog, label, kernel, policy, request }: Run,
  share: Share,
  check: () => void,
  tick: (processed: number) => void,
): { result: ProgramResult; views: ProgramViews | null } {
  const recorder = request.record || request.graphs ? new StateRecorder() : null;
  const limit = new CpuLimit(share.ms + GRAPH_GRACE_MS);
  const looked = (processed: number): void => {
    limit.look();
    tick(processed);
  };
  const { result, verified } = verifyOne(prog, kernel, policy, request, recorder, looked, share);
  if (verified === null || recorder === null) return { result, views: null };
  const input = graphInput(verified, recorder);
  const graph = graphIn(input, limit, check);
  // no view asks for states that pruning compared with
  verified.env.exploration.clear();
  if ('kind' in graph) return { result: { ...result, withoutGraph: graph }, views: null };
  return { result, views: { input, graph: { ...graph, program: label } } };
}

/** States and graph of a program that were dropped. It ended within its limit once: twice that is enough on any machine. */
export function viewsAgain(run: Run, { ms, reason }: Share, check: () => void): ProgramViews | null {
  const request = { ...run.request, log: null, explain: false };
  return verifyViewed({ ...run, request }, { ms: 2 * ms, reason }, check, check).views;
}
