// SPDX-License-Identifier: GPL-2.0-only
/** Text of hovers, as Markdown with everything from files escaped. Knows nothing of the editor, so that it can be tested alone. */
import { sleepSummary } from '../graph/why';
import type { GraphInsn, HeldResource } from '../protocol/graph';
import type { RegView, StateView } from '../protocol/model';
import { mainInsn } from '../protocol/insns';
import { chipText, demandText, effectVerb, forbiddenText, resourceName } from '../protocol/words';
import { escapeMarkdown, markdownCode, markdownText } from '../protocol/escape';
import { SLEEP_ICONS } from './sleep-icons';

/** `8 (line 18)`, as a link where there are links. */
function placeText(insn: number, facts: HoverFacts): string {
  const line = facts.lineOf(insn);
  const text = line === null ? String(insn) : `${insn} (line ${line})`;
  return facts.link === undefined ? text : facts.link(text, insn);
}

function answerLine(insn: GraphInsn): string {
  if (insn.rejected) return '$(bpf-rejected) **Rejected here.**';
  if (insn.maySleep === null)
    return insn.visit === 'unreachable'
      ? '$(bpf-unreachable) **Never runs.** No state arrives here.'
      : '$(bpf-not-visited) **Not visited.** Verification ended before this was reached.';
  const { answer, reasons } = sleepSummary(insn.maySleep, insn.because);
  return `$(${SLEEP_ICONS[insn.maySleep]}) **${escapeMarkdown(answer)}**${reasons === '' ? '.' : escapeMarkdown(`: ${reasons}.`)}`;
}

/** What a hover may know beside the instruction itself. */
export interface HoverFacts {
  /** C line of an instruction, null if unknown. */
  readonly lineOf: (insn: number) => number | null;
  /** Markdown link to an instruction; absent where links are not wanted. */
  readonly link?: (text: string, insn: number) => string;
  /** The instruction after it in its block. */
  readonly next?: GraphInsn | undefined;
}

const NO_FACTS: HoverFacts = { lineOf: () => null };

/** What an instruction does, and the held set before and after it. */
function effect(insn: GraphInsn, next: GraphInsn | undefined): string[] {
  if (insn.effects.length === 0) return [];
  const held = new Map([...(next?.held ?? []), ...insn.held].map((h) => [h.key, h]));
  const does = insn.effects.flatMap((e) => {
    const resource = held.get(e.key);
    return resource === undefined ? [] : [`${effectVerb(e, resource.holding)} ${markdownText(resourceName(resource))}`];
  });
  const says = does.length === 0 ? 'It changes what is held.' : `It ${does.join(', ')}.`;
  if (next === undefined) return [says];
  const set = (i: GraphInsn): string =>
    i.held.length === 0 ? 'nothing' : i.held.map((h) => markdownCode(chipText(h, i.states))).join(' ');
  return [`${says} Holds ${set(insn)} before, ${set(next)} after.`];
}

function heldTable(held: readonly HeldResource[], states: number, facts: HoverFacts): string[] {
  if (held.length === 0) return [];
  const rows = held.map((h) => {
    const some = h.inStates < states ? ` (in ${h.inStates} of ${states} states)` : '';
    return `| ${chipText({ ...h, inStates: states }, states)} | ${markdownText(resourceName(h), true)}${some} | ${h.takenPlaces.map((at) => placeText(at, facts)).join(' or ')} | ${forbiddenText(h.forbids)} |`;
  });
  return ['| | Held | Since | Forbids |', '|---|---|---|---|', ...rows];
}

/** A register: its value, and the C variable that it is. */
function registerText(r: RegView): string {
  return `${markdownCode(r.name)} ${markdownCode(r.text)}${r.variable === null ? '' : ` is ${markdownCode(r.variable)}`}`;
}

function registers(state: StateView | undefined): string[] {
  const regs = state?.frames[0]?.registers ?? [];
  const worth = regs.filter((r) => r.name !== 'r10').slice(0, 6);
  return worth.map(registerText);
}

/** Hover of one instruction. At most five groups, separated by rules. */
export function insnHover(insn: GraphInsn, state: StateView | undefined, facts: HoverFacts = NO_FACTS): string {
  const groups: string[][] = [[answerLine(insn)], heldTable(insn.held, insn.states, facts), effect(insn, facts.next)];
  if (insn.demands.length > 0) groups.push([`This call ${demandText(insn.demands)}.`]);
  const regs = registers(state);
  if (regs.length > 0) groups.push([regs.join('  \n')]);
  groups.push([`${markdownCode(`${insn.index}: ${insn.text}`)}${insn.states > 1 ? ` · ${insn.states} states` : ''}`]);
  return groups
    .filter((g) => g.length > 0)
    .map((g) => g.join('\n'))
    .join('\n\n');
}

/** What the call at an instruction gets and does here: its arguments in one state, and the held set before and after. */
export function callHere(insn: GraphInsn, argumentsOf: number, state: StateView | undefined, next: GraphInsn | undefined): string {
  const regs = (state?.frames[0]?.registers ?? []).filter((r) => r.number >= 1 && r.number <= Math.min(5, argumentsOf));
  const passed = regs.map(registerText).join(' · ');
  const lines = [
    ...(passed === '' ? [] : [`Here: ${passed}${insn.states > 1 ? ` · first of ${insn.states} states` : ''}`]),
    ...effect(insn, next),
  ];
  return lines.join('  \n');
}

/** Hover of one C line: the instructions made from it, folded into the answer that matters most. */
export function lineHover(insns: readonly GraphInsn[], program: string, facts: HoverFacts = NO_FACTS): string {
  const main = mainInsn(insns)!;
  const first = insns[0]!.index;
  const last = insns[insns.length - 1]!.index;
  const held = new Map<string, HeldResource>();
  for (const i of insns) for (const h of i.held) if (!held.has(h.key)) held.set(h.key, h);
  const groups: string[][] = [[answerLine(main)], heldTable([...held.values()], main.states, facts)];
  const calls = insns.filter((i) => i.demands.length > 0);
  if (calls.length > 0) groups.push(calls.map((c) => `${markdownCode(c.text)} ${demandText(c.demands)}.`));
  groups.push([`${escapeMarkdown(program)}, instruction${first === last ? ` ${first}` : `s ${first} to ${last}`}`]);
  return groups
    .filter((g) => g.length > 0)
    .map((g) => g.join('\n'))
    .join('\n\n');
}
