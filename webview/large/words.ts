// SPDX-License-Identifier: GPL-2.0-only
/** What is special about a function, in one or two short lines; and what a screen reader says of it. Pure. */
import { GLYPH_WORDS } from '../../src/marks/glyphs';
import { listText, plainName } from '../../src/protocol/words';
import type { PathLeg, PathPoint } from './failing-path';
import { loopRounds } from './loop-words';
import type { Loop } from './loops';
import { type Program, sizeOf, type Stave } from './program';
import type { Rail } from './rails';
import { modelOf, type Repeat } from './repeats';

export const count = (n: number): string => n.toLocaleString('en');

/** Loops of so many instructions at least are told. */
const LONG_LOOP = 16;
/** A loop with such a share of the function's visits is told however short it is. */
const MUCH_WORK = 0.5;
/** What is held in less than this of a function is not told beside it. */
const MUCH_HELD = 0.02;

/** `47 %`; `less than 1 %`; `over 99 %`; '' for nothing. */
export function shareWords(share: number): string {
  if (share <= 0) return '';
  if (share < 0.01) return 'less than 1 %';
  return share >= 0.995 && share < 1 ? 'over 99 %' : `${Math.round(share * 100)} %`;
}

/** `5 × 150 ×`, from the outside: how often what is innermost stands there. */
export function timesWords(r: Repeat): string {
  const [only] = r.inner;
  return `${r.copies} × ${r.inner.length === 1 && only !== undefined ? timesWords(only) : ''}`;
}

/** The repeat that is told of one: its only inner one, as deep as it goes. */
export function innermost(r: Repeat): Repeat {
  const [only] = r.inner;
  return r.inner.length === 1 && only !== undefined ? innermost(only) : r;
}

/** Repeats within one that are told one by one. */
const MOST_WITHIN = 4;

/** Sizes that differ by no more than one in so many are told as one: a compiler made the copies of one source unlike. */
const ABOUT = 8;

/** `172 × about 53`: several repeats of about the same size as one; null for those that are of different ones. */
export function aboutWords(stave: Pick<Stave, 'code'>, repeats: readonly Repeat[]): string | null {
  if (repeats.length < 2 || repeats.some((r) => r.inner.length > 0)) return null;
  const sizes = repeats.map((r) => sizeOf(stave.code, modelOf(r), modelOf(r) + r.length));
  const copies = repeats.reduce((sum, r) => sum + r.copies, 0);
  if ((Math.max(...sizes) - Math.min(...sizes)) * ABOUT > Math.max(...sizes)) return null;
  const mean = Math.round(repeats.reduce((sum, r, i) => sum + r.copies * sizes[i]!, 0) / copies);
  return `${count(copies)} × about ${count(mean)}`;
}

/** ` (12 × 50, 33 × 5 in each)`: what repeats within one that holds several, '' where that is nothing or one. */
function withinWords(stave: Pick<Stave, 'code'>, { inner }: Repeat): string {
  if (inner.length < 2) return '';
  const about = aboutWords(stave, inner);
  if (about !== null) return ` (${about} in each)`;
  const told = inner.length > MOST_WITHIN ? inner.slice(0, MOST_WITHIN - 1) : inner;
  const words = told.map(
    (r) => `${timesWords(r)}${count(sizeOf(stave.code, modelOf(innermost(r)), modelOf(innermost(r)) + innermost(r).length))}`,
  );
  const rest = inner.length - told.length;
  return ` (${words.join(', ')}${rest > 0 ? ` and ${rest} more` : ''} in each)`;
}

/** `5 × 150 × the same 53 instructions` */
export function repeatWords(stave: Pick<Stave, 'code'>, r: Repeat): string {
  const own = innermost(r);
  const from = modelOf(own);
  const times = r.inner.length === 1 ? timesWords(r) : `${r.copies} × `;
  return `${times}the same ${count(sizeOf(stave.code, from, from + own.length))} instructions${withinWords(stave, own)}`;
}

/** `the first 2 of 150 copies differ in more`, '' where none do. */
export function peeledWords(r: Repeat): string {
  const own = innermost(r);
  const parts = [
    own.before > 0 ? `first${own.before > 1 ? ` ${own.before}` : ''}` : '',
    own.after > 0 ? `last${own.after > 1 ? ` ${own.after}` : ''}` : '',
  ];
  const told = parts.filter((p) => p !== '');
  if (told.length === 0) return '';
  return `the ${listText(told)} of ${own.copies} copies differ${own.before + own.after === 1 ? 's' : ''} in more`;
}

const EQUAL = 'equal but for constants and jumps';

/** In what copies differ, as a clause: how many of a copy's instructions differ in their operation. */
export function variesWords(r: Repeat): string {
  const own = innermost(r);
  const peeled = peeledWords(r);
  const n = own.varies.length;
  const differs = n === 0 ? EQUAL : `${n === 1 ? 'one instruction does' : `${n} instructions do`} something else from copy to copy`;
  return peeled === '' ? differs : `${differs}; ${peeled}`;
}

/** Share of the function's visits that lie in a loop. */
function workOf({ code, visits }: Stave, { from, to }: Loop): number {
  let own = 0;
  for (let place = from; place < to; place++) own += code.insns[place]!.states;
  return own / Math.max(1, visits);
}

export function loopWords(program: Program, stave: Stave, loop: Loop): string {
  const size = sizeOf(stave.code, loop.from, loop.to);
  const rounds = loopRounds(program, stave, loop);
  return `loop of ${count(size)} instructions${rounds === '' ? '' : ` · ${rounds}`}`;
}

/** `RCU read section for 1,520 of 1,902` */
export function heldWords(stave: Stave, rails: readonly Rail[]): string {
  const name = plainName(rails[0]!.held);
  const many = rails.length > 1 ? ` and ${rails.length - 1} more` : '';
  const insns = rails.flatMap((r) => r.spans).reduce((sum, { from, to }) => sum + sizeOf(stave.code, from, to), 0);
  return `${name}${many} held in ${count(Math.min(insns, stave.insns))} of ${count(stave.insns)} instructions`;
}

/** The point of a leg that a note is about: the first that makes it wrong, else none. */
function guiltyOf(legs: readonly PathLeg[]): PathPoint | null {
  for (const leg of legs) for (const p of leg.points) if (p.guilty && p.number > 0 && p.text !== '') return p;
  return null;
}

function unreachedNote({ unreached, insns, fn }: Stave): string | null {
  const { notVisited, unreachable, endsBefore } = unreached;
  if (notVisited === insns) return 'not visited: verification ended first';
  if (unreachable === insns) return 'never runs';
  if (endsBefore !== null && (fn.end - endsBefore) * 20 > insns)
    return `not visited from ${count(endsBefore)} on: verification ended first`;
  if (notVisited > 0) return `${count(notVisited)} of ${count(insns)} not visited: verification ended first`;
  return unreachable * 50 > insns ? `${count(unreachable)} of ${count(insns)} never run` : null;
}

/** A line beside a stave. */
export interface Note {
  readonly text: string;
  /** It is what the program was refused for. */
  readonly guilty: boolean;
}

const plainNote = (text: string): Note => ({ text, guilty: false });

/** At most two lines that say what is special, most important first. */
export function notesOf(program: Program, stave: Stave, legs: readonly PathLeg[]): readonly Note[] {
  const notes: Note[] = [];
  const guilty = guiltyOf(legs.filter((l) => l.fn === stave.fn.name));
  if (guilty !== null) {
    const line = stave.code.insns.find((i) => i.index === guilty.insn)?.source?.line;
    notes.push({ text: `${guilty.number} · ${line === undefined ? '' : `line ${line}: `}${guilty.text}`, guilty: true });
  }
  const unreached = unreachedNote(stave);
  if (unreached !== null) notes.push(plainNote(unreached));
  if (stave.unreached.notVisited === stave.insns || stave.unreached.unreachable === stave.insns) return notes;
  if (stave.largest !== null) {
    const { repeat: most, share } = stave.largest;
    notes.push(
      plainNote(`${repeatWords(stave, most)}${share >= 0.5 ? ` · ${shareWords(share)} of its work` : ''}`),
      plainNote(variesWords(most)),
    );
  }
  const kinds = new Map<string, Rail[]>();
  for (const r of stave.rails) if (r.held.forbids.length > 0) kinds.set(r.held.kind, [...(kinds.get(r.held.kind) ?? []), r]);
  for (const rails of kinds.values()) {
    const insns = rails.reduce((sum, r) => sum + r.insns, 0);
    if (insns >= stave.code.insns.length * MUCH_HELD) notes.push(plainNote(heldWords(stave, rails)));
  }
  const [loop] = [...stave.loops].sort((a, b) => b.to - b.from - (a.to - a.from));
  if (loop !== undefined && (loop.to - loop.from >= LONG_LOOP || workOf(stave, loop) >= MUCH_WORK))
    notes.push(plainNote(loopWords(program, stave, loop)));
  if (stave.fn.kind === 'global') notes.push(plainNote('global: verified once, on its own'));
  if (stave.fn.kind === 'callback') notes.push(plainNote('callback'));
  return notes.slice(0, 2);
}

/** What stands in the head of a stave behind the name; the few that were not visited, where no note tells of them. */
export function headWords(stave: Stave): string {
  const { notVisited, unreachable } = stave.unreached;
  const few = unreachedNote(stave) !== null ? [] : [missedWords(notVisited, 'not visited'), missedWords(unreachable, 'never run')];
  return [
    `${count(stave.insns)} insns`,
    `${count(stave.blocks)} block${stave.blocks === 1 ? '' : 's'}`,
    ...few.filter((w) => w !== ''),
  ].join(' · ');
}

const missedWords = (n: number, words: string): string => (n === 0 ? '' : `${count(n)} ${words}`);

/** A function as a screen reader says it. */
export function staveWords(program: Program, stave: Stave, legs: readonly PathLeg[]): string {
  const share = shareWords(stave.share);
  const parts = [
    `Function ${stave.fn.name}, ${count(stave.insns)} instructions, ${count(stave.blocks)} block${stave.blocks === 1 ? '' : 's'}`,
    share === '' ? 'no work' : `${share} of the work`,
    ...notesOf(program, stave, legs).map((n) => n.text),
    ...(stave.rails.length === 0 ? [] : [`holds ${listText([...new Set(stave.rails.map((r) => plainName(r.held)))].slice(0, 4))}`]),
    ...(program.oneAnswer || stave.glyph === null ? [] : [GLYPH_WORDS[stave.glyph]]),
    ...(legs.some((l) => l.fn === stave.fn.name) ? ['on the path to the rejection'] : []),
  ];
  return `${parts.join('. ')}.`;
}
