// SPDX-License-Identifier: GPL-2.0-only
import os from 'node:os';
import path from 'node:path';

/** Folder for things that can be made again: XDG's, macOS', Windows', or the system's temporary one. */
export function cacheFolder(): string {
  const home = os.homedir();
  const base =
    process.env['XDG_CACHE_HOME'] ??
    (process.platform === 'darwin'
      ? path.join(home, 'Library/Caches')
      : process.platform === 'win32'
        ? (process.env['LOCALAPPDATA'] ?? path.join(home, 'AppData/Local'))
        : path.join(home, '.cache'));
  return path.join(home === '' ? os.tmpdir() : base, 'bpf-context');
}
