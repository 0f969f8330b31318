// SPDX-License-Identifier: GPL-2.0-only
// `npm run package`: builds and packs bpf-context-explorer.vsix, and fails if it is larger than 5 MB. Types are told column by column, or by what differs from another kernel's.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { ensureBuilt, ensurePackages, ROOT } from './host/ensure.mjs';
import { hostArgs } from './host/options.mjs';

const LIMIT = 5_000_000;
/** Types as the project has them, which a package has otherwise, and tables, which only other kernels have (`BUNDLE_FILES` of `src/kernel/bundle.ts`). */
const WHOLE = 'vmlinux.btf.br';
const TABLES = 'tables.json.br';
/** How types are written, and read by what is built. */
const TYPES = 'src/btf';
const { values } = hostArgs(
  { usage: 'npm run package -- [--no-build]', about: 'Builds and packs the extension.' },
  { 'no-build': { type: 'boolean', default: false, help: 'as it was built last, unless that reads types otherwise' } },
);
await ensurePackages();
/** Whether what is built may read types in another way than they are about to be written (`scripts/kernel/share.ts`). */
function readsOtherwise() {
  const reader = path.join(ROOT, 'dist/serve.cjs');
  const sources = readdirSync(path.join(ROOT, TYPES)).filter((name) => /^delta.*\.ts$/.test(name));
  const written = Math.max(...sources.map((name) => statSync(path.join(ROOT, TYPES, name)).mtimeMs));
  return !existsSync(reader) || statSync(reader).mtimeMs < written;
}
if (!values['no-build']) ensureBuilt();
else if (readsOtherwise()) {
  console.log(`${TYPES} is newer than what is built: building`);
  ensureBuilt();
}
const shared = spawnSync(process.execPath, ['--import', 'tsx', path.join(ROOT, 'scripts/kernel/share.ts')], {
  cwd: ROOT,
  stdio: 'inherit',
});
if (shared.status !== 0) process.exit(shared.status ?? 1);
const { createVSIX } = await import('@vscode/vsce');
const packagePath = path.join(ROOT, 'bpf-context-explorer.vsix');
await createVSIX({
  cwd: ROOT,
  packagePath,
  dependencies: false,
  allowMissingRepository: true,
  rewriteRelativeLinks: false,
  skipLicense: false,
});
const { size } = statSync(packagePath);
const mb = (bytes) => `${(bytes / 1e6).toFixed(2)} MB`;
const sizeOf = (...names) => statSync(path.join(ROOT, ...names)).size;
// files of kernels are compressed, and take as much in the package
const KERNELS = 'media/kernel';
const others = readdirSync(path.join(ROOT, KERNELS))
  .filter((kernel) => readdirSync(path.join(ROOT, KERNELS, kernel)).includes(TABLES))
  .flatMap((kernel) => readdirSync(path.join(ROOT, KERNELS, kernel)).map((file) => [kernel, file]))
  .filter(([, file]) => file !== WHOLE);
const spared = others.reduce((sum, file) => sum + sizeOf(KERNELS, ...file), 0);
console.log(`${packagePath}: ${mb(size)}, ${mb(size - spared)} with one kernel; webview.js ${mb(sizeOf('dist/webview.js'))}`);
if (size > LIMIT) {
  console.error(`larger than ${LIMIT / 1e6} MB`);
  process.exit(1);
}
