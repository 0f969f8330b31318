// SPDX-License-Identifier: GPL-2.0-only
/** The verifier's log: lines, states, names. */
export { insnText, namedInsnText, printInsnLine, verboseInsn } from './insn';
export { findLineInfo, lineText, verboseLinfo } from './linfo';
export { VerifierLog } from './log';
export { dynptrTypeStr, regTypeStr } from './regtype';
export { iterTypeStr, markClean, markScratched, printInsnState, printPendingState, printVerifierState, regText, stateText } from './state';
export { printStats } from './stats';
