// SPDX-License-Identifier: GPL-2.0-only
/** Instructions that compute and jump. */
export { checkAlu } from './alu';
export { checkCondJmp, collectLinkedRegs, markPtrOrNullRegs, regNotNull, syncLinkedRegs } from './jump';
export { checkBoundsSanity } from './sanity';
