// SPDX-License-Identifier: GPL-2.0-only
/** Nothing may be held when the program is left. */
import { Op } from '../../policy/types';
import { why } from '../diag';
import type { VerifierEnv } from '../env';
import { Errno } from '../errors';
import type { Held } from '../state/held';

/** Whether something held must not be taken out of the program in that way. */
function staysInside(held: Held, way: number): boolean {
  return (held.forbids & way) !== 0;
}

/** What is said after the references: kernels that have other words for leaving the program have none here. */
function leakWords(env: VerifierEnv, prefix: string, way: number): string {
  if (way === Op.LD_ABS && !env.kernel.features['exit.oneWording']) return `${prefix} cannot be mixed with socket references\n`;
  return env.kernel.features['exit.oneWording'] || way === Op.TAIL_CALL ? `${prefix} would lead to reference leak\n` : '';
}

function insideWords(env: VerifierEnv, prefix: string, held: Held, way: number): string {
  const { missing } = held.cls.words;
  if (env.kernel.features['exit.oneWording'] || way !== Op.EXIT || missing === undefined) {
    return `${prefix} cannot be used inside ${held.cls.exitRegion}\n`;
  }
  const count = env.cur.held.entries.filter((e) => e.cls === held.cls).length;
  return `${missing.replace('%d', String(count)).replace('%s', count === 1 ? ' is' : '(s) are')}\n`;
}

/** Prints every reference that is left; true if there was one (`check_reference_leak`). */
function referenceLeak(env: VerifierEnv, exceptionExit: boolean, way: number): boolean {
  if (!exceptionExit && env.cur.curframe !== 0) return false;
  // a struct_ops program may hand a reference back to the kernel; its type is checked with the return code
  const handsBack = !exceptionExit && env.progType === env.kernel.constant('BPF_PROG_TYPE_STRUCT_OPS');
  const returned = env.regs[0]!.id;
  let leak = false;
  for (const held of env.cur.held.entries) {
    if (held.cls.exitRegion !== '' || !staysInside(held, way)) continue;
    if (handsBack && returned === held.id) continue;
    env.verbose(`Unreleased reference id=${held.id} alloc_insn=${held.insn}\n`);
    env.explain(() => why.leak(env, held));
    leak = true;
  }
  return leak;
}

/**
 * Refuses to leave while something is held; `prefix` says how it is left, `way` as the operation that is asked for (`kernel/bpf/verifier.c: check_resource_leak`).
 * The order of the checks and their words are the policy's. Regions are only checked when `checkLock`, references only on leaving
 * the outermost frame or by exception.
 */
export function checkResourceLeak(
  env: VerifierEnv,
  exceptionExit: boolean,
  checkLock: boolean,
  prefix: string,
  way: number = exceptionExit ? Op.THROW : Op.EXIT,
): void {
  const { entries } = env.cur.held;
  if (entries.length === 0) return;
  const regions = env.rules.inExitOrder(entries.map((e) => e.cls.exitRegion));
  // before there was one wording, ends of programs were checked for regions first; '' stands for the check of references
  const inOrder = env.kernel.features['exit.oneWording'] || way !== Op.EXIT ? regions : [...regions.filter((r) => r !== ''), ''];
  for (const region of inOrder) {
    if (region === '') {
      if (referenceLeak(env, exceptionExit, way))
        env.reject(Errno.EINVAL, leakWords(env, prefix, way), undefined, {
          kind: 'leak',
          way,
        });
    } else if (checkLock) {
      const held = entries.find((e) => e.cls.exitRegion === region && staysInside(e, way));
      if (held === undefined) continue;
      env.reject(Errno.EINVAL, insideWords(env, prefix, held, way), () => why.stillInside(env, env.insnIdx, prefix, held.cls), {
        kind: 'leave-inside',
        held,
        way,
      });
    }
  }
}
