// SPDX-License-Identifier: GPL-2.0-only
import { Kind, type Btf } from '../btf/types';
import { CallEntries } from './calls-file';
import { PolicyFileError, type Problem, Reader } from './reader';
import { DEFAULT_ACQUIRE_CLASS, type ContextClass, type KfuncAnnotation } from './types';
import { kfFlagNames } from '../kernel/flags';
import { Kf, type CallerContext, type Kfunc, type KernelProfile } from '../kernel/profile';
import { buildKfuncBtf, PrototypeError } from '../kernel/synthetic';

/** An overlay or policy that cannot be applied; `path` is the place in the JSON (`$.kfuncs[2].flags[0]`) or the kfunc's name. */
export class OverlayError extends Error {
  constructor(
    readonly path: string,
    readonly why: string,
    /** Everything that is wrong, with places in the text; [] where the text is not at hand. */
    readonly problems: readonly Problem[] = [],
    /** Kfuncs that it is about. */
    readonly names: readonly string[] = [],
  ) {
    super(`${path}: ${why}`);
    this.name = 'OverlayError';
  }
}

/** An overlay file, with the place of each entry for errors that show only when it meets a kernel. */
export interface LoadedOverlay {
  readonly annotations: KfuncAnnotation[];
  /** Where a kfunc is described, by its name. */
  readonly places: ReadonlyMap<string, Problem>;
}

/**
 * Reads an overlay file:
 *
 *     { "kfuncs": [ { "name": "bpf_x", "flags": ["KF_ACQUIRE", "KF_FORBID_FAULT"], "clear": ["KF_RCU"], "acquires": "nofault",
 *                     "enters": "rcu", "proto": { "ret": "void", "params": ["struct x *p"] } } ] }
 *
 * Only `name` is required. `classes` are the policy's, to check names of classes against; without them they are not checked.
 * Throws {@link OverlayError} with the place in the file.
 */
export function parseOverlay(text: string, classes: readonly ContextClass[] | null = null): KfuncAnnotation[] {
  return loadOverlay(text, classes).annotations;
}

/** As {@link parseOverlay}, with places. */
export function loadOverlay(text: string, classes: readonly ContextClass[] | null = null): LoadedOverlay {
  try {
    const reader = new Reader(text);
    reader.finish();
    const file = reader.record(reader.root!, ['$schema', 'kfuncs']);
    reader.finish();
    const byName = classes === null ? null : new Map(classes.map((c) => [c.name, c]));
    const list = file!.members.get('kfuncs');
    const annotations = new CallEntries(reader, byName).kfuncs(list);
    reader.finish();
    const places = new Map<string, Problem>();
    for (const node of reader.array(list)) {
      const name = reader.object(node)?.members.get('name');
      if (typeof name?.value === 'string') places.set(name.value, { path: name.path, message: '', ...name.place });
    }
    return { annotations, places };
  } catch (error) {
    if (!(error instanceof PolicyFileError)) throw error;
    const first = error.problems[0]!;
    throw new OverlayError(first.path, first.message, error.problems);
  }
}

/** The kfunc with an annotation's changes. */
function annotate(kfunc: Kfunc, a: KfuncAnnotation): Kfunc {
  return {
    ...kfunc,
    flags: (kfunc.flags & ~a.clear) | a.set,
    behaviour: a.behaviour ?? kfunc.behaviour,
    ...(a.acquires === undefined ? {} : { acquires: a.acquires }),
  };
}

function hasFunction(profile: KernelProfile, name: string): boolean {
  return profile.btf.findByNameKind(name, Kind.FUNC) > 0 || profile.modules.some((m) => m.findByNameKind(name, Kind.FUNC) > 0);
}

/** Refuses names of helpers that the kernel does not have. Throws {@link OverlayError}. */
export function checkHelperNames(profile: KernelProfile, names: readonly string[]): void {
  const known = new Set(Array.from({ length: profile.helperCount }, (_, id) => profile.helperName(id)));
  for (const name of names) if (!known.has(name)) throw new OverlayError(name, 'the kernel has no such helper', [], [name]);
}

/** Refuses combinations that no kernel would register. */
function check(kfunc: Kfunc): void {
  if (kfunc.acquires !== undefined && kfunc.acquires !== DEFAULT_ACQUIRE_CLASS && (kfunc.flags & Kf.ACQUIRE) === 0) {
    throw new OverlayError(
      kfunc.name,
      `acquires '${kfunc.acquires}' but has no KF_ACQUIRE (flags: ${kfFlagNames(kfunc.flags).join(', ') || 'none'})`,
      [],
      [kfunc.name],
    );
  }
}

/** A split BTF called `name` with the functions that the kernel does not have; null if there are none. */
function newFunctions(profile: KernelProfile, added: readonly KfuncAnnotation[], name: string): Btf | null {
  if (added.length === 0) return null;
  const prototypes = added.map((a) => {
    if (!a.proto) throw new OverlayError(a.name, 'the kernel has no such function; a proto is needed to add it', [], [a.name]);
    return { name: a.name, ret: a.proto.ret, params: a.proto.params };
  });
  try {
    return buildKfuncBtf(name, profile.btf, prototypes);
  } catch (e) {
    if (e instanceof PrototypeError) throw new OverlayError(e.kfunc, e.message, [], [e.kfunc]);
    throw e;
  }
}

/** The same kernel with other kfuncs. */
function withKfuncs(
  profile: KernelProfile,
  kfuncs: Pick<KernelProfile, 'modules' | 'kfunc' | 'kfuncNames' | 'kfuncAllowed'>,
): KernelProfile {
  return {
    ...kfuncs,
    version: profile.version,
    features: profile.features,
    btf: profile.btf,
    config: profile.config,
    helperCount: profile.helperCount,
    lsm: profile.lsm,
    tracepoints: profile.tracepoints,
    fmodret: profile.fmodret,
    dtors: profile.dtors,
    get iterators() {
      return profile.iterators;
    },
    helperName: (id) => profile.helperName(id),
    helperProto: (id, caller) => profile.helperProto(id, caller),
    anyHelperProto: (id) => profile.anyHelperProto(id),
    list: (list) => profile.list(list),
    listHas: (list, member) => profile.listHas(list, member),
    constant: (constant) => profile.constant(constant),
    constantNamed: (constant) => profile.constantNamed(constant),
    progTypeName: (type) => profile.progTypeName(type),
    mapTypeName: (type) => profile.mapTypeName(type),
    progType: (type) => profile.progType(type),
    mapType: (type) => profile.mapType(type),
    structOps: (ops) => profile.structOps(ops),
    structOpsNames: profile.structOpsNames,
    safeMembers: (list, struct) => profile.safeMembers(list, struct),
  };
}

/**
 * The same kernel with changed and added kfuncs. A kfunc that some BTF of the profile has is changed in place; one that none has needs a
 * `proto` and appears in a synthetic split BTF called `name`, last among `modules`, where every program may call it.
 * Throws {@link OverlayError} for a kfunc that is neither known nor described, or whose prototype cannot be built.
 */
export function applyOverlay(profile: KernelProfile, annotations: readonly KfuncAnnotation[], name = 'overlay'): KernelProfile {
  if (annotations.length === 0) return profile;
  const byName = new Map(annotations.map((a) => [a.name, a]));
  const added = annotations.filter((a) => !hasFunction(profile, a.name));
  const overlay = newFunctions(profile, added, name);
  const known = new WeakMap<Kfunc, Kfunc>();
  const originals = new WeakMap<Kfunc, Kfunc>();
  const fresh = new Map<number, Kfunc | null>();

  const addedKfunc = (btf: Btf, id: number): Kfunc | null => {
    let k = fresh.get(id);
    if (k === undefined) {
      const type = btf.type(id);
      const a = type?.kind === Kind.FUNC ? byName.get(type.name) : undefined;
      k = a === undefined ? null : annotate({ name: a.name, btf, id, flags: 0, registered: true, behaviour: null }, a);
      fresh.set(id, k);
    }
    return k;
  };
  const kfunc = (btf: Btf, id: number): Kfunc | null => {
    if (overlay !== null && btf === overlay && id >= overlay.startId) return addedKfunc(overlay, id);
    const original = profile.kfunc(btf === overlay ? profile.btf : btf, id);
    const a = original === null ? undefined : byName.get(original.name);
    if (original === null || a === undefined) return original;
    let changed = known.get(original);
    if (changed === undefined) {
      changed = annotate(original, a);
      known.set(original, changed);
      originals.set(changed, original);
    }
    return changed;
  };
  const result = withKfuncs(profile, {
    modules: overlay === null ? profile.modules : [...profile.modules, overlay],
    kfunc,
    kfuncNames: (btf) => [...new Set([...profile.kfuncNames(btf), ...byName.keys()])],
    kfuncAllowed: (k: Kfunc, caller: CallerContext) => k.btf === overlay || profile.kfuncAllowed(originals.get(k) ?? k, caller),
  });
  for (const a of annotations) {
    for (const btf of [profile.btf, ...result.modules]) {
      const id = btf.findByNameKind(a.name, Kind.FUNC);
      const k = id > 0 && (id >= btf.startId || btf.base === null) ? result.kfunc(btf, id) : null;
      if (k) check(k);
    }
  }
  return result;
}
