// SPDX-License-Identifier: GPL-2.0-only
/**
 * The graph for screen readers and keyboards: a tree of blocks and instructions with roving focus. What is focused here is
 * selected in the drawing. Instructions of a block are made when the block is the one selected, so that large programs stay light.
 */
import type { ContextGraph, GraphFunction, GraphNode } from '../../src/protocol/graph';
import { choose, type Option } from './choose';
import { h } from '../page/dom';
import { giveFocus, redrawKeepingFocus } from '../page/focus';
import { eventFrom } from '../large/events';
import { indexOf } from '../model/graph-index';
import { type Move, moveOf } from './keys';
import { blockWords, insnWords } from './words';

export interface TreeHandlers {
  readonly onSelect: (insn: number) => void;
  readonly onKey: (event: KeyboardEvent) => boolean;
}

/** A function, a piece of one that is open, or a block of a piece that is unfolded. */
export interface TwinItem {
  readonly level: 1 | 2 | 3;
  /** Its place among those that it stands with. */
  readonly place: { readonly at: number; readonly of: number };
  /** First instruction, and one past the last. */
  readonly start: number;
  readonly end: number;
  readonly words: string;
  /** Whether what is in it is shown; null for what has nothing in it. */
  readonly open: boolean | null;
}

/** The functions of a large program, while they are what is drawn, with what is open of them. */
export interface StavesTwin {
  readonly items: readonly TwinItem[];
  /** The instruction of the bar beside the one of an instruction; null at the end. */
  readonly beside: (insn: number, by: 1 | -1) => number | null;
}

/** Blocks before and after the selected one that the tree has elements for: all of most programs, a part of the largest. */
const AROUND = 200;

/** The innermost item that an instruction is in, −1 where there is none. */
function innermost(items: readonly TwinItem[], insn: number | null): number {
  return insn === null ? -1 : items.findLastIndex((i) => insn >= i.start && insn < i.end);
}

export class GraphTree {
  readonly element: HTMLElement;
  private graph: ContextGraph | null = null;
  private fn: GraphFunction | null = null;
  private selected: number | null = null;
  private staves: StavesTwin | null = null;
  /** Instructions that are events beside what the program does: hits. */
  private hits: ReadonlySet<number> = new Set();
  /** The focus comes from here, not from the person. */
  private giving = false;
  /** Closes the list that is open for a choice: it is about what was selected when it opened. */
  private closeList: () => void = () => undefined;
  private items: { insn: number; node: string; el: HTMLElement }[] = [];

  constructor(private readonly handlers: TreeHandlers) {
    this.element = h('div', { class: 'tree', role: 'tree', 'aria-label': 'Context graph: blocks and instructions' });
    this.element.addEventListener('keydown', (e) => this.keydown(e));
    this.element.addEventListener('focusin', (e) => {
      const item = (e.target as Element).closest<HTMLElement>('[role=treeitem]');
      const insn = Number(item?.dataset['insn']);
      if (item === null || this.giving) return;
      // selecting replaces the item; within its own event that would leave the focus nowhere
      setTimeout(() => {
        if (document.activeElement === item && insn !== this.selected) this.handlers.onSelect(insn);
      });
    });
  }

  show(graph: ContextGraph, fn: GraphFunction, selected: number | null, staves: StavesTwin | null): void {
    if (graph !== this.graph) this.closeList();
    this.graph = graph;
    this.fn = fn;
    this.staves = staves;
    this.select(selected);
  }

  showHits(insns: readonly number[]): void {
    this.hits = new Set(insns);
  }

  /** Rebuilds around the selected instruction; focus stays in the tree if it was there. */
  select(selected: number | null): void {
    if (selected !== this.selected) this.closeList();
    this.selected = selected;
    if (this.graph === null || this.fn === null) return;
    if (this.staves !== null) {
      this.fill(this.functionItems(this.staves));
      return;
    }
    const nodes = indexOf(this.graph).blocksOf(this.fn.name);
    this.items = [];
    const chosen = selected === null ? 0 : Math.max(0, nodes.indexOf(indexOf(this.graph).at(selected)?.node ?? nodes[0]!));
    const from = Math.max(0, chosen - AROUND);
    const children = nodes.slice(from, chosen + AROUND + 1).map((node, k) => {
      const i = from + k;
      const open = node.instructions.some((x) => x.index === selected);
      const group = h('div', { role: 'group' });
      if (open) {
        node.instructions.forEach((insn, place) => {
          const focused = insn.index === selected;
          const el = h(
            'div',
            {
              role: 'treeitem',
              'aria-level': 2,
              'aria-posinset': place + 1,
              'aria-setsize': node.instructions.length,
              'aria-selected': String(focused),
              tabindex: focused ? 0 : -1,
              'data-insn': insn.index,
            },
            insnWords(insn),
          );
          this.items.push({ insn: insn.index, node: node.id, el });
          group.append(el);
        });
      }
      const first = node.instructions[0]!.index;
      return h(
        'div',
        {
          role: 'treeitem',
          'aria-level': 1,
          'aria-posinset': i + 1,
          'aria-setsize': nodes.length,
          'aria-expanded': String(open),
          'aria-selected': 'false',
          tabindex: selected === null && i === 0 ? 0 : -1,
          'data-insn': first,
          'aria-label': blockWords(node, this.graph!),
        },
        group,
      );
    });
    this.fill(children);
  }

  private fill(children: readonly HTMLElement[]): void {
    redrawKeepingFocus(
      this.element,
      () => this.element.replaceChildren(...children),
      () => this.focus(),
    );
  }

  /** One item a function, a piece and a block; the innermost one of the selected instruction says which that is. */
  private functionItems({ items }: StavesTwin): HTMLElement[] {
    const at = this.selected === null ? null : indexOf(this.graph!).at(this.selected);
    const chosen = innermost(items, this.selected);
    return items.map(({ level, place, start, words, open }, i) => {
      const own = i === chosen;
      return h('div', {
        role: 'treeitem',
        'aria-level': level,
        'aria-posinset': place.at + 1,
        'aria-setsize': place.of,
        'aria-expanded': open === null ? undefined : String(open),
        'aria-selected': String(own),
        tabindex: own || (at === null && i === 0) ? 0 : -1,
        'data-insn': own ? this.selected! : start,
        'aria-label': own && at !== null && at.insn.index !== start ? `${words} At ${insnWords(at.insn)}` : words,
      });
    });
  }

  /** Focuses what is selected, or the first block without selecting it. */
  focus(): void {
    this.giving = true;
    (this.element.querySelector<HTMLElement>('[tabindex="0"]') ?? this.element.querySelector<HTMLElement>('[role=treeitem]'))?.focus();
    this.giving = false;
  }

  /** Instructions of the function in order. */
  private order(): number[] {
    return indexOf(this.graph!)
      .blocksOf(this.fn!.name)
      .flatMap((n) => n.instructions.map((i) => i.index));
  }

  private nodeOf(insn: number): GraphNode | undefined {
    return indexOf(this.graph!).at(insn)?.node;
  }

  private keydown(e: KeyboardEvent): void {
    if (this.graph === null || this.fn === null) return;
    if (this.handlers.onKey(e)) {
      e.preventDefault();
      e.stopPropagation();
      return;
    }
    const move = moveOf(e);
    if (move !== null && this.go(move)) e.preventDefault();
  }

  /** Goes somewhere from what is selected, or asks where when several edges lead on; false if there is nothing there. */
  go(move: Move): boolean {
    const insns = this.graph === null || this.fn === null ? [] : this.targets(move);
    if (insns.length === 0) return false;
    if (insns.length === 1) {
      this.handlers.onSelect(insns[0]!.value);
      // a command of the palette moves here while the keyboard is elsewhere, perhaps in the next palette already
      giveFocus(() => this.focus());
    } else {
      this.ask(move === 'nextBlock' ? 'Goes on to' : 'Comes from', insns, (insn) => this.handlers.onSelect(insn));
    }
    return true;
  }

  /** Lets one of several be chosen beside the selected block; the focus comes back here. */
  ask<T>(title: string, options: readonly Option<T>[], onPick: (value: T) => void): void {
    const room = this.element.parentElement!;
    this.closeList();
    this.closeList = choose(room, room.querySelector('.card.selected'), title, options, onPick, () => giveFocus(() => this.focus()));
  }

  /** Where a move may lead; texts only where there are several. */
  private targets(move: Move): Option<number>[] {
    const order = this.order();
    const at = this.selected === null ? -1 : order.indexOf(this.selected);
    const node = this.selected === null ? undefined : this.nodeOf(this.selected);
    const here = (insn: number | null | undefined): Option<number>[] => (insn == null ? [] : [{ value: insn, text: '' }]);
    if (this.staves !== null) {
      const over = this.overStaves(this.staves, move);
      if (over !== undefined) return here(over);
    }
    switch (move) {
      case 'nextInsn':
        return here(order[at + 1]);
      case 'previousInsn':
        return here(order[Math.max(0, at - 1)]);
      case 'nextBlock':
        return this.ways(node, true);
      case 'previousBlock':
        return this.ways(node, false);
      case 'entry':
        return here(order[0]);
      case 'exit':
        return here(order[order.length - 1]);
      case 'nextEvent':
      case 'previousEvent':
        return here(eventFrom(this.graph!, this.fn!.name, this.selected, move === 'nextEvent' ? 1 : -1, this.hits));
      case 'callee': {
        const index = indexOf(this.graph!);
        const call = (node === undefined ? undefined : index.out.get(node.id))?.find((x) => x.kind === 'call');
        return here(call === undefined ? undefined : index.nodes.get(call.to)?.instructions[0]?.index);
      }
    }
  }

  /** Over staves up and down is from item to item, left and right from bar to bar; undefined for what is as elsewhere. */
  private overStaves({ items, beside }: StavesTwin, move: Move): number | null | undefined {
    const at = innermost(items, this.selected);
    switch (move) {
      case 'nextInsn':
        return items.slice(at + 1).find((i) => i.start !== this.selected)?.start ?? null;
      case 'previousInsn':
        return (
          (at >= 0 && items[at]!.start !== this.selected
            ? items[at]
            : items.slice(0, Math.max(0, at)).findLast((i) => i.start !== this.selected)
          )?.start ?? null
        );
      case 'nextBlock':
        return this.selected === null ? (items[0]?.start ?? null) : beside(this.selected, 1);
      case 'previousBlock':
        return this.selected === null ? null : beside(this.selected, -1);
      default:
        return undefined;
    }
  }

  /** Blocks along the edges out of, or into, a block. */
  private ways(node: GraphNode | undefined, onward: boolean): Option<number>[] {
    if (node === undefined) return [];
    const index = indexOf(this.graph!);
    return ((onward ? index.out : index.into).get(node.id) ?? []).flatMap((x): Option<number>[] => {
      const other = onward ? x.to : x.from;
      const to = index.nodes.get(other)?.instructions[0];
      const name = index.nameOf(other);
      return x.kind === 'call' || to === undefined
        ? []
        : [{ value: to.index, text: `${name}${x.label === '' ? '' : ` · ${x.label}`}${x.kind === 'back' ? ' · loop' : ''}` }];
    });
  }
}
