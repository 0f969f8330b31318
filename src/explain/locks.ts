// SPDX-License-Identifier: GPL-2.0-only
/** Locks and regions: taken or entered twice, left in the wrong order, not held. */
import type { Refusal } from '../verifier/diag';
import { regSpot, trackBack } from './back';
import { told, type Case, type Of, type Told } from './case';
import { originEvent, originOfTrace, thingIn } from './origin';
import { decided } from './invalid';
import { quoted } from './words';

/** Something is released that is not owned. */
export function notOwned(c: Case, arg: number, callee: string): Told {
  const name = callee || c.calleeName(c.at);
  const trace = trackBack(c.env.insns, c.path, c.path.length - 1, regSpot(c.path, c.regno(arg)));
  const made = trace.links.find((l) => l.kind === 'load' || l.kind === 'call');
  const reg = c.reg(arg);
  const variable = c.argument(arg, name);
  const owner = made?.kind === 'load' && reg !== undefined && isFromMap(c, made.step, made.from?.index ?? -1);
  const lost = trace.links.find((l) => l.kind === 'lost');
  const released = lost !== undefined && c.calleeName(lost.insn) !== '' ? lost.insn : null;
  const given = released === null && made === undefined ? originOfTrace(c, trace) : null;
  const detail =
    released !== null
      ? `${c.calleeName(released)}() at ${c.where(released)} gave it back already, so the program holds no reference to it any more.`
      : owner
        ? `The pointer was read from a kptr field of a map value at ${c.where(made.insn)}; the map still owns the reference.`
        : made?.kind === 'call'
          ? `${c.calleeName(made.insn)}() at ${c.where(made.insn)} returns a pointer without a reference of its own.`
          : 'The program holds no reference to it: it was never acquired, or was released before.';
  return told(
    'not-held',
    `${quoted(variable, 'A pointer')} is released by ${name}() without being owned`,
    `${detail} ${name}() needs a pointer that owns a reference.`,
    released !== null
      ? `Release it once: remove this call of ${name}() or the one at ${c.where(released)}.`
      : owner
        ? `Take the pointer out of the map with bpf_kptr_xchg(&…, NULL) and release what it returns.`
        : `Release only what a function that acquires has returned, once: this pointer belongs to someone else.`,
    released !== null
      ? [c.event('released', released, `${c.calleeName(released)}() gives it back`, variable, true)]
      : made === undefined
        ? given === null
          ? []
          : [given]
        : [
            c.event(
              made.kind === 'load' ? 'loaded' : 'call',
              made.insn,
              owner ? 'read from the map, which keeps owning it' : 'no reference is taken here',
              variable,
              true,
            ),
          ],
  );
}

function isFromMap(c: Case, step: number, index: number): boolean {
  const reg = c.path[step]?.frames.at(-1)?.regs[index];
  return reg !== undefined && reg.map !== null && typeof reg.map === 'object' && 'valueSize' in reg.map;
}

/** Locks: taken again, not held, other, out of order. */
export function lock(c: Case, r: Extract<Refusal, { kind: 'lock-state' }>): Told {
  const name = c.calleeName(c.at);
  if (r.how === 'not-held') {
    const failed = failedLock(c);
    if (failed !== null) {
      const taker = c.calleeName(failed);
      return told(
        'not-held',
        `${name}() is called where the lock was not taken`,
        `${taker}() at ${c.where(failed)} may fail; on this path it returned an error, so the lock is not held.`,
        `Check the return value of ${taker}(), and unlock only if it is 0.`,
        [c.event('taken', failed, `${taker}() fails on this path: the lock is not taken`, null, true)],
      );
    }
    return told(
      'not-held',
      `${name}() is called where no lock is held`,
      'No lock is held on this path.',
      'Take the lock first, or unlock only on the path that took it.',
      decided(c, 1),
    );
  }
  const held = r.held;
  const cause = held === null ? [] : [c.event('taken', held.insn, `${c.calleeName(held.insn)}() takes the lock that is held`, null, true)];
  const where = held === null ? '' : ` The lock that is held was taken at ${c.where(held.insn)}.`;
  if (r.how === 'again')
    return told(
      'release-order',
      `A lock is taken while one is held already`,
      `${name}() would deadlock, or is not allowed under another lock.${where}`,
      'Release the lock that is held before taking another one.',
      cause,
    );
  if (r.how === 'other')
    return told(
      'release-order',
      `Another lock is released than the one that is held`,
      `${name}() does not name the lock that is held.${where}`,
      'Release the lock that was taken, by the same pointer.',
      cause,
    );
  return told(
    'release-order',
    `Locks are released in the wrong order`,
    `Nested locks are released in reverse order: last in, first out.${where}`,
    `Release the lock of ${held === null ? 'the inner region' : c.where(held.insn)} first.`,
    cause,
  );
}

/** The call on the path that takes a lock and failed. */
function failedLock(c: Case): number | null {
  for (let i = c.path.length - 2; i >= 0; i--) {
    const [step, next] = [c.path[i]!, c.path[i + 1]!];
    const callee = c.callee(step.insn);
    if (callee?.kfunc == null) continue;
    const effect = c.env.rules.kfunc(callee.name).effect;
    if (effect?.enter === true && effect.cls.mayFail && step.held === next.held) return step.insn;
  }
  return null;
}

/** Regions: left without being entered, in the wrong order, entered again. */
export function regionOrder(
  c: Case,
  r: Extract<Refusal, { kind: 'not-entered' | 'leave-order' | 'enter-again' | 'lock-in-callback' }>,
): Told {
  const name = c.calleeName(c.at);
  switch (r.kind) {
    case 'not-entered': {
      const left = lastLeft(c, r.cls.name);
      return told(
        'not-held',
        `${name}() leaves a region that is not entered`,
        `No ${r.cls.title} is open here${left === null ? '' : `: it was left already at ${c.where(left)}`}.`,
        `Remove the extra ${name}(), or enter the region first on this path.`,
        left === null ? decided(c, 1) : [c.event('left', left, 'the region is left here already', null, true)],
      );
    }
    case 'leave-order': {
      const outer = c.held.entries.filter((e) => e.cls.order === r.held.cls.order && e !== r.held);
      return told(
        'release-order',
        `Nested IRQ regions are left in the wrong order`,
        `Regions nest: the inner one, most recently saved at ${c.where(r.held.insn)}, has to be restored first, in reverse order.`,
        `Restore the flags of ${c.where(r.held.insn)} first.`,
        [
          ...outer.map((e) => c.event('entered', e.insn, 'the outer IRQ region is entered')),
          c.event('entered', r.held.insn, 'the inner IRQ region is entered', null, true),
        ],
      );
    }
    case 'enter-again':
      return told(
        'release-order',
        `${r.cls.title} is entered while it is held`,
        'It does not nest.',
        'Leave it before entering it again.',
        c.held.entries.filter((e) => e.cls === r.cls).map((e) => c.event('entered', e.insn, 'entered here', null, true)),
      );
    case 'lock-in-callback':
      return told(
        'context-forbidden',
        `${name}() is called in a callback that runs under its caller's lock`,
        'The lock stays held while the callback runs; it can neither be taken nor released in it.',
        'Take and release the lock in the caller.',
      );
  }
}

export function lastLeft(c: Case, cls: string): number | null {
  for (let i = c.path.length - 2; i >= 0; i--) {
    if (c.path[i]!.held.count(cls) > c.path[i + 1]!.held.count(cls)) return c.path[i]!.insn;
  }
  return null;
}
/** A list or tree is changed without its lock: no lock is held, it was released, or it is another one. */
export function lockNeeded(c: Case, r: Of<'lock-needed'>): Told {
  const callee = c.calleeName(c.at);
  const held = c.held.entries.find((h) => h.cls.token === 'object') ?? null;
  const released = held === null ? lastReleased(c) : null;
  const reg = c.reg(r.arg);
  const thing = reg === undefined || thingIn(reg) === '' ? `the ${r.field}` : thingIn(reg);
  const origin = originEvent(c, r.arg, false);
  const cause = [
    ...(held === null
      ? []
      : [c.event('taken', held.insn, `${c.calleeName(held.insn)}() takes another lock than that of ${thing}`, null, true)]),
    ...(released === null ? [] : [c.event('released', released, `${c.calleeName(released)}() releases the lock`, null, true)]),
    ...(origin === null ? [] : [{ ...origin, guilty: held === null && released === null }]),
  ];
  const why =
    held !== null
      ? `The lock that is held, taken at ${c.where(held.insn)}, is not the one beside ${thing}.`
      : released !== null
        ? `The lock was released at ${c.where(released)}, before this call.`
        : 'No lock is held on this path.';
  return told(
    'lock-needed',
    `${callee}() is called without the lock of ${thing}`,
    `A list or tree (${r.field}) may be used only while the bpf_spin_lock beside it, in the same section, map value or object, is held. ${why}`,
    held !== null
      ? `Take the lock that is declared beside ${thing} before ${c.where(c.at)}.`
      : released !== null
        ? `Move the call before ${c.calleeName(released)}() of ${c.where(released)}.`
        : `Call bpf_spin_lock() with the lock beside ${thing} before ${c.where(c.at)}, and bpf_spin_unlock() after it.`,
    cause,
  );
}

/** The last instruction of the path that released a lock. */
function lastReleased(c: Case): number | null {
  const count = (step: number): number => c.path[step]!.held.entries.filter((h) => h.cls.token === 'object').length;
  for (let i = c.path.length - 2; i >= 0; i--) if (count(i) > count(i + 1)) return c.path[i]!.insn;
  return null;
}
