// SPDX-License-Identifier: GPL-2.0-only
/** The first line of the panel: program, function, policy and what it is compared with; verdict, counters, search. */
import { eachLine } from '../../src/protocol/escape';
import type { ContextGraph, GraphFunction } from '../../src/protocol/graph';
import type { PanelState } from '../../src/protocol/messages';
import type { ProgramResult } from '../../src/protocol/model';
import { sideLetter } from '../compare/differences';
import { type Choice, dropdown, iconButton, searchField } from '../page/controls';
import { h } from '../page/dom';
import { icon } from '../page/icons';
import { glyph } from '../page/marks';
import { verdictLook } from './verdict';

/** Value of the function list that stands for all functions. */
export const ALL = 'all';

/** Blocks from which on their number is worth telling. */
const MANY = 100;

export interface ToolbarHandlers {
  readonly onProgram: (program: string) => void;
  /** First instruction of a function, or {@link ALL}. */
  readonly onFunction: (value: string) => void;
  readonly onPolicy: (id: string) => void;
  readonly onCompare: (id: string) => void;
  readonly onVerdict: () => void;
  readonly onSearch: (text: string) => void;
  readonly onStepHit: (by: 1 | -1) => void;
}

/** What the lists of programs and functions are made from. */
export interface ListFacts {
  readonly state: PanelState;
  readonly graph: ContextGraph | null;
  readonly fn: GraphFunction | null;
  /** All functions are shown. */
  readonly all: boolean;
}

export class Toolbar {
  readonly element = h('div', { class: 'toolbar', role: 'toolbar', 'aria-label': 'Program and policy' });
  /** What may move into {@link more} where there is no room. */
  readonly optional: HTMLElement;
  readonly more = h('details', { class: 'more' }, h('summary', { 'aria-label': 'More', title: 'More' }, '…'));
  private readonly program;
  private readonly functions;
  private readonly policy;
  private readonly compare;
  private readonly verdict;
  /** Functions in the list of programs, by the value of their entry. */
  private readonly starts = new Map<string, string>();
  private readonly counters = h('span', { class: 'dim counters' });
  private readonly count = h('span', { class: 'dim search-count', role: 'status' });
  private readonly find;

  constructor(handlers: ToolbarHandlers) {
    this.program = dropdown('Program', 'program', (value) => {
      // in a narrow panel functions stand in the same list
      const start = this.starts.get(value);
      if (start !== undefined) handlers.onFunction(start);
      else handlers.onProgram(value);
    });
    this.functions = dropdown('Function', 'function', handlers.onFunction);
    this.policy = dropdown('Policy', 'policy', handlers.onPolicy);
    this.compare = dropdown('Compare with', 'compare', handlers.onCompare);
    this.optional = this.compare.element;
    this.verdict = h('button', { type: 'button', class: 'verdict', onclick: handlers.onVerdict });
    this.find = searchField('Find instruction, line, register, id', handlers.onSearch, handlers.onStepHit);
    const box = h('span', { class: 'search-box' }, this.find.element, this.count);
    const open = iconButton(icon('search'), 'Search', () => this.openSearch());
    open.classList.add('search-icon');
    this.element.append(
      this.program.element,
      this.functions.element,
      this.policy.element,
      this.compare.element,
      this.verdict,
      this.counters,
      box,
      open,
      this.more,
    );
    box.addEventListener('focusout', () => this.element.classList.remove('search-open'));
  }

  /** In a narrow panel the field is behind an icon until it has the focus. */
  openSearch(): void {
    this.element.classList.add('search-open');
    this.find.focus();
  }

  /** How many hits, or which one. */
  showCount(words: string): void {
    this.count.textContent = words;
  }

  showPolicies(state: PanelState): void {
    this.policy.set(
      state.policies.map((p) => ({ value: p.id, label: p.id })),
      state.policy,
    );
    this.compare.set(
      [
        { value: '', label: 'none' },
        ...[...state.policies, ...(state.kernels ?? [])].filter((p) => p.id !== state.policy).map((p) => ({ value: p.id, label: p.id })),
      ],
      state.compare?.policy ?? '',
    );
    const comparing = state.compare != null;
    this.policy.mark(comparing ? sideLetter('B') : null);
    this.compare.mark(comparing ? sideLetter('A') : null);
  }

  showVerdict(state: PanelState): void {
    const look = verdictLook(state);
    this.verdict.className = `verdict ${look.kind}`;
    this.verdict.replaceChildren(...(look.glyph === null ? [] : [glyph(look.glyph, 12, false)]), look.text);
    this.verdict.title = eachLine(look.title);
  }

  showCounters(result: ProgramResult, blocks: number): void {
    const say = (n: number): string => n.toLocaleString('en');
    this.counters.textContent = `${say(result.insnCount)} insns · ${say(result.totalStates)} states${blocks > MANY ? ` · ${say(blocks)} blocks` : ''} · Linux ${result.kernel}`;
  }

  /** Programs and functions: two lists, or one when `fit` finds the panel narrow. */
  showLists({ state, graph, fn, all }: ListFacts, fit: () => void): void {
    const functions: Choice[] = (graph?.functions ?? []).map((f) => ({
      value: String(f.start),
      label: f.kind === 'main' ? `${f.name} (main)` : f.name,
    }));
    if (functions.length > 1) functions.push({ value: ALL, label: `All ${functions.length}` });
    this.functions.set(functions, all ? ALL : fn === null ? '' : String(fn.start));
    fit();
    const joined = this.element.classList.contains('joined');
    const valueOf = (program: string, start: string): string => JSON.stringify([program, start]);
    this.starts.clear();
    const within = (program: string): Choice[] =>
      functions.slice(1).map((f) => {
        const value = valueOf(program, f.value);
        this.starts.set(value, f.value);
        return { value, label: `${program} › ${f.label}` };
      });
    // the program that is shown leads back to its main function
    if (joined && functions.length > 1) this.starts.set(state.program, functions[0]!.value);
    const programs = state.programs.flatMap((p): Choice[] => [
      { value: p.program, label: p.program },
      ...(joined && p.program === state.program && functions.length > 1 ? within(p.program) : []),
    ]);
    this.program.set(programs, joined && fn !== null && fn.kind !== 'main' ? valueOf(state.program, String(fn.start)) : state.program);
  }
}
