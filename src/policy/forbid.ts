// SPDX-License-Identifier: GPL-2.0-only
/** The posted series "KF_FORBID_SLEEP" (v4) and "KF_FORBID_FAULT" (v5): an element of the task_vma iterator holds a lock until it is released. */
import { Kf } from '../kernel/profile';
import { MAINLINE_CLASSES, REF } from './classes';
import { Op, type ContextClass, type KfuncAnnotation, type Policy } from './types';

/** A reference that forbids sleeping while it is held; explained after the mainline's regions. Leaks are reported as references. */
function forbidding(name: string, title: string, describe: string): ContextClass {
  return { ...REF, name, letter: 'F', title, forbids: Op.FAULT | Op.SLEEP | Op.EXIT, describe, describeRank: 50 };
}

export const NOSLEEP: ContextClass = forbidding('nosleep', 'VMA', 'nosleep region');
export const NOFAULT: ContextClass = forbidding('nofault', 'VMA', 'nofault region');

function taskVmaAnnotations(acquires: string): KfuncAnnotation[] {
  return [
    { name: 'bpf_iter_task_vma_next', set: Kf.ACQUIRE, clear: 0, acquires },
    {
      name: 'bpf_iter_task_vma_release',
      set: Kf.RELEASE,
      clear: 0,
      proto: { ret: 'void', params: ['struct bpf_iter_task_vma *it__iter'] },
    },
  ];
}

/** Version 4 of the series, with elements tied to their iterator when states are compared. */
export const FORBID_SLEEP: Policy = {
  id: 'forbid-sleep',
  title: 'KF_FORBID_SLEEP (series v4)',
  description: 'Mainline, and: a VMA from the task_vma iterator forbids sleeping until it is released (nosleep region).',
  classes: [...MAINLINE_CLASSES, NOSLEEP],
  annotations: taskVmaAnnotations('nosleep'),
  iteratorElements: true,
  compareElementParent: true,
};

/** Version 5 of the series, with elements tied to their iterator when states are compared. */
export const FORBID_FAULT: Policy = {
  id: 'forbid-fault',
  title: 'KF_FORBID_FAULT (series v5)',
  description:
    'Mainline, and: a VMA from the task_vma iterator forbids faulting, and with it all sleeping, until it is released (nofault region).',
  classes: [...MAINLINE_CLASSES, NOFAULT],
  annotations: taskVmaAnnotations('nofault'),
  iteratorElements: true,
  compareElementParent: true,
};
