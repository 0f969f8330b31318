// SPDX-License-Identifier: GPL-2.0-only
/** Exploration: pending and visited states, precision, loops, the main loop. */
export { pushJmpHistory } from './history';
export { markArgPrecision, markChainPrecision, markStackArgPrecision, markStackSlotsPrecise } from './precision';
export { ENTRY_CALLSITE, newFrame, popStack, pushAsyncCb, pushStack } from './stack';
