// SPDX-License-Identifier: GPL-2.0-only
/**
 * What is known of files without reading them. A file that has the same number, size and times (the system's own among them, which nobody sets) as
 * when it was looked into has the same content. The notes lie in a cache folder; nothing here fails, without a fitting note files are looked into.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Notes that are kept, newest last. */
const MOST = 32;
const FILE = 'known.json';

type Notes = Readonly<Record<string, string>>;

/** Milliseconds after a change in which another one could have the same time: clocks of file systems are coarse. */
const UNSETTLED_MS = 2000;

/** What tells the content of files from any other that they had or will have; null where one is not there or has only just been written. */
export function identityOf(files: readonly string[]): string | null {
  const settled = Date.now() - UNSETTLED_MS;
  try {
    const stats = files.map((file) => statSync(file));
    if (stats.some((stat) => stat.mtimeMs > settled || stat.ctimeMs > settled)) return null;
    return stats.map((stat) => [stat.ino, stat.size, stat.mtimeMs, stat.ctimeMs].join(' ')).join(', ');
  } catch {
    return null;
  }
}

function readNotes(folder: string): Notes {
  try {
    const notes: unknown = JSON.parse(readFileSync(path.join(folder, FILE), 'utf8'));
    return typeof notes === 'object' && notes !== null ? (notes as Notes) : {};
  } catch {
    return {};
  }
}

/**
 * The file in the folder that was noted for a key and for sources, if neither it nor these have changed since; null for none.
 */
export function known(folder: string, key: string, sources: string | null): string | null {
  const entry: unknown = Object.entries(readNotes(folder)).find(([name]) => name === key)?.[1];
  if (typeof entry !== 'string' || sources === null) return null;
  const name = path.basename(entry.split('\n').at(-1)!);
  return entry === noteOf(folder, name, sources) ? name : null;
}

/** Writes a file that appears as a whole or not at all; `flush` waits for the disk. */
export function writeWhole(file: string, bytes: Uint8Array | string, flush = false): void {
  const folder = path.dirname(file);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const written = path.join(folder, `.${path.basename(file)}.${process.pid}.${Math.random().toString(36).slice(2)}`);
  try {
    writeFileSync(written, bytes, { mode: 0o600, flush });
    renameSync(written, file);
  } finally {
    rmSync(written, { force: true });
  }
}

/**
 * Says what is to be noted of a file in the folder that is about to be read through, and of the sources that it was made from; null if that would
 * say nothing.
 */
export function noteOf(folder: string, name: string, sources: string | null): string | null {
  const own = identityOf([path.join(folder, name)]);
  return own === null || sources === null ? null : [sources, own, name].join('\n');
}

/** Notes that a file was found sound, for the next process. Of two that note at once one may be lost. */
export function note(folder: string, key: string, what: string | null): void {
  if (what === null) return;
  try {
    const others = Object.entries(readNotes(folder)).filter(([name]) => name !== key);
    writeWhole(path.join(folder, FILE), JSON.stringify(Object.fromEntries([...others, [key, what]].slice(-MOST))));
  } catch {
    // a full disk, a folder that is a file, no permission: nothing is noted then
  }
}
