// SPDX-License-Identifier: GPL-2.0-only
import { MAINLINE_CLASSES } from './classes';
import type { Policy } from './types';

/** Linux 7.3 as it is. */
export const LINUX_7_3: Policy = {
  id: 'linux-7.3',
  title: 'Linux 7.3',
  description: 'The rules of the mainline verifier: RCU read sections, disabled preemption, disabled interrupts and locks forbid sleeping.',
  classes: MAINLINE_CLASSES,
  annotations: [],
  iteratorElements: false,
  compareElementParent: false,
};
