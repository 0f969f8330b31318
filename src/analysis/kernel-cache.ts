// SPDX-License-Identifier: GPL-2.0-only
/**
 * Images of kernels ({@link packImage}) in a folder of the user's, named by the content that they were made from. Several processes may use the
 * folder: an image is written under another name and renamed, so that nobody sees a part of one. Nothing here fails: what cannot be read is made
 * anew, what cannot be written is not kept.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type KernelTypes, packImage, readImage } from './kernel-image';

/** Images that are kept; the oldest goes for a new one. One takes some 10 MB. */
const MOST = 8;
const IMAGE = /^kernel-[0-9a-f]{40}\.image$/;

function write(folder: string, name: string, types: KernelTypes): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const written = path.join(folder, `.${name}.${process.pid}.${Math.random().toString(36).slice(2)}`);
    try {
      writeFileSync(written, packImage(types), { mode: 0o600 });
      renameSync(written, path.join(folder, name));
    } finally {
      rmSync(written, { force: true });
    }
    const age = (file: string): number => statSync(path.join(folder, file)).mtimeMs;
    const images = readdirSync(folder).filter((file) => IMAGE.test(file));
    for (const file of images.sort((a, b) => age(b) - age(a)).slice(MOST)) rmSync(path.join(folder, file), { force: true });
  } catch {
    // a full disk, a folder that is a file, no permission: there is no cache then
  }
}

/** Types of a kernel from the image of `sources`, the bytes that `make` makes them of; `folder` '' is for no cache. */
export function cachedTypes(folder: string, sources: readonly Uint8Array[], make: () => KernelTypes): KernelTypes {
  if (folder === '') return make();
  const digest = createHash('sha1');
  for (const bytes of sources) digest.update(`${bytes.length} `).update(bytes);
  const name = `kernel-${digest.digest('hex')}.image`;
  try {
    const bytes = readFileSync(path.join(folder, name));
    const found = readImage(bytes);
    if (found !== null) return found;
  } catch {
    // not there, or no image whatever its checksum says
  }
  const types = make();
  write(folder, name, types);
  return types;
}
