// SPDX-License-Identifier: GPL-2.0-only
/** BPF objects below a folder: files of their own, and those that programs carry in themselves. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const MAGIC = Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1]);
const EM_BPF = 247;
/** Offsets in a 64-bit ELF header (`include/uapi/linux/elf.h: Elf64_Ehdr`). */
const MACHINE = 18;
const SHOFF = 40;
const SHENTSIZE = 58;
const SHNUM = 60;
const HEADER_BYTES = 64;

/** Where an object that begins at `at` ends: behind its section headers, which stand last. Null if there is none. */
function endOf(bytes: Buffer, at: number): number | null {
  if (at + HEADER_BYTES > bytes.length || bytes.readUInt16LE(at + MACHINE) !== EM_BPF) return null;
  const end = at + Number(bytes.readBigUInt64LE(at + SHOFF)) + bytes.readUInt16LE(at + SHENTSIZE) * bytes.readUInt16LE(at + SHNUM);
  return end > at + HEADER_BYTES && end <= bytes.length ? end : null;
}

/** BPF objects in some bytes, little-endian ones of 64 bits, in order. */
export function objectsInside(bytes: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let at = bytes.indexOf(MAGIC); at >= 0;) {
    const end = endOf(bytes, at);
    if (end !== null) found.push(bytes.subarray(at, end));
    at = bytes.indexOf(MAGIC, end ?? at + MAGIC.length);
  }
  return found;
}

/** All objects below a folder, by a name made of their file's and a number; equal ones once. */
export function bpfObjects(root: string): Map<string, Buffer> {
  const found = new Map<string, Buffer>();
  const seen = new Set<string>();
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const bytes = readFileSync(join(entry.parentPath, entry.name));
    for (const [i, object] of objectsInside(bytes).entries()) {
      const text = object.toString('latin1');
      if (!seen.has(text)) found.set(`${entry.name.replace(/(\.bpf)?\.o$/, '')}__${i}`, object);
      seen.add(text);
    }
  }
  return found;
}
