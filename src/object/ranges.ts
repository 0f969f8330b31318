// SPDX-License-Identifier: GPL-2.0-only
/** Bytes of a map that may have any value. */
export interface ByteRange {
  readonly offset: number;
  readonly size: number;
}

/** Whether some of these bytes may have any value. `ranges`: {@link MapDef.any}. */
export function mayBeAnything(ranges: readonly ByteRange[] | undefined, offset: number, size: number): boolean {
  return ranges?.some((range) => offset < range.offset + range.size && range.offset < offset + size) === true;
}
