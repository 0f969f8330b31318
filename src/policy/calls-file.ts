// SPDX-License-Identifier: GPL-2.0-only
/** Entries for kfuncs and helpers, as policy files and overlay files have them. */
import { KFUNC_BEHAVIOUR } from '../kernel/behaviour';
import { KF_FLAGS } from '../kernel/flags';
import { CLASS_FLAGS, KNOWN_FLAGS } from './call-flags';
import type { JsonNode } from './json';
import type { Reader } from './reader';
import { CALLBACK, HELPER, KFUNC, namesOf, PROTO, SLEEPS } from './shape';
import type { CallbackRule, CallRule, ContextClass, KfuncAnnotation } from './types';

const MARKER = /^KF_CTX_(ENTER|LEAVE)\((\w+)\)$/;

/** Mutable while it is read. */
type Draft = { -readonly [K in keyof KfuncAnnotation]: KfuncAnnotation[K] };

/** Reads entries, with the classes that they may name; without classes their names are not checked. */
export class CallEntries {
  constructor(
    private readonly reader: Reader,
    private readonly classes: ReadonlyMap<string, ContextClass> | null,
  ) {}

  kfuncs(list: JsonNode | undefined): KfuncAnnotation[] {
    return this.list(list, (node) => this.kfunc(node));
  }
  helpers(list: JsonNode | undefined): CallRule[] {
    return this.list(list, (node) => {
      const draft = this.rule(node, namesOf(HELPER));
      if (draft === null) return null;
      const { set: _set, clear: _clear, ...rule } = draft;
      return rule;
    });
  }

  private list<T extends CallRule>(list: JsonNode | undefined, read: (node: JsonNode) => T | null): T[] {
    const first = new Map<string, string>();
    return this.reader.array(list).flatMap((node) => {
      const entry = read(node);
      if (entry === null) return [];
      const known = first.get(entry.name);
      if (known !== undefined) this.noteMember(node, 'name', `'${entry.name}' is already at ${known}`);
      first.set(entry.name, known ?? node.path);
      return [entry];
    });
  }

  private noteMember(node: JsonNode, name: string, message: string): void {
    const object = this.reader.object(node);
    this.reader.note(object?.members.get(name) ?? node, message);
  }

  private className(node: JsonNode): string | null {
    const name = this.reader.string(node);
    if (name !== null) this.checkClass(node, name);
    return name;
  }
  private checkClass(node: JsonNode, name: string): ContextClass | undefined {
    if (this.classes === null) return undefined;
    const cls = this.classes.get(name);
    if (cls === undefined) this.reader.note(node, `the policy has no class '${name}'; known: ${[...this.classes.keys()].join(', ')}`);
    return cls;
  }

  /** What helpers and kfuncs have in common. Null if there is no usable name. */
  private rule(node: JsonNode, keys: readonly string[]): Draft | null {
    const { reader } = this;
    const object = reader.record(node, keys);
    if (object === null) return null;
    const name = reader.required(object, node, 'name', (n) => reader.string(n));
    if (name === undefined) return null;
    if (!/^[A-Za-z_]\w*$/.test(name)) {
      this.noteMember(node, 'name', `'${name}' is no C identifier`);
      return null;
    }
    const draft: Draft = { name, set: 0, clear: 0 };
    const enters = reader.optional(object, 'enters', (n) => this.className(n));
    const leaves = reader.optional(object, 'leaves', (n) => this.className(n));
    if (enters !== undefined) draft.enters = enters;
    if (leaves !== undefined) draft.leaves = leaves;
    if (enters !== undefined && leaves !== undefined) this.noteMember(node, 'leaves', 'a call enters or leaves, not both');
    for (const which of ['enters', 'leaves'] as const) {
      const cls = draft[which] === undefined ? undefined : this.classes?.get(draft[which]);
      if (cls?.token === 'pointer') this.noteMember(node, which, `class '${cls.name}' is held by a pointer: use acquires`);
    }
    const acquires = reader.optional(object, 'acquires', (n) => {
      const cls = this.className(n);
      const token = cls === null ? undefined : this.classes?.get(cls)?.token;
      if (token !== undefined && token !== 'pointer')
        reader.note(n, `class '${cls ?? ''}' is not held by a pointer (token ${token}): use enters`);
      return cls;
    });
    if (acquires !== undefined) draft.acquires = acquires;
    const callable = reader.optional(object, 'callable', (n) => reader.boolean(n));
    if (callable !== undefined) draft.callable = callable;
    const sleeps = reader.optional(object, 'sleeps', (n) => reader.oneOf(n, SLEEPS));
    if (sleeps !== undefined) draft.sleeps = sleeps;
    const callback = reader.optional(object, 'callback', (n) => this.callback(n));
    if (callback !== undefined) draft.callback = callback;
    return draft;
  }

  private callback(node: JsonNode): CallbackRule | null {
    const { reader } = this;
    const object = reader.record(node, namesOf(CALLBACK));
    if (object === null) return null;
    const holds = reader.optional(object, 'holds', (n) => {
      const cls = this.className(n);
      const token = cls === null ? undefined : this.classes?.get(cls)?.token;
      if (token !== undefined && token !== 'none')
        reader.note(n, `what holds while a callback runs has no token; class '${cls ?? ''}' has token ${token}`);
      return cls;
    });
    const sleepable = reader.optional(object, 'sleepable', (n) => reader.boolean(n));
    const keepsLocks = reader.optional(object, 'keepsLocks', (n) => reader.boolean(n));
    return {
      ...(holds === undefined ? {} : { holds }),
      ...(sleepable === undefined ? {} : { sleepable }),
      ...(keepsLocks === undefined ? {} : { keepsLocks }),
    };
  }

  private kfunc(node: JsonNode): KfuncAnnotation | null {
    const { reader } = this;
    const draft = this.rule(node, namesOf(KFUNC));
    if (draft === null) return null;
    const object = reader.object(node)!;
    const flags = reader.array(object.members.get('flags'));
    for (const item of flags) this.flag(item, draft);
    if (flags.some((f) => f.value === 'KF_ACQUIRE') && flags.some((f) => f.value === 'KF_ACQUIRE_LOCK')) {
      reader.note(
        flags.find((f) => f.value === 'KF_ACQUIRE_LOCK')!,
        'KF_ACQUIRE and KF_ACQUIRE_LOCK exclude each other',
      );
    }
    for (const item of reader.array(object.members.get('clear'))) {
      const flag = reader.string(item);
      if (flag === null) continue;
      const bit = KF_FLAGS.get(flag);
      if (bit === undefined) reader.note(item, `unknown flag '${flag}'; known: ${[...KF_FLAGS.keys()].join(', ')}`);
      else if ((draft.set & bit) !== 0) reader.note(item, `${flag} is also in flags`);
      else draft.clear |= bit;
    }
    const behaviour = reader.optional(object, 'behaviour', (n) => reader.oneOf(n, [...KFUNC_BEHAVIOUR.values()]));
    if (behaviour !== undefined) draft.behaviour = behaviour;
    const proto = reader.optional(object, 'proto', (n) => this.proto(n));
    if (proto !== undefined) draft.proto = proto;
    return draft;
  }

  private flag(item: JsonNode, draft: Draft): void {
    const { reader } = this;
    const flag = reader.string(item);
    if (flag === null) return;
    const bit = KF_FLAGS.get(flag);
    if (bit !== undefined) {
      draft.set |= bit;
      return;
    }
    const marker = MARKER.exec(flag);
    if (marker !== null) {
      const cls = marker[2]!;
      this.checkClass(item, cls);
      if (marker[1] === 'ENTER') draft.enters = cls;
      else draft.leaves = cls;
      return;
    }
    const taken = CLASS_FLAGS.get(flag);
    if (taken === undefined) {
      reader.note(item, `unknown flag '${flag}'; known: ${KNOWN_FLAGS.join(', ')}`);
      return;
    }
    if (draft.acquires !== undefined && draft.acquires !== taken.cls) {
      reader.note(item, `${flag} says class '${taken.cls}', but '${draft.acquires}' is said already; they exclude each other`);
      return;
    }
    this.checkClass(item, taken.cls);
    draft.acquires = taken.cls;
    draft.set |= taken.sets;
  }

  private proto(node: JsonNode): { ret: string; params: string[] } | null {
    const { reader } = this;
    const object = reader.record(node, namesOf(PROTO));
    if (object === null) return null;
    const ret = reader.required(object, node, 'ret', (n) => reader.string(n));
    const params = reader.array(object.members.get('params')).map((n) => reader.string(n));
    return ret === undefined || params.includes(null) ? null : { ret, params: params.filter((p) => p !== null) };
  }
}
