// SPDX-License-Identifier: GPL-2.0-only
/**
 * All programs of an object under several policies, at the cost of one run in all where no rule that differs was asked for, else of one
 * more for each policy that answers something differently.
 */
import { calleesOf, hazardsOfProgram } from '../graph/hazards';
import type { GraphInput } from '../graph/input';
import type { StateRecorder } from '../graph/record';
import type { KernelProfile } from '../kernel/profile';
import type { LoadedObject, Program } from '../object/program';
import { onKernel } from '../policy/on-kernel';
import { type PolicyRules, rulesOf } from '../policy/rules';
import type { Policy } from '../policy/types';
import { WatchedRules } from '../policy/watched';
import type { GraphComparison, RuleDifference } from '../protocol/compare';
import type { ContextGraph } from '../protocol/graph';
import type { FailedProgram, ProgramResult, WithoutGraph } from '../protocol/model';
import type { VerifyResult } from '../verifier/check';
import { compareGraphs } from './compare';
import type { Compared } from './compare-words';
import { CompareRecorder } from './compare-recorder';
import { relevantDifferences, ruleDifferences, sameKfuncs } from './compare-rules';
import { ProgramComparer, sameData } from './same-program';
import { kernelRules, type OnKernel } from './deciding';
import { graphInput } from './graph-input';
import { programLabels } from './labels';
import type { LoadedKernel } from './kernel';
import type { CompareReply, ComparedProgram } from './requests';

/** What one program is verified and drawn with. */
export interface CompareVerifier {
  readonly verify: (
    prog: Program,
    kernel: KernelProfile,
    policy: Policy,
    recorder: StateRecorder | null,
    rules?: PolicyRules,
  ) => { result: ProgramResult; verified: VerifyResult | null };
  /** The graph, or why there is none. */
  readonly graph: (input: GraphInput) => ContextGraph | WithoutGraph;
}

/** One policy with its kernel and the object as that kernel gets it. */
export interface CompareSideInput {
  readonly policy: Policy;
  readonly kernel: LoadedKernel;
  readonly object: LoadedObject;
}

const EMPTY = { functions: [], nodes: [], edges: [] };

/** A verification with what was recorded of it. */
interface Recorded {
  readonly result: ProgramResult;
  readonly verified: VerifyResult | null;
  readonly recorder: CompareRecorder;
}

class ProgramRuns {
  private readonly compared = new Map<number, Compared>();
  private readonly recorded = new Map<number, Recorded>();
  private readonly plain = new Map<number, ProgramResult>();
  /** What the first side's run says of the other sides. */
  private readonly watched = new Map<number, WatchedRules>();

  constructor(
    private readonly sides: readonly CompareSideInput[],
    private readonly progs: readonly (Program | undefined)[],
    private readonly verifier: CompareVerifier,
  ) {}

  /** To be called before anything is verified: the first side's run is to tell whether it is that of side `i` too. */
  watch(i: number): void {
    this.watched.set(i, new WatchedRules(this.rulesOfFirst(), this.rulesOfSide(i)));
  }

  private rulesOfSide(i: number): PolicyRules {
    const { policy, kernel } = this.sides[i]!;
    return rulesOf(onKernel(policy, kernel.profile.features));
  }

  /** Each asks the one before it. */
  private rulesOfFirst(): PolicyRules {
    return [...this.watched.values()].at(-1) ?? this.rulesOfSide(0);
  }

  /** Whether the run of the first side was that of side `i`. Nothing that a limit ended says so. */
  isRunOf(i: number): boolean {
    const { verified } = this.record(0);
    return verified !== null && this.watched.get(i)?.differs === false;
  }

  /** Result without graph, as cheap as it comes. */
  result(i: number): ProgramResult {
    let known = this.recorded.get(i)?.result ?? this.plain.get(i);
    if (known === undefined) {
      const { kernel, policy } = this.sides[i]!;
      known = this.verifier.verify(this.progs[i]!, kernel.profile, policy, null).result;
      this.plain.set(i, known);
    }
    return known;
  }

  /** The same result under another policy's name, where the two cannot differ. */
  assume(i: number, from: ProgramResult): void {
    this.plain.set(i, { ...from, policy: this.sides[i]!.policy.id });
  }

  record(i: number): Recorded {
    let known = this.recorded.get(i);
    if (known === undefined) {
      const { kernel, policy } = this.sides[i]!;
      const recorder = new CompareRecorder();
      const rules = i === 0 ? this.rulesOfFirst() : undefined;
      known = { ...this.verifier.verify(this.progs[i]!, kernel.profile, policy, recorder, rules), recorder };
      this.recorded.set(i, known);
    }
    return known;
  }

  onKernel(i: number): OnKernel {
    const { kernel, policy } = this.sides[i]!;
    const verifyWith: OnKernel['verifyWith'] = (features) =>
      this.verifier.verify(this.progs[i]!, kernel.withFeatures(features), policy, null).result;
    return { result: this.result(i), kernel: kernel.profile, verifyWith };
  }

  withGraph(i: number): Compared {
    let known = this.compared.get(i);
    if (known === undefined) {
      const { result, verified, recorder } = this.record(i);
      const { name: program, object } = this.progs[i]!;
      const made = verified === null ? null : this.verifier.graph(graphInput(verified, recorder));
      const graph = made === null || 'kind' in made ? { program, object, ...EMPTY } : made;
      const told = made !== null && 'kind' in made ? { ...result, withoutGraph: made } : result;
      known = { title: this.sides[i]!.policy.title, result: told, graph };
      this.compared.set(i, known);
    }
    return known;
  }

  /** Whether both sides found the same at every instruction: then there is nothing to draw. */
  same(i: number, k: number): boolean {
    const a = this.record(i);
    const b = this.record(k);
    return a.result.verdict === 'accept' && b.result.verdict === 'accept' && a.recorder.sameAs(b.recorder);
  }
}

function equalComparison(sides: readonly CompareSideInput[], i: number, a: ProgramResult, b: ProgramResult): GraphComparison {
  const graph = { program: a.program, object: a.object, ...EMPTY };
  return compareGraphs({ title: sides[0]!.policy.title, result: a, graph }, { title: sides[i]!.policy.title, result: b, graph }, []);
}

/** What tells the sides apart: their policies, and their kernels where those do not. */
function namesOf(sides: readonly CompareSideInput[]): string[] {
  const ids = sides.map((s) => s.policy.id);
  return new Set(ids).size === ids.length ? ids : sides.map((s) => `${s.policy.id} on ${s.kernel.profile.version}`);
}

/** Programs of all sides by name, those of the first side first; '' for all. */
export function comparePrograms(sides: readonly CompareSideInput[], only: string, verifier: CompareVerifier): CompareReply {
  const policies = sides.map((s) => s.policy);
  const labels = sides.map((s) => programLabels(s.object));
  const names = new Set(sides.flatMap((s, i) => [...labels[i]!.values(), ...s.object.failed.map((p) => p.name)]));
  const differences: RuleDifference[][] = policies.map((p) => ruleDifferences(policies[0]!, p));
  const programs: ComparedProgram[] = [];
  const comparer = new ProgramComparer();
  for (const name of names) {
    const progs = sides.map((s, i) => s.object.programs.find((p) => labels[i]!.get(p) === name));
    if (only !== '' && name !== only && !progs.some((p) => p?.name === only)) continue;
    const runs = new ProgramRuns(sides, progs, verifier);
    const callees = new Set(progs.flatMap((p, i) => (p === undefined ? [] : [...calleesOf(p, sides[i]!.kernel.profile)])));
    const comparisons: (GraphComparison | null)[] = [];
    const results: (ProgramResult | FailedProgram)[] = sides.map((s) => {
      const failed = s.object.failed.find((p) => p.name === name);
      return { program: name, section: failed?.section ?? '', message: failed?.message ?? 'it is not in the object under this policy' };
    });
    const relevant = differences.map((all, i) => relevantDifferences(all, policies[0]!, policies[i]!, callees));
    const warned = policies.map((p) => hazardsOfProgram(p.hazards, callees));
    const alike = sides.map((s, i) => s.kernel.profile.version === sides[0]!.kernel.profile.version && sameData(warned[0], warned[i]));
    for (let i = 1; i < sides.length; i++) {
      const [first, prog] = [progs[0], progs[i]];
      if (!alike[i]! || relevant[i]!.length === 0 || first === undefined || prog === undefined) continue;
      const isSame = first === prog || comparer.likeness(first, prog) === 'same';
      if (isSame && sameKfuncs(policies[0]!, policies[i]!, callees)) runs.watch(i);
    }
    const recorded = !alike.every(Boolean) || relevant.some((r) => r.length > 0);
    if (progs[0] !== undefined) results[0] = recorded ? runs.record(0).result : runs.result(0);
    for (let i = 1; i < sides.length; i++) {
      if (progs[0] === undefined || progs[i] === undefined) {
        if (progs[i] !== undefined) results[i] = runs.result(i);
        comparisons.push(null);
        continue;
      }
      const [first, other] = [sides[0]!.kernel, sides[i]!.kernel].map((k) => k.profile.version);
      const rules = relevant[i]!;
      if (alike[i]! && (rules.length === 0 || runs.isRunOf(i))) {
        runs.assume(i, runs.result(0));
        results[i] = runs.result(i);
        comparisons.push({ ...equalComparison(sides, i, runs.result(0), runs.result(i)), rules });
        continue;
      }
      results[i] = runs.record(i).result;
      if (runs.same(0, i)) comparisons.push({ ...equalComparison(sides, i, runs.result(0), runs.result(i)), rules });
      else {
        const [a, b] = [runs.withGraph(0), runs.withGraph(i)];
        [results[0], results[i]] = [a.result, b.result];
        comparisons.push(compareGraphs(a, b, first === other ? rules : [...rules, ...kernelRules(runs.onKernel(0), runs.onKernel(i))]));
      }
    }
    programs.push({ program: name, results: results.map((r) => ({ ...r, program: name })), comparisons });
  }
  return { policies: namesOf(sides), programs, warnings: sides[0]?.object.warnings ?? [], error: null };
}
