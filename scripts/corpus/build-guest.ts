// SPDX-License-Identifier: GPL-2.0-only
/** A guest: a kernel out of a package, and a first file system with busybox and the loader. No module is needed. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './bundle';
import { kernelPackage, run, unpackPackages } from './packages';

const SOURCES = join(ROOT, 'scripts/corpus/guest');

/** Commands and headers that building needs and that are not there. */
export function missingTools(): string[] {
  const commands = ['apt-get', 'dpkg-deb', 'cc'].filter((c) => spawnSync(c, ['--version']).error !== undefined);
  return [...commands, ...(existsSync('/usr/include/bpf/libbpf.h') ? [] : ['libbpf-dev'])];
}

/** Makes a guest in a folder; returns the name of its kernel's package. `name`: a kernel package, '' for the usual one. */
export function buildGuest(dir: string, name: string): string {
  mkdirSync(dir, { recursive: true });
  const image = kernelPackage(name === '' ? 'linux-image-amd64' : name);
  unpackPackages([image], (_, root) => {
    const kernel = readdirSync(join(root, 'boot')).find((f) => f.startsWith('vmlinuz-'));
    if (kernel === undefined) throw new Error(`${image} has no kernel in /boot`);
    copyFileSync(join(root, 'boot', kernel), join(dir, 'vmlinuz'));
  });
  unpackPackages(['busybox-static'], (_, root) => {
    const at = ['bin/busybox', 'usr/bin/busybox'].map((f) => join(root, f)).find(existsSync);
    if (at === undefined) throw new Error('busybox-static has no busybox');
    copyFileSync(at, join(dir, 'busybox'));
  });
  copyFileSync(join(SOURCES, 'init'), join(dir, 'init'));
  const loader = join(dir, 'loader');
  const args = ['-O2', '-static', '-o', loader, join(SOURCES, 'loader.c'), '-lbpf', '-lelf', '-lz'];
  // newer versions of libelf compress in two ways
  if (spawnSync('cc', args).status !== 0) run('cc', [...args, '-lzstd']);
  return image;
}
