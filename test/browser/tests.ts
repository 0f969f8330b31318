// SPDX-License-Identifier: GPL-2.0-only
import type { Test } from '../support/table';
import { explorerTests } from './explorer';
import type { Workbench } from './workbench';

export interface BrowserTest extends Test {
  /** Runs even when a filter leaves it out: others stand on it. */
  readonly always?: boolean;
}

/** All tests of what people see, in the order in which they run. */
export function browserTests(workbench: Workbench): readonly BrowserTest[] {
  return [...explorerTests(workbench)];
}
