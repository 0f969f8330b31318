// SPDX-License-Identifier: GPL-2.0-only
import { VERIFIED_KERNEL } from '../kernel/releases';
import { LINUX_7_3 } from './mainline';
import type { Policy } from './types';

/** Mainline's contexts through one enter and one leave marker a class, which is how the rules of mainline stand here anyway. */
export const CONTEXT_CLASSES: Policy = {
  ...LINUX_7_3,
  id: 'context-classes',
  title: 'Context classes (markers)',
  description: `Each context is a row of one table with an enter and a leave marker, instead of functions known by identity. Same verdicts and messages as ${VERIFIED_KERNEL.title}.`,
};
