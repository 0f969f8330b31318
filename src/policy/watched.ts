// SPDX-License-Identifier: GPL-2.0-only
/**
 * Whether a verification under one policy is also that under another. The verifier asks a policy questions (`PolicyRules`) and knows
 * nothing of it beside the answers; so two verifications of one program on one kernel are the same instruction by instruction up to the
 * first question that the policies answer differently, and to the end if there is none.
 */
import { NO_RULE, type ContextEffect, type FunctionRule, type PolicyRules } from './rules';
import type { CallbackRule, ContextClass } from './types';

/** Data as text that is the same for equal data, in whatever order its members stand. */
function spelled(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([x], [y]) => (x < y ? -1 : 1)))
      : inner,
  );
}

const spellings = new WeakMap<ContextClass, string>();

function classSpelling(cls: ContextClass): string {
  let text = spellings.get(cls);
  if (text === undefined) {
    // only drawn with
    const { letter: _letter, colour: _colour, ...rest } = cls;
    spellings.set(cls, (text = spelled(rest)));
  }
  return text;
}

function sameClass(a: ContextClass | null, b: ContextClass | null): boolean {
  return a === b || (a !== null && b !== null && classSpelling(a) === classSpelling(b));
}

function sameEffect(a: ContextEffect | null, b: ContextEffect | null): boolean {
  return a === b || (a !== null && b !== null && a.enter === b.enter && sameClass(a.cls, b.cls));
}

/** A function's rule that tells when it is asked for something that the other policy answers differently. */
class WatchedRule implements FunctionRule {
  constructor(
    private readonly own: FunctionRule,
    private readonly other: FunctionRule,
    private readonly differ: () => void,
  ) {}

  private tell<T>(same: boolean, answer: T): T {
    if (!same) this.differ();
    return answer;
  }

  get effect(): ContextEffect | null {
    return this.tell(sameEffect(this.own.effect, this.other.effect), this.own.effect);
  }
  get acquires(): ContextClass | null {
    return this.tell(sameClass(this.own.acquires, this.other.acquires), this.own.acquires);
  }
  get callable(): boolean {
    return this.tell(this.own.callable === this.other.callable, this.own.callable);
  }
  get sleeps(): FunctionRule['sleeps'] {
    return this.tell(this.own.sleeps === this.other.sleeps, this.own.sleeps);
  }
  get holds(): ContextClass | null {
    return this.tell(sameClass(this.own.holds, this.other.holds), this.own.holds);
  }
  get callback(): CallbackRule | null {
    return this.tell(spelled(this.own.callback) === spelled(this.other.callback), this.own.callback);
  }
}

/** The rules of a policy, which answer as ever and watch whether another policy's would have answered the same. */
export class WatchedRules implements PolicyRules {
  /** Some answer was not the other policy's. */
  differs = false;
  private readonly kfuncs = new Map<string, FunctionRule>();
  private readonly helpers = new Map<string, FunctionRule>();

  /** @param own rules that may themselves be watched for another policy */
  constructor(
    private readonly own: PolicyRules,
    private readonly other: PolicyRules,
  ) {}

  private tell<T>(same: boolean, answer: T): T {
    if (!same) this.differs = true;
    return answer;
  }

  private watched(known: Map<string, FunctionRule>, name: string, own: FunctionRule, other: FunctionRule): FunctionRule {
    let rule = known.get(name);
    if (rule === undefined) {
      rule = own === NO_RULE && other === NO_RULE ? NO_RULE : new WatchedRule(own, other, () => (this.differs = true));
      known.set(name, rule);
    }
    return rule;
  }

  get iteratorElements(): boolean {
    return this.tell(this.own.iteratorElements === this.other.iteratorElements, this.own.iteratorElements);
  }
  get compareElementParent(): boolean {
    return this.tell(this.own.compareElementParent === this.other.compareElementParent, this.own.compareElementParent);
  }
  get rcuRegion(): string {
    return this.tell(this.own.rcuRegion === this.other.rcuRegion, this.own.rcuRegion);
  }
  cls(name: string): ContextClass {
    const own = this.own.cls(name);
    return this.tell(this.other.has(name) && sameClass(own, this.other.cls(name)), own);
  }
  has(name: string): boolean {
    return this.tell(this.own.has(name) === this.other.has(name), this.own.has(name));
  }
  kfunc(name: string): FunctionRule {
    return this.watched(this.kfuncs, name, this.own.kfunc(name), this.other.kfunc(name));
  }
  helper(name: string): FunctionRule {
    return this.watched(this.helpers, name, this.own.helper(name), this.other.helper(name));
  }
  inExitOrder(regions: readonly string[]): readonly string[] {
    const order = this.own.inExitOrder(regions);
    return this.tell(spelled(order) === spelled(this.other.inExitOrder(regions)), order);
  }
  // only whether two numbers are equal says anything, which families do, and those are compared with their classes
  familyNumber(cls: ContextClass): number {
    return this.own.familyNumber(cls);
  }
  familyOf(number: number): string {
    return this.own.familyOf(number);
  }
}
