// SPDX-License-Identifier: GPL-2.0-only
/** Calls that the place forbids: what may sleep, what is called under a lock, what needs a region. */
import { CHANGES } from '../graph/held';
import { calledSlot } from '../isa/flow';
import { isFuncRef } from '../isa/insn';
import { Kf } from '../kernel/profile';
import { sectionStem, sleepableStem } from '../object/secdefs';
import { holdingOf } from '../policy/classes';
import { Op } from '../policy/types';
import type { CauseEvent } from '../protocol/explanation';
import { faultText, HOLDING, sleepText } from '../protocol/words';
import type { Refusal } from '../verifier/diag';
import type { Held } from '../verifier/state/held';
import { told, type Case, type Told } from './case';
import { nameOf } from './leak';
import { lastLeft } from './locks';
import { givesBack, isRegion, iteratorOf, releaserName } from './release';
import { chainTo } from './throwing';

/** The section without a leading `?`. */
export function sectionOf(c: Case): string {
  const { section, optional } = c.env.prog;
  return optional ? section.slice(1) : section;
}

/** Whether an instruction itself may sleep. */
function sleeps(c: Case, insn: number): boolean {
  const callee = c.callee(insn);
  if (callee === null || callee.subprog >= 0) return false;
  const rule = callee.kfunc !== null ? c.env.rules.kfunc(callee.name) : c.env.rules.helper(callee.name);
  if (rule.sleeps === 'no') return false;
  return (
    (callee.kfunc !== null && (callee.kfunc.flags & Kf.SLEEPABLE) !== 0) ||
    callee.helper?.mightSleep === true ||
    rule.sleeps === 'sleep' ||
    rule.sleeps === 'fault'
  );
}

/** Where a function was made a callback: the call that takes it. */
function registration(c: Case, subprog: number): number | null {
  const start = c.env.subprogs[subprog]?.start ?? -1;
  const load = c.env.insns.findIndex((insn, i) => isFuncRef(insn) && calledSlot(insn, i) === start);
  if (load < 0) return null;
  for (let i = load + 2; i < c.env.insns.length; i++) if (c.callee(i) !== null) return i;
  return null;
}

/** How one can do it although the program cannot sleep. */
function elsewhere(c: Case): string {
  const section = sectionOf(c);
  const stem = sectionStem(section) ?? section;
  const twin = sleepableStem(section);
  if (twin !== null) return `Use SEC("${twin}${section.slice(stem.length)}"), so that the program may sleep.`;
  const probe = stem === 'kprobe' || stem === 'kretprobe';
  return probe
    ? `Use a function that does not sleep, such as bpf_probe_read_user(), or attach with fentry.s or uprobe.s, which may sleep.`
    : `Let user space do it and put the value into a map, or do it in the callback of a bpf_wq work queue, which may sleep.`;
}

/** Something may sleep where that is not allowed. */
export function mayNotSleep(c: Case, r: Extract<Refusal, { kind: 'sleep' }>): Told {
  const chain = r.subprog === undefined ? [] : chainTo(c, c.at, (insn) => sleeps(c, insn));
  const deepest = chain.at(-1);
  const sleeper = deepest === undefined ? r.callee : c.calleeName(deepest);
  const down: CauseEvent[] = chain.map((insn) =>
    c.event('call', insn, sleeps(c, insn) ? `${c.calleeName(insn)}() may sleep` : `calls ${c.calleeName(insn)}()`, null, false),
  );
  const through =
    chain.length < 2
      ? `${r.callee}()`
      : `${r.callee}() calls ${chain
          .slice(1)
          .map((i) => `${c.calleeName(i)}()`)
          .join(', which calls ')}, which`;
  const faultOnly = (r.demand & Op.SLEEP) === 0 || (c.held.forbids & Op.SLEEP) === 0;
  const guilty = c.held.entries.filter((h) => (h.forbids & r.demand) !== 0);
  const may = faultOnly && guilty.length > 0 ? faultText('yes') : sleepText('yes');
  if (guilty.length > 0) return insideRegion(c, r.callee, guilty, `${through} ${may}`, may, down);
  const frame = c.last?.frames[0];
  const callback = c.last?.frames.find((f) => f.isAsync || f.isCallback);
  if (frame?.isAsync === true || (callback !== undefined && c.env.sleepable)) {
    const sub = (frame?.isAsync === true ? frame : callback!).subprogno;
    const made = registration(c, sub);
    const maker = made === null ? '' : c.calleeName(made);
    const fn = c.env.subprogs[sub]?.name ?? 'the callback';
    const isTimer = made !== null && c.callee(made)?.helper?.behaviour === 'timer_set_callback';
    const kind = isTimer ? 'A timer callback' : maker === '' ? 'This callback' : `A callback of ${maker}()`;
    return told(
      'not-sleepable',
      `\`${fn}\` may never sleep: it is a callback${isTimer ? ' of a timer' : ''}`,
      `${through} may sleep. ${kind} may never sleep, whatever the program is.`,
      'Do it in the callback of a bpf_wq work queue, which may sleep, or before the callback is set.',
      [...(made === null ? [] : [c.event('callback', made, `${maker}() makes ${fn}() a callback that never sleeps`, fn, true)]), ...down],
    );
  }
  const section = sectionOf(c);
  const stem = sectionStem(section) ?? section;
  const twin = sleepableStem(section);
  const member = c.env.attach.structOps?.member;
  return told(
    'not-sleepable',
    `\`${sleeper}\` may sleep, and this program must not`,
    `${through} may sleep. ${twin === null ? `${stem} programs can never sleep.` : `This program is SEC("${section}")${member === undefined ? '' : ` for the operation ${member}`}; only ${twin} programs may sleep.`}`,
    elsewhere(c),
    down.length < 2 ? [] : down,
  );
}

/** In a region that forbids it. */
function insideRegion(c: Case, callee: string, guilty: readonly Held[], through: string, may: string, down: readonly CauseEvent[]): Told {
  const inner = guilty.at(-1)!;
  const nested = guilty.filter((h) => h.cls.name === inner.cls.name).length;
  const entered = guilty.map((h) => {
    const { title, taker } = nameOf(c, h);
    return c.event(
      CHANGES[holdingOf(h.cls)].begins.event,
      h.insn,
      `${taker === '' ? 'a callback rule' : `${taker}()`} ${HOLDING[holdingOf(h.cls)].begins} the ${title}`,
      null,
      true,
    );
  });
  const chain = (c.last?.frames ?? []).map((f) => f.callsite).filter((at) => at >= 0 && at > -1);
  const calls = chain.map((at) =>
    c.event('call', at, c.callee(at)?.subprog === -1 ? `${c.calleeName(at)}() runs the callback` : `calls ${c.calleeName(at)}()`),
  );
  const left = lastLeft(c, inner.cls.name);
  const { title } = nameOf(c, inner);
  const gives = givesBack(c, inner, nameOf(c, inner).carrier);
  const releaser = releaserName(c, gives, c.calleeName(inner.insn));
  const region = isRegion(inner.cls);
  const { began, ended, still: open } = HOLDING[holdingOf(inner.cls)];
  const one =
    nested > 1
      ? `${nested} of them are ${open}`
      : left === null
        ? `it is still ${open}`
        : `only one of two was ${ended}, at ${c.where(left)}; the other is still ${open}`;
  const outside = chain.length > 0 ? c.where(chain[0]!) : `${callee}()`;
  const release =
    inner.cls.token === 'pointer' && releaser !== null
      ? `Release the ${title} first: ${releaser}(${nameOf(c, iteratorOf(c, inner) ?? inner).variable ?? '…'})`
      : `Move ${chain.length > 0 ? `the call of ${outside}` : outside} out of the ${title}: after ${releaser === null ? 'it is left' : `${releaser}()`}, or before it is ${began}`;
  const steps = [...entered, ...(left === null ? [] : [c.event('left', left, `one ${title} is ${ended} here`)]), ...calls, ...down];
  const where = region ? `inside the ${title}` : `while the ${title} is held`;
  const since = `${began} at ${c.where(inner.insn)}`;
  return told(
    'context-forbidden',
    `${callee}() ${may} ${where}`,
    `${through}, and the ${title} ${since} forbids that: ${one}.`,
    `${release}.`,
    steps,
  );
}

/** A call under a lock, or in a section that allows none. */
export function calledInside(c: Case, r: Extract<Refusal, { kind: 'call-inside' }>): Told {
  const callee = r.callee || c.calleeName(c.at);
  const held = c.held.entries.filter((h) => (h.forbids & (Op.CALL | Op.GLOBAL_CALL)) !== 0);
  const cause = held.map((h) => {
    const taken = HOLDING[holdingOf(h.cls)];
    const by = c.calleeName(h.insn) || 'the caller';
    return c.event(CHANGES[holdingOf(h.cls)].begins.event, h.insn, `${by} ${taken.begins} the ${h.cls.title}`, null, true);
  });
  const { title } = r.cls;
  const words = HOLDING[holdingOf(r.cls)];
  const region = isRegion(r.cls);
  const since = held[0] === undefined ? '' : ` ${words.began} at ${c.where(held[0].insn)}`;
  return told(
    'context-forbidden',
    region ? `${callee}() is called inside the ${title}` : `${callee}() is called while the ${title} is held`,
    `Only a few functions may be called ${region ? 'inside' : 'under'} the ${title}${since}; ${callee}() is not one of them.`,
    r.global
      ? `Make ${callee} static, or call it after the ${title} is ${words.ended}.`
      : `Call ${callee}() before the ${title} is ${words.began}, or after it is ${words.ended}.`,
    cause,
  );
}

/** A call that needs RCU protection. */
export function needsRcu(c: Case, callee: string): Told {
  return told(
    'region-needed',
    `${callee}() needs an RCU read section`,
    `The program ${c.last?.sleepable === true ? 'may sleep, so it is not' : 'is not'} inside an RCU critical section here, and ${callee}() is allowed only in one.`,
    `Call it between bpf_rcu_read_lock() and bpf_rcu_read_unlock(), and use what it gives only there.`,
  );
}
