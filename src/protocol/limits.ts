// SPDX-License-Identifier: GPL-2.0-only
/** Limits of the kernel that views name. */
export { INSN_LIMIT } from '../isa/limits';
