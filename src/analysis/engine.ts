// SPDX-License-Identifier: GPL-2.0-only
/** The analysis itself: object in, results out. Runs in a worker; keeps what later questions need. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { TooMuch } from '../btf/budget';
import type { GraphInput } from '../graph/input';
import { calleesOf } from '../graph/hazards';
import { followFacts } from '../graph/follow';
import { originInState } from '../graph/origin';
import { rejectionPath, statePath } from '../graph/path';
import { insnStates } from '../graph/states';
import type { ContextGraph } from '../protocol/graph';
import { type GraphPart, partOf } from '../protocol/graph-parts';
import { linkProgram } from '../object/linker/program';
import { loadOpened } from '../object/load';
import { loaderOf } from '../object/loaders';
import { openForLoading } from '../object/opened';
import type { KernelProfile } from '../kernel/profile';
import type { LoadedObject, Program } from '../object/program';
import { withSourceText } from '../object/source-lines';
import type { Problem } from '../policy/reader';
import type { Policy } from '../policy/types';
import type { FileError, InsnStates, ProgramResult } from '../protocol/model';
import type { FollowFacts, OriginView, PathView } from '../protocol/path';
import type { LoadsOnReply } from '../protocol/loads-on';
import type { ReferenceAnswer } from '../protocol/reference';
import type { SinceAnswer, SinceSubject } from '../protocol/since';
import { KERNELS } from '../kernel/releases';
import type { Reference } from '../reference';
import { answerOf } from '../reference/since';
import { Cancelled } from '../verifier/errors';
import type { GraphComparison } from '../protocol/compare';
import type { Features } from '../kernel/features';
import { compareGraphs } from './compare';
import { decidingFeature, kernelRules } from './deciding';
import { comparePrograms, type CompareVerifier } from './compare-programs';
import { relevantDifferences, ruleDifferences } from './compare-rules';
import { asFileError } from './file-error';
import { settleTypes } from './open-types';
import type { HeaderTexts } from '../headers';
import { loadKernel, type LoadedKernel } from './kernel';
import { KernelMemory } from './kernel-memory';
import { chosenPrograms, programLabels } from './labels';
import { type KernelSide, programsOn } from './loads-on';
import { LoadBudget, MAX_OBJECT_BYTES, ObjectLimit } from './limits';
import { HeapKeeper } from './heap';
import { KeptResults } from './kept';
import { Declarations, failedProgram } from './load-views';
import { kernelUnder, policyFileProblems, resolvePolicy } from './policy';
import type {
  AnalyzeReply,
  AnalyzeRequest,
  CompareReply,
  CompareRequest,
  KernelChoice,
  LoadsOnRequest,
  OverlayText,
  ReferenceRequest,
} from './requests';
import { type EngineHooks, ObjectRun } from './object-run';
import { graphWithin, verifyOne } from './run';

/** An object as it is opened, by the kernels that it is loaded on. */
type Loader = (kernel: LoadedKernel) => LoadedObject;

/** Opens an object of a request once, to be loaded on any number of kernels. */
function loaderFor(
  { object, file, source, timeoutS, parts = [], choices }: AnalyzeRequest | CompareRequest | LoadsOnRequest,
  check: () => void,
): Loader {
  if (parts.reduce((sum, part) => sum + part.bytes.length, object.length) > MAX_OBJECT_BYTES)
    throw new TooMuch(`it is larger than ${MAX_OBJECT_BYTES >> 20} MiB`);
  const opening = new LoadBudget(timeoutS, check);
  const budgets = [opening];
  const linked = parts.length === 0 ? null : linkProgram([{ name: file, bytes: object }, ...parts], opening.spend);
  const loader = choices?.loader ?? loaderOf(file, source?.text ?? null);
  const opened = openForLoading(
    linked?.bytes ?? object,
    file,
    opening.spend,
    loader === 'libbpf' ? choices : { ...choices, loader },
    linked?.notes,
  );
  return (kernel) => {
    // the first kernel's limit is that of opening too
    const budget = budgets.pop() ?? new LoadBudget(timeoutS, check);
    const loaded = loadOpened(opened, kernel.object, budget.spend);
    budget.close();
    return source == null ? loaded : withSourceText(loaded, source.file, source.text);
  };
}

/** The error of a file without the program that was asked for, or without any. */
function nothingChosen({ file, program }: AnalyzeRequest, object: LoadedObject, labels: readonly string[]): FileError {
  const message = program === '' ? 'It holds no BPF program.' : `It holds no program ${program}. Programs: ${labels.join(', ') || 'none'}.`;
  return { kind: 'no-programs', title: `${file} has nothing to verify`, message, details: [...object.warnings], diagnostics: [] };
}

const unhurried = (): void => undefined;

/** Kernels, policies and recent results of one worker. */
export class AnalysisEngine {
  private readonly kernels = new Map<string, LoadedKernel>();
  /** Most questions come from one file. */
  private lastReference: { readonly key: string; readonly reference: Reference } | null = null;

  private readonly heap = new HeapKeeper();
  private readonly memory = new KernelMemory();

  constructor(
    private readonly kept = new KeptResults(),
    /** Folder for kernels as they are once they are read, '' for none. */
    cache = '',
    /** Reads a kernel that is asked for the first time. */
    private readonly read: (kernel: KernelChoice) => LoadedKernel = (kernel) => loadKernel(kernel, cache),
  ) {}

  /** Verifies the programs of an object. Never throws for what is in the file; `Cancelled` passes through. */
  analyze(request: AnalyzeRequest, hooks: EngineHooks): AnalyzeReply {
    let own: LoadedKernel;
    let kernel: LoadedKernel;
    let object: LoadedObject;
    let policy: Policy;
    let base: Policy;
    let all: ObjectLimit;
    try {
      const kernelOf = (): LoadedKernel => this.baseKernel(request.kernel);
      const resolved = resolvePolicy(request, request.overlays, () => kernelOf().profile);
      ({ policy, base } = resolved);
      own = kernelOf();
      kernel = kernelUnder(own, resolved);
      all = new ObjectLimit(request.timeoutS, request.limitOf ?? 'object');
      hooks.progress({ stage: 'load', program: '', processed: 0, done: 0, of: 0, finished: null });
      object = loaderFor(request, hooks.check)(kernel);
      hooks.check();
      object = settleTypes(object, { ...request, kernel: kernel.profile, policy, check: hooks.check });
    } catch (error) {
      if (error instanceof Cancelled) throw error;
      return { result: null, error: asFileError(request.file, error), extras: new Map() };
    }
    const labels = programLabels(object);
    const chosen = chosenPrograms(object, request.program);
    const failed = object.failed.filter((p) => request.program === '' || p.name === request.program);
    if (chosen.length === 0 && failed.length === 0)
      return { result: null, error: nothingChosen(request, object, [...labels.values()]), extras: new Map() };
    const run = new ObjectRun({ request, own, kernel, policy, base, object, limit: all }, this.kept, this.heap, hooks);
    const results = run.all();
    if (request.record) this.kept.set(request.key, run.kept);
    const declarations = new Declarations(request);
    return {
      result: {
        file: request.file,
        kernel: kernel.profile.version,
        policy: policy.id,
        programs: results,
        failed: failed.map((f) => failedProgram(f, declarations)),
        warnings: object.warnings,
        undefinedSymbols: object.undefinedSymbols,
        ...(run.constants === null ? {} : { constants: run.constants.views(declarations) }),
      },
      error: null,
      extras: run.extras,
    };
  }

  // What follows asks about kept programs. States that are no longer there are made again, unless `check` throws.

  graph(key: string, program: string, check = unhurried): ContextGraph | null {
    return this.kept.look(key, program, check)?.graph ?? null;
  }

  /** A piece of the graph. */
  graphPart(key: string, program: string, from: number, check = unhurried): GraphPart | null {
    const graph = this.graph(key, program, check);
    return graph === null ? null : partOf(graph, from);
  }

  /** States of one instruction. */
  states(key: string, program: string, insn: number, check = unhurried): InsnStates | null {
    return this.ask(key, program, check, (input) => insnStates(input, insn));
  }

  /** The path to one state, or to the rejection when `state` is −1. */
  path(key: string, program: string, insn: number, state: number, check = unhurried): PathView | null {
    return this.ask(key, program, check, (input) => (state < 0 ? rejectionPath(input) : statePath(input, insn, state)));
  }

  /** Where a register's value comes from in one state. */
  origin(key: string, program: string, insn: number, state: number, register: number, check = unhurried): OriginView | null {
    return this.ask(key, program, check, (input) => originInState(input, insn, state, register));
  }

  /** Where a held resource goes. */
  follow(key: string, program: string, resource: string, check = unhurried): FollowFacts | null {
    return this.ask(key, program, check, (input) => followFacts(input, resource));
  }

  /** What differs for a program between two kept results. */
  compareKept(keyA: string, keyB: string, program: string, check = unhurried): GraphComparison | null {
    const [a, b] = [keyA, keyB].map((key) => {
      const kept = this.kept.get(key, program);
      const views = this.kept.look(key, program, check);
      return kept === null || views === null ? null : { ...kept, ...views };
    });
    if (a == null || b == null) return null;
    const callees = new Set([a, b].flatMap(({ input: { env } }) => [...calleesOf(env.prog, env.kernel)]));
    const policies = relevantDifferences(ruleDifferences(a.policy, b.policy), a.policy, b.policy, callees);
    const [onA, onB] = [a, b].map(({ result, input, verifyWith }) => ({
      result,
      kernel: input.env.kernel,
      verifyWith: (features: Features) => verifyWith(features, check),
    }));
    const rules = [...policies, ...kernelRules(onA!, onB!)];
    return compareGraphs(
      { title: a.policy.title, result: a.result, graph: a.graph },
      { title: b.policy.title, result: b.result, graph: b.graph },
      rules,
    );
  }

  /** Verifies an object under several policies and compares each with the first. Never throws for what is in the file. */
  compare(request: CompareRequest, check: () => void): CompareReply {
    try {
      // policies that change no kfunc share the kernel, and with it the loaded object
      const objects = new Map<LoadedKernel['object'], LoadedObject>();
      const load = loaderFor(request, check);
      const pairs =
        request.kernels?.map((kernel) => ({ choice: request.policies[0]!, kernel })) ??
        request.policies.map((choice) => ({ choice, kernel: request.kernel }));
      const sides = pairs.map(({ choice, kernel: named }) => {
        const base = this.baseKernel(named);
        const resolved = resolvePolicy(choice, request.overlays, () => base.profile);
        const kernel = kernelUnder(base, resolved);
        let object = objects.get(kernel.object);
        if (object === undefined) objects.set(kernel.object, (object = load(kernel)));
        const { policy } = resolved;
        return { policy, kernel, object: settleTypes(object, { ...request, kernel: kernel.profile, policy, check }) };
      });
      const { timeoutS, limitOf = 'object' } = request;
      const all = new ObjectLimit(limitOf === 'object' ? timeoutS * sides.length : timeoutS, limitOf);
      const count = sides.reduce((sum, { object }) => sum + chosenPrograms(object, request.program).length, 0);
      let turn = 0;
      const verifier: CompareVerifier = {
        verify: (prog, kernel, policy, recorder, rules) => {
          const share = all.share(Math.max(0, count - ++turn), count);
          return verifyOne(prog, kernel, policy, { ...request, logLevel: 0, rules }, recorder, check, share);
        },
        graph: (input) => graphWithin(input, all.share(0, count), check),
      };
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

  /** Verifies an object as several kernels. Never throws for what is in the file. */
  loadsOn(request: LoadsOnRequest, check: () => void): LoadsOnReply {
    try {
      const load = loaderFor(request, check);
      const sides = request.kernels.map((choice, asked): KernelSide => {
        const base = this.baseKernel(choice);
        const resolved = resolvePolicy(request, request.overlays, () => base.profile);
        const { policy } = resolved;
        const kernel = kernelUnder(base, resolved);
        const object = settleTypes(load(kernel), { ...request, kernel: kernel.profile, policy, check });
        const known = request.known?.asked === asked ? request.known.result : null;
        const fits = known?.kernel === kernel.profile.version && known.policy === policy.id;
        return { kernel, base: base.profile, policy, object, asked, known: fits ? known : null };
      });
      const { timeoutS, limitOf = 'object' } = request;
      const all = new ObjectLimit(limitOf === 'object' ? timeoutS * sides.length : timeoutS, limitOf);
      const count = sides.reduce((sum, { object }) => sum + chosenPrograms(object, request.program).length, 0);
      let turn = 0;
      const memory = request.key === undefined ? new KernelMemory().turn('') : this.memory.turn(request.key);
      const { unprivileged } = request;
      const verify = (prog: Program, kernel: KernelProfile, policy: Policy): ProgramResult => {
        const share = all.share(Math.max(0, count - ++turn), count);
        return verifyOne(prog, kernel, policy, { logLevel: 0, unprivileged }, null, check, share).result;
      };
      const found = programsOn(sides, request, {
        verify: ({ base, kernel, policy, known }, prog, label) =>
          memory.result(
            { label, prog, base, policy, unprivileged },
            () => known?.programs.find((p) => p.program === label) ?? { ...verify(prog, kernel.profile, policy), program: label },
          ),
        deciding: ({ base, kernel, policy }, prog, rejected, there) =>
          memory.deciding({ label: rejected.program, prog, base, policy, unprivileged }, there, () =>
            decidingFeature(rejected, kernel.profile.features, there, (features) => verify(prog, kernel.withFeatures(features), policy)),
          ),
      });
      memory.end();
      return { ...found, error: null };
    } catch (error) {
      if (error instanceof Cancelled) throw error;
      return { kernels: [], programs: [], error: asFileError(request.file, error) };
    }
  }

  /** Headers of a kernel, for programs to compile with. */
  async headers(kernel: KernelChoice): Promise<HeaderTexts> {
    // their texts and those of the reference are a third of the engine's code, and seldom asked for
    const { headerTexts } = await import('./headers');
    return headerTexts(this.baseKernel(kernel), kernel);
  }

  /** What is wrong with a policy file, by itself and against the kernel. */
  checkPolicy(file: OverlayText, kernel: KernelChoice): readonly Problem[] {
    return policyFileProblems(file, () => this.baseKernel(kernel));
  }

  /** What a kernel offers under a policy. */
  async reference(request: Omit<ReferenceRequest, 'type'>): Promise<ReferenceAnswer> {
    const { question, ...asked } = request;
    if (question.ask === 'since') return { ask: 'since', subjects: this.since(question.subjects, asked.kernel) };
    const key = JSON.stringify(asked);
    let known = this.lastReference;
    if (known?.key !== key) {
      const { Reference: Offer } = await import('../reference');
      const own = this.baseKernel(asked.kernel);
      const resolved = resolvePolicy(asked, asked.overlays, () => own.profile);
      this.lastReference = known = { key, reference: new Offer(kernelUnder(own, resolved).profile, resolved.policy) };
    }
    return known.reference.answer(question);
  }

  /** The known kernels that come along with the one that is asked for, oldest first, and what they say of each subject. */
  private since(subjects: readonly SinceSubject[], { bundle }: KernelChoice): SinceAnswer['subjects'] {
    const kernels = KERNELS.flatMap(({ version, series }) => {
      const other = path.join(path.dirname(bundle), version);
      return existsSync(other) ? [{ series, profile: this.baseKernel({ bundle: other, btf: '' }).profile }] : [];
    }).reverse();
    return subjects.map((subject) => {
      const found = kernels.flatMap(({ series, profile }) => {
        const answer = answerOf(profile, subject);
        return answer === null ? [] : [{ series, ...answer }];
      });
      return found.length === 0 ? null : found;
    });
  }

  forget(key: string): void {
    this.kept.forget(key);
    this.memory.forget(key);
  }

  /** To be called when nobody has asked for anything for a while: gives memory back that only single programs needed. */
  rest(): void {
    this.heap.rest();
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
      kernel = this.read(choice);
      this.kernels.set(key, kernel);
    }
    return kernel;
  }

  private ask<T>(key: string, program: string, check: () => void, answer: (input: GraphInput) => T): T | null {
    const views = this.kept.look(key, program, check);
    return views === null ? null : answer(views.input);
  }
}
