// SPDX-License-Identifier: GPL-2.0-only
/**
 * Archives of `ar`: files behind one another, each with a header of 60 bytes. Names of System V (`NAME/`, `/OFFSET` into a table of long ones)
 * and of BSD (`NAME`, `#1/LENGTH` before the contents). Facts: `ar(5)`, LLVM's `Archive.cpp`.
 */

/** A file in an archive. */
export interface ArchiveMember {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What an archive holds; `damage` says where it cannot be read any further, null if all of it was. */
export interface Archive {
  readonly members: readonly ArchiveMember[];
  readonly damage: string | null;
}

const MAGIC = '!<arch>\n';
const THIN_MAGIC = '!<thin>\n';
const HEADER_BYTES = 60;
/** Members of one archive that are looked at. */
const MOST_MEMBERS = 4096;
/** Characters of a member's name. */
const MAX_NAME = 1024;

const decoder = new TextDecoder('latin1');
const textOf = (bytes: Uint8Array, from: number, to: number): string => decoder.decode(bytes.subarray(from, to));
const utf8 = new TextDecoder();

/** Whether bytes are an archive, a thin one too. */
export function isArchive(bytes: Uint8Array): boolean {
  const magic = textOf(bytes, 0, MAGIC.length);
  return magic === MAGIC || magic === THIN_MAGIC;
}

/** Reads an archive. Throws an `Error` with the reason for a thin one, whose members are files elsewhere. */
export function readArchive(bytes: Uint8Array): Archive {
  if (textOf(bytes, 0, MAGIC.length) === THIN_MAGIC) {
    throw new Error('it is a thin archive: it only names files that lie elsewhere, which are to be opened themselves');
  }
  const members: ArchiveMember[] = [];
  let longNames: Uint8Array = new Uint8Array(0);
  for (let at = MAGIC.length; at < bytes.length;) {
    const damage = (what: string): Archive => ({ members, damage: `${what} at byte ${at}` });
    if (at + HEADER_BYTES > bytes.length) return damage('a header is cut off');
    if (textOf(bytes, at + 58, at + 60) !== '`\n') return damage('there is no header of a member');
    const digits = textOf(bytes, at + 48, at + 58).trim();
    const size = /^\d{1,10}$/.test(digits) ? Number(digits) : NaN;
    const from = at + HEADER_BYTES;
    if (!(from + size <= bytes.length)) return damage('a member is cut off');
    const contents = bytes.subarray(from, from + size);
    const field = textOf(bytes, at, at + 16).trimEnd();
    if (field === '//') longNames = contents;
    else if (field !== '/' && field !== '/SYM64/') {
      if (members.length === MOST_MEMBERS) return damage(`there are more than ${MOST_MEMBERS} members`);
      const member = namedMember(field, contents, longNames);
      if (typeof member === 'string') return damage(member);
      // the table of symbols, as BSD has it
      if (!member.name.startsWith('__.SYMDEF')) members.push(member);
    }
    at = from + size + (size & 1);
  }
  return { members, damage: null };
}

/** A member with its name; a text that says what is wrong with that. */
function namedMember(field: string, contents: Uint8Array, longNames: Uint8Array): ArchiveMember | string {
  const bsd = /^#1\/(\d{1,9})$/.exec(field);
  if (bsd !== null) {
    const length = Number(bsd[1]);
    if (length > contents.length || length > MAX_NAME) return 'a name is longer than its member';
    return { name: upTo(contents.subarray(0, length), 0), bytes: contents.subarray(length) };
  }
  const long = /^\/(\d{1,9})$/.exec(field);
  if (long !== null) {
    const from = Number(long[1]);
    if (from >= longNames.length) return 'a name is out of the table of long ones';
    return { name: upTo(longNames.subarray(from, from + MAX_NAME), 0x0a).replace(/\/$/, ''), bytes: contents };
  }
  return { name: field.replace(/\/$/, ''), bytes: contents };
}

function upTo(bytes: Uint8Array, end: number): string {
  const length = bytes.indexOf(end);
  return utf8.decode(length < 0 ? bytes : bytes.subarray(0, length));
}
