// SPDX-License-Identifier: GPL-2.0-only
import { strict as assert } from 'node:assert';
import type { Test } from '../support/table';
import { answerTests } from './answers';
import { compareTests } from './compare';
import { controlTests } from './controls';
import { editorTests } from './editor';
import { explorerTests, openingTests } from './explorer';
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

export type BrowserTest = Test;

type Tests = (w: Workbench) => readonly BrowserTest[];

/**
 * What people see, in two windows side by side: most of a test is waiting for the editor. Each has a folder of its own, and its tests in the
 * order in which they run. Both take about as long; a window stays as it is from one test to the next.
 */
export const WINDOWS: readonly (readonly Tests[])[] = [
  [explorerTests, controlTests, editorTests, keyboardTests, lifetimeTests, firstMinuteTests, themeTests],
  [openingTests, compareTests, answerTests, policyTests, looksTests, hostileTests, objectTests, pictureTests],
];

/** These have windows and servers of their own, or none; of the workbench they use its places only. */
export const APART: readonly Tests[] = [firstGraphTests, startTests, trustTests];

/** What holds of all windows at the end. */
export function lastTests(windows: readonly Workbench[]): readonly BrowserTest[] {
  return [
    {
      name: 'no page of ours broke its content security policy or threw',
      run: async () => {
        const bad = windows
          .flatMap((w) => w.console)
          .filter((m) => m.type === 'pageerror' || /Content Security Policy|Refused to/.test(m.text));
        // errors of the workbench itself and of the page that it puts around webviews are not ours
        const ours = bad.filter((m) => !/workbench\.js|webview\/browser\/pre\/|ResizeObserver loop/.test(`${m.text} ${m.url}`));
        assert.deepEqual(ours, []);
      },
    },
  ];
}
