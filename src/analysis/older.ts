// SPDX-License-Identifier: GPL-2.0-only
/** What a program can use on a kernel that lacks something: what is older, there, and open to programs of its type. */
import { type CallerContext, type KernelProfile, UNLIMITED } from '../kernel/profile';
import { isSleepable, type Program } from '../object/program';
import type { MissingThing } from '../protocol/loads-on';
import { OLDER } from '../protocol/older';

function callerOf(prog: Program): CallerContext {
  return {
    progType: prog.progType,
    expectedAttachType: prog.expectedAttachType,
    sleepable: isSleepable(prog),
    attachName: prog.attachTarget,
    structOps: null,
    ...UNLIMITED,
  };
}

function mayCall(kernel: KernelProfile, name: string, caller: CallerContext): boolean {
  for (let id = 1; id < kernel.helperCount; id++) if (kernel.helperName(id) === name) return kernel.helperProto(id, caller) !== null;
  return false;
}

/** The thing with what to use instead on this kernel, if it is a call for which there is something older that programs of this type may call. */
export function withOlder(thing: MissingThing, kernel: KernelProfile, prog: Program | undefined): MissingThing {
  const older = thing.what === 'kfunc' || thing.what === 'helper' ? OLDER[thing.name] : undefined;
  if (older === undefined || prog === undefined) return thing;
  const caller = callerOf(prog);
  return older.helpers.every((name) => mayCall(kernel, name, caller)) ? { ...thing, older: older.text } : thing;
}
