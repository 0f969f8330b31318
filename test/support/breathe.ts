// SPDX-License-Identifier: GPL-2.0-only
/**
 * Lets messages of the test runner through after each test. Tests that only compute never do, and after a minute of them (on a busy machine a
 * few are enough) the runner takes its own answers for lost and fails the run with "Timeout calling onTaskUpdate".
 */
import { afterEach } from 'vitest';

/** The same within a test that computes for long. */
export const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

afterEach(breathe);
