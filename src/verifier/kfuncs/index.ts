// SPDX-License-Identifier: GPL-2.0-only
/** Calls of kernel functions: which ones a program calls, their arguments, effects and results. */
export { checkKfuncCall } from './call';
export { addKfunc, fetchAllowedKfunc, fetchKfunc, kfuncSpinAllowed } from './collect';
export { KfArg, type KfuncArg } from './kinds';
