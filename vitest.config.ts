// SPDX-License-Identifier: GPL-2.0-only
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { builtRooms } from './test/support/built';

/** These run the whole extension, or the whole page of its panel, which have a state. */
const EDITOR = ['test/unit/extension/**/*.test.ts', 'test/unit/webview/{explorer,drawing}.test.ts'];
const BOMBS = 'test/programs/bombs/**/*.test.ts';

const rooms = (...names: string[]): string[] => names.map((name) => `src/${name}`);
const ENGINE = rooms(
  'isa',
  'btf',
  'object',
  'kernel',
  'policy',
  'reference',
  'verifier',
  'graph',
  'protocol',
  'explain',
  'marks',
  'headers',
);
/** Tests of the editor have another compiler in the place of this one. What runs the engine (`src/analysis`) is replaced and watched by tests. */
const DOORS = ['src/compiler', 'src/contributions', 'webview'];
/** Coverage counts lines of sources, and who watches changes them: both have sources transformed as they go. */
const once = process.argv.includes('run') && !process.argv.some((a) => a.startsWith('--coverage'));
const built = once ? await builtRooms([...ENGINE, ...DOORS]) : null;
const plugins = built === null ? [] : [built()];

export default defineConfig({
  // the editor's module is there only inside the editor
  resolve: { alias: { vscode: fileURLToPath(new URL('test/support/vscode.ts', import.meta.url)) } },
  test: {
    // limits, not expectations: a busy machine takes many times what a quiet one does
    testTimeout: 600_000,
    hookTimeout: 600_000,
    // what is polled for is waited for, however slow the machine is
    expect: { poll: { interval: 5, timeout: 180_000 } },
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
    // each is a suite of `npm test`: scripts/host/vitest.mjs tells them apart by their folders
    projects: [
      { extends: true, plugins, test: { name: 'unit', include: ['test/unit/**/*.test.ts'], exclude: EDITOR, pool: 'threads' } },
      { extends: true, plugins: built === null ? [] : [built(ENGINE)], test: { name: 'editor', include: EDITOR, pool: 'forks' } },
      // whole programs: under every policy, on every kernel, generated, damaged
      { extends: true, plugins, test: { name: 'programs', include: ['test/programs/**/*.test.ts'], exclude: [BOMBS], pool: 'threads' } },
      // these measure the memory of their process, so they have one of their own
      { extends: true, plugins, test: { name: 'bombs', include: [BOMBS], pool: 'forks' } },
      { extends: true, plugins, test: { name: 'compiler', include: ['test/compiler/**/*.test.ts'], pool: 'threads' } },
      { extends: true, plugins, test: { name: 'cli', include: ['test/cli/**/*.test.ts'], pool: 'threads' } },
    ],
  },
});
