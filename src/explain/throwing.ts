// SPDX-License-Identifier: GPL-2.0-only
/** Exceptions: where they are thrown, and what catches them. */
import { calledSlot } from '../isa/flow';
import { isFuncRef } from '../isa/insn';
import type { CauseEvent } from '../protocol/explanation';
import { told, type Case, type Told, type Of } from './case';

/** Calls on the path after a step that lead into the frame of the refusal. */
export function callers(c: Case): CauseEvent[] {
  const frames = c.last?.frames ?? [];
  const calls = frames
    .map((f) => f.callsite)
    .filter((at) => at >= 0)
    .map((at) => c.event('call', at, `calls ${c.calleeName(at)}(), which may throw`));
  const here = c.callee(c.at);
  return here !== null && here.subprog >= 0
    ? [...calls, ...throwChain(c, c.at)]
    : [...calls, c.event('call', c.at, `${here?.name ?? 'bpf_throw'}() throws`, null, true)];
}

/** From a call of a function that may throw down to the call of bpf_throw. */
export function throwChain(c: Case, at: number): CauseEvent[] {
  return chainTo(c, at, (insn) => c.callee(insn)?.kfunc?.behaviour === 'throw').map((insn, i) =>
    c.event(
      'call',
      insn,
      i === 0 ? `${c.calleeName(insn)}() may throw` : `${c.calleeName(insn)}() is called`,
      null,
      c.callee(insn)?.kfunc != null,
    ),
  );
}

/** Calls from `at` (a call of a function of the program) down to the first instruction that `is` what is looked for, by static search. */
export function chainTo(c: Case, at: number, is: (insn: number) => boolean): number[] {
  const seen = new Set<number>();
  const search = (call: number): number[] | null => {
    const subprog = c.callee(call)?.subprog ?? -1;
    if (subprog < 0 || seen.has(subprog)) return null;
    seen.add(subprog);
    const [start, end] = [c.env.subprogs[subprog]!.start, c.env.subprogs[subprog + 1]!.start];
    for (let i = start; i < end; i++) if (c.callee(i) !== null && c.callee(i)!.subprog < 0 && is(i)) return [call, i];
    for (let i = start; i < end; i++) {
      const below = search(i);
      if (below !== null) return [call, ...below];
    }
    return null;
  };
  return search(at) ?? [at];
}

/** bpf_throw where it is not possible. */
export function thrown(c: Case, r: Of<'throw'>): Told {
  if (r.how === 'direct-call')
    return {
      ...told('exception', 'The exception callback is called directly', 'Only bpf_throw() calls it.', 'Call another function.'),
      at: r.at,
    };
  const callback = c.functionName(r.at);
  const start = c.env.subprogs[c.subprogAt(r.at)]?.start ?? -1;
  const load = c.env.insns.findIndex((insn, i) => isFuncRef(insn) && calledSlot(insn, i) === start);
  let made = -1;
  if (load >= 0) for (let i = load + 2; i < c.env.insns.length && made < 0; i++) if (c.callee(i) !== null) made = i;
  const cause = [
    ...(made < 0 ? [] : [c.event('callback', made, `${c.calleeName(made)}() takes ${callback}() as a callback`, callback)]),
    c.event('call', r.at, `${c.calleeName(r.at)}() throws`, null, true),
    ...throwChain(c, r.at).slice(1),
  ];
  return {
    ...told(
      'exception',
      `bpf_throw() cannot be called in the callback \`${callback}\``,
      'An exception must not leave the kernel function that runs the callback.',
      made < 0 ? 'Do not throw here.' : 'Leave it with a return value, and throw after the call that runs it.',
      cause,
    ),
    at: r.at,
  };
}

export function exceptionCallback(r: Of<'exception-callback'>): Told {
  const why = {
    void: 'It returns nothing; it has to return a number.',
    arguments: 'It takes one number.',
    several: 'Several are named.',
    missing: 'It is not in the program.',
    static: 'It has to be a global function.',
  }[r.how];
  return told(
    'exception',
    `The exception callback${r.name === undefined ? '' : ` \`${r.name}\``} cannot be used`,
    why,
    'Declare it as int callback(u64 cookie), global, once.',
  );
}
