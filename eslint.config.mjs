// SPDX-License-Identifier: GPL-2.0-only
import tseslint from 'typescript-eslint';
import { FLOORS, isFile, PREPASS_ASKED, PREPASS_FACTS } from './eslint.floors.mjs';
import { house } from './eslint.rules.mjs';
import { LARGER, SIZES } from './eslint.sizes.mjs';

/** Rooms of src, and which others each may import. The engine's rooms (all but the last three) run in a browser's extension host too: no Node. */
const ROOMS = {
  isa: [],
  btf: [],
  protocol: ['isa'],
  contributions: ['kernel', 'object', 'policy'],
  object: ['isa', 'btf'],
  kernel: ['btf'],
  headers: ['btf'],
  policy: ['btf', 'kernel'],
  verifier: ['isa', 'btf', 'object', 'kernel', 'policy'],
  graph: ['isa', 'btf', 'object', 'kernel', 'policy', 'verifier', 'protocol'],
  explain: ['isa', 'btf', 'object', 'kernel', 'policy', 'verifier', 'graph', 'protocol'],
  marks: ['protocol'],
  compiler: ['headers', 'protocol'],
  reference: ['btf', 'object', 'kernel', 'policy', 'protocol'],
  analysis: ['isa', 'btf', 'object', 'kernel', 'headers', 'policy', 'verifier', 'graph', 'explain', 'reference', 'protocol'],
  cli: ['analysis', 'compiler', 'contributions', 'kernel', 'headers', 'graph', 'policy', 'protocol'],
  extension: ['analysis', 'compiler', 'kernel', 'headers', 'graph', 'policy', 'protocol', 'marks', 'contributions'],
};
const WITH_NODE = ['compiler', 'analysis', 'cli', 'extension'];

/** Rooms of the page, likewise. What stands beside them (`explorer.ts` and its parts) puts them together. */
const PAGE_ROOMS = {
  page: [],
  model: [],
  layout: [],
  lens: ['page', 'model'],
  large: ['model', 'lens'],
  compare: ['page', 'lens'],
  drawing: ['page', 'model', 'layout', 'lens', 'compare', 'large'],
  inspector: ['page', 'model', 'lens', 'large'],
  timeline: ['page', 'lens'],
  tree: ['page', 'model', 'large'],
  toolbar: ['page', 'model', 'lens', 'compare'],
  session: ['model', 'lens', 'large', 'compare', 'inspector', 'tree', 'toolbar'],
  empty: ['page'],
  'loads-on': ['page'],
};

const restrict = (patterns) => ({ 'no-restricted-imports': ['error', { patterns }] });
const folders = (names) => `^(\\.\\./)+(${names.join('|')})(/|$)`;

const roomRules = Object.entries(ROOMS).map(([room, allowed]) => {
  const others = Object.keys(ROOMS).filter((r) => r !== room && !allowed.includes(r));
  const patterns = [
    {
      regex: folders([...others, 'webview']),
      message: `src/${room} may import ${allowed.length === 0 ? 'no other room' : allowed.join(', ')}.`,
    },
  ];
  if (room !== 'extension') patterns.push({ group: ['vscode'], message: 'Only src/extension imports vscode.' });
  if (!WITH_NODE.includes(room)) patterns.push({ group: ['node:*'], message: 'The engine runs anywhere: no Node.' });
  return { room, patterns };
});
const verifierPatterns = roomRules.find((r) => r.room === 'verifier').patterns;
/** Imports of what stands on a floor, as they are spelled in the verifier. */
const onFloor = (name, asked) => (name === 'prepass' ? `prepass(?!/(${[...PREPASS_FACTS, ...asked].join('|')})$)` : name);
const floorRules = FLOORS.slice(0, -1).flatMap((floor, i) =>
  floor.map((name) => {
    const higher = FLOORS.slice(i + 1)
      .flat()
      .map((other) => onFloor(other, PREPASS_ASKED[name] ?? []));
    const up = name.includes('/') ? `^\\./(?!(${PREPASS_FACTS.join('|')})$)|^(\\.\\./)+` : isFile(name) ? '^\\./' : '^(\\.\\./)+';
    const regex = `${up}(${higher.join('|')})(/|$)`;
    return {
      files: [isFile(name) ? `src/verifier/${name}.ts` : `src/verifier/${name}/**`],
      ...(name === 'prepass' ? { ignores: PREPASS_FACTS.map((fact) => `src/verifier/prepass/${fact}.ts`) } : {}),
      rules: {
        '@typescript-eslint/no-restricted-imports': [
          'error',
          {
            patterns: [
              ...verifierPatterns,
              { regex, message: 'A floor of the verifier never imports a higher one.', allowTypeImports: true },
            ],
          },
        ],
      },
    };
  }),
);

const pagePatterns = [
  { group: ['node:*', 'vscode'], message: 'The webview is a page.' },
  {
    regex: `^(\\.\\./)+src/(?!protocol/|marks/|contributions/(graph-commands|lenses)$)`,
    message: 'The webview imports protocol, marks and the commands of the graph, nothing else of src.',
  },
];

export default tseslint.config(
  { ignores: ['dist/**', '.cache/**', 'node_modules/**', '.vscode-test/**', 'test-results/**', 'coverage/**'] },
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
  ...roomRules.map(({ room, patterns }) => ({ files: [`src/${room}/**`], rules: restrict(patterns) })),
  ...floorRules,
  { files: ['webview/**'], rules: restrict(pagePatterns) },
  ...Object.entries(PAGE_ROOMS).map(([room, allowed]) => {
    const others = Object.keys(PAGE_ROOMS).filter((r) => r !== room && !allowed.includes(r));
    const message = `webview/${room} may import ${allowed.length === 0 ? 'no other room of the page' : allowed.join(', ')}.`;
    return {
      files: [`webview/${room}/**`],
      rules: restrict([
        ...pagePatterns,
        { regex: folders([...others, 'explorer', 'actions', 'picture', 'twin', 'above', 'main']), message },
      ]),
    };
  }),
  {
    files: ['src/**', 'webview/**'],
    ignores: ['src/contributions/names.ts'],
    plugins: { house },
    rules: { 'house/contributed-ids': 'error' },
  },
  {
    files: ['src/**', 'webview/**', 'scripts/**/*.ts'],
    ignores: ['src/kernel/releases.ts', 'src/kernel/data/**'],
    plugins: { house },
    rules: { 'house/kernel-version': 'error' },
  },
  {
    files: ['src/{policy,graph,protocol,marks,explain,analysis,reference,contributions,extension,cli}/**', 'webview/**'],
    // reads what somebody wrote
    ignores: ['src/policy/json.ts'],
    plugins: { house },
    rules: { 'house/read-back': 'error' },
  },
  {
    files: ['src/extension/**'],
    plugins: { house },
    rules: { 'house/said': 'error' },
  },
  {
    files: ['src/explain/**'],
    // reads lines of C, which are text and nothing else
    ignores: ['src/explain/words.ts'],
    plugins: { house },
    rules: { 'house/text-matching': 'error' },
  },
  {
    files: ['src/**', 'webview/**', 'scripts/**', 'test/**'],
    ignores: ['src/isa/opcode.ts'],
    plugins: { house },
    rules: { 'house/opcode-fields': 'error' },
  },
  {
    files: ['src/**', 'webview/**', 'scripts/**'],
    ignores: ['src/kernel/data/**'],
    rules: Object.fromEntries(Object.entries(SIZES).map(([rule, max]) => [rule, ['error', { max }]])),
  },
  ...LARGER.flatMap(({ rule, files }) =>
    Object.entries(files).map(([file, max]) => ({ files: [file], rules: { [rule]: ['error', { max }] } })),
  ),
  { files: ['scripts/**', 'test/**'], rules: { 'no-console': 'off' } },
);
