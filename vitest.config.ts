// SPDX-License-Identifier: GPL-2.0-only
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** These run the whole extension, or the whole page of its panel, which have a state. */
const EDITOR = ['test/unit/extension/**/*.test.ts', 'test/unit/webview/{explorer,drawing}.test.ts'];
const BOMBS = 'test/unit/bombs/**/*.test.ts';

export default defineConfig({
  // the editor's module is there only inside the editor
  resolve: { alias: { vscode: fileURLToPath(new URL('test/support/vscode.ts', import.meta.url)) } },
  test: {
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // what is polled for is waited for, however slow the machine is
    expect: { poll: { interval: 5, timeout: 60_000 } },
    setupFiles: ['test/support/breathe.ts'],
    // files of one thread share what they import, the kernel above all: no test may leave anything changed
    poolOptions: { threads: { maxThreads: 2, minThreads: 1, isolate: false } },
    coverage: {
      provider: 'v8',
      reportOnFailure: true,
      include: ['src/**/*.ts', 'webview/**/*.ts'],
      exclude: ['src/**/data/**', '**/*.d.ts'],
      reporter: ['text-summary', 'json-summary'],
      reportsDirectory: 'coverage',
    },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts', 'test/cli/**/*.test.ts'],
          exclude: [BOMBS, ...EDITOR],
          pool: 'threads',
        },
      },
      { extends: true, test: { name: 'editor', include: EDITOR, pool: 'forks' } },
      // these measure the memory of their process, so they have one of their own
      { extends: true, test: { name: 'bombs', include: [BOMBS], pool: 'forks' } },
    ],
  },
});
