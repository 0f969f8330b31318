// SPDX-License-Identifier: GPL-2.0-only
/** `.BTF.ext`: which function, source line and CO-RE relocation belongs to which instruction. Facts: `Documentation/bpf/btf.rst`. */

/** One table record: a range of 32-bit words. */
export interface ExtRecord {
  /** Byte offset of the instruction in its section. */
  readonly insnOff: number;
  /** The words after `insnOff`. */
  readonly words: readonly number[];
}

/** The records of one code section, in file order. */
export interface ExtSection {
  /** Offset of the section's name in the BTF strings. */
  readonly nameOff: number;
  readonly records: readonly ExtRecord[];
}

/** The three tables. */
export interface BtfExt {
  /** Words: type id. */
  readonly funcInfo: readonly ExtSection[];
  /** Words: file name, line text (string offsets), line and column (`line << 10 | column`). */
  readonly lineInfo: readonly ExtSection[];
  /** Words: type id, access string offset, kind. */
  readonly coreRelo: readonly ExtSection[];
}

const MAGIC = 0xeb9f;

/** Reads a `.BTF.ext` section of either byte order; returns a text that says what is wrong instead when it is malformed (libbpf ignores it then). */
export function parseBtfExt(bytes: Uint8Array): BtfExt | string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 8) {
    return 'header too short';
  }
  const little = view.getUint16(0, false) !== MAGIC;
  if (view.getUint16(0, little) !== MAGIC) {
    return `invalid magic 0x${view.getUint16(0, true).toString(16)}`;
  }
  if (view.getUint8(2) !== 1 || view.getUint8(3) !== 0) {
    return `unsupported version ${view.getUint8(2)} or flags ${view.getUint8(3)}`;
  }
  const number = (at: number): number => view.getUint32(at, little);
  const headerBytes = number(4);
  if (headerBytes < 24 || headerBytes >= bytes.length) {
    return `header of ${headerBytes} bytes in a section of ${bytes.length}`;
  }
  const table = (at: number, minimum: number, what: string): readonly ExtSection[] | string =>
    readTable(number, view.byteLength, headerBytes + number(at), number(at + 4), minimum, what);
  const funcInfo = table(8, 8, 'func_info');
  const lineInfo = table(16, 16, 'line_info');
  const coreRelo = headerBytes < 32 ? [] : table(24, 16, 'core_relo');
  if (typeof funcInfo === 'string') {
    return funcInfo;
  }
  if (typeof lineInfo === 'string') {
    return lineInfo;
  }
  return typeof coreRelo === 'string' ? coreRelo : { funcInfo, lineInfo, coreRelo };
}

function readTable(
  number: (at: number) => number,
  end: number,
  from: number,
  length: number,
  minimum: number,
  what: string,
): readonly ExtSection[] | string {
  if (length === 0) {
    return [];
  }
  const to = from + length;
  if (from % 4 !== 0 || to > end) {
    return `${what} section at ${from}+${length} is not aligned or out of the section`;
  }
  if (length < 4) {
    return `${what} record size not found`;
  }
  const recordBytes = number(from);
  if (recordBytes < minimum || recordBytes % 4 !== 0) {
    return `${what} section has invalid record size ${recordBytes}`;
  }
  if (length === 4) {
    return `${what} section has no records`;
  }
  const sections: ExtSection[] = [];
  let at = from + 4;
  while (at < to) {
    if (to - at < 8) {
      return `${what} section header is not complete`;
    }
    const count = number(at + 4);
    if (count === 0 || at + 8 + count * recordBytes > to) {
      return `${what} section has incorrect number of records ${count}`;
    }
    const records: ExtRecord[] = [];
    for (let index = 0; index < count; index += 1) {
      const record = at + 8 + index * recordBytes;
      const words: number[] = [];
      for (let word = 4; word < minimum; word += 4) {
        words.push(number(record + word));
      }
      records.push({ insnOff: number(record), words });
    }
    sections.push({ nameOff: number(at), records });
    at += 8 + count * recordBytes;
  }
  return sections;
}
