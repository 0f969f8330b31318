// SPDX-License-Identifier: GPL-2.0-only
/** One sentence for each difference, and the rule that made it. */
import { placeText } from '../graph/why';
import { placeRef, type Rich, rich, richList } from '../protocol/rich';
import type { ContextGraph, GraphInsn, HeldResource } from '../protocol/graph';
import type { DifferenceKind, RuleDifference } from '../protocol/compare';
import { kernelCallee } from '../protocol/insns';
import type { ProgramResult } from '../protocol/model';
import { faultText, HOLDING, listText, resourceName, sentence, sleepText } from '../protocol/words';

/** One side of a comparison. */
export interface Compared {
  readonly title: string;
  readonly result: ProgramResult;
  readonly graph: ContextGraph;
}

/** What the words are about. */
export interface Pair {
  readonly a: Compared;
  readonly b: Compared;
  readonly rules: readonly RuleDifference[];
}

function insnAt(side: Compared, index: number): GraphInsn | undefined {
  for (const node of side.graph.nodes) {
    const first = node.instructions[0]?.index ?? Infinity;
    const last = node.instructions.at(-1)?.index ?? -1;
    if (index >= first && index <= last) return node.instructions.find((i) => i.index === index);
  }
  return undefined;
}

function onlyIn(a: readonly HeldResource[], b: readonly HeldResource[]): HeldResource[] {
  const keys = new Set(b.map((h) => h.key));
  return a.filter((h) => !keys.has(h.key));
}

/** Resources that both hold and that forbid different things. */
function changed(a: readonly HeldResource[], b: readonly HeldResource[]): HeldResource[] {
  const byKey = new Map(a.map((h) => [h.key, h]));
  return b.filter((h) => {
    const other = byKey.get(h.key);
    return other !== undefined && other.forbids.join() !== h.forbids.join();
  });
}

function functionRule(pair: Pair, name: string): RuleDifference | undefined {
  return name === '' ? undefined : pair.rules.find((r) => (r.kind === 'kfunc' || r.kind === 'helper') && r.name === name);
}
function classRule(pair: Pair, name: string): RuleDifference | undefined {
  return pair.rules.find((r) => r.kind === 'class' && r.name === name);
}

/** The rule behind a resource: that of the function that took it, else that of its class. */
function ruleOfHeld(pair: Pair, held: HeldResource): RuleDifference | undefined {
  const taker = kernelCallee(insnAt(pair.b, held.takenAt)) || kernelCallee(insnAt(pair.a, held.takenAt));
  return functionRule(pair, taker) ?? classRule(pair, held.kind);
}

/** Functions that a rejection is about: one that the kernel does not have, one that must not be called. */
function refusedIn(result: ProgramResult): string[] {
  return [result.absent, result.about].filter((name) => name != null);
}

/** The rule that made a difference; null where it cannot be told, as for what only follows from an earlier difference. */
export function pickRule(kinds: readonly DifferenceKind[], a: GraphInsn | null, b: GraphInsn | null, pair: Pair): RuleDifference | null {
  const candidates: (RuleDifference | undefined)[] = [];
  const heldA = a?.held ?? [];
  const heldB = b?.held ?? [];
  const forbidding = (list: readonly HeldResource[]): HeldResource[] => list.filter((h) => h.forbids.length > 0);
  if (kinds[0] === 'verdict' || kinds[0] === 'rejected') {
    // the rejecting side's words and places first
    const guilty = pair.b.result.verdict === 'accept' ? pair.a : pair.b;
    const names = guilty.result.related.map((p) => kernelCallee(insnAt(guilty, p.insn)));
    candidates.push(...names.map((n) => functionRule(pair, n)));
    candidates.push(functionRule(pair, kernelCallee(guilty === pair.b ? b : a)));
    candidates.push(
      ...[...refusedIn(guilty.result), ...refusedIn(guilty === pair.b ? pair.a.result : pair.b.result)].map((n) => functionRule(pair, n)),
    );
  }
  for (const h of [...forbidding(onlyIn(heldB, heldA)), ...forbidding(onlyIn(heldA, heldB)), ...changed(heldA, heldB)])
    candidates.push(ruleOfHeld(pair, h));
  if (kinds.includes('reachable')) candidates.push(functionRule(pair, kernelCallee(b)), functionRule(pair, kernelCallee(a)));
  for (const h of [...onlyIn(heldB, heldA), ...onlyIn(heldA, heldB)]) candidates.push(ruleOfHeld(pair, h));
  candidates.push(functionRule(pair, kernelCallee(b)));
  if (kinds[0] === 'verdict') {
    if (pair.rules.every((r) => r.kind === 'option' || r.kind === 'class')) {
      candidates.push(pair.rules.find((r) => r.kind === 'option' && r.name === 'compareElementParent'));
    }
    candidates.push(...[...heldA, ...heldB].map((h) => classRule(pair, h.kind)));
  }
  if (pair.rules.length === 1) candidates.push(pair.rules[0]);
  return candidates.find((c) => c !== undefined) ?? null;
}

function verdictWords(result: ProgramResult, it: string): string {
  switch (result.verdict) {
    case 'accept':
      return `accepts ${it}`;
    case 'reject':
      return result.insn === null ? `rejects ${it}` : `rejects ${it} at ${placeText(result.insn, result.source)}`;
    case 'unknown':
      return `does not know (${result.reason ?? 'something is not modelled'})`;
  }
}

function names(list: readonly HeldResource[]): string {
  return listText(list.map((h) => `the ${resourceName(h)} ${HOLDING[h.holding].began} at ${placeText(h.takenAt, null)}`));
}

/** Why nothing is said of a place: which verification ended, and where. */
export function incomparableSentence(a: ProgramResult, b: ProgramResult): Rich {
  const ended = [a, b].filter((r) => r.verdict !== 'accept');
  const sides = ended.map((r) => rich`${r.policy} ended${r.insn === null ? '' : rich` at ${placeRef(r.insn, r.source)}`}`);
  return rich`Not comparable: verification under ${richList(sides)}, before all states came here.`;
}

/** What differs, in one sentence or two, with the rule at the end. */
export function sentenceOf(
  kinds: readonly DifferenceKind[],
  a: GraphInsn | null,
  b: GraphInsn | null,
  rule: RuleDifference | null,
  pair: Pair,
): string {
  const idA = pair.a.result.policy;
  const idB = pair.b.result.policy;
  const end = rule === null ? '' : ` Rule: ${rule.text}.`;
  if (kinds[0] === 'verdict') {
    const why = [pair.a.result, pair.b.result].flatMap((r) => (r.verdict === 'reject' ? [r.sentence ?? r.message.at(-1) ?? ''] : []));
    const reasons = why.filter((w) => w !== '').map((w) => ` ${w.endsWith('.') ? w : `${w}.`}`);
    return `${idA} ${verdictWords(pair.a.result, 'this program')}, ${idB} ${verdictWords(pair.b.result, 'it')}.${reasons.join('')}${end}`;
  }
  if (kinds[0] === 'rejected') return `Rejected here only under ${b?.rejected === true ? idB : idA}.${end}`;
  if (kinds[0] === 'reachable') {
    const [some, none] = b?.visit === 'visited' ? [idB, idA] : [idA, idB];
    return `Never runs under ${none}; runs under ${some}.${end}`;
  }
  const heldA = onlyIn(a?.held ?? [], b?.held ?? []);
  const heldB = onlyIn(b?.held ?? [], a?.held ?? []);
  const held: string[] = [];
  if (heldB.length > 0) held.push(`under ${idB} ${names(heldB)} ${heldB.length === 1 ? 'is' : 'are'} held`);
  if (heldA.length > 0) held.push(`under ${idA} ${names(heldA)} ${heldA.length === 1 ? 'is' : 'are'} held`);
  const reason = held.length === 0 ? '' : `: ${held.join(', ')}`;
  if (kinds[0] === 'sleep')
    return `${sentence(sleepText(b?.maySleep ?? null))} under ${idB}, ${sleepText(a?.maySleep ?? null)} under ${idA}${reason}.${end}`;
  if (kinds[0] === 'fault')
    return `${sentence(faultText(b?.mayFault ?? null))} under ${idB}, ${faultText(a?.mayFault ?? null)} under ${idA}${reason}.${end}`;
  if (held.length > 0) return `${sentence(held.join(', '))}.${end}`;
  return `The same is held, but it forbids different things or is held on other paths.${end}`;
}
