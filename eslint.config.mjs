// SPDX-License-Identifier: GPL-2.0-only
import tseslint from 'typescript-eslint';

/** Rooms of the engine: they run in a browser extension host too, so nothing of Node and nothing of VS Code. */
const ENGINE = ['src/verifier/**', 'src/isa/**', 'src/btf/**', 'src/object/**', 'src/kernel/**', 'src/policy/**', 'src/graph/**', 'src/protocol/**'];

/** Arrows that must not be: room → rooms it must not import. */
const forbid = (patterns, message) => ({ 'no-restricted-imports': ['error', { patterns: patterns.map((group) => ({ group: [group], message })) }] });

export default tseslint.config(
  { ignores: ['dist/**', '.cache/**', 'node_modules/**', '.vscode-test/**', 'test-results/**'] },
  ...tseslint.configs.strict,
  {
    files: ['**/*.ts'],
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/ban-ts-comment': 'error',
      '@typescript-eslint/no-extraneous-class': 'off',
      '@typescript-eslint/prefer-literal-enum-member': ['error', { allowBitwiseExpressions: true }],
      '@typescript-eslint/unified-signatures': 'off',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': ['error', { allow: ['error', 'warn'] }],
    },
  },
  { files: ENGINE, rules: forbid(['node:*', 'vscode'], 'The engine runs anywhere: no Node, no VS Code.') },
  { files: ['src/isa/**', 'src/btf/**'], rules: forbid(['node:*', 'vscode', '**/object/**', '**/kernel/**', '**/verifier/**', '**/graph/**', '**/analysis/**'], 'isa and btf know no other room.') },
  { files: ['src/verifier/**'], rules: forbid(['node:*', 'vscode', '**/graph/**', '**/analysis/**', '**/report/**', '**/protocol/**'], 'The verifier knows isa, btf, object, kernel and policy only.') },
  { files: ['src/analysis/**', 'src/cli/**', 'src/compiler/**'], rules: forbid(['vscode'], 'Only src/extension imports vscode.') },
  { files: ['webview/**'], rules: forbid(['node:*', 'vscode', '**/verifier/**', '**/analysis/**', '**/object/**', '**/kernel/**'], 'The webview imports the protocol and nothing else of src.') },
  { files: ['scripts/**', 'test/**'], rules: { 'no-console': 'off' } },
);
