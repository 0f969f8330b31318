// SPDX-License-Identifier: GPL-2.0-only
/** Where the programs of a corpus and the kernel's word on them lie. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { counted, readRows, type Truth } from './truth';

/** Sets of the recorded corpora. */
export const SETS = ['selftests', 'debian', 'kernel-tools'] as const;

/** Objects with the kernel's answers. */
export interface CorpusSet {
  readonly name: string;
  /** Where each object lies, by base name. */
  readonly objects: ReadonlyMap<string, string>;
  /** Folder of `OBJECT.PROGRAM.log`, null if there is none. */
  readonly logs: string | null;
  /** Rows that count. */
  readonly truth: readonly Truth[];
}

/** A corpus on disk; `dispose` removes what was unpacked for it. */
export interface Corpus {
  readonly sets: readonly CorpusSet[];
  dispose(): void;
}

function objectsUnder(dir: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
    if (entry.isFile() && entry.name.endsWith('.o')) found.set(entry.name, join(entry.parentPath, entry.name));
  }
  return found;
}

/** Unpacked by its own script into a temporary folder. */
function unpack(archives: string): string {
  const to = mkdtempSync(join(tmpdir(), 'bpf-corpus-'));
  const done = spawnSync('bash', [join(archives, 'unpack'), to], { encoding: 'utf8' });
  if (done.status === 0) return to;
  rmSync(to, { recursive: true, force: true });
  throw new Error(`${archives} could not be unpacked: ${done.stderr}`);
}

/**
 * Opens a corpus: a folder with sets in it, or one with their archives and an `unpack` script. `wanted` are the sets, all that are
 * there when empty; `kernel` the version of another kernel than 7.3.4. Throws when a wanted set is missing.
 */
export function openCorpus(dir: string, wanted: readonly string[], unprivileged: boolean, kernel = ''): Corpus {
  const packed = existsSync(join(dir, 'unpack')) && !SETS.some((s) => existsSync(join(dir, s, 'objects')));
  const root = packed ? unpack(dir) : dir;
  const dispose = (): void => {
    if (packed) rmSync(root, { recursive: true, force: true });
  };
  const truthFile = (set: string): string =>
    join(root, set, unprivileged ? 'truth-unprivileged.jsonl' : kernel === '' ? 'truth.jsonl' : `truth-${kernel}.jsonl`);
  const names = wanted.length > 0 ? wanted : SETS.filter((s) => existsSync(truthFile(s)));
  const missing = names.filter((s) => !existsSync(truthFile(s)));
  if (names.length === 0 || missing.length > 0) {
    dispose();
    throw new Error(
      `${dir} has ${missing.length > 0 ? `no ${missing.map((s) => basename(truthFile(s))).join(', ')} for ${missing.join(', ')}` : 'none of the sets'}`,
    );
  }
  const sets = names.map((name): CorpusSet => {
    const logs = join(root, name, 'logs');
    return {
      name: unprivileged ? `${name}-unprivileged` : kernel === '' ? name : `${name}-${kernel}`,
      objects: objectsUnder(join(root, name, 'objects')),
      logs: existsSync(logs) && !unprivileged && kernel === '' ? logs : null,
      truth: counted(readRows<Truth>(truthFile(name))),
    };
  });
  return { sets, dispose };
}

/** Any folder of objects (searched to its bottom: a kernel tree will do) with a file of truth rows. */
export function openFolder(objects: string, truth: string, logs: string): Corpus {
  if (!statSync(objects).isDirectory()) throw new Error(`${objects} is not a folder`);
  const rows = counted(readRows<Truth>(truth));
  return {
    sets: [{ name: basename(objects), objects: objectsUnder(objects), logs: logs === '' ? null : logs, truth: rows }],
    dispose: () => undefined,
  };
}
