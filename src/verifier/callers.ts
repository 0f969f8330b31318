// SPDX-License-Identifier: GPL-2.0-only
import type { CallerContext, KernelProfile } from '../kernel/profile';

/** So many are kept of a kernel: each function that programs attach to makes another. */
const MOST = 512;

const known = new WeakMap<KernelProfile, Map<string, CallerContext>>();

/** The one caller of a kernel that is like this: what it gets is kept by the object ({@link KernelProfile.helperProto}), for other programs too. */
export function sameCaller(kernel: KernelProfile, caller: CallerContext): CallerContext {
  let callers = known.get(kernel);
  if (callers === undefined || callers.size >= MOST) known.set(kernel, (callers = new Map()));
  const key = JSON.stringify(caller);
  let found = callers.get(key);
  if (found === undefined) callers.set(key, (found = caller));
  return found;
}
