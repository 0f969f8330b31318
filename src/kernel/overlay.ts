// SPDX-License-Identifier: GPL-2.0-only
import { Kind, type Btf } from '../btf/types';
import { DEFAULT_ACQUIRE_CLASS, type KfuncAnnotation } from '../policy/types';
import { KF_FLAGS, kfFlagNames } from './flags';
import { Kf, type CallerContext, type Kfunc, type KernelProfile } from './profile';
import { buildKfuncBtf } from './synthetic';

/** An overlay or policy that cannot be applied; `path` is the place in the JSON (`$.kfuncs[2].flags[0]`) or the kfunc's name. */
export class OverlayError extends Error {
  constructor(
    readonly path: string,
    readonly why: string,
  ) {
    super(`${path}: ${why}`);
    this.name = 'OverlayError';
  }
}

/** Flags of the posted series → class of what the kfunc acquires. They are not flags of the kernel. */
const CLASS_FLAGS: ReadonlyMap<string, string> = new Map([
  ['KF_FORBID_FAULT', 'nofault'],
  ['KF_FORBID_SLEEP', 'nosleep'],
]);
const KFUNC_KEYS = ['name', 'flags', 'clear', 'acquires', 'behaviour', 'proto'];

type Json = Readonly<Record<string, unknown>>;

function object(value: unknown, path: string): Json {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw new OverlayError(path, 'must be an object');
  return value as Json;
}
function array(value: unknown, path: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new OverlayError(path, 'must be an array');
  return value;
}
function string(value: unknown, path: string): string {
  if (typeof value !== 'string' || value === '') throw new OverlayError(path, 'must be a non-empty string');
  return value;
}
function onlyKeys(value: Json, allowed: readonly string[], path: string): void {
  for (const key of Object.keys(value)) {
    if (!allowed.includes(key)) throw new OverlayError(`${path}.${key}`, `unknown key; known: ${allowed.join(', ')}`);
  }
}

function kfuncEntry(value: unknown, path: string): KfuncAnnotation {
  const entry = object(value, path);
  onlyKeys(entry, KFUNC_KEYS, path);
  const name = string(entry['name'], `${path}.name`);
  if (!/^[A-Za-z_]\w*$/.test(name)) throw new OverlayError(`${path}.name`, `'${name}' is no C identifier`);
  let set = 0;
  let clear = 0;
  let acquires: string | undefined;
  array(entry['flags'] ?? [], `${path}.flags`).forEach((v, i) => {
    const at = `${path}.flags[${i}]`;
    const flag = string(v, at);
    const cls = CLASS_FLAGS.get(flag);
    const bit = KF_FLAGS.get(flag);
    if (cls !== undefined) {
      if (acquires !== undefined && acquires !== cls) throw new OverlayError(at, 'KF_FORBID_FAULT and KF_FORBID_SLEEP exclude each other');
      acquires = cls;
    } else if (bit === undefined) {
      throw new OverlayError(at, `unknown flag '${flag}'; known: ${[...KF_FLAGS.keys(), ...CLASS_FLAGS.keys()].join(', ')}`);
    } else set |= bit;
  });
  array(entry['clear'] ?? [], `${path}.clear`).forEach((v, i) => {
    const at = `${path}.clear[${i}]`;
    const flag = string(v, at);
    const bit = KF_FLAGS.get(flag);
    if (bit === undefined) throw new OverlayError(at, `unknown flag '${flag}'; known: ${[...KF_FLAGS.keys()].join(', ')}`);
    if ((set & bit) !== 0) throw new OverlayError(at, `${flag} is also in flags`);
    clear |= bit;
  });
  if (entry['acquires'] !== undefined) {
    const cls = string(entry['acquires'], `${path}.acquires`);
    if (acquires !== undefined && acquires !== cls) throw new OverlayError(`${path}.acquires`, `contradicts the flag that says '${acquires}'`);
    acquires = cls;
  }
  const behaviour = entry['behaviour'] === undefined ? undefined : string(entry['behaviour'], `${path}.behaviour`);
  let proto: KfuncAnnotation['proto'];
  if (entry['proto'] !== undefined) {
    const p = object(entry['proto'], `${path}.proto`);
    onlyKeys(p, ['ret', 'params'], `${path}.proto`);
    proto = {
      ret: string(p['ret'], `${path}.proto.ret`),
      params: array(p['params'] ?? [], `${path}.proto.params`).map((v, i) => string(v, `${path}.proto.params[${i}]`)),
    };
  }
  return {
    name,
    set,
    clear,
    ...(acquires === undefined ? {} : { acquires }),
    ...(behaviour === undefined ? {} : { behaviour }),
    ...(proto === undefined ? {} : { proto }),
  };
}

/**
 * Reads an overlay file:
 *
 *     { "kfuncs": [ { "name": "bpf_x", "flags": ["KF_ACQUIRE", "KF_FORBID_FAULT"], "clear": ["KF_RCU"], "acquires": "nofault",
 *                     "behaviour": "enter:rcu", "proto": { "ret": "void", "params": ["struct x *p"] } } ] }
 *
 * Only `name` is required. `classes` are the names of the policy's classes, to check `acquires` and `enter:`/`leave:` against; without it
 * they are not checked. Throws {@link OverlayError} with the place in the file.
 */
export function parseOverlay(text: string, classes?: ReadonlySet<string>): KfuncAnnotation[] {
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch (e) {
    throw new OverlayError('$', `not JSON: ${e instanceof Error ? e.message : String(e)}`);
  }
  const file = object(root, '$');
  onlyKeys(file, ['$schema', 'kfuncs'], '$');
  const annotations = array(file['kfuncs'] ?? [], '$.kfuncs').map((v, i) => kfuncEntry(v, `$.kfuncs[${i}]`));
  const seen = new Map<string, number>();
  annotations.forEach((a, i) => {
    const path = `$.kfuncs[${i}]`;
    const first = seen.get(a.name);
    if (first !== undefined) throw new OverlayError(`${path}.name`, `'${a.name}' is already at $.kfuncs[${first}]`);
    seen.set(a.name, i);
    if (classes === undefined) return;
    const known = [...classes].join(', ');
    if (a.acquires !== undefined && !classes.has(a.acquires)) {
      throw new OverlayError(path, `the policy has no class '${a.acquires}'; known: ${known}`);
    }
    const cls = /^(?:enter|leave):(.*)$/.exec(a.behaviour ?? '')?.[1];
    if (cls !== undefined && !classes.has(cls)) throw new OverlayError(`${path}.behaviour`, `the policy has no class '${cls}'; known: ${known}`);
  });
  return annotations;
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

/** Refuses combinations that no kernel would register. */
function check(kfunc: Kfunc): void {
  if (kfunc.acquires !== undefined && kfunc.acquires !== DEFAULT_ACQUIRE_CLASS && (kfunc.flags & Kf.ACQUIRE) === 0) {
    throw new OverlayError(kfunc.name, `acquires '${kfunc.acquires}' but has no KF_ACQUIRE (flags: ${kfFlagNames(kfunc.flags).join(', ') || 'none'})`);
  }
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
  let extra: Btf | null = null;
  if (added.length > 0) {
    const prototypes = added.map((a) => {
      if (!a.proto) throw new OverlayError(a.name, 'the kernel has no such function; a proto is needed to add it');
      return { name: a.name, ret: a.proto.ret, params: a.proto.params };
    });
    try {
      extra = buildKfuncBtf(name, profile.btf, prototypes);
    } catch (e) {
      if (e instanceof RangeError || e instanceof SyntaxError) throw new OverlayError(added.map((a) => a.name).join(', '), e.message);
      throw e;
    }
  }
  const overlay: Btf | null = extra;
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
  const result: KernelProfile = {
    version: profile.version,
    btf: profile.btf,
    modules: overlay === null ? profile.modules : [...profile.modules, overlay],
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
    kfunc,
    kfuncAllowed: (k: Kfunc, caller: CallerContext) => k.btf === overlay || profile.kfuncAllowed(originals.get(k) ?? k, caller),
    list: (list) => profile.list(list),
    listHas: (list, member) => profile.listHas(list, member),
    constant: (constant) => profile.constant(constant),
    progTypeName: (type) => profile.progTypeName(type),
    mapTypeName: (type) => profile.mapTypeName(type),
    progType: (type) => profile.progType(type),
    mapType: (type) => profile.mapType(type),
    structOps: (ops) => profile.structOps(ops),
    safeMembers: (list, struct) => profile.safeMembers(list, struct),
  };
  for (const a of annotations) {
    for (const btf of [profile.btf, ...result.modules]) {
      const id = btf.findByNameKind(a.name, Kind.FUNC);
      const k = id > 0 && (id >= btf.startId || btf.base === null) ? result.kfunc(btf, id) : null;
      if (k) check(k);
    }
  }
  return result;
}
