// SPDX-License-Identifier: GPL-2.0-only
/** The posted series "KF_FORBID_SLEEP" (v4) and "KF_FORBID_FAULT" (v5): an element of the task_vma iterator holds a lock until it is released. */
import { Kf } from '../kernel/profile';
import { REF } from './classes';
import { LINUX_7_3 } from './mainline';
import { Op, type ContextClass, type KfuncAnnotation, type Policy, type RegionWords } from './types';

/** A reference that forbids sleeping while it is held; explained after the mainline's regions. Leaks are reported as references. */
function forbidding(name: string, describe: string): ContextClass {
  const report: RegionWords = {
    region: describe,
    sleepRule: 'code holding a VMA cannot call operations that may sleep',
    leave: 'Release the VMA before this operation on every path.',
    unmatched: '',
    holder: '',
  };
  return {
    ...REF,
    name,
    letter: 'F',
    colour: 'noFault',
    title: 'VMA',
    forbids: Op.FAULT | Op.SLEEP | Op.LEAVE,
    describe,
    describeRank: 50,
    report,
  };
}

export const NOSLEEP: ContextClass = forbidding('nosleep', 'nosleep region');
export const NOFAULT: ContextClass = forbidding('nofault', 'nofault region');

/** The kfuncs of the series: `_next` acquires an element of a class, `_release` gives it back. */
export function taskVmaAnnotations(acquires: string): KfuncAnnotation[] {
  return [
    { name: 'bpf_iter_task_vma_next', set: Kf.ACQUIRE, clear: 0, acquires },
    {
      name: 'bpf_iter_task_vma_release',
      set: Kf.RELEASE,
      clear: 0,
      proto: { ret: 'void', params: ['struct bpf_iter_task_vma *it__iter'] },
      needs: 'bpf_iter_task_vma_next',
    },
  ];
}

/** Version 4 of the series as posted. */
export const FORBID_SLEEP: Policy = {
  ...LINUX_7_3,
  id: 'forbid-sleep',
  title: 'KF_FORBID_SLEEP (series v4)',
  description: 'Mainline, and: a VMA from the task_vma iterator forbids sleeping until it is released (nosleep region).',
  classes: [...LINUX_7_3.classes, NOSLEEP],
  annotations: taskVmaAnnotations(NOSLEEP.name),
  iteratorElements: true,
  compareElementParent: false,
};

/** Version 5 of the series as posted: an element's iterator is not compared when paths merge, which lets wrong programs through. */
export const FORBID_FAULT: Policy = {
  ...FORBID_SLEEP,
  id: 'forbid-fault',
  title: 'KF_FORBID_FAULT (series v5)',
  description:
    'Mainline, and: a VMA from the task_vma iterator forbids faulting, and with it all sleeping, until it is released (nofault region). As posted, with its hole in the comparison of states.',
  classes: [...LINUX_7_3.classes, NOFAULT],
  annotations: taskVmaAnnotations(NOFAULT.name),
};

/** Version 5 with elements tied to their iterator when states are compared. */
export const FORBID_FAULT_SOUND: Policy = {
  ...FORBID_FAULT,
  id: 'forbid-fault-sound',
  title: 'KF_FORBID_FAULT (v5, sound)',
  description:
    'As forbid-fault, and states are the same only if their elements belong to the same iterators: what the series lacked to be sound.',
  compareElementParent: true,
};
