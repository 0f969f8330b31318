// SPDX-License-Identifier: GPL-2.0-only
/** Objects with a life of their own: references, contexts, dynptrs, iterators, flags, locks, callbacks' fields, kptrs, graph nodes. */
export * from './context';
export * from './dynptr';
export * from './dynptr-slots';
export * from './element';
export * from './graph';
export * from './irq';
export * from './iter';
export * from './iter-next';
export * from './kptr';
export * from './lock';
export * from './lookup';
export * from './rcu-protection';
export * from './refs';
export * from './timer';
