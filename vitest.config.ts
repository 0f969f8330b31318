// SPDX-License-Identifier: GPL-2.0-only
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

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
    poolOptions: { threads: { maxThreads: 2, minThreads: 1 } },
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
        test: { name: 'unit', include: ['test/unit/**/*.test.ts', 'test/cli/**/*.test.ts'], exclude: [BOMBS], pool: 'threads' },
      },
      // these measure the memory of their process, so they have one of their own
      { extends: true, test: { name: 'bombs', include: [BOMBS], pool: 'forks' } },
    ],
  },
});
