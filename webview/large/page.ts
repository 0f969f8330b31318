// SPDX-License-Identifier: GPL-2.0-only
/** What the inspector says of a large program as a whole: where the work is, what is held where, what repeats, what was not visited. Pure. */
import { INSN_LIMIT } from '../../src/protocol/limits';
import type { ProgramResult } from '../../src/protocol/model';
import { HOLDING, plainName } from '../../src/protocol/words';
import type { ListRow, ListSection } from '../lens/types';
import { differences, formsWords } from './differs';
import { groupsOf } from './groups';
import type { Loop } from './loops';
import { type Program, sizeOf, type Stave } from './program';
import { endOf, type Repeat } from './repeats';
import { aboutWords, count, innermost, loopWords, repeatWords, shareWords, variesWords } from './words';

/** Rows of a list at most. */
const MOST = { work: 5, held: 12, repeats: 8, loops: 3, differ: 6, missed: 6 } as const;

const lineOf = ({ code }: Stave, place: number): string => {
  const line = code.insns[place]?.source?.line;
  return line === undefined ? '' : `:${line}`;
};

/** Share of what the kernel processes at most. */
function limitWords(processed: number): string {
  const percent = (100 * processed) / INSN_LIMIT;
  return percent < 0.1 ? 'Less than 0.1 %' : `${percent.toFixed(1)} %`;
}

function work({ staves, visits }: Program, result: ProgramResult): ListSection {
  const sorted = [...staves].sort((a, b) => b.visits - a.visits);
  const most = Math.max(1, sorted[0]?.visits ?? 1);
  // one more stands in the place of "1 other"
  const told = sorted.length === MOST.work + 1 ? sorted : sorted.slice(0, MOST.work);
  const rest = sorted.slice(told.length);
  const row = (head: string, own: number, insn: number | null): ListRow => ({
    insn,
    head,
    text: '',
    right: shareWords(own / Math.max(1, visits)) || '0 %',
    bar: own / most,
  });
  const others = rest.reduce((sum, s) => sum + s.visits, 0);
  return {
    name: 'work',
    title: 'Where the work is',
    right: `${count(visits)} visits`,
    rows: [
      ...told.map((s) => row(s.fn.name, s.visits, s.fn.start)),
      ...(rest.length === 0 ? [] : [row(`${rest.length} others`, others, null)]),
    ],
    note: `${limitWords(result.processedInsns)} of the kernel's 1,000,000.`,
  };
}

function contexts({ staves }: Program): ListSection {
  const rails = staves.flatMap((stave) => stave.rails.filter((r) => r.begins.length > 0 || r.guilty).map((rail) => ({ stave, rail })));
  rails.sort(
    (a, b) =>
      Number(b.rail.guilty) - Number(a.rail.guilty) || Number(b.rail.held.forbids.length > 0) - Number(a.rail.held.forbids.length > 0),
  );
  const rows = rails.slice(0, MOST.held).map(({ stave, rail }): ListRow => {
    const at = rail.begins[0] ?? rail.spans[0]?.from ?? 0;
    const verb = HOLDING[rail.held.holding].began;
    return {
      insn: stave.code.insns[at]?.index ?? rail.held.takenAt,
      head: rail.held.letter,
      text: `${plainName(rail.held)}, ${verb} in ${stave.fn.name}${rail.guilty ? ', still held at the end' : ''}`,
      right: lineOf(stave, at),
      guilty: rail.guilty,
    };
  });
  const more = rails.length - rows.length;
  return {
    name: 'contexts-of-program',
    title: 'Contexts',
    right: String(rails.length),
    rows,
    ...(rails.length === 0
      ? { note: 'Nothing is held anywhere: no locks, no regions, no references.' }
      : more > 0
        ? { note: `and ${count(more)} more` }
        : {}),
  };
}

/** Repeats of one function as they are told: those of about one size together, each with what they take. */
function toldRepeats(stave: Stave): { readonly text: string; readonly start: number; readonly size: number; readonly of: number }[] {
  const size = (r: Repeat): number => sizeOf(stave.code, r.start, endOf(r));
  const about = aboutWords(stave, stave.repeats);
  if (about !== null)
    return [
      {
        text: `${about} instructions, in ${count(stave.repeats.length)} runs,`,
        start: stave.repeats[0]!.start,
        size: stave.repeats.reduce((sum, r) => sum + size(r), 0),
        of: stave.repeats.length,
      },
    ];
  return stave.repeats.map((r) => ({ text: repeatWords(stave, r), start: r.start, size: size(r), of: 1 }));
}

/** Loops of which the same is said, together: copies of one. */
function toldLoops(
  program: Program,
  loops: readonly { readonly stave: Stave; readonly loop: Loop }[],
): { readonly stave: Stave; readonly text: string; readonly head: number; readonly of: number }[] {
  const told = new Map<string, { stave: Stave; text: string; head: number; of: number }>();
  for (const { stave, loop } of loops) {
    const text = loopWords(program, stave, loop);
    const key = `${stave.fn.start} ${lineOf(stave, loop.head)} ${text}`;
    const known = told.get(key);
    if (known === undefined) told.set(key, { stave, text, head: loop.head, of: 1 });
    else known.of++;
  }
  return [...told.values()];
}

/** What a compiler copied, then loops, by their work. */
function repeats(program: Program): ListSection | null {
  const { staves } = program;
  const copied = staves.flatMap((stave) => toldRepeats(stave).map((told) => ({ stave, ...told })));
  const loops = staves.flatMap((stave) => stave.loops.map((loop) => ({ stave, loop })));
  if (copied.length === 0 && loops.length === 0) return null;
  copied.sort((a, b) => b.size - a.size);
  loops.sort((a, b) => b.loop.visits * (b.loop.to - b.loop.from) - a.loop.visits * (a.loop.to - a.loop.from));
  const told = toldLoops(program, loops);
  const rows = [
    ...copied.slice(0, MOST.repeats).map(({ stave, text, start }): ListRow => {
      const { index } = stave.code.insns[start]!;
      return { insn: index, head: '', text: `${text} in ${stave.fn.name}`, right: lineOf(stave, start) };
    }),
    ...told.slice(0, MOST.loops).map(({ stave, text, head, of }): ListRow => {
      const { index } = stave.code.insns[head]!;
      return { insn: index, head: '', text: `${of > 1 ? `${count(of)} × ` : ''}${text} in ${stave.fn.name}`, right: lineOf(stave, head) };
    }),
  ];
  const more = told.slice(MOST.loops).reduce((sum, x) => sum + x.of, 0);
  return {
    name: 'repeats',
    title: 'What repeats',
    right: count(copied.reduce((sum, x) => sum + x.of, 0) + loops.length),
    rows,
    ...(more > 0 ? { note: `and ${count(more)} more loop${more === 1 ? '' : 's'}` } : {}),
  };
}

function differs({ staves }: Program): ListSection | null {
  let best: { stave: Stave; r: Repeat } | null = null;
  let most = 0;
  for (const stave of staves)
    for (const r of stave.repeats) {
      const size = endOf(r) - r.start;
      if (size <= most) continue;
      most = size;
      best = { stave, r };
    }
  if (best === null) return null;
  const own = innermost(best.r);
  const all = differences(best.stave, own);
  const rows = all.slice(0, MOST.differ).map((d): ListRow => ({ insn: d.insn, head: String(d.insn), text: formsWords(d) }));
  const more = all.length - rows.length;
  const note = [
    `${variesWords(best.r)}.`,
    ...(more > 0 ? [`${count(more)} more instructions differ in a constant.`] : []),
    ...(innermost(best.r).varies.length > 0 ? ['Where they jump to differs too.'] : []),
  ].join(' ');
  return {
    name: 'differs',
    title: 'What differs between the copies',
    right: '',
    rows,
    note: `${note.charAt(0).toUpperCase()}${note.slice(1)}`,
  };
}

/** How many pieces the functions are folded into, and of which kinds. */
function folded(program: Program): ListSection {
  let section = foldedOf.get(program);
  if (section === undefined) foldedOf.set(program, (section = makeFolded(program)));
  return section;
}

const foldedOf = new WeakMap<Program, ListSection>();

function makeFolded({ graph, staves }: Program): ListSection {
  const counts = { repeat: 0, loop: 0, chain: 0 };
  let pieces = 0;
  let blocks = 0;
  for (const stave of staves)
    for (const g of groupsOf(graph, stave, []).groups) {
      pieces++;
      blocks += g.nodes.length;
      if (g.kind === 'repeat' || g.kind === 'loop' || g.kind === 'chain') counts[g.kind]++;
    }
  const told = Object.entries(counts).flatMap(([kind, n]) => (n === 0 ? [] : [`${count(n)} ${kind}${n === 1 ? '' : 's'}`]));
  const kinds = told.length === 0 ? '' : `${told.join(', ')}. `;
  return {
    name: 'folded',
    title: 'Folded',
    right: `${count(blocks)} block${blocks === 1 ? '' : 's'} in ${count(pieces)} piece${pieces === 1 ? '' : 's'}`,
    rows: [],
    note: `${kinds}Enter opens a function in place, and unfolds a piece of it.`,
  };
}

function missed({ staves }: Program): ListSection {
  const own = staves.filter((s) => s.unreached.notVisited + s.unreached.unreachable > 0);
  if (own.length === 0) return { name: 'missed', title: 'Not visited', right: '0', rows: [], note: 'Every instruction was visited.' };
  const sum = own.reduce((n, s) => n + s.unreached.notVisited + s.unreached.unreachable, 0);
  own.sort((a, b) => b.unreached.notVisited + b.unreached.unreachable - a.unreached.notVisited - a.unreached.unreachable);
  const rows = own.slice(0, MOST.missed).map((s): ListRow => {
    const { notVisited, unreachable } = s.unreached;
    const at = s.code.insns.find((i) => i.visit !== 'visited');
    const words = [notVisited > 0 ? `${count(notVisited)} not visited` : '', unreachable > 0 ? `${count(unreachable)} never run` : ''];
    return {
      insn: at?.index ?? s.fn.start,
      head: s.fn.name,
      text: words.filter((w) => w !== '').join(', '),
      right: `of ${count(s.insns)}`,
    };
  });
  return { name: 'missed', title: 'Not visited', right: count(sum), rows };
}

/** Sections about the whole of a large program. */
export function programSections(program: Program, result: ProgramResult): readonly ListSection[] {
  const sections = [work(program, result), contexts(program), repeats(program), missed(program), differs(program), folded(program)];
  return sections.filter((s) => s !== null);
}
