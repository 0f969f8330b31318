// SPDX-License-Identifier: GPL-2.0-only
/** Debian packages, fetched by apt and unpacked without being installed. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Runs a command and returns what it prints. Throws with its complaint. */
export function run(command: string, args: readonly string[], cwd?: string): string {
  const r = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 28, ...(cwd === undefined ? {} : { cwd }) });
  if (r.status !== 0) throw new Error(`${command} ${args.join(' ')}: ${(r.error?.message ?? r.stderr).trim()}`);
  return r.stdout;
}

/** Fetches and unpacks packages, one after the other; `use` gets each one's name and its root, which is gone afterwards. */
export function unpackPackages(names: readonly string[], use: (name: string, root: string) => void): void {
  for (const name of names) {
    const dir = mkdtempSync(join(tmpdir(), 'bpf-packages-'));
    try {
      run('apt-get', ['download', name], dir);
      const root = join(dir, 'root');
      mkdirSync(root);
      for (const file of readdirSync(dir).filter((f) => f.endsWith('.deb'))) run('dpkg-deb', ['-x', file, root], dir);
      use(name, root);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  }
}

/** The package that a name stands for: `linux-image-amd64` depends on one kernel. */
export function kernelPackage(name: string): string {
  const depends = run('apt-cache', ['depends', name]);
  return /Depends: (linux-image-\d\S*)/.exec(depends)?.[1] ?? name;
}
