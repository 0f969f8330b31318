// SPDX-License-Identifier: GPL-2.0-only
/**
 * For Nodes that cannot keep compiled code themselves (before 22.1): our own bundles are compiled from what V8 made of them in a process
 * before, kept when that ended, so that it holds the functions which were compiled on the way. A file is named by the source and the Node
 * that it belongs to and starts with a checksum of what follows. Nothing here fails: without a fitting file a bundle is compiled as ever.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import vm from 'node:vm';
import { checksum } from './checksum';

/** Files that are kept: four bundles of some versions. */
const MOST = 16;
const SUM_BYTES = 4;
const SUFFIX = '.code';

type Loader = (module: NodeModule, file: string) => unknown;
type Wrapped = (exports: unknown, require: NodeRequire, module: Pick<NodeModule, 'exports'>, file: string, dir: string) => void;

function sumOf(bytes: Uint8Array): Buffer {
  const sum = Buffer.alloc(SUM_BYTES);
  sum.writeUInt32LE(checksum(bytes));
  return sum;
}

/** Name for what is made of a file by this Node. */
function nameOf(file: string, bytes: Uint8Array): string {
  const key = [process.version, process.arch, file, bytes.length, checksum(bytes)].join(' ');
  return `${createHash('sha256').update(key).digest('hex').slice(0, 40)}${SUFFIX}`;
}

/** What is kept under a name; undefined for nothing, and for what is not as it was written. */
export function readCode(file: string): Buffer | undefined {
  try {
    const bytes = readFileSync(file);
    const code = bytes.subarray(SUM_BYTES);
    return code.length > 0 && sumOf(code).equals(bytes.subarray(0, SUM_BYTES)) ? code : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps code; the file appears as a whole or not at all. */
export function writeCode(file: string, code: Uint8Array): void {
  const folder = path.dirname(file);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const written = path.join(folder, `.${path.basename(file)}.${process.pid}.${Math.random().toString(36).slice(2)}`);
    try {
      writeFileSync(written, Buffer.concat([sumOf(code), code]), { mode: 0o600 });
      renameSync(written, file);
    } finally {
      rmSync(written, { force: true });
    }
    const age = (name: string): number => statSync(path.join(folder, name)).mtimeMs;
    const all = readdirSync(folder).filter((name) => name.endsWith(SUFFIX));
    for (const name of all.sort((a, b) => age(b) - age(a)).slice(MOST)) rmSync(path.join(folder, name), { force: true });
  } catch {
    // a full disk, a folder that is a file, no permission: nothing is kept then
  }
}

/**
 * Runs a CommonJS file as Node would. What V8 made of it is taken from the folder, or put there at the process's end.
 * @param atEnd has something done then
 * @returns whether it was taken
 */
export function runKept(
  module: Pick<NodeModule, 'exports'>,
  file: string,
  folder: string,
  atEnd = (done: () => void): unknown => process.once('exit', done),
): boolean {
  const source = readFileSync(file);
  const kept = path.join(folder, nameOf(file, source));
  const code = readCode(kept);
  const wrapped = `(function (exports, require, module, __filename, __dirname) { ${source.toString('utf8')}\n})`;
  const script = new vm.Script(wrapped, { filename: file, ...(code === undefined ? {} : { cachedData: code }) });
  const isTaken = code !== undefined && script.cachedDataRejected !== true;
  if (!isTaken) atEnd(() => writeCode(kept, script.createCachedData()));
  (script.runInThisContext() as Wrapped)(module.exports, createRequire(file), module, file, path.dirname(file));
  return isTaken;
}

/** From now on the files of a folder that end in `.cjs` are run by {@link runKept}; all others are loaded as ever. */
export function keepCodeOf(home: string, folder: string): void {
  const loaders = createRequire(path.join(home, 'any.cjs')).extensions as Record<string, Loader | undefined>;
  const usual = loaders['.cjs'] ?? loaders['.js']!;
  loaders['.cjs'] = (module, file) => {
    if (path.dirname(file) === home) runKept(module, file, folder);
    else usual(module, file);
  };
}
