// SPDX-License-Identifier: GPL-2.0-only
/**
 * The counter-proposal to the series: KF_ACQUIRE for references, which forbid nothing, and KF_ACQUIRE_LOCK for locks, which make the
 * context non-sleepable. What the proposal left open are parameters.
 */
import { REF } from './classes';
import { taskVmaAnnotations } from './forbid';
import { LINUX_7_3 } from './mainline';
import { Op, type ContextClass, type Policy } from './types';

/** What the proposal did not say. */
export interface AcquireLockParameters {
  /** Whether several locks may be held at once. */
  readonly nesting: 'counter' | 'once';
  /** Whether they are given back last in, first out. */
  readonly order: 'none' | 'lifo';
  /** {@link Op} bits that a lock forbids beside sleeping. */
  readonly forbids: number;
  /** What a sleeping lock, such as mmap_lock, forbids: all sleeping, or only faults. */
  readonly sleepingLock: 'sleep' | 'fault';
}

export const ACQUIRE_LOCK_DEFAULTS: AcquireLockParameters = { nesting: 'counter', order: 'none', forbids: 0, sleepingLock: 'sleep' };

/** Name of the class that KF_ACQUIRE_LOCK takes. */
export const ACQUIRED_LOCK = 'acquired_lock';

function acquiredLock(p: AcquireLockParameters): ContextClass {
  return {
    ...REF,
    name: ACQUIRED_LOCK,
    letter: 'K',
    colour: 'purple',
    title: 'VMA lock',
    nesting: p.nesting,
    order: p.order === 'lifo' ? ACQUIRED_LOCK : null,
    forbids: (p.sleepingLock === 'sleep' ? Op.SLEEP | Op.FAULT : Op.FAULT) | Op.LEAVE | p.forbids,
    describe: 'lock region',
    describeRank: 50,
  };
}

/** The regime with the open questions answered. */
export function acquireLock(parameters: Partial<AcquireLockParameters> = {}): Policy {
  const p = { ...ACQUIRE_LOCK_DEFAULTS, ...parameters };
  return {
    ...LINUX_7_3,
    id: 'acquire-lock',
    title: 'KF_ACQUIRE_LOCK (proposal)',
    description:
      'Mainline, and: kfuncs may acquire locks, which forbid sleeping until they are given back, while plain references forbid nothing. The VMA of the task_vma iterator is a lock.',
    classes: [...LINUX_7_3.classes, acquiredLock(p)],
    annotations: taskVmaAnnotations(ACQUIRED_LOCK),
    iteratorElements: true,
    compareElementParent: true,
  };
}

export const ACQUIRE_LOCK: Policy = acquireLock();
