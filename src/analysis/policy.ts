// SPDX-License-Identifier: GPL-2.0-only
/** From what a request names to the policy that is verified with, and from what is wrong with it to words with places. */
import { applyOverlay, checkHelperNames, OverlayError, type LoadedOverlay, loadOverlay } from '../policy/overlay';
import { classesFor, DEFAULT_POLICY, getPolicy, POLICIES, withAnnotations, withClassesOf } from '../policy';
import { loadPolicyFile, type LoadedPolicy } from '../policy/file';
import { isMainlineId, policyOn } from '../policy/on-kernel';
import { PolicyFileError, type Problem } from '../policy/reader';
import type { KernelProfile } from '../kernel/profile';
import type { Policy } from '../policy/types';
import type { CompilerDiagnostic, FileError } from '../protocol/model';
import type { LoadedKernel } from './kernel';
import type { OverlayText } from './requests';

/** A policy by id, or the text of a policy file. */
export interface PolicyChoice {
  readonly policy: string;
  readonly policyFile?: OverlayText | null | undefined;
}

/** Something is wrong in a policy file or an overlay file. */
export class RuleFileError extends Error {
  constructor(
    readonly what: 'policy' | 'overlay',
    readonly file: string,
    readonly problems: readonly Problem[],
  ) {
    super(problems[0]?.message ?? `unusable ${what} file`);
    this.name = 'RuleFileError';
  }
}

/** There is no policy of that name. */
export class UnknownPolicyError extends Error {
  constructor(readonly policy: string) {
    super(`There is no policy ${policy}; built in are ${POLICIES.map((p) => p.id).join(', ')}.`);
    this.name = 'UnknownPolicyError';
  }
}

/** A file that a rule may come from, with the places of its entries by name. */
interface RuleFile {
  readonly what: 'policy' | 'overlay';
  readonly name: string;
  readonly places: ReadonlyMap<string, Problem>;
}

/** A policy that was found, and where its entries stand in the files that they come from. */
export interface ResolvedPolicy {
  readonly policy: Policy;
  /** The policy without overlays. */
  readonly base: Policy;
  readonly files: readonly RuleFile[];
}

/** Files by their text, so that a policy is one object as long as its file is the same. */
const loaded = new Map<string, LoadedPolicy>();
const LOADED_LIMIT = 32;

function load(file: OverlayText): LoadedPolicy {
  const known = loaded.get(file.json);
  if (known !== undefined) return known;
  let result: LoadedPolicy;
  try {
    result = loadPolicyFile(file.json);
  } catch (error) {
    if (error instanceof PolicyFileError) throw new RuleFileError('policy', file.name, error.problems);
    throw error;
  }
  if (loaded.size >= LOADED_LIMIT) loaded.clear();
  loaded.set(file.json, result);
  return result;
}

function loadOverlayFile(file: OverlayText, policy: Policy): LoadedOverlay {
  try {
    return loadOverlay(file.json, [...classesFor(policy.classes).values()]);
  } catch (error) {
    if (error instanceof OverlayError) throw new RuleFileError('overlay', file.name, error.problems);
    throw error;
  }
}

function builtIn(id: string, kernel: () => KernelProfile): Policy {
  if (isMainlineId(id)) return policyOn(DEFAULT_POLICY, kernel());
  if (!POLICIES.some((p) => p.id === id)) throw new UnknownPolicyError(id);
  return policyOn(getPolicy(id), kernel());
}

/** The policy that a request means on a kernel, overlays included. Throws {@link RuleFileError}, {@link UnknownPolicyError}. */
export function resolvePolicy(choice: PolicyChoice, overlays: readonly OverlayText[], kernel: () => KernelProfile): ResolvedPolicy {
  const file = choice.policyFile ?? null;
  const files: RuleFile[] = [];
  let base: Policy;
  if (file === null) base = builtIn(choice.policy, kernel);
  else {
    const { policy, places } = load(file);
    base = policy;
    files.push({ what: 'policy', name: file.name, places });
  }
  const annotations = overlays.flatMap((o) => {
    const { annotations: own, places } = loadOverlayFile(o, base);
    // the last one that says something of a kfunc is the one that counts
    files.unshift({ what: 'overlay', name: o.name, places });
    return own;
  });
  return { policy: withClassesOf(withAnnotations(base, annotations), annotations), base, files };
}

/** The kernel as the policy changes it. Throws {@link RuleFileError} when an entry of a file does not fit the kernel. */
export function kernelUnder(base: LoadedKernel, resolved: ResolvedPolicy): LoadedKernel {
  const { policy, files } = resolved;
  try {
    checkHelperNames(
      base.profile,
      policy.helpers.map((h) => h.name),
    );
    if (policy.annotations.length === 0) return base;
    const under = (own: KernelProfile): KernelProfile => applyOverlay(own, policy.annotations, policy.id);
    const profile = under(base.profile);
    return {
      profile,
      object: { ...base.object, modules: profile.modules },
      withFeatures: (features) => under(base.withFeatures(features)),
    };
  } catch (error) {
    if (!(error instanceof OverlayError)) throw error;
    for (const { what, name: file, places } of files) {
      const problems = error.names.flatMap((name) => {
        const place = places.get(name);
        return place === undefined ? [] : [{ ...place, message: error.path === name ? error.why : `${error.path}: ${error.why}` }];
      });
      if (problems.length > 0) throw new RuleFileError(what, file, problems);
    }
    throw error;
  }
}

/** What is wrong with a policy file by itself and against a kernel; [] if nothing is. */
export function policyFileProblems(file: OverlayText, kernel: () => LoadedKernel): readonly Problem[] {
  try {
    const resolved = resolvePolicy({ policy: '', policyFile: file }, [], () => kernel().profile);
    kernelUnder(kernel(), resolved);
    return [];
  } catch (error) {
    if (error instanceof RuleFileError) return error.problems;
    // what only applying it shows, such as a prototype that cannot be read
    if (error instanceof OverlayError)
      return error.problems.length > 0 ? error.problems : [{ path: '$', message: error.message, line: 1, column: 1, length: 1 }];
    throw error;
  }
}

/** A {@link RuleFileError} for people: one line a problem, with diagnostics in the file. */
export function ruleFileError(error: RuleFileError): FileError {
  const diagnostics = error.problems.map((p): CompilerDiagnostic => ({
    file: error.file,
    line: p.line,
    column: p.column,
    length: p.length,
    severity: 'error',
    message: `${p.path}: ${p.message}`,
  }));
  const name = error.file.split(/[\\/]/).pop() ?? error.file;
  return { kind: 'unreadable', title: `The ${error.what} ${name} cannot be used`, message: '', details: [], diagnostics };
}
