// SPDX-License-Identifier: GPL-2.0-only
/** Passes over the whole program before the exploration, and the two static checks after it. */
export { checkPermission } from './permission';
export { runPrepasses } from './run';
export { checkMaxStackDepth } from './stack-depth';
export { callSummary, type CallSummary } from './call-summary';
export { lateRewriteChecks } from './late-rewrites';
