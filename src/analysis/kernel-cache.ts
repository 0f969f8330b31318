// SPDX-License-Identifier: GPL-2.0-only
/**
 * Images of kernels ({@link packImage}) in a folder of the user's, named by the content that they were made from. Several processes may use the
 * folder: an image is written under another name and renamed, so that nobody sees a part of one. Nothing here fails: what cannot be read is made
 * anew, what cannot be written is not kept. Sources and image that are as they were when both were read through (`sound.ts`) are not gone through
 * again.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { openPieces } from './image-file';
import { type KernelData, packImage, readImage, readSoundImage, sameImage } from './kernel-image';
import { identityOf, known, note, noteOf, writeWhole } from './sound';

/** Images that are kept; the oldest goes for a new one. One takes some 10 MB. */
const MOST = 8;
const IMAGE = /^kernel-[0-9a-f]{40}\.image$/;

function write(folder: string, name: string, kernel: KernelData): void {
  try {
    // on the disk before it has its name: what is noted of it holds after a loss of power too
    writeWhole(path.join(folder, name), packImage(kernel), true);
    const age = (file: string): number => statSync(path.join(folder, file)).mtimeMs;
    const images = readdirSync(folder).filter((file) => IMAGE.test(file));
    for (const file of images.sort((a, b) => age(b) - age(a)).slice(MOST)) rmSync(path.join(folder, file), { force: true });
  } catch {
    // a full disk, a folder that is a file, no permission: there is no cache then
  }
}

/** Name of the image of these contents. */
function nameOf(contents: readonly Buffer[]): string {
  const digest = createHash('sha1');
  for (const bytes of contents) digest.update(`${bytes.length} `).update(bytes);
  return `kernel-${digest.digest('hex')}.image`;
}

/** The image of that name, which was seen to be sound; null for one of another format. What can no longer be read of it comes from one that `again` makes. */
function openImage(folder: string, name: string, again: (name: string) => Uint8Array): KernelData | null {
  const file = path.join(folder, name);
  const pieces = openPieces(file, (begun) => {
    const image = again(name);
    if (!sameImage(image, begun)) throw new Error(`${file} can no longer be read, and comes out otherwise now`);
    return image;
  });
  const found = readSoundImage(pieces);
  if (found === null) pieces.close();
  return found;
}

/** A kernel from the image of `sources`, files of whose contents `make` makes it; `folder` '' is for no cache. */
export function cachedKernel(folder: string, sources: readonly string[], make: (contents: readonly Buffer[]) => KernelData): KernelData {
  const read = (): Buffer[] => sources.map((file) => readFileSync(file));
  if (folder === '') return make(read());
  const key = `kernel ${sources.map((file) => path.resolve(file)).join(' ')}`;
  // before anything is read: what changes meanwhile is another file the next time
  const before = identityOf(sources);
  const again = (name: string): Uint8Array => {
    const contents = read();
    if (nameOf(contents) !== name) throw new Error(`${name} can no longer be read, nor what it was made of`);
    return packImage(make(contents));
  };
  try {
    const name = known(folder, key, before);
    const image = name !== null && IMAGE.test(name) ? openImage(folder, name, again) : null;
    if (image !== null) return image;
  } catch {
    // no image whatever was noted
  }
  const contents = read();
  const name = nameOf(contents);
  const file = path.join(folder, name);
  try {
    const sound = noteOf(folder, name, before);
    const found = readImage(readFileSync(file));
    if (found !== null) {
      note(folder, key, sound);
      return found;
    }
  } catch {
    // not there, or no image whatever its checksum says
  }
  const kernel = make(contents);
  write(folder, name, kernel);
  return kernel;
}
