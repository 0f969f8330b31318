// SPDX-License-Identifier: GPL-2.0-only

/** BTF that cannot be read or that contradicts itself: says where and why. */
export class BtfError extends Error {
  constructor(
    message: string,
    /** Name of the BTF (`vmlinux`, a module, an object). */
    readonly btf: string,
    /** Type id that the error is about, -1 for the header or a section. */
    readonly typeId: number,
    /** Byte offset in the blob, -1 if unknown. */
    readonly offset: number,
  ) {
    super(`BTF of ${btf}: ${typeId >= 0 ? `type [${typeId}]: ` : ''}${message}`);
    this.name = 'BtfError';
  }
}
