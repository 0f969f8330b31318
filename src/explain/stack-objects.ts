// SPDX-License-Identifier: GPL-2.0-only
/** Iterators, dynptrs and saved IRQ flags on the stack in the wrong state. */
import { RegType } from '../kernel/types';
import { Kf } from '../kernel/profile';
import type { CauseEvent } from '../protocol/explanation';
import { constNum, isConst } from '../verifier/domain';
import { slotIndex, SlotType } from '../verifier/state/stack';
import { type Case, type Of, told, type Told } from './case';
import { through } from './fallback';
import { originEvent } from './origin';
import { kfuncsOf, structOfArgument } from './release';
import { quoted } from './words';

type StackRefusal = Of<'iterator'> | Of<'dynptr'> | Of<'irq-flag'>;

/** What a kind of object is called, by itself and with its article, and the type of its slots. */
const THINGS = {
  iterator: { thing: 'iterator', article: 'an iterator', slot: SlotType.ITER, code: 'iterator-state' },
  dynptr: { thing: 'dynptr', article: 'a dynptr', slot: SlotType.DYNPTR, code: 'dynptr-state' },
  'irq-flag': { thing: 'saved IRQ flag', article: 'a saved IRQ flag', slot: SlotType.IRQ_FLAG, code: 'not-held' },
} as const;

/** A stack slot: the frame (0 outermost) and the index from its top. */
interface Place {
  readonly depth: number;
  readonly index: number;
}

/** The slot that an argument, or the store at hand, means; null if it is none of a known place. */
function placeOf(c: Case, arg: number | undefined): Place | null {
  const store = arg === undefined;
  const reg = c.reg(arg ?? through(c));
  if (reg?.base !== RegType.PTR_TO_STACK || !isConst(reg.val)) return null;
  const off = constNum(reg.val) + (store ? c.env.insns[c.at]!.off : 0);
  return off >= 0 ? null : { depth: reg.frameno, index: slotIndex(off) };
}

/** What made and ended objects in a slot on the path, oldest first. */
function history(c: Case, { depth, index }: Place, slot: SlotType): { insn: number; made: boolean }[] {
  const found: { insn: number; made: boolean }[] = [];
  const alive = (step: number): boolean => c.path[step]?.frames[depth]?.stack[index]?.top === slot;
  for (let i = 0; i + 1 < c.path.length; i++) {
    const [before, after] = [alive(i), alive(i + 1)];
    if (before !== after && c.path[i + 1]!.depth > depth) found.push({ insn: c.path[i]!.insn, made: after });
  }
  return found;
}

function events(c: Case, r: StackRefusal, place: Place | null, variable: string | null): CauseEvent[] {
  const { thing, slot } = THINGS[r.kind];
  const past = place === null ? [] : history(c, place, slot);
  const told = past.slice(-2).map(({ insn, made }, i, all) => {
    const callee = c.calleeName(insn);
    const who = callee === '' ? 'this store' : `${callee}()`;
    const text = made ? `${who} initialises the ${thing}` : callee === '' ? `${who} overwrites the ${thing}` : `${who} ends the ${thing}`;
    return c.event(made ? 'taken' : callee === '' ? 'stored' : 'released', insn, text, variable, i === all.length - 1);
  });
  if (told.length > 0) return told;
  const origin = r.arg === undefined ? null : originEvent(c, r.arg);
  if (origin === null) return [];
  return [
    place === null || r.how === 'place' || r.how === 'type' ? origin : { ...origin, text: `nothing initialises the ${thing} on this path` },
  ];
}

/** The kfuncs that start and end the iterator that a callee is for, by the struct of its argument; null if it is for none. */
function iterPair(c: Case, insn: number): { start: string; end: string } | null {
  const callee = c.callee(insn)?.kfunc;
  const struct = callee == null ? '' : structOfArgument(callee, 0);
  if (struct === '') return null;
  const named = (flag: number): string | undefined =>
    kfuncsOf(c).find((k) => (k.flags & flag) !== 0 && structOfArgument(k, 0) === struct)?.name;
  const [start, end] = [named(Kf.ITER_NEW), named(Kf.ITER_DESTROY)];
  return start === undefined || end === undefined ? null : { start, end };
}

/** Objects on the stack that are in the wrong state. */
export function stackObject(c: Case, r: StackRefusal): Told {
  const callee = (r.kind === 'irq-flag' ? '' : r.callee) || c.calleeName(c.at);
  const { thing, article, code } = THINGS[r.kind];
  const variable = r.arg === undefined ? null : c.argument(r.arg, callee);
  const what = quoted(variable, `The ${thing}`);
  const cause = events(c, r, placeOf(c, r.arg), variable);
  const say = (summary: string, detail: string, fix: string, as: Told['code'] = code): Told => told(as, summary, detail, fix, cause);
  switch (r.how) {
    case 'uninitialised':
      return uninitialised(c, r, callee, what, cause);
    case 'initialised': {
      const pair = r.kind === 'iterator' ? iterPair(c, c.at) : null;
      const since = cause.at(-1);
      return say(
        `${what} is initialised already where ${callee}() is called`,
        `It is still alive${since === undefined ? '' : ` since ${c.where(since.insn)}`}; initialising it again would lose what it holds.`,
        `${pair === null ? 'Release it' : `Call ${pair.end}()`} before ${callee}() is called again, or use another variable.`,
      );
    }
    case 'overwritten':
      return say(
        'A dynptr that holds a resource is overwritten',
        `The memory of the dynptr${cause[0] === undefined ? '' : ` that is alive since ${c.where(cause[0].insn)}`} is written while it still has to be submitted, discarded or released.`,
        'Submit, discard or release the dynptr first, or use another variable.',
      );
    case 'family':
      return say(
        `${what} was saved by another family of functions`,
        `${callee}() can restore only what its own family saved.`,
        'Restore it with the function that belongs to the one that saved it.',
        'release-order',
      );
    case 'other':
      return say(
        `${what} is a dynptr of another kind than ${callee}() takes`,
        `The kind of a dynptr is fixed by the function that made it.`,
        'Use the function for this kind of dynptr.',
      );
    case 'constant':
      return say(
        `${what} cannot be released here`,
        'The dynptr was handed to the program and does not belong to it.',
        `Remove ${callee}(): whoever handed it to the program ends it.`,
      );
    default:
      return say(
        `${callee || 'The call'}() needs the address of ${article} on the stack`,
        `The argument ${variable === null ? '' : `\`${variable}\` `}is not the address of such a variable at a constant, aligned offset.`,
        `Declare the ${thing} as a local variable and pass its address.`,
      );
  }
}

function uninitialised(c: Case, r: StackRefusal, callee: string, what: string, cause: readonly CauseEvent[]): Told {
  const { thing, code } = THINGS[r.kind];
  const ended = cause.findLast((e) => e.event === 'released' || e.event === 'stored');
  const by = ended === undefined ? '' : ` at ${c.where(ended.insn)}`;
  const gone = ended?.event === 'stored' ? 'overwritten' : r.kind === 'irq-flag' ? 'restored already' : 'ended already';
  const pair = r.kind === 'iterator' ? iterPair(c, c.at) : null;
  const summary = `${what} is not initialised where ${callee}() is called`;
  if (r.kind === 'irq-flag')
    return told(
      code,
      summary,
      `No IRQ state is saved in it: it was ${ended === undefined ? 'never saved on this path' : `${gone}${by}`}.`,
      ended === undefined
        ? `Save the IRQ state into it before ${callee}().`
        : 'Restore each saved IRQ state once; remove the second restore.',
      cause,
    );
  const start = pair === null ? '' : ` with ${pair.start}()`;
  const why =
    ended === undefined
      ? `On this path it was never ${r.kind === 'iterator' ? 'started' : 'initialised'}${start}, or that failed.`
      : `It is ${r.kind === 'iterator' && ended.event === 'released' && c.calleeName(ended.insn) === pair?.end ? 'destroyed' : gone}${by}: ${ended.text}.`;
  const fix =
    pair === null
      ? ended === undefined
        ? `Initialise the ${thing} before ${callee}().`
        : `Call ${callee}() before ${c.where(ended.insn)}, or initialise the ${thing} again.`
      : ended === undefined
        ? `Call ${pair.start}() before ${callee}(), and ${pair.end}() only after the last use.`
        : ended.event === 'released' && c.calleeName(ended.insn) === pair.end
          ? `Call ${callee}() before ${pair.end}(), or start the iterator again with ${pair.start}().`
          : `Do not write over the iterator at ${c.where(ended.insn)}: only ${pair.start}(), its next function and ${pair.end}() may touch it.`;
  return told(code, summary, why, fix, cause);
}
