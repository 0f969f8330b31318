// SPDX-License-Identifier: GPL-2.0-only
/** A function in pieces, where they stand, what is unfolded of them, and how all of it is said: on two programs of our own. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { copyWords } from '../../../../webview/inspector/state-differences';
import { failingPath } from '../../../../webview/large/failing-path';
import { listLanes, layPieces, PIECE, type PieceLayout } from '../../../../webview/large/group-layout';
import { codeWords, groupWords, placeWords, seriesWords, titleOf, waysOut } from '../../../../webview/large/group-words';
import { copyAt, copyNodes, type GroupEdge, type Groups, groupsOf } from '../../../../webview/large/groups';
import { loopRounds } from '../../../../webview/large/loop-words';
import { closed, copied, opened, unfolded } from '../../../../webview/large/opened';
import { type Program, programOf, type Stave } from '../../../../webview/large/program';
import type { PathView } from '../../../../src/protocol/path';
import type { StateView } from '../../../../src/protocol/model';
import { engineWith, QUIET, requestFor, ROOT } from '../../../support/verify';

interface Seen {
  readonly program: Program;
  readonly pieces: (fn: string) => { readonly stave: Stave; readonly groups: Groups };
}

const known = new Map<string, Seen>();

function seen(name: string): Seen {
  const before = known.get(name);
  if (before !== undefined) return before;
  const engine = engineWith();
  const { result } = engine.analyze(
    requestFor(name, readFileSync(path.join(ROOT, 'test/media', name)), { explain: true, timeoutS: 0 }),
    QUIET,
  );
  const own = result!.programs[0]!;
  const graph = engine.graph(name, own.program)!;
  const way: PathView | null = own.verdict === 'reject' ? engine.path(name, own.program, own.insn ?? 0, -1) : null;
  const legs = failingPath(graph, own, way);
  const program = programOf(graph);
  const pieces: Seen['pieces'] = (fn) => {
    const stave = program.staves.find((s) => s.fn.name === fn)!;
    return { stave, groups: groupsOf(graph, stave, legs, way?.insns ?? []) };
  };
  const made = { program, pieces };
  known.set(name, made);
  return made;
}

describe('pieces of a function', () => {
  it('are in program order and have every block once', () => {
    for (const name of ['balancer.bpf.o', 'scheduler.bpf.o']) {
      const { program, pieces } = seen(name);
      for (const { fn } of program.staves) {
        const { stave, groups } = pieces(fn.name);
        const starts = groups.groups.flatMap((g) => g.nodes.map((n) => n.instructions[0]!.index));
        expect(starts).toEqual(stave.code.insns.filter((_, i) => stave.code.starts[i] === 1).map((i) => i.index));
      }
    }
  });

  it('are what repeats, loops, steps of the path, exits, and what lies between', () => {
    const balancer = seen('balancer.bpf.o');
    const titles = (s: Seen, fn: string): string[] => {
      const { stave, groups } = s.pieces(fn);
      return groups.groups.map((g) => `${g.kind}: ${titleOf(stave, g)}`);
    };
    expect(titles(balancer, 'parse')).toEqual(['repeat: 24 × 14', 'blocks: 2 blocks']);
    expect(titles(balancer, 'encap')).toEqual(['step: f4b0', 'step: f4b1', 'blocks: 3 blocks', 'exit: exit · f4b5']);
    expect(titles(seen('scheduler.bpf.o'), 'slice_of').some((t) => t.startsWith('loop: loop'))).toBe(true);
  });

  it('know where the failing path goes, and edges between pieces', () => {
    const { groups } = seen('balancer.bpf.o').pieces('encap');
    const told = groups.edges.map((e) => `${e.from} ${e.to}${e.path === null ? '' : ` ${e.path}`}`);
    expect(told).toEqual(expect.arrayContaining(['0 1 well', '1 3 well', '1 2', '2 3']));
    expect(groups.groups.map((g) => g.steps.map((s) => s.number))).toEqual([[1], [2], [], []]);
  });

  it('are left by edges that were gone along by way of a function that is called at their end', () => {
    const { graph } = seen('balancer.bpf.o').program;
    const edge = (from: string, to: string) => graph.edges.find((e) => e.from === from && e.to === to)?.travelled;
    expect([edge('f0b4', 'f0b5'), edge('f0b0', 'f0b1')]).toEqual([true, false]);
  });

  it('are said with their place, visits, what is held, and where they go on to', () => {
    const s = seen('balancer.bpf.o');
    const { stave, groups } = s.pieces('encap');
    expect(groupWords(s.program, stave, groups, 1)).toBe(
      'Piece 2 of 4: f4b1. lines 88–89 · 452–459. 1 visit. holds task_struct at its beginning. step 2 of the failing path. goes on to piece 3, or to piece 4.',
    );
    const [first] = groups.groups;
    expect([placeWords(first!.nodes.flatMap((n) => n.instructions)), codeWords(first!.nodes[0]!)]).toEqual([
      'lines 81–86 · 448–451',
      'static __noinline int encap(u64 at)',
    ]);
    expect(waysOut(s.program, groups.groups[1]!.nodes, groups.groups[2]!.nodes[0]!.id).map((w) => w.words)).toEqual([
      expect.stringMatching(/^to the exit f4b5 if /),
    ]);
  });

  it('of a repeat one copy is shown', () => {
    const { stave, groups } = seen('balancer.bpf.o').pieces('parse');
    const r = groups.groups[0]!.repeat!;
    const third = copyNodes(stave, r, 2);
    expect(third.length).toBe(copyNodes(stave, r, 3).length);
    expect(third[0]!.instructions[0]!.index - copyNodes(stave, r, 1)[0]!.instructions[0]!.index).toBe(14);
    expect([copyAt(r, r.start), copyAt(r, r.start + 2 * r.length), copyAt(r, 1e6)]).toEqual([0, 2, r.copies - 1]);
  });
});

it('rounds of a loop are bounded where verification came to its end, and only its visits are told elsewhere', () => {
  const scheduler = seen('scheduler.bpf.o');
  const own = scheduler.program.staves.find((s) => s.fn.name === 'slice_of')!;
  expect(loopRounds(scheduler.program, own, own.loops[0]!)).toBe(`at most ${own.loops[0]!.visits} rounds`);
  expect(loopRounds(scheduler.program, own, { ...own.loops[0]!, plain: false, visits: 3 })).toBe('its head was visited 3 times');
  expect(loopRounds(scheduler.program, own, { ...own.loops[0]!, plain: false, mayGoto: true, visits: 3 })).toBe(
    'converged: its head was visited 3 times, later rounds are covered',
  );
  expect(loopRounds({ ...scheduler.program, complete: false }, own, { ...own.loops[0]!, visits: 1 })).toBe('its head was visited once');
});

it('visits of copies are told as first values and range', () => {
  expect(seriesWords([94, 299, 310, 316, 312])).toBe('94, 299, then 310 to 316');
  expect(seriesWords([312, 310, 316])).toBe('312, 310, then 316');
  expect(seriesWords([312, 312, 310, 316])).toBe('310 to 316');
  expect(seriesWords([7, 7, 7])).toBe('7 each');
});

describe('where pieces stand', () => {
  const edge = (from: number, to: number, over: Partial<GroupEdge> = {}): GroupEdge => ({
    from,
    to,
    count: 1,
    travelled: true,
    back: to < from,
    path: null,
    ...over,
  });
  const edges = [edge(0, 1), edge(1, 2), edge(2, 3), edge(3, 4), edge(0, 4), edge(2, 4), edge(3, 0)];
  const lay = (unfoldedGroup: number | null, width = 800): PieceLayout =>
    layPieces({ count: 5, edges, x: 16, width, unfolded: unfoldedGroup === null ? null : { group: unfoldedGroup, height: 300 } });

  it('is in at most three columns, fewer where there is no room', () => {
    const columns = (width: number): number => new Set(lay(null, width).boxes.map((b) => b.x)).size;
    expect([columns(1600), columns(800), columns(560), columns(300)]).toEqual([3, 3, 2, 1]);
  });

  it('is the same above what is unfolded, to the pixel', () => {
    const [before, after] = [lay(null), lay(2)];
    expect(after.boxes.slice(0, 3)).toEqual(before.boxes.slice(0, 3));
    expect(after.boxes[3]!.y - before.boxes[3]!.y).toBe(300 + PIECE.gap);
    expect(after.panel).toMatchObject({ height: 300 });
  });

  it('lets no edge run through a box or through what is unfolded', () => {
    for (const layout of [lay(null), lay(0), lay(4), lay(2, 500)]) {
      const boxes = [...layout.boxes, ...(layout.panel === null ? [] : [layout.panel])];
      for (const { points } of layout.edges)
        points.slice(1).forEach((b, i) => {
          const a = points[i]!;
          for (const box of boxes) {
            const beside = Math.max(a.x, b.x) <= box.x || Math.min(a.x, b.x) >= box.x + box.width;
            const over = Math.max(a.y, b.y) <= box.y || Math.min(a.y, b.y) >= box.y + box.height;
            expect(beside || over, `${a.x},${a.y} to ${b.x},${b.y} through ${JSON.stringify(box)}`).toBe(true);
          }
        });
    }
  });

  it('gives those edges lanes that matter most, and leaves the others to words', () => {
    const many = Array.from({ length: 12 }, (_, i) => edge(0, i + 2, { count: i }));
    const { edges: drawn, untold } = layPieces({
      count: 14,
      edges: [...many, edge(1, 2, { path: 'wrong' })],
      x: 0,
      width: 800,
      unfolded: null,
    });
    expect(drawn.filter((e) => e.edge.from === 0).map((e) => e.edge.to)).toEqual([6, 7, 8, 9, 10, 11, 12, 13]);
    expect(untold.map((e) => e.to)).toEqual([2, 3, 4, 5]);
  });

  it('gives jumps in a list of blocks lanes that do not meet', () => {
    expect(
      listLanes(
        [
          { from: 0, to: 3 },
          { from: 1, to: 3 },
          { from: 4, to: 6 },
          { from: 0, to: 6 },
        ],
        2,
      ),
    ).toEqual([
      { from: 1, to: 3, lane: 0 },
      { from: 4, to: 6, lane: 0 },
      { from: 0, to: 3, lane: 1 },
    ]);
  });
});

it('one function is open, a second one beside it if that is wanted; a piece folds when it is unfolded again', () => {
  const one = opened([], 'a', false);
  expect(opened(one, 'b', false).map((o) => o.fn)).toEqual(['b']);
  const two = opened(one, 'b', true);
  expect(two.map((o) => o.fn)).toEqual(['a', 'b']);
  expect(opened(two, 'c', true).map((o) => o.fn)).toEqual(['b', 'c']);
  expect(closed(two, 'a').map((o) => o.fn)).toEqual(['b']);
  const piece = unfolded(two, 'a', 2, 1);
  expect(piece).toEqual([
    { fn: 'a', group: 2, copy: 1 },
    { fn: 'b', group: null, copy: 0 },
  ]);
  expect(copied(piece, 'a', 99, 24)[0]!.copy).toBe(23);
  expect(copied(piece, 'a', -1, 24)[0]!.copy).toBe(0);
  expect(unfolded(piece, 'a', 2, 1)[0]!.group).toBe(null);
});

it('states on entry of two copies differ in what has other values in them', () => {
  const state = (values: Readonly<Record<string, string>>): StateView => ({
    frames: [
      {
        frame: 0,
        function: 'f',
        registers: Object.entries(values).map(([name, text], number) => ({ number, name, text, carries: null, variable: null })),
        unreadable: '',
        stack: [],
      },
    ],
    held: [],
    contexts: [],
    ownPermission: '',
    maySleep: false,
    mayFault: false,
    because: [],
    given: [],
    pass: 1,
    why: { answer: '', reason: [], until: [] },
  });
  const of = (insn: number, ...values: Readonly<Record<string, string>>[]) => ({ insn, total: values.length, states: values.map(state) });
  expect(copyWords(of(20, { r1: '2', r2: 'ctx' }), of(10, { r1: '1', r2: 'ctx' }), 1)).toBe(
    'They differ from copy 1 in r1; the rest is equal.',
  );
  expect(copyWords(of(20, { r1: '1' }, { r1: '2' }), of(10, { r1: '2' }, { r1: '1' }), 4)).toBe('2 states, equal to copy 4.');
  expect(copyWords({ ...of(20, { r1: '1' }), total: 9 }, of(10, { r1: '1' }), 4)).toBe(
    '1 state, equal to copy 4. Compared are those that were kept.',
  );
});
