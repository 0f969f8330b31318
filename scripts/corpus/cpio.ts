// SPDX-License-Identifier: GPL-2.0-only
/** An archive that the kernel unpacks as its first file system. Format: `Documentation/driver-api/early-userspace/buffer-format.rst` ("newc"). */

const DIRECTORY = 0o040755;
const FILE = 0o100644;
const PROGRAM = 0o100755;

/** Files to be archived: content by path, without a leading slash; `executable` says which may be run. Folders are made as needed. */
export function cpio(files: ReadonlyMap<string, Buffer>, executable: ReadonlySet<string>): Buffer {
  const parts: Buffer[] = [];
  let number = 1;
  const add = (name: string, mode: number, data: Buffer): void => {
    const bytes = Buffer.from(`${name}\0`);
    const fields = [number++, mode, 0, 0, 1, 0, data.length, 0, 0, 0, 0, bytes.length, 0];
    const head = Buffer.concat([Buffer.from(`070701${fields.map((f) => f.toString(16).padStart(8, '0')).join('')}`), bytes]);
    parts.push(padded(head), padded(data));
  };
  const made = new Set<string>();
  for (const [path, data] of files) {
    const folders = path.split('/').slice(0, -1);
    folders.forEach((_, i) => {
      const folder = folders.slice(0, i + 1).join('/');
      if (!made.has(folder)) add(folder, DIRECTORY, Buffer.alloc(0));
      made.add(folder);
    });
    add(path, executable.has(path) ? PROGRAM : FILE, data);
  }
  add('TRAILER!!!', 0, Buffer.alloc(0));
  return Buffer.concat(parts);
}

/** Filled with zeros to a multiple of four bytes. */
function padded(data: Buffer): Buffer {
  return Buffer.concat([data, Buffer.alloc((4 - (data.length % 4)) % 4)]);
}
