// SPDX-License-Identifier: GPL-2.0-only
/** What stands in the inspector while no instruction is selected: the program as a whole. */
import { errnoName } from '../../src/protocol/errno';
import type { GraphInsn } from '../../src/protocol/graph';
import type { ProgramDetail } from '../../src/protocol/model';
import { sleepRuns } from '../lens/sleep';
import { neverSleeps } from '../model/sleep-once';
import { h } from '../page/dom';
import { control } from '../page/identity';
import { glyph, glyphOf } from '../page/marks';
import { section } from '../page/section';
import { programSections } from '../large/page';
import { isLarge, programOf } from '../large/program';
import { sectionElement } from '../lens/page';
import type { InspectorHandlers } from './picture';

/** Runs of instructions that the program's page lists. */
const MOST_RUNS = 30;

/** Why the program may sleep nowhere, where one thing decides that. */
function nowhere({ graph, result }: ProgramDetail): string {
  if (!neverSleeps(graph)) return 'Nowhere.';
  return `Nowhere: the program is not sleepable (SEC("${result.section}")), whatever it holds.`;
}

/** Where the work of a large program is, what it holds, what repeats; nothing for a small one. */
export function wholeElements({ graph, result }: ProgramDetail, onGo: (insn: number) => void): HTMLElement[] {
  return isLarge(graph) ? programSections(programOf(graph), result).map((x) => sectionElement(x, onGo)) : [];
}

/** Verdict, where the program may sleep, and its calls that may. */
export function programPage(detail: ProgramDetail, handlers: InspectorHandlers): HTMLElement[] {
  const { result, graph } = detail;
  const calls = graph.nodes.flatMap((n) => n.instructions).filter((i) => i.demands.length > 0);
  const runs = sleepRuns(graph);
  const go = (insn: number, text: string): HTMLElement =>
    h('button', { type: 'button', class: 'link', ...control('go', insn), onclick: () => handlers.onGo(insn) }, text);
  const range = (run: readonly GraphInsn[]): string => (run.length === 1 ? String(run[0]!.index) : `${run[0]!.index}–${run.at(-1)!.index}`);
  return [
    h('div', { class: 'head' }, h('h2', {}, result.program), h('span', { class: 'dim' }, `${result.progType} · SEC("${result.section}")`)),
    section(
      'verdict',
      'Verdict',
      result.policy,
      h(
        'p',
        {},
        result.verdict === 'accept'
          ? 'Accepted.'
          : result.verdict === 'reject'
            ? `Rejected${result.insn === null ? '' : ` at ${result.insn}`}${result.errno === 0 ? '' : `, ${errnoName(result.errno)}`}.`
            : `Unknown: ${result.reason ?? ''}.`,
      ),
      // what the kernel said on the way of an accepted program is no part of its verdict
      ...(result.verdict === 'accept' ? [] : result.message.map((m) => h('code', { class: 'message' }, m))),
      h(
        'p',
        { class: 'dim' },
        `${result.insnCount.toLocaleString('en')} instructions, ${result.processedInsns.toLocaleString('en')} processed, ${result.totalStates.toLocaleString('en')} states, ${(result.timeUs / 1000).toFixed(1)} ms`,
      ),
    ),
    ...wholeElements(detail, (insn) => handlers.onGo(insn)),
    section(
      'may-sleep',
      'Where it may sleep',
      result.sleepable ? 'program is sleepable' : 'program is not sleepable',
      runs.length === 0
        ? h('p', { class: 'dim' }, nowhere(detail))
        : h(
            'p',
            {},
            ...runs.slice(0, MOST_RUNS).flatMap(({ run }, i) => [i === 0 ? '' : ', ', go(run[0]!.index, range(run))]),
            runs.length > MOST_RUNS ? ` and ${runs.length - MOST_RUNS} more` : '',
          ),
    ),
    section(
      'calls',
      'Calls that may sleep',
      String(calls.length),
      h('ul', {}, ...calls.map((c) => h('li', {}, glyph(glyphOf(c), 13), ' ', go(c.index, `${c.index} ${c.text}`)))),
    ),
    h('p', { class: 'dim hint' }, 'Click a block or an instruction to see its states.'),
  ];
}
