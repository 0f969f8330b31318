// SPDX-License-Identifier: GPL-2.0-only
/** Which bytes names may have. The kernel's character classes are those of Latin-1. Facts: `lib/ctype.c`. */

/** Bytes of the longest name with its terminator (`KSYM_NAME_LEN`). */
const KSYM_NAME_LEN = 512;
const UNDERSCORE = 0x5f;
const DOT = 0x2e;
const MULTIPLICATION_SIGN = 0xd7;
const DIVISION_SIGN = 0xf7;

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

/** `isalpha`. */
function isLetter(byte: number): boolean {
  const lower = byte | 0x20;
  return byte < 0x80 ? lower >= 0x61 && lower <= 0x7a : byte >= 0xc0 && byte !== MULTIPLICATION_SIGN && byte !== DIVISION_SIGN;
}

/** `isprint`. */
function isPrintable(byte: number): boolean {
  return (byte >= 0x20 && byte < 0x7f) || byte >= 0xa0;
}

/** A name of a type, member, function … (`kernel/bpf/btf.c: btf_name_valid_identifier`). */
export function isIdentifier(name: Uint8Array): boolean {
  return (
    name.length > 0 &&
    name.length <= KSYM_NAME_LEN &&
    !isDigit(name[0]!) &&
    name.every((byte) => isLetter(byte) || isDigit(byte) || byte === UNDERSCORE || byte === DOT)
  );
}

/** A name of a section (`btf_name_valid_section`). */
export function isSectionName(name: Uint8Array): boolean {
  return name.length > 0 && name.length <= KSYM_NAME_LEN && name.every(isPrintable);
}

/** A name of a program or map (`kernel/bpf/syscall.c: bpf_obj_name_cpy`), which may be empty. */
export function isObjectName(name: Uint8Array): boolean {
  return name.every((byte) => isLetter(byte) || isDigit(byte) || byte === UNDERSCORE || byte === DOT);
}
