// SPDX-License-Identifier: GPL-2.0-only
import { createHash } from 'node:crypto';
import * as zlib from 'node:zlib';

/** 32 bits over the bytes; where Node has no CRC those of a digest, so that what is kept is of one Node or the other. */
export function checksum(bytes: Uint8Array): number {
  // Node has it since 20.15
  const crc = 'crc32' in zlib ? zlib.crc32 : undefined;
  return crc === undefined ? createHash('sha1').update(bytes).digest().readUInt32LE(0) : crc(bytes);
}
