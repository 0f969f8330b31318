// SPDX-License-Identifier: GPL-2.0-only
// Installs the project's packages when they are missing or older than the lock file. Needs Node and npm only.
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';

/** Runs a command with our output; throws if it fails. */
export function run(command, args, options = {}) {
  const r = spawnSync(command, args, { stdio: 'inherit', cwd: ROOT, ...options });
  if (r.error) throw r.error;
  if (r.status !== 0) throw new Error(`${command} ${args.join(' ')} ended with status ${r.status}`);
}

export function ensurePackages() {
  // a link belongs to another checkout, which looks after it: `npm ci` would empty that one's folder through the link
  if (lstatSync(path.join(ROOT, 'node_modules'), { throwIfNoEntry: false })?.isSymbolicLink()) return;
  const marker = path.join(ROOT, 'node_modules/.package-lock.json');
  const lock = path.join(ROOT, 'package-lock.json');
  if (existsSync(marker) && statSync(marker).mtimeMs >= statSync(lock).mtimeMs - 60_000) return;
  console.log('Installing packages (npm ci)');
  const quiet = ['--no-fund', '--no-audit', '--loglevel=error'];
  if (spawnSync(npm, ['ci', ...quiet], { cwd: ROOT, stdio: 'ignore' }).status === 0) return;
  // a registry that lacks optional packages of other platforms fails `npm ci`; the lock file decides the versions all the same
  console.log('npm ci failed, trying npm install');
  run(npm, ['install', '--no-save', ...quiet]);
}

export function ensureBuilt() {
  run(process.execPath, ['scripts/build.mjs']);
}

/** Path of a program on the PATH, null if there is none. */
export function which(...names) {
  for (const name of names) {
    for (const dir of (process.env.PATH ?? '').split(path.delimiter)) {
      const file = path.join(dir, name);
      if (dir !== '' && existsSync(file)) return file;
    }
  }
  return null;
}
