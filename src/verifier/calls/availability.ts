// SPDX-License-Identifier: GPL-2.0-only
/** Whether a program may call a helper at all. */
import { words } from '../../kernel/words';
import { helperAllowedAt } from '../../kernel/attach-rules';
import type { HelperProto } from '../../kernel/profile';
import { allows, helperDemand, nonSleepableDescription } from '../contexts';
import { why } from '../diag';
import type { VerifierEnv } from '../env';
import { Errno } from '../errors';

/** The helper's own condition on where the program is attached (`struct bpf_func_proto.allowed`). */
function isAllowed(env: VerifierEnv, callback: string): boolean {
  return helperAllowedAt(env.kernel, callback, env.caller()) ?? env.unmodelled(`helper condition ${callback}`);
}

/** The program's prototype of a helper, chosen once: who calls does not change while the program is checked. */
function protoFor(env: VerifierEnv, id: number): HelperProto | null {
  let fn = env.helperProtos.get(id);
  if (fn === undefined) env.helperProtos.set(id, (fn = env.kernel.helperProto(id, env.caller())));
  return fn;
}

type Unavailable = 'program' | 'licence' | 'place';

function refuse(
  env: VerifierEnv,
  insnIdx: number,
  id: number,
  how: Unavailable,
  message: string,
  reason: string,
  suggestion: string,
): never {
  const callee = env.kernel.helperName(id) ?? 'unknown';
  return env.reject(Errno.EINVAL, message, () => why.notPermitted(insnIdx, `helper ${callee}#${id}`, reason, suggestion), {
    kind: 'helper-unavailable',
    id,
    callee,
    how,
  });
}

/** Refuses a helper that may sleep where nothing may. */
function refuseSleep(env: VerifierEnv, insnIdx: number, id: number, name: string, demand: number): never {
  const callee = `${name}#${id}`;
  const where = nonSleepableDescription(env.cur, demand);
  return env.reject(
    Errno.EINVAL,
    `${env.cur.inSleepable ? `sleepable helper ${callee} in ${where}` : words(env.kernel.features, 'words.mightSleep')(callee, where)}\n`,
    () =>
      why.sleepForbidden(
        env,
        insnIdx,
        `sleepable helper ${callee}`,
        'Move the helper call outside the critical section, or use a non-sleepable helper.',
      ),
    { kind: 'sleep', callee: name, demand },
  );
}

/** Prototype that the program gets for a helper number, after all checks that need no arguments (`check_helper_call`). */
export function availableHelper(env: VerifierEnv, id: number, insnIdx: number): HelperProto {
  const name = env.kernel.helperName(id) ?? 'unknown';
  if (id < 0 || id >= env.kernel.helperCount)
    env.reject(Errno.EINVAL, `invalid func ${name}#${id}\n`, undefined, {
      kind: 'no-such-helper',
      id,
    });
  const fn = protoFor(env, id);
  if (fn === null) {
    return refuse(
      env,
      insnIdx,
      id,
      'program',
      `${words(env.kernel.features, 'words.helperMissing')(`${name}#${id}`)}\n`,
      'this program type does not allow the helper',
      'Use a helper allowed for this program type, or move the logic to a compatible program type.',
    );
  }
  if (!env.gplCompatible && fn.gplOnly) {
    refuse(
      env,
      insnIdx,
      id,
      'licence',
      'cannot call GPL-restricted function from non-GPL compatible program\n',
      'this helper is restricted to GPL-compatible programs',
      'Use a GPL-compatible license, or replace the helper with one that is available to non-GPL programs.',
    );
  }
  if (fn.allowed !== null && !isAllowed(env, fn.allowed)) {
    refuse(
      env,
      insnIdx,
      id,
      'place',
      'helper call is not allowed in probe\n',
      'the helper-specific policy callback rejected this program',
      'Use the helper only from an allowed attach point or program configuration.',
    );
  }
  const demand = helperDemand(env, name, fn.mightSleep);
  if (!allows(env.cur, demand)) refuseSleep(env, insnIdx, id, name, demand);
  return fn;
}
