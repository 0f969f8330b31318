// SPDX-License-Identifier: GPL-2.0-only
/** Policy files (`*.bpf-policy.json`). Described for people in `docs/policies.md`, for editors in `media/schemas/bpf-policy.schema.json`. */
import { ACQUIRE_LOCK, acquireLock, type AcquireLockParameters } from './acquire-lock';
import { CallEntries } from './calls-file';
import { PLAIN } from './classes';
import { releaseNumber } from './hazards';
import { classesFor, DEFAULT_POLICY, POLICIES, withAnnotations, withClassesOf } from './index';
import type { JsonNode, JsonObject } from './json';
import { OPS } from './ops';
import { PolicyFileError, Reader, type Problem } from './reader';
import {
  CLASS,
  COLOURS,
  FILE,
  GRANTS,
  HAZARD,
  HAZARD_OPS,
  HAZARD_PLACE,
  namesOf,
  NESTINGS,
  OPTIONS,
  ORDERS,
  PARAMETERS,
  SLEEPING_LOCKS,
  TOKENS,
  USUAL_RANK,
  WORDS,
} from './shape';
import type { CallRule, ClassWords, ContextClass, Hazard, HazardPlace, KfuncAnnotation, Policy, Token } from './types';

const OP_NAMES = [...OPS.keys()];

/** A policy from a file, with the place of each entry for errors that show only when it meets a kernel. */
export interface LoadedPolicy {
  readonly policy: Policy;
  /** Where a kfunc, helper or class is described, by its name. */
  readonly places: ReadonlyMap<string, Problem>;
}

/** Reads a policy file. Throws {@link PolicyFileError} with everything that is wrong, each with JSON path, line and column. */
export function loadPolicy(text: string): Policy {
  return loadPolicyFile(text).policy;
}

/** What is wrong with a policy file; [] if nothing is. */
export function policyProblems(text: string): readonly Problem[] {
  try {
    loadPolicy(text);
    return [];
  } catch (error) {
    if (error instanceof PolicyFileError) return error.problems;
    throw error;
  }
}

/** As {@link loadPolicy}, with places. */
export function loadPolicyFile(text: string): LoadedPolicy {
  const reader = new Reader(text);
  reader.finish();
  const file = new PolicyFile(reader, reader.root!);
  const policy = file.read();
  reader.finish();
  return { policy: policy!, places: file.places };
}

/** Words of a class as the file gives them. */
interface Words {
  region?: string;
  leaving?: string;
  unmatched?: string;
  readonly messages: ClassWords;
}

class PolicyFile {
  readonly places = new Map<string, Problem>();

  constructor(
    private readonly reader: Reader,
    private readonly root: JsonNode,
  ) {}

  read(): Policy | null {
    const { reader, root } = this;
    const file = reader.record(root, ['$schema', ...namesOf(FILE)]);
    if (file === null) return null;
    const id = reader.required(file, root, 'id', (n) => this.id(n));
    const base = this.base(file);
    const classes = this.classes(file.members.get('classes'), base);
    const entries = new CallEntries(reader, classesFor(classes.values()));
    const kfuncs = entries.kfuncs(file.members.get('kfuncs'));
    const helpers = entries.helpers(file.members.get('helpers'));
    this.remember(file, kfuncs, helpers);
    const options = reader.optional(file, 'options', (n) => this.options(n)) ?? {};
    const hazards = reader.array(file.members.get('hazards')).flatMap((n) => this.hazard(n, classes) ?? []);
    if (id === undefined) return null;
    const lent = withClassesOf({ ...withAnnotations(base, kfuncs), classes: [...classes.values()] }, [...kfuncs, ...helpers]);
    return {
      ...lent,
      id,
      title: reader.optional(file, 'title', (n) => reader.string(n)) ?? id,
      description: reader.optional(file, 'description', (n) => reader.text(n)) ?? '',
      helpers: [...base.helpers, ...helpers],
      hazards: [...base.hazards, ...hazards],
      ...options,
    };
  }

  private id(node: JsonNode): string | null {
    const id = this.reader.string(node);
    if (id === null) return null;
    if (!/^[\w][\w.-]*$/.test(id)) {
      this.reader.note(node, `'${id}' is no id: letters, digits, '-', '_' and '.'`);
      return null;
    }
    if (POLICIES.some((p) => p.id === id)) {
      this.reader.note(node, `'${id}' is a policy that is built in; choose another id and say "extends": "${id}"`);
      return null;
    }
    return id;
  }

  private base(file: JsonObject): Policy {
    const { reader } = this;
    const known = POLICIES.map((p) => p.id);
    const id = reader.optional(file, 'extends', (n) => reader.oneOf(n, known)) ?? DEFAULT_POLICY.id;
    const base = POLICIES.find((p) => p.id === id)!;
    const parameters = file.members.get('parameters');
    if (parameters === undefined) return base;
    if (base !== ACQUIRE_LOCK) {
      reader.note(parameters, `policy '${id}' has no parameters; only '${ACQUIRE_LOCK.id}' has`);
      return base;
    }
    const p = reader.record(parameters, namesOf(PARAMETERS));
    if (p === null) return base;
    const nesting = reader.optional(p, 'nesting', (n) => reader.oneOf(n, NESTINGS));
    const order = reader.optional(p, 'order', (n) => reader.oneOf(n, ORDERS));
    const sleepingLock = reader.optional(p, 'sleepingLock', (n) => reader.oneOf(n, SLEEPING_LOCKS));
    const forbids = reader.optional(p, 'forbids', (n) => this.ops(n));
    const given: Partial<AcquireLockParameters> = {
      ...(nesting === undefined ? {} : { nesting }),
      ...(order === undefined ? {} : { order }),
      ...(sleepingLock === undefined ? {} : { sleepingLock }),
      ...(forbids === undefined ? {} : { forbids }),
    };
    return acquireLock(given);
  }

  private options(node: JsonNode): Partial<Policy> | null {
    const { reader } = this;
    const object = reader.record(node, namesOf(OPTIONS));
    if (object === null) return null;
    const iteratorElements = reader.optional(object, 'iteratorElements', (n) => reader.boolean(n));
    const compareElementParent = reader.optional(object, 'compareElementParent', (n) => reader.boolean(n));
    return {
      ...(iteratorElements === undefined ? {} : { iteratorElements }),
      ...(compareElementParent === undefined ? {} : { compareElementParent }),
    };
  }

  private ops(node: JsonNode): number {
    let bits = 0;
    for (const item of this.reader.array(node)) bits |= OPS.get(this.reader.oneOf(item, OP_NAMES) ?? '') ?? 0;
    return bits;
  }

  private classes(list: JsonNode | undefined, base: Policy): Map<string, ContextClass> {
    const { reader } = this;
    const classes = new Map(base.classes.map((c) => [c.name, c]));
    const own = new Map<string, string>();
    for (const node of reader.array(list)) {
      const object = reader.record(node, namesOf(CLASS));
      if (object === null) continue;
      const name = reader.required(object, node, 'name', (n) => reader.string(n));
      if (name === undefined) continue;
      const nameNode = object.members.get('name')!;
      if (!/^[A-Za-z_]\w*$/.test(name)) reader.note(nameNode, `'${name}' is no name: letters, digits and '_'`);
      if (own.has(name)) reader.note(nameNode, `class '${name}' is already at ${own.get(name) ?? ''}`);
      own.set(name, node.path);
      this.places.set(name, { path: node.path, message: '', ...node.place });
      classes.set(name, this.cls(node, object, name, classes.get(name)));
    }
    for (const node of reader.array(list)) this.checkSlotClass(node, classes);
    return classes;
  }

  private checkSlotClass(node: JsonNode, classes: ReadonlyMap<string, ContextClass>): void {
    const slot = this.reader.object(node)?.members.get('slotClass');
    if (slot === undefined || typeof slot.value !== 'string') return;
    const cls = classes.get(slot.value);
    if (cls === undefined) this.reader.note(slot, `there is no class '${slot.value}'; known: ${[...classes.keys()].join(', ')}`);
    else if (cls.token !== 'stack-slot') this.reader.note(slot, `class '${cls.name}' is not held by a stack slot`);
  }

  /** A class, from what the file says over what the base has under that name, or over what is usual for its token. */
  private cls(node: JsonNode, object: JsonObject, name: string, known: ContextClass | undefined): ContextClass {
    const { reader } = this;
    const token = reader.optional(object, 'token', (n) => reader.oneOf(n, TOKENS)) ?? known?.token ?? 'none';
    const from: ContextClass = known?.token === token ? known : usual(name, token);
    const letter = reader.optional(object, 'letter', (n) => {
      const text = reader.string(n);
      if (text === null || /^[A-Z#]$/.test(text)) return text;
      reader.note(n, 'must be one capital letter');
      return null;
    });
    const title = reader.optional(object, 'title', (n) => reader.string(n));
    const order = reader.optional(object, 'order', (n) => reader.string(n));
    const slotClass = reader.optional(object, 'slotClass', (n) => reader.string(n));
    const forbids = reader.optional(object, 'forbids', (n) => this.ops(n)) ?? from.forbids;
    const grants = reader.optional(object, 'grants', (n) => reader.array(n).map((g) => reader.oneOf(g, GRANTS)));
    const words = reader.optional(object, 'words', (n) => this.words(n)) ?? { messages: {} };
    const result: ContextClass = {
      ...from,
      name,
      token,
      letter: letter ?? from.letter,
      colour: reader.optional(object, 'colour', (n) => reader.oneOf(n, COLOURS)) ?? from.colour,
      title: title ?? (from.title === '' ? name : from.title),
      nesting: reader.optional(object, 'nesting', (n) => reader.oneOf(n, NESTINGS)) ?? from.nesting,
      order: order === undefined ? from.order : order === 'none' ? null : order === 'lifo' ? name : order,
      mayFail: reader.optional(object, 'mayFail', (n) => reader.boolean(n)) ?? from.mayFail,
      slotClass: slotClass ?? from.slotClass,
      family: reader.optional(object, 'family', (n) => reader.string(n)) ?? from.family,
      forbids,
      grantsRcu: grants === undefined ? from.grantsRcu : grants.includes('rcu'),
      describe: words.region ?? from.describe,
      describeRank: reader.optional(object, 'rank', (n) => reader.number(n)) ?? from.describeRank,
      exitRegion: words.leaving ?? from.exitRegion,
      exitRank: reader.optional(object, 'leaveRank', (n) => reader.number(n)) ?? from.exitRank,
      unmatched: words.unmatched ?? from.unmatched,
      words: { ...from.words, ...words.messages },
    };
    if (token === 'pointer' && words.leaving !== undefined) {
      reader.note(node, "a class with token 'pointer' is reported as an unreleased reference; it has no words for leaving");
    }
    return { ...result, report: result.report ?? reportWords(result) };
  }

  private words(node: JsonNode): Words | null {
    const { reader } = this;
    const object = reader.record(node, namesOf(WORDS));
    if (object === null) return null;
    const messages: Record<string, string> = {};
    const out: Words = { messages };
    for (const [key, member] of object.members) {
      const text = reader.string(member);
      if (text === null) continue;
      if (key === 'region') out.region = text;
      else if (key === 'leaving') out.leaving = text;
      else if (key === 'unmatched') out.unmatched = text;
      else messages[key] = text;
    }
    return out;
  }

  private hazard(node: JsonNode, classes: ReadonlyMap<string, ContextClass>): Hazard | null {
    const { reader } = this;
    const object = reader.record(node, namesOf(HAZARD));
    if (object === null) return null;
    const id = reader.required(object, node, 'id', (n) => reader.string(n));
    const text = reader.required(object, node, 'text', (n) => reader.string(n));
    const place = reader.required(object, node, 'while', (n) => this.hazardPlace(n, classes));
    const op = reader.optional(object, 'op', (n) => reader.oneOf(n, HAZARD_OPS)) ?? 'fault';
    const release = (name: string): string =>
      reader.optional(object, name, (n) => {
        const value = reader.string(n);
        if (value === null || releaseNumber(value) !== null) return value;
        reader.note(n, `'${value}' is no kernel release such as 6.12`);
        return null;
      }) ?? '';
    const from = release('from');
    const until = release('until');
    const source = reader.optional(object, 'source', (n) => reader.text(n)) ?? '';
    if (id === undefined || text === undefined || place === undefined) return null;
    return { id, place, op: OPS.get(op)!, from, until, text, source };
  }

  private hazardPlace(node: JsonNode, classes: ReadonlyMap<string, ContextClass>): HazardPlace | null {
    const { reader } = this;
    const object = reader.record(node, namesOf(HAZARD_PLACE));
    if (object === null) return null;
    const [entry, ...more] = [...object.members];
    if (entry === undefined || more.length > 0) {
      reader.note(node, 'must have one of iterator, callback, class');
      return null;
    }
    const [kind, member] = entry;
    const name = reader.string(member);
    if (name === null) return null;
    if (kind === 'class' && !classes.has(name))
      reader.note(member, `the policy has no class '${name}'; known: ${[...classes.keys()].join(', ')}`);
    return { kind: kind as HazardPlace['kind'], name };
  }

  private remember(file: JsonObject, kfuncs: readonly KfuncAnnotation[], helpers: readonly CallRule[]): void {
    const names = new Set([...kfuncs, ...helpers].map((r) => r.name));
    for (const key of ['kfuncs', 'helpers']) {
      for (const node of this.reader.array(file.members.get(key))) {
        const name = this.reader.object(node)?.members.get('name');
        if (typeof name?.value === 'string' && names.has(name.value))
          this.places.set(name.value, { path: name.path, message: '', ...name.place });
      }
    }
  }
}

/** What a class is when the file says nothing more: a region without token, or a reference. */
function usual(name: string, token: Token): ContextClass {
  const region = token !== 'pointer';
  return {
    ...PLAIN,
    name,
    title: '',
    letter: name.slice(0, 1).toUpperCase(),
    colour: 'blue',
    token,
    order: token === 'stack-slot' || token === 'object' ? name : null,
    family: name,
    forbids: OPS.get('leave')! | (region ? OPS.get('sleep')! : 0),
    describe: `${name} region`,
    describeRank: USUAL_RANK,
    exitRegion: region ? `${name} region` : '',
    exitRank: region ? USUAL_RANK : 20,
    unmatched: token === 'none' ? `unmatched leaving of ${name} (kernel function %s)` : '',
    compare: token === 'none' ? 'count' : 'ordered',
  };
}

function reportWords(cls: ContextClass): NonNullable<ContextClass['report']> {
  return {
    region: cls.describe,
    sleepRule: `code in a ${cls.describe} cannot call operations that may sleep`,
    leave: `Leave the ${cls.describe} before this operation on every path.`,
    unmatched: `Remove the extra call, or ensure this path first enters the ${cls.describe}.`,
    holder: '',
  };
}
