// SPDX-License-Identifier: GPL-2.0-only
/** Flags of kfuncs that policy files and overlays may give. */
import { KF_FLAGS } from '../kernel/flags';
import { Kf } from '../kernel/profile';

/**
 * Flags of the posted series and proposals. They are no flags of the kernel: each says a class of what is acquired, entered or left.
 * KF_ACQUIRE_LOCK is KF_ACQUIRE for locks; the markers take their class in parentheses: `KF_CTX_ENTER(rcu)`.
 */
export const CLASS_FLAGS: ReadonlyMap<string, { readonly cls: string; readonly sets: number }> = new Map([
  ['KF_FORBID_FAULT', { cls: 'nofault', sets: 0 }],
  ['KF_FORBID_SLEEP', { cls: 'nosleep', sets: 0 }],
  ['KF_ACQUIRE_LOCK', { cls: 'acquired_lock', sets: Kf.ACQUIRE }],
]);

/** Names of all flags that a file may give. */
export const KNOWN_FLAGS: readonly string[] = [...KF_FLAGS.keys(), ...CLASS_FLAGS.keys(), 'KF_CTX_ENTER(class)', 'KF_CTX_LEAVE(class)'];
