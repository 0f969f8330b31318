// SPDX-License-Identifier: GPL-2.0-only
/** Numbers in memory, in the byte order of a machine. */

/** The unsigned number that bytes are. */
export function numberIn(bytes: Uint8Array, littleEndian: boolean): bigint {
  let value = 0n;
  for (let index = 0; index < bytes.length; index += 1) {
    value = (value << 8n) | BigInt(bytes[littleEndian ? bytes.length - 1 - index : index]!);
  }
  return value;
}

/** Fills bytes with the lowest bits of a number. */
export function putNumber(bytes: Uint8Array, value: bigint, littleEndian: boolean): void {
  for (let index = 0; index < bytes.length; index += 1) {
    bytes[littleEndian ? index : bytes.length - 1 - index] = Number((value >> BigInt(8 * index)) & 0xffn);
  }
}
