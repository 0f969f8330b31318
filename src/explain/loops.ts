// SPDX-License-Identifier: GPL-2.0-only
/** Loops that never end, and verifications that never do: which loop, and what differs from pass to pass. */
import { Alu, aluOp, Class, classOf } from '../isa/opcode';
import { RegType } from '../kernel/types';
import { Kf } from '../kernel/profile';
import type { CauseEvent } from '../protocol/explanation';
import { isConst, sminBig, umaxBig } from '../verifier/domain';
import { SlotType } from '../verifier/state/stack';
import type { VerifierState } from '../verifier/state/state';
import { IterState, type RegState } from '../verifier/state/reg';
import { type Case, told, type Told } from './case';
import { loopWays } from './offers';
import { iterStateWord, structName } from './release';
import { listed } from './words';

/** A place whose value differs between two states at one instruction. */
interface Difference {
  readonly where: string;
  /** Number of the register, or null for a stack slot. */
  readonly regno: number | null;
  /** Offset of the slot from the frame pointer; 0 for a register. */
  readonly off: number;
  readonly frame: number;
  readonly a: RegState;
  readonly b: RegState;
}

function valueWords(reg: RegState): string {
  if (reg.type !== RegType.SCALAR_VALUE) return isConst(reg.val) ? `offset ${sminBig(reg.val)}` : `an offset up to ${umaxBig(reg.val)}`;
  return isConst(reg.val) ? String(sminBig(reg.val)) : `up to ${umaxBig(reg.val)}`;
}

function sameValue(a: RegState, b: RegState): boolean {
  return a.type === b.type && sminBig(a.val) === sminBig(b.val) && umaxBig(a.val) === umaxBig(b.val) && a.num === b.num;
}

/** What differs between two states, innermost frame first. */
function differences(a: VerifierState, b: VerifierState): Difference[] {
  const found: Difference[] = [];
  for (let f = Math.min(a.frames.length, b.frames.length) - 1; f >= 0; f--) {
    const [x, y] = [a.frames[f]!, b.frames[f]!];
    for (let i = 0; i < 10; i++)
      if (!sameValue(x.regs[i]!, y.regs[i]!) && x.regs[i]!.type === y.regs[i]!.type && x.regs[i]!.type !== 0)
        found.push({ where: `R${i}`, regno: i, off: 0, frame: f, a: x.regs[i]!, b: y.regs[i]! });
    for (let i = 0; i < Math.min(x.stack.length, y.stack.length); i++) {
      const [s, t] = [x.stack[i]!, y.stack[i]!];
      if (s.top === SlotType.SPILL && t.top === SlotType.SPILL && !sameValue(s.reg, t.reg))
        found.push({ where: `fp-${8 * (i + 1)}`, regno: null, off: -8 * (i + 1), frame: f, a: s.reg, b: t.reg });
    }
  }
  return found;
}

/** The instruction with the most states, and two neighbours among them. */
function crowded(c: Case): { insn: number; count: number; pair: readonly [VerifierState, VerifierState] } | null {
  const byInsn = new Map<number, VerifierState[]>();
  for (const head of c.env.exploration.buckets) {
    let looked = 0;
    for (let at = head ?? null; at !== null && looked < 10_000; at = at.nextInBucket, looked++) {
      const list = byInsn.get(at.insnIdx);
      if (list === undefined) byInsn.set(at.insnIdx, [at]);
      else list.push(at);
    }
  }
  let best: [number, VerifierState[]] | null = null;
  for (const entry of byInsn) if (best === null || entry[1].length > best[1].length) best = entry;
  if (best === null || best[1].length < 2) return null;
  return { insn: best[0], count: best[1].length, pair: [best[1][1]!, best[1][0]!] };
}

/** Where a stack slot or register of a state is written in a loop: the first store to it in the functions at hand. */
function writers(c: Case, d: Difference, state: VerifierState): number[] {
  const found: number[] = [];
  const subprog = state.frames[d.frame]!.subprogno;
  const [start, end] = [c.env.subprogs[subprog]!.start, c.env.subprogs[subprog + 1]!.start];
  for (let i = start; i < end; i++) {
    const { code, dst } = c.env.insns[i]!;
    const cls = classOf(code);
    if (
      d.regno !== null
        ? (cls === Class.ALU64 || cls === Class.ALU) && dst === d.regno && aluOp(code) !== Alu.MOV
        : (cls === Class.STX || cls === Class.ST) && dst === 10 && c.env.insns[i]!.off === d.off
    )
      found.push(i);
  }
  return found;
}

/** Instructions of a function that store through a pointer, for a value of the caller's frame that a callback changes. */
function storesIn(c: Case, subprog: number): number[] {
  const [start, end] = [c.env.subprogs[subprog]!.start, c.env.subprogs[subprog + 1]!.start];
  const found: number[] = [];
  for (let i = start; i < end; i++) {
    const { code, dst } = c.env.insns[i]!;
    const cls = classOf(code);
    if ((cls === Class.STX || cls === Class.ST) && dst !== 10) found.push(i);
  }
  return found;
}

/** A million instructions, or too many branches. */
export function tooLarge(c: Case, what: string): Told {
  const most = crowded(c);
  if (most === null)
    return told(
      'too-large',
      `The verification ends after ${what}`,
      'The program has too many paths.',
      'Split it into global functions, which are verified once each, or bound its loops.',
    );
  const [older, newer] = most.pair;
  const found = differences(older, newer);
  const callback = newer.frames.find((f) => f.inCallbackFn);
  const cause: CauseEvent[] = [];
  const first = found[0];
  if (callback !== undefined) {
    const fn = c.env.subprogs[callback.subprogno]?.name ?? 'the callback';
    const outer = found.find((d) => d.frame < newer.frames.indexOf(callback)) ?? first;
    cause.push(c.event('loop', callback.callsite, `${c.calleeName(callback.callsite)}() runs ${fn}() again and again`, fn));
    for (const at of storesIn(c, callback.subprogno).slice(0, 2))
      cause.push(c.event('differs', at, 'this store changes a value of the caller in each call', null, true));
    const value =
      outer === undefined
        ? ''
        : ` ${outer.where} of ${c.env.subprogs[newer.frames[outer.frame]!.subprogno]?.name ?? 'the caller'} differs: ${valueWords(outer.a)} in one pass, ${valueWords(outer.b)} in the next${outer.b.type === RegType.PTR_TO_PACKET ? ' (a pointer into the packet)' : ''}.`;
    return told(
      'too-large',
      `The callback \`${fn}\` never converges: no two passes look alike`,
      `Each call of ${fn}() changes a value on the stack that the verifier follows, so every pass gives a new state and the analysis ends after ${what}.${value}`,
      'Count in a global variable or a map value, whose content is not followed, or keep a bounded index in place of a pointer.',
      cause,
      c.at,
    );
  }
  cause.push(c.event('loop', most.insn, `the loop passes here with ${most.count} different states`, null, first === undefined));
  if (first !== undefined)
    for (const at of writers(c, first, newer).slice(0, 1))
      cause.push(c.event('differs', at, `${first.where} is another one in each pass`, c.assigned(at), true));
  return told(
    'too-large',
    `The loop at ${c.where(most.insn)} has too many states: verification ends after ${what}`,
    first === undefined
      ? `${most.count} states are kept there, which differ in what was checked.`
      : `From pass to pass ${first.where} differs (${valueWords(first.a)}, then ${valueWords(first.b)}), so no pass is like one before and the loop is followed to its end.`,
    `Give the loop a bound that is known (${listed(['for (i = 0; i < N; i++)', ...loopWays(c.env.kernel)], 'or')}), or keep fewer values that change in it.`,
    cause,
    c.at,
  );
}

/** A loop that changes nothing. */
export function endless(c: Case): Told {
  const { at } = c;
  const passes = c.path.filter((s) => s.insn === at && s.depth === c.last?.depth).length;
  const head = c.where(at);
  const iter = c.last?.frames.at(-1)?.stack.find((s) => s.top === SlotType.ITER && s.reg.iterState === IterState.DRAINED)?.reg;
  const inner = c.path.slice(0, -1).findLastIndex((s) => s.insn === at);
  const calls = inner < 0 ? [] : c.path.slice(inner).flatMap((s) => (c.calleeName(s.insn) === '' ? [] : [s.insn]));
  const next = c.path.findLast((s) => ((c.callee(s.insn)?.kfunc?.flags ?? 0) & Kf.ITER_NEXT) !== 0)?.insn;
  const cause: CauseEvent[] = [
    ...(iter === undefined || next === undefined ? [] : [c.event('call', next, `${c.calleeName(next)}() returned NULL on this path`)]),
    c.event('loop', at, passes > 1 ? 'the path comes here again with the same state' : 'the loop begins here', null, true),
    ...calls.slice(0, 2).map((i) => c.event('call', i, `${c.calleeName(i)}() is called in each pass`)),
  ];
  if (iter !== undefined) {
    const name = structName(iter);
    return told(
      'infinite-loop',
      `The loop at ${head} goes on after its iterator is drained`,
      `The iterator ${name} is ${iterStateWord(iter)}: its _next() returns NULL, nothing changes any more, and the loop never ends.`,
      `Leave the loop (break) when the _next() function returns NULL.`,
      cause,
    );
  }
  return told(
    'infinite-loop',
    `The loop at ${head} may never end`,
    'A pass of the loop leads to the same state as the one before: no value that decides about leaving it changes in a way that can be followed.',
    `Bound the loop with a counter: ${listed(['for (int i = 0; i < LIMIT && …; i++)', ...loopWays(c.env.kernel)], 'or')}.`,
    cause,
  );
}
