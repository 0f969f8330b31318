// SPDX-License-Identifier: GPL-2.0-only
/**
 * Answers what a kernel offers to programs: what a call is and does, who may make it, what a section name means. Everything comes from the
 * kernel's tables and the policy; nothing is listed here a second time.
 */
import { Kind } from '../btf/types';
import { canBeSleepable } from '../kernel/attach-rules';
import type { KernelProfile, Kfunc } from '../kernel/profile';
import { SECTION_NAMES, sleepableStem, type SectionName } from '../object/secdefs';
import { ProgType } from '../object/uapi';
import type { Policy } from '../policy/types';
import type { CallFacts, CallOffer, ProgramPlace, ReferenceAnswer, ReferenceQuestion, SectionOffer } from '../protocol/reference';
import type { SinceQuestion } from '../protocol/since';
import { sleepText } from '../protocol/words';
import { helperEffects, kfuncEffects } from './effects';
import { helperParams, helperSignature, kfuncSignature } from './params';
import { callerAt } from './places';
import { attachTargets, SHORTEST, targetsOf } from './targets';
import { placesOfCall, refusal, shortWhere, type Callee } from './where';
import sinceTable from './data/since.json';
import words from './data/words.json';

const SUMMARIES: Readonly<Record<string, string>> = words;
const SINCE: { readonly kernels: readonly string[]; readonly first: Readonly<Record<string, string>> } = sinceTable;
/** Most offers in one answer. */
const MAX_OFFERS = 200;

function sinceOf(name: string): CallFacts['since'] {
  const first = Object.hasOwn(SINCE.first, name) ? SINCE.first[name]! : SINCE.kernels[0]!;
  return { first, notIn: SINCE.kernels[SINCE.kernels.indexOf(first) - 1] ?? null };
}

const ownWords = (name: string): string => (Object.hasOwn(SUMMARIES, name) ? SUMMARIES[name]! : '');
const linkOf = (kind: 'helper' | 'kfunc', name: string): string =>
  `https://docs.ebpf.io/linux/${kind === 'helper' ? 'helper-function' : 'kfuncs'}/${encodeURIComponent(name)}/`;

/** Kfuncs of one kernel by name, those of vmlinux before those of modules. */
class KfuncNames {
  private readonly byName = new Map<string, Kfunc>();

  constructor(kernel: KernelProfile) {
    for (const btf of [kernel.btf, ...kernel.modules]) {
      for (const id of btf.idsByName('bpf_kfunc', Kind.DECL_TAG)) {
        const type = btf.type(id);
        if (type?.kind !== Kind.DECL_TAG) continue;
        const kfunc = kernel.kfunc(btf, type.type);
        if (kfunc !== null && !this.byName.has(kfunc.name)) this.byName.set(kfunc.name, kfunc);
      }
    }
  }
  get(name: string): Kfunc | undefined {
    return this.byName.get(name);
  }
  all(): Iterable<Kfunc> {
    return this.byName.values();
  }
}

/** The reference of one kernel under one policy. */
export class Reference {
  private kfuncs: KfuncNames | null = null;

  constructor(
    readonly kernel: KernelProfile,
    private readonly policy: Policy,
  ) {}

  answer(question: Exclude<ReferenceQuestion, SinceQuestion>): ReferenceAnswer {
    switch (question.ask) {
      case 'call':
        return { ask: 'call', call: this.call(question.name, question.at) };
      case 'calls':
        return { ask: 'calls', calls: this.calls(question.kind, question.prefix, question.at) };
      case 'sections':
        return { ask: 'sections', ...sectionOffers(this.kernel, question.typed) };
      case 'targets':
        return { ask: 'targets', targets: attachTargets(this.kernel, question.section, question.text) };
    }
  }

  private names(): KfuncNames {
    this.kfuncs ??= new KfuncNames(this.kernel);
    return this.kfuncs;
  }

  private helperId(name: string): number {
    for (let id = 1; id < this.kernel.helperCount; id++) if (this.kernel.helperName(id) === name) return id;
    return 0;
  }

  /** Everything about one helper or kfunc; null for a name that is neither. */
  call(name: string, at: ProgramPlace): CallFacts | null {
    const caller = callerAt(this.kernel, at);
    const here =
      caller === null
        ? null
        : { caller, text: at.structOps === null ? at.section : `${at.section} (${at.structOps.type}.${at.structOps.member})` };
    const id = this.helperId(name);
    const base = { name, summary: ownWords(name), since: sinceOf(name) };
    if (id > 0) {
      const proto = (caller === null ? null : this.kernel.helperProto(id, caller)) ?? this.kernel.anyHelperProto(id);
      if (proto === null) return null;
      const does = helperEffects(this.kernel, this.policy, proto);
      const callee: Callee = { kind: 'helper', id, sleeps: does.sleeps !== 'no' };
      const { returns } = helperSignature(name) ?? { returns: '' };
      return {
        ...base,
        kind: 'helper',
        number: id,
        module: null,
        returns,
        params: helperParams(name, proto),
        ...does,
        places: placesOfCall(this.kernel, callee, here),
        link: linkOf('helper', name),
      };
    }
    const kfunc = this.names().get(name);
    if (kfunc === undefined) return null;
    const does = kfuncEffects(this.kernel, this.policy, kfunc, () => this.names().all());
    const callee: Callee = { kind: 'kfunc', kfunc, sleeps: does.sleeps !== 'no' };
    const module = kfunc.btf.base === null ? null : kfunc.btf.name;
    return {
      ...base,
      kind: 'kfunc',
      number: null,
      module,
      ...kfuncSignature(kfunc),
      ...does,
      places: placesOfCall(this.kernel, callee, here),
      link: linkOf('kfunc', name),
    };
  }

  /** Calls whose name begins so, those that may be made at the place first. */
  calls(kind: 'kfunc' | 'helper', prefix: string, at: ProgramPlace): readonly CallOffer[] {
    const caller = callerAt(this.kernel, at);
    const found: CallOffer[] = [];
    const names =
      kind === 'kfunc'
        ? [...this.names().all()].filter((k) => k.registered).map((k) => k.name)
        : Array.from({ length: this.kernel.helperCount - 1 }, (_, i) => this.kernel.helperName(i + 1) ?? '');
    for (const name of names.filter((n) => n !== '' && n.startsWith(prefix)).slice(0, MAX_OFFERS)) {
      const facts = this.call(name, { section: '', structOps: null });
      if (facts === null) continue;
      const callee: Callee =
        facts.kind === 'helper'
          ? { kind: 'helper', id: facts.number!, sleeps: facts.sleeps !== 'no' }
          : { kind: 'kfunc', kfunc: this.names().get(name)!, sleeps: facts.sleeps !== 'no' };
      const allowedHere = caller === null || refusal(this.kernel, callee, caller) === null;
      found.push({
        name,
        kind: facts.kind,
        allowedHere,
        signature: `(${facts.params.map((p) => p.text).join(', ')})`,
        where: shortWhere(facts.places),
      });
    }
    return found.sort((a, b) => Number(b.allowedHere) - Number(a.allowedHere) || (a.name < b.name ? -1 : 1));
  }
}

/** Whether a section's programs may sleep, in words. */
function sleepWords(kernel: KernelProfile, def: SectionName): string {
  if (def.progType === ProgType.SYSCALL) return sleepText('yes');
  if (def.sleepable) return 'may sleep, where the attach point allows it';
  if (def.progType === ProgType.EXT) return 'may sleep if the program that it replaces may';
  const twin = sleepableStem(def.name);
  return canBeSleepable(kernel, { progType: def.progType, expectedAttachType: def.attachType }) && twin !== null
    ? `must not sleep; \`${twin}\` may`
    : 'can never sleep';
}

/** Section names that begin as typed; after a `/`, the targets that the kernel has for that section. */
export function sectionOffers(
  kernel: KernelProfile,
  typed: string,
): { readonly sections: readonly SectionOffer[]; readonly more: boolean } {
  const text = typed.replace(/^\?/, '');
  const offer = (def: SectionName, name: string): SectionOffer => ({
    name,
    takesTarget: name === def.name && def.takesTarget,
    progType: kernel.progTypeName(def.progType),
    sleepable: def.sleepable,
    text: name !== def.name && def.sleepable ? sleepText('yes') : sleepWords(kernel, def),
  });
  const names = SECTION_NAMES.filter((s) => s.name.startsWith(text)).map((s) => offer(s, s.name));
  const slash = text.indexOf('/');
  const def = slash < 0 ? undefined : SECTION_NAMES.find((s) => s.takesTarget && s.name === text.slice(0, slash));
  const start = text.slice(slash + 1);
  const targets = def === undefined ? null : targetsOf(kernel, def, start);
  if (def === undefined || targets === null) return { sections: names, more: false };
  const found: SectionOffer[] = [];
  for (const target of targets) {
    if (!target.startsWith(start)) continue;
    if (found.length === MAX_OFFERS) return { sections: [...names, ...found], more: true };
    found.push(offer(def, `${def.name}/${target}`));
  }
  return { sections: [...names, ...found], more: start.length < SHORTEST };
}
