// SPDX-License-Identifier: GPL-2.0-only
/** Which programs may make a call, as few lines for people. Evaluated from the kernel's tables, place by place. */
import { helperAllowedAt, namedTargets } from '../kernel/attach-rules';
import type { CallerContext, KernelProfile, Kfunc } from '../kernel/profile';
import type { CallPlace } from '../protocol/reference';
import { uncoded } from '../protocol/words';
import { allPlaces, type SectionPlaces } from './places';

/** A call whose place is asked for. */
export type Callee =
  | { readonly kind: 'helper'; readonly id: number; readonly sleeps: boolean }
  | { readonly kind: 'kfunc'; readonly kfunc: Kfunc; readonly sleeps: boolean };

/** Why a call may not be made at a place: nobody of that type may, its attach point is not on the list, or it would have to be sleepable. */
export type Refusal = 'type' | 'attach' | 'sleep';

/** Whether a caller may make the call as far as type, attach point and sleeping go; null if so. */
export function refusal(kernel: KernelProfile, callee: Callee, caller: CallerContext): Refusal | null {
  if (callee.kind === 'kfunc') {
    if (!kernel.kfuncAllowed(callee.kfunc, caller)) return 'type';
  } else {
    const proto = kernel.helperProto(callee.id, caller);
    if (proto === null) return 'type';
    if (proto.allowed !== null && helperAllowedAt(kernel, proto.allowed, caller) !== true) return 'attach';
  }
  return callee.sleeps && !caller.sleepable ? 'sleep' : null;
}

const named = new WeakMap<KernelProfile, Map<string, readonly SectionPlaces[]>>();

/** All places of a kernel, with the functions that the helper's own condition names. */
function placesFor(kernel: KernelProfile, callee: Callee): readonly SectionPlaces[] {
  const condition = callee.kind === 'helper' ? (kernel.anyHelperProto(callee.id)?.allowed ?? null) : null;
  let known = named.get(kernel);
  if (known === undefined) named.set(kernel, (known = new Map()));
  let places = known.get(condition ?? '');
  if (places === undefined) known.set(condition ?? '', (places = allPlaces(kernel, namedTargets(kernel, condition))));
  return places;
}

interface Row {
  readonly section: string;
  readonly sleepable: boolean;
  /** Attach points that may, and how many there are. */
  readonly may: readonly string[];
  readonly of: number;
}

/** Names before the rest is counted. */
const SHOWN = 3;

function some(names: readonly string[], shown = SHOWN): string {
  const head = names.slice(0, names.length === shown + 1 ? shown + 1 : shown);
  const rest = names.length - head.length;
  return head.map((n) => `\`${n}\``).join(', ') + (rest > 0 ? `, …${rest} more` : '');
}

/** The names that are most like one name come first. */
function nearest(names: readonly string[], to: string): string[] {
  const words = new Set(to.split(/[_./]/).filter((w) => w.length > 1));
  const like = (name: string): number => name.split(/[_./]/).filter((w) => words.has(w)).length;
  return [...names].sort((a, b) => like(b) - like(a));
}

const SLEEPABLE_HOOKS = 'hooks that may sleep';

/** Phrase for attach points of some sections that may make the call. */
function targetsText(kernel: KernelProfile, rows: readonly Row[], target: string): string {
  const names = [...new Set(rows.flatMap((r) => r.may))];
  if (names.every((n) => n.includes('.'))) {
    const byType = groupBy(names, (n) => n.split('.')[0]!);
    return [...byType]
      .map(([type, members]) =>
        members.length === (kernel.structOps(type)?.stubs.size ?? 0)
          ? `\`${type}\``
          : `\`${type}\` (${some(
              nearest(
                members.map((m) => m.split('.')[1]!),
                target,
              ),
            )})`,
      )
      .join(', ');
  }
  const hooks = kernel.list('sleepable_lsm_hooks').map((h) => h.replace(/^bpf_lsm_/, ''));
  return names.length > SHOWN && names.every((n) => hooks.includes(n)) ? SLEEPABLE_HOOKS : some(nearest(names, target));
}

function groupBy<T, K>(items: readonly T[], key: (item: T) => K): Map<K, T[]> {
  const out = new Map<K, T[]>();
  for (const item of items) out.set(key(item), [...(out.get(key(item)) ?? []), item]);
  return out;
}

/** Which programs of one type may: all, all that are sleepable, or some; then `text` names them. */
interface TypeAnswer {
  readonly type: string;
  readonly may: 'all' | 'sleepable' | 'some' | 'none';
  readonly text: string;
}

function typeAnswer(kernel: KernelProfile, type: string, rows: readonly Row[], target: string): TypeAnswer {
  const may = rows.filter((r) => r.may.length > 0);
  if (may.length === 0) return { type, may: 'none', text: '' };
  const sleepableOnly = may.every((r) => r.sleepable) && rows.some((r) => !r.sleepable);
  const wanted = sleepableOnly ? rows.filter((r) => r.sleepable) : rows;
  const full = may.filter((r) => r.may.length === r.of);
  if (full.length === wanted.length) return { type, may: sleepableOnly ? 'sleepable' : 'all', text: '' };
  const partly = may.filter((r) => r.may.length < r.of);
  const targets = partly.length === 0 ? '' : targetsText(kernel, partly, target);
  const sections = full.length === 0 || targets === SLEEPABLE_HOOKS ? '' : some(full.map((r) => r.section));
  return {
    type,
    may: 'some',
    text: `\`${type}\`${sleepableOnly ? ', sleepable' : ''}: ${[sections, targets].filter((p) => p !== '').join(', ')}`,
  };
}

/** More program types than these are told by those that may not. */
const MANY_TYPES = 20;

function together(lead: string, types: readonly string[]): string[] {
  return types.length === 0 ? [] : [`${lead}${types.map((t) => `\`${t}\``).join(', ')}`];
}

function linesOf(answers: readonly TypeAnswer[]): string[] {
  const of = (may: TypeAnswer['may']): string[] => answers.filter((a) => a.may === may).map((a) => a.type);
  const all = of('all');
  const part = answers.filter((a) => a.may === 'some').map((a) => a.text);
  if (all.length === answers.length) return ['every program type'];
  if (all.length < MANY_TYPES) return [...together('', all), ...together('sleepable programs: ', of('sleepable')), ...part];
  return [
    `every program type but ${[...of('none'), ...of('sleepable'), ...of('some')].map((t) => `\`${t}\``).join(', ')}`,
    ...together('sleepable programs: ', of('sleepable')),
    ...part,
  ];
}

/** Where a program stands that asks. */
export interface Here {
  readonly caller: CallerContext;
  /** `fentry/vfs_read`. */
  readonly text: string;
}

const HERE_REASONS: Readonly<Record<Refusal, string>> = {
  type: 'not for this program',
  attach: 'not on its list of attach points',
  sleep: 'it may sleep, and this program must not',
};

/** Which programs may make a call, the asked place first. `here.caller` is what the program is: names like its attach point come first. */
export function placesOfCall(kernel: KernelProfile, callee: Callee, here: Here | null): readonly CallPlace[] {
  const rows = placesFor(kernel, callee).map((p) => ({
    type: p.progType,
    section: p.section.name,
    sleepable: p.section.sleepable,
    may: p.places.filter((x) => refusal(kernel, callee, x.caller) === null).map((x) => x.target),
    of: p.places.length,
  }));
  const answers = [...groupBy(rows, (r) => r.type)].map(([type, own]) => typeAnswer(kernel, type, own, here?.caller.attachName ?? ''));
  const found = linesOf(answers).map((text): CallPlace => ({ allowed: true, here: false, text }));
  if (here === null) return found;
  const why = refusal(kernel, callee, here.caller);
  return [{ allowed: why === null, here: true, text: `\`${here.text}\`${why === null ? '' : `: ${HERE_REASONS[why]}`}` }, ...found];
}

/** Program types that may call, in a few words for a list. */
export function shortWhere(places: readonly CallPlace[]): string {
  const words = places
    .filter((p) => !p.here)
    .map((p) => uncoded(p.text))
    .join('; ');
  return words === '' ? 'no program' : words.length <= SHORT ? words : `${words.slice(0, SHORT - 1)}…`;
}

const SHORT = 60;
