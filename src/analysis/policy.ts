// SPDX-License-Identifier: GPL-2.0-only
/** From what a request names to the policy that is verified with, and from what is wrong with it to words with places. */
import { applyOverlay, checkHelperNames, OverlayError, parseOverlay } from '../policy/overlay';
import { getPolicy, withAnnotations } from '../policy';
import { loadPolicyFile, type LoadedPolicy } from '../policy/file';
import { PolicyFileError, type Problem } from '../policy/reader';
import type { KfuncAnnotation, Policy } from '../policy/types';
import type { CompilerDiagnostic, FileError } from '../protocol/model';
import type { LoadedKernel } from './kernel';
import type { OverlayText } from './requests';

/** A policy by id, or the text of a policy file. */
export interface PolicyChoice {
  readonly policy: string;
  readonly policyFile?: OverlayText | null | undefined;
}

/** Something is wrong in a policy file. */
export class PolicyError extends Error {
  constructor(
    readonly file: string,
    readonly problems: readonly Problem[],
  ) {
    super(problems[0]?.message ?? 'unusable policy file');
    this.name = 'PolicyError';
  }
}

/** A policy that was found, and where its entries stand if it came from a file. */
export interface ResolvedPolicy {
  readonly policy: Policy;
  readonly file: string;
  readonly places: LoadedPolicy['places'];
}

const NO_PLACES: LoadedPolicy['places'] = new Map();
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
    if (error instanceof PolicyFileError) throw new PolicyError(file.name, error.problems);
    throw error;
  }
  if (loaded.size >= LOADED_LIMIT) loaded.clear();
  loaded.set(file.json, result);
  return result;
}

/** Annotations of the overlay files. An error names the file. */
function overlayAnnotations(overlays: readonly OverlayText[], policy: Policy): KfuncAnnotation[] {
  return overlays.flatMap((o) => {
    try {
      return parseOverlay(o.json, policy.classes);
    } catch (error) {
      if (error instanceof OverlayError) throw new OverlayError(`${o.name}: ${error.path}`, error.why, error.place);
      throw error;
    }
  });
}

/** The policy that a request means, overlays included. Throws {@link PolicyError}, {@link OverlayError}, RangeError for an unknown id. */
export function resolvePolicy(choice: PolicyChoice, overlays: readonly OverlayText[]): ResolvedPolicy {
  const file = choice.policyFile ?? null;
  const { policy, places } = file === null ? { policy: getPolicy(choice.policy), places: NO_PLACES } : load(file);
  return { policy: withAnnotations(policy, overlayAnnotations(overlays, policy)), file: file?.name ?? '', places };
}

/** The kernel as the policy changes it. Throws {@link PolicyError} when an entry of a policy file does not fit the kernel. */
export function kernelUnder(base: LoadedKernel, resolved: ResolvedPolicy): LoadedKernel {
  const { policy, places, file } = resolved;
  try {
    checkHelperNames(base.profile, policy.helpers.map((h) => h.name));
    if (policy.annotations.length === 0) return base;
    const profile = applyOverlay(base.profile, policy.annotations, policy.id);
    return { profile, object: { ...base.object, modules: profile.modules } };
  } catch (error) {
    if (!(error instanceof OverlayError)) throw error;
    const problems = error.names.flatMap((name) => {
      const place = places.get(name);
      return place === undefined ? [] : [{ ...place, message: error.path === name ? error.why : `${error.path}: ${error.why}` }];
    });
    if (problems.length > 0) throw new PolicyError(file, problems);
    throw error;
  }
}

/** A {@link PolicyError} for people: one line a problem, with diagnostics in the file. */
export function policyFileError(error: PolicyError): FileError {
  const diagnostics = error.problems.map((p): CompilerDiagnostic => ({ file: error.file, line: p.line, column: p.column, severity: 'error', message: `${p.path}: ${p.message}` }));
  const name = error.file.split(/[\\/]/).pop() ?? error.file;
  return { kind: 'unreadable', title: `The policy ${name} cannot be used`, message: '', details: [], diagnostics };
}
