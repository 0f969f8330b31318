// SPDX-License-Identifier: GPL-2.0-only
/**
 * `npm run release`: checks that this is a release, packs it and says what would be published; `--publish` does it, on the Visual Studio
 * Marketplace (VSCE_PAT) and Open VSX (OVSX_PAT).
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './host/ensure.mjs';
import { hostArgs } from './host/options.mjs';

const { publish } = hostArgs(
  { usage: 'npm run release -- [--publish]', about: 'Says what a release lacks, and packs it.' },
  { publish: { type: 'boolean', default: false, help: 'publish it, on both marketplaces (VSCE_PAT, OVSX_PAT)' } },
).values;

const VSIX = 'bpf-context-explorer.vsix';
const MARKETS = [
  { name: 'Visual Studio Marketplace', token: 'VSCE_PAT', command: ['vsce', 'publish', '--packagePath', VSIX] },
  { name: 'Open VSX', token: 'OVSX_PAT', command: ['ovsx', 'publish', VSIX] },
];

const read = (name) => readFileSync(path.join(ROOT, name), 'utf8');
const run = (command, args) => spawnSync(command, args, { cwd: ROOT, stdio: 'inherit', shell: process.platform === 'win32' }).status ?? 1;
const git = (...args) => {
  const { status, stdout } = spawnSync('git', args, { cwd: ROOT, encoding: 'utf8' });
  return status === 0 ? stdout.trim() : null;
};

const manifest = JSON.parse(read('package.json'));
const { version } = manifest;

/** What keeps this from being a release. */
const obstacles = [
  [git('status', '--porcelain') !== '', 'there are changes that are not committed'],
  [git('describe', '--exact-match', '--tags', 'HEAD') !== `v${version}`, `HEAD has no tag v${version}`],
  [!read('CHANGELOG.md').includes(`\n## ${version}`), `CHANGELOG.md has no section ${version}`],
  [manifest.repository === undefined, 'package.json names no repository'],
  [manifest.icon === undefined, 'package.json names no icon'],
  ...MARKETS.map(({ token }) => [!process.env[token], `${token} is not set`]),
]
  .filter(([there]) => there)
  .map(([, why]) => why);

for (const why of obstacles) console.error(`not a release: ${why}`);
if (publish && obstacles.length > 0) process.exit(1);

if (run(process.execPath, ['scripts/package.mjs']) !== 0) process.exit(1);
for (const { name, command } of MARKETS) {
  console.log(`${publish ? 'publishing' : 'would publish'} ${version} on ${name}: npx ${command.join(' ')}`);
  if (publish && run('npx', ['--yes', ...command]) !== 0) process.exit(1);
}
if (!publish) console.log('Nothing was published; `npm run release -- --publish` does it.');
