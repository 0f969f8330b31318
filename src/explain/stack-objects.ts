// SPDX-License-Identifier: GPL-2.0-only
/** Iterators, dynptrs and saved IRQ flags on the stack in the wrong state. */
import type { Refusal } from '../verifier/diag';
import { told, type Case, type Told } from './case';
import { argumentText, quoted } from './words';

/** Objects on the stack that are in the wrong state: iterators, dynptrs, saved IRQ flags. */
export function stackObject(c: Case, r: Extract<Refusal, { kind: 'iterator' | 'dynptr' | 'irq-flag' }>): Told {
  const callee = (r.kind === 'irq-flag' ? '' : r.callee) || c.calleeName(c.at);
  const code = r.kind === 'iterator' ? 'iterator-state' : r.kind === 'dynptr' ? 'dynptr-state' : 'not-held';
  const thing = r.kind === 'iterator' ? 'iterator' : r.kind === 'dynptr' ? 'dynptr' : 'saved IRQ flag';
  const variable = r.arg === undefined ? null : c.argument(r.arg, callee);
  const what = quoted(variable, `The ${thing}`);
  const before = usedBefore(c, variable);
  const events = before.map((at, i) => c.event('call', at, `${c.calleeName(at)}() was called with it`, variable, i === before.length - 1));
  const pair = r.kind === 'iterator' ? iterPair(callee) : null;
  switch (r.how) {
    case 'uninitialised':
      return told(
        code,
        `${what} is not initialised where ${callee}() is called`,
        r.kind === 'irq-flag'
          ? `No IRQ state is saved in it: it was never saved, or already restored${before.length > 0 ? ` at ${c.where(before.at(-1)!)}` : ''}.`
          : `It was never started${pair === null ? '' : ` with ${pair.start}()`}, or is destroyed${before.length > 0 ? `: see ${c.where(before.at(-1)!)}` : ''}.`,
        r.kind === 'irq-flag'
          ? 'Restore each saved IRQ state once; remove the second restore.'
          : pair === null
            ? `Initialise the ${thing} before ${callee}().`
            : `Call ${pair.start}() before ${callee}(), and ${pair.end}() only after the last use.`,
        events,
      );
    case 'initialised':
      return told(
        code,
        `${what} is initialised already where ${callee}() is called`,
        `It is still alive${before.length > 0 ? ` since ${c.where(before.at(-1)!)}` : ''}; initialising it again would lose what it holds.`,
        pair === null
          ? `Release it before ${callee}(), or use another variable.`
          : `Call ${pair.end}() before ${callee}() is called again, or use another variable.`,
        events,
      );
    case 'overwritten':
      return told(
        code,
        'A dynptr that holds a resource is overwritten',
        'The memory of the dynptr is written while it still has to be submitted, discarded or released.',
        'End the dynptr first.',
        events,
      );
    case 'family':
      return told(
        'release-order',
        `${what} was saved by another family of functions`,
        `${callee}() can restore only what its own family saved.`,
        'Restore it with the function that belongs to the one that saved it.',
        events,
      );
    case 'other':
      return told(
        code,
        `${what} is a dynptr of another kind than ${callee}() takes`,
        `The kind of a dynptr is fixed by the function that made it.`,
        'Use the function for this kind of dynptr.',
        events,
      );
    case 'constant':
      return told(
        code,
        `${what} cannot be released here`,
        'The dynptr was handed to the program and does not belong to it.',
        'Leave it to the caller.',
        events,
      );
    default:
      return told(
        code,
        `${callee || 'The call'}() needs the address of ${r.kind === 'iterator' ? 'an iterator' : r.kind === 'dynptr' ? 'a dynptr' : 'a saved IRQ flag'} on the stack`,
        `The argument ${variable === null ? '' : `\`${variable}\` `}is not the address of such a variable at a constant, aligned offset.`,
        `Declare the ${thing} as a local variable and pass its address.`,
        events,
      );
  }
}

/** Calls of the path that had the same first argument by the source's words, newest last. */
function usedBefore(c: Case, variable: string | null): number[] {
  if (variable === null) return [];
  const found: number[] = [];
  for (const { insn } of c.path.slice(0, -1)) {
    const name = c.calleeName(insn);
    if (name !== '' && insn !== c.at && c.text(insn).includes(`${name}(`) && argumentIs(c, insn, name, variable) && found.at(-1) !== insn)
      found.push(insn);
  }
  return found.slice(-3);
}

function argumentIs(c: Case, insn: number, name: string, variable: string): boolean {
  return [0, 1, 2, 3].some((i) => argumentText(c.text(insn), name, i) === variable);
}

/** `new` and `destroy` of the iterator that a function is for. */
function iterPair(callee: string): { start: string; end: string } | null {
  const stem = /^(bpf_iter_\w+)_(?:new|next|destroy)$/.exec(callee)?.[1];
  if (stem === undefined) return null;
  return { start: `${stem}_new`, end: `${stem}_destroy` };
}
