// SPDX-License-Identifier: GPL-2.0-only
import { defineConfig } from 'vitest/config';

const BOMBS = 'test/unit/bombs/**/*.test.ts';

export default defineConfig({
  test: {
    testTimeout: 120_000,
    setupFiles: ['test/support/breathe.ts'],
    poolOptions: { threads: { maxThreads: 2, minThreads: 1 } },
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['test/unit/**/*.test.ts', 'test/cli/**/*.test.ts'], exclude: [BOMBS], pool: 'threads' },
      },
      // these measure the memory of their process, so they have one of their own
      { extends: true, test: { name: 'bombs', include: [BOMBS], pool: 'forks' } },
    ],
  },
});
