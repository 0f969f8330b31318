// SPDX-License-Identifier: GPL-2.0-only
import type { Test } from '../support/table';
import { answerTests } from './answers';
import { compareTests } from './compare';
import { controlTests } from './controls';
import { editorTests } from './editor';
import { explorerTests } from './explorer';
import { firstGraphTests } from './first-graph';
import { firstMinuteTests } from './first-minute';
import { hostileTests } from './hostile';
import { keyboardTests } from './keyboard';
import { lifetimeTests } from './lifetime';
import { looksTests } from './looks';
import { objectTests } from './objects';
import { pictureTests } from './pictures';
import { policyTests } from './policies';
import { startTests } from './start';
import { themeTests } from './themes';
import { trustTests } from './trust';
import type { Workbench } from './workbench';

export { runTable, sum } from '../support/table';
export { Workbench } from './workbench';

export interface BrowserTest extends Test {
  /** Runs even when a filter leaves it out: others stand on it. */
  readonly always?: boolean;
  /** Has windows and servers of its own, or none: runs beside the others. */
  readonly apart?: boolean;
}

/** All tests of what people see, in the order in which they run. */
export function browserTests(workbench: Workbench): readonly BrowserTest[] {
  return [
    explorerTests,
    controlTests,
    editorTests,
    objectTests,
    answerTests,
    compareTests,
    policyTests,
    keyboardTests,
    looksTests,
    hostileTests,
    lifetimeTests,
    pictureTests,
    firstMinuteTests,
    firstGraphTests,
    startTests,
    themeTests,
    trustTests,
  ].flatMap((tests) => tests(workbench));
}
