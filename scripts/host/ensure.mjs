// SPDX-License-Identifier: GPL-2.0-only
// Installs the project's packages when they are missing or older than the lock file. Needs Node and npm only.
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { longRun, say } from './run.mjs';

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';

/** Runs a command with our output; throws if it fails. */
export function run(command, args, options = {}) {
  const r = spawnSync(command, args, { stdio: 'inherit', cwd: ROOT, ...options });
  if (r.error) throw r.error;
  if (r.status !== 0) throw new Error(`${command} ${args.join(' ')} ended with status ${r.status}`);
}

/** Folders that npm has written so far. */
function packagesThere(folder) {
  try {
    const count = readdirSync(path.join(folder, 'node_modules')).length;
    return `, ${count} folders in node_modules`;
  } catch {
    return '';
  }
}

/** Installs packages into a folder with progress, a time limit and another try. Resolves with `{ status, tail }`. */
export function npmInstall(name, args, { cwd = ROOT, env = process.env } = {}) {
  const quiet = ['--no-fund', '--no-audit', '--loglevel=error'];
  return longRun(name, npm, [...args, ...quiet], { cwd, env, shell: process.platform === 'win32', note: () => packagesThere(cwd) });
}

export async function ensurePackages() {
  // a link belongs to another checkout, which looks after it: `npm ci` would empty that one's folder through the link
  if (lstatSync(path.join(ROOT, 'node_modules'), { throwIfNoEntry: false })?.isSymbolicLink()) return;
  const marker = path.join(ROOT, 'node_modules/.package-lock.json');
  const lock = path.join(ROOT, 'package-lock.json');
  if (existsSync(marker) && statSync(marker).mtimeMs >= statSync(lock).mtimeMs - 60_000) return;
  say('Installing packages (npm ci)');
  if ((await npmInstall('npm ci', ['ci'])).status === 0) return;
  // a registry that lacks optional packages of other platforms fails `npm ci`; the lock file decides the versions all the same
  say('npm ci failed, trying npm install');
  const { status, tail } = await npmInstall('npm install', ['install', '--no-save']);
  if (status !== 0) throw new Error(`npm could not install the packages:\n${tail}`);
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
