// SPDX-License-Identifier: GPL-2.0-only
/**
 * Our own bundles are compiled from what V8 made of them in processes before, kept when these ended, so that it holds the functions which were
 * compiled on the way: Node's own cache (`module.enableCompileCache`) has only what was compiled while a bundle was loaded, a third less of what a
 * small verification needs. A file is named by the source and the Node that it belongs to and starts with a checksum of what follows; neither is
 * looked at again while both files are as they were (`sound.ts`). Nothing here fails: without a fitting file a bundle is compiled as ever.
 */
import { isAscii } from 'node:buffer';
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readdirSync, readSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import vm from 'node:vm';
import { checksum } from './checksum';
import { identityOf, known, note, noteOf, writeWhole } from './sound';

/** Files that are kept: four bundles of some versions. */
const MOST = 16;
const SUM_BYTES = 4;
/** A checksum, and of how many processes the code is; V8 wants what follows at a multiple of 8. */
const HEAD_BYTES = 8;
/** So many processes add the functions that they needed. */
export const MOST_PROCESSES = 3;
const SUFFIX = '.code';

type Loader = (module: NodeModule, file: string) => unknown;
type Wrapped = (exports: unknown, require: NodeRequire, module: Pick<NodeModule, 'exports'>, file: string, dir: string) => void;

function sumOf(bytes: Uint8Array): Buffer {
  const sum = Buffer.alloc(SUM_BYTES);
  sum.writeUInt32LE(checksum(bytes));
  return sum;
}

/** What code of a file depends on beside the file: V8, and how it was started. */
const runtimeOf = (file: string): string =>
  ['code', process.version, process.versions.v8, process.arch, ...process.execArgv, file].join(' ');

/** What Node puts around a file. */
const BEFORE = '(function (exports, require, module, __filename, __dirname) { ';
const AFTER = '\n})';

/** Memory that files are read into one after the other, each in place of the one before: what is touched first is what costs. */
class Room {
  private memory = Buffer.alloc(0);

  /** A file as a whole, with room for some bytes before and after it. */
  read(file: string, before = 0, after = 0): Buffer {
    const fd = openSync(file, 'r');
    try {
      const end = before + fstatSync(fd).size;
      if (this.memory.length < end + after) this.memory = Buffer.allocUnsafeSlow(end + after);
      for (let at = before; at < end;) {
        const done = readSync(fd, this.memory, at, end - at, at - before);
        if (done === 0) throw new Error(`${file} ended early`);
        at += done;
      }
      return this.memory.subarray(0, end + after);
    } finally {
      closeSync(fd);
    }
  }
}

/** A file with what Node puts around it as one flat string: V8 compiles it as it is, while one that is put together would be copied twice more. */
function wrappedText(bytes: Buffer): string {
  bytes.write(BEFORE, 'latin1');
  bytes.write(AFTER, bytes.length - AFTER.length, 'latin1');
  return isAscii(bytes) ? bytes.toString('latin1') : bytes.toString('utf8');
}

/** Name for what is made of a file by this Node. */
function nameOf(file: string, bytes: Uint8Array): string {
  const key = [runtimeOf(file), bytes.length, checksum(bytes)].join(' ');
  return `${createHash('sha256').update(key).digest('hex').slice(0, 40)}${SUFFIX}`;
}

/** Code as it is kept. */
export interface KeptCode {
  readonly code: Buffer;
  /** Of how many processes it is, one after the other. */
  readonly processes: number;
}

function parsed(bytes: Buffer): KeptCode {
  return { code: bytes.subarray(HEAD_BYTES), processes: bytes.readUInt32LE(SUM_BYTES) };
}

/** What is kept under a name; undefined for nothing, and for what is not as it was written. */
export function readCode(file: string, room = new Room()): KeptCode | undefined {
  try {
    const bytes = room.read(file);
    const isSound = bytes.length > HEAD_BYTES && sumOf(bytes.subarray(SUM_BYTES)).equals(bytes.subarray(0, SUM_BYTES));
    return isSound ? parsed(bytes) : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps code; the file appears as a whole or not at all. */
export function writeCode(file: string, { code, processes }: KeptCode): void {
  const folder = path.dirname(file);
  try {
    const rest = Buffer.concat([Buffer.of(processes, 0, 0, 0), code]);
    writeWhole(file, Buffer.concat([sumOf(rest), rest]), true);
    const age = (name: string): number => statSync(path.join(folder, name)).mtimeMs;
    const all = readdirSync(folder).filter((name) => name.endsWith(SUFFIX));
    for (const name of all.sort((a, b) => age(b) - age(a)).slice(MOST)) rmSync(path.join(folder, name), { force: true });
  } catch {
    // a full disk, a folder that is a file, no permission: nothing is kept then
  }
}

/** The code of that name in the folder, which was seen to be sound. */
function soundCode(folder: string, name: string, room: Room): KeptCode | undefined {
  try {
    return parsed(room.read(path.join(folder, name)));
  } catch {
    return undefined;
  }
}

/** The code of that name, which is noted if it is sound. */
function lookedUp(folder: string, key: string, source: string | null, name: string, room: Room): KeptCode | undefined {
  const sound = noteOf(folder, name, source);
  const kept = readCode(path.join(folder, name), room);
  if (kept !== undefined) note(folder, key, sound);
  return kept;
}

/** Has something done when a process is at its end. */
export type AtEnd = (done: () => void) => unknown;

const atExit: AtEnd = (done) => process.once('exit', done);

/**
 * Runs a CommonJS file as Node would. What V8 made of it is taken from the folder, and put there at the end of the first few processes.
 * @returns whether it was taken
 */
export function runKept(module: Pick<NodeModule, 'exports'>, file: string, folder: string, atEnd = atExit): boolean {
  const key = runtimeOf(file);
  const before = identityOf([file]);
  const room = new Room();
  const source = room.read(file, BEFORE.length, AFTER.length);
  const text = wrappedText(source);
  const noted = known(folder, key, before);
  const name = noted ?? nameOf(file, source);
  const kept = noted === null ? lookedUp(folder, key, before, name, room) : soundCode(folder, noted, room);
  const script = new vm.Script(text, { filename: file, ...(kept === undefined ? {} : { cachedData: kept.code }) });
  const isTaken = kept !== undefined && script.cachedDataRejected !== true;
  const processes = isTaken ? kept.processes : 0;
  if (processes < MOST_PROCESSES)
    atEnd(() => writeCode(path.join(folder, name), { code: script.createCachedData(), processes: processes + 1 }));
  (script.runInThisContext() as Wrapped)(module.exports, createRequire(file), module, file, path.dirname(file));
  return isTaken;
}

/** From now on the files of a folder that end in `.cjs` are run by {@link runKept}; all others are loaded as ever. */
export function keepCodeOf(home: string, folder: string, atEnd = atExit): void {
  const loaders = createRequire(path.join(home, 'any.cjs')).extensions as Record<string, Loader | undefined>;
  const usual = loaders['.cjs'] ?? loaders['.js']!;
  loaders['.cjs'] = (module, file) => {
    if (path.dirname(file) === home) runKept(module, file, folder, atEnd);
    else usual(module, file);
  };
}
