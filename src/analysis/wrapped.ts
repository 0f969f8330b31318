// SPDX-License-Identifier: GPL-2.0-only
/**
 * What a file that is no source holds: an object, LLVM's intermediate code, several of them in an archive; compressed (`.gz`), or in the skeleton
 * that `bpftool gen skeleton` writes. Told by content, not by name.
 */
import { gunzipSync } from 'node:zlib';
import { isArchive, readArchive } from '../object/archive';
import { sizeText } from './read-file';

export { isArchive };

/** Bytes of the largest object that is taken out. */
const MAX_OBJECT = 64 << 20;
/** Bytes of a text before the object in it, at most. */
const LOOKED_AT = 1 << 20;
const SKELETON = Buffer.from('\\x7f\\x45\\x4c\\x46');
const BACKSLASH = 0x5c;
const QUOTE = 0x22;
const EM_BPF = 247;

/** What an object is, or has to be made of first: LLVM's code as bytes or as text. */
export type ObjectForm = 'object' | 'bitcode' | 'ir';

/** One thing in a file that programs may be in. */
export interface Contained {
  /** Name in the archive; '' for the file itself. */
  readonly member: string;
  readonly form: ObjectForm;
  readonly bytes: Uint8Array;
}

/** What a file holds. */
export interface FileContent {
  /** What it was taken out of, in words; null for nothing. */
  readonly wrapping: string | null;
  /** Members of an archive in their order, or the one object. Never empty. */
  readonly objects: readonly Contained[];
  /** Members that are something else, and what cannot be read, in words. */
  readonly left: readonly string[];
}

/** Whether bytes are an ELF object for BPF of either byte order; looks at the identification and e_machine only. */
export function isBpfElf(bytes: Uint8Array): boolean {
  if (bytes.length < 20 || bytes[0] !== 0x7f || bytes[1] !== 0x45 || bytes[2] !== 0x4c || bytes[3] !== 0x46) return false;
  const machine = bytes[5] === 2 ? (bytes[18]! << 8) | bytes[19]! : bytes[18]! | (bytes[19]! << 8);
  // old compilers left the machine open
  return machine === EM_BPF || machine === 0;
}

/** The form of bytes by what they begin with; null for what is none of them. */
export function formOf(bytes: Uint8Array): ObjectForm | null {
  if (isBpfElf(bytes)) return 'object';
  const [a, b, c, d] = bytes;
  if (a === 0x42 && b === 0x43 && c === 0xc0 && d === 0xde) return 'bitcode';
  // with a header around it, as on macOS
  if (a === 0xde && b === 0xc0 && c === 0x17 && d === 0x0b) return 'bitcode';
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, LOOKED_AT)).toString('latin1');
  return /^(?:;[^\n]*\n|source_filename = "[^\n]*\n|\s*\n)*target (?:triple|datalayout) = "/.test(text) ? 'ir' : null;
}

/** Why bytes are none of what programs are in, in words. */
export function whatElse(bytes: Uint8Array): string {
  if (bytes.length < 20) return `it is ${bytes.length} bytes long; an ELF header alone has 64`;
  if (bytes[0] !== 0x7f) return 'it begins neither as an ELF object (7f 45 4c 46), nor as an archive or LLVM code';
  return `its machine is ${bytes[5] === 2 ? (bytes[18]! << 8) | bytes[19]! : bytes[18]! | (bytes[19]! << 8)}, not ${EM_BPF} (BPF)`;
}

/** Looks into a file. Throws an `Error` with the reason for an archive without an object, and for what cannot be taken out. */
export function contentOf(bytes: Uint8Array): FileContent {
  const { bytes: inside, wrapping } = unwrap(bytes);
  if (!isArchive(inside)) {
    // what is wrong with something else, the loader says
    return { wrapping, objects: [{ member: '', form: formOf(inside) ?? 'object', bytes: inside }], left: [] };
  }
  const { members, damage } = readArchive(inside);
  const objects: Contained[] = [];
  const left: string[] = [];
  for (const { name, bytes: contents } of members) {
    const form = formOf(contents);
    if (form === null) left.push(`${name}: ${whatElse(contents)}`);
    else objects.push({ member: name, form, bytes: contents });
  }
  if (damage !== null) left.push(`the archive is damaged: ${damage}`);
  if (objects.length === 0) {
    const why = left.length === 0 ? 'it is empty' : left.slice(0, 3).join('; ');
    throw new Error(`it is an archive without a BPF object: ${why}`);
  }
  return { wrapping: wrapping === null ? 'in an archive' : `in an archive, ${wrapping}`, objects: numbered(objects), left };
}

/** Members of one name get a number, as `ar`'s N modifier counts them. */
function numbered(objects: readonly Contained[]): Contained[] {
  const seen = new Map<string, number>();
  return objects.map((object) => {
    const count = (seen.get(object.member) ?? 0) + 1;
    seen.set(object.member, count);
    return count === 1 ? object : { ...object, member: `${object.member}:${count}` };
  });
}

function unwrap(bytes: Uint8Array): { bytes: Uint8Array; wrapping: string | null } {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
    try {
      return { bytes: gunzipSync(bytes, { maxOutputLength: MAX_OBJECT }), wrapping: 'compressed with gzip' };
    } catch (error) {
      const tooLarge = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
      throw new Error(tooLarge ? `what it holds is larger than ${sizeText(MAX_OBJECT)}` : 'it is compressed with gzip, and damaged', {
        cause: error,
      });
    }
  }
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const at = text.subarray(0, LOOKED_AT).indexOf(SKELETON);
  return at < 0 ? { bytes, wrapping: null } : { bytes: fromSkeleton(text, at), wrapping: 'in a skeleton that bpftool made' };
}

/** The bytes of a C string with `\xNN`, `\0` and continued lines, from a place to its closing quote. */
function fromSkeleton(text: Buffer, from: number): Uint8Array {
  const out = new Uint8Array(text.length - from);
  let size = 0;
  for (let at = from; at < text.length; at++) {
    const c = text[at]!;
    if (c === QUOTE) return out.slice(0, size);
    if (c !== BACKSLASH) out[size++] = c;
    else {
      const next = String.fromCharCode(text[++at] ?? 0);
      if (next === 'x') {
        const digits = text.toString('latin1', at + 1, at + 3);
        if (!/^[\da-fA-F]{2}$/.test(digits)) break;
        out[size++] = parseInt(digits, 16);
        at += 2;
      } else if (next === '0') out[size++] = 0;
      else if (next !== '\n') break;
    }
  }
  throw new Error('it is a skeleton, and the object in it is cut off');
}
