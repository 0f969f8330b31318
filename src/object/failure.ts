// SPDX-License-Identifier: GPL-2.0-only
import type { Objection } from './errno';

/** What only a loader could say and nobody did: the program type, what it is attached to, the other files of the program. */
export type Undecided = 'type' | 'attach' | 'files';

/** Something that a kernel may have or not, which a program cannot be loaded without. */
export interface Missing {
  readonly what: 'kfunc' | 'variable' | 'target' | 'struct_ops' | 'config';
  /** As the kernel would name it. */
  readonly name: string;
}

/** A program (or all of an object) that libbpf would refuse to load: the text says why. Never leaves the loader. */
export class LoadFailure extends Error {
  constructor(
    message: string,
    /** Kernel function that the object needs and the kernel does not have; '' for any other failure. */
    readonly absent = '',
    /** What has to be decided first; null for any other failure. */
    readonly undecided: Undecided | null = null,
    /** What the kernel does not have, if that is why. */
    readonly missing: Missing | null = absent === '' ? null : { what: 'kfunc', name: absent },
  ) {
    super(message);
    this.name = 'LoadFailure';
  }
}

/** A map that the kernel would not create. Never leaves the loader. */
export class MapRefused extends LoadFailure {
  constructor(
    readonly map: string,
    readonly objection: Objection,
  ) {
    super(`map '${map}': failed to create: -${objection.errno}: ${objection.reason}`);
  }
}

/** What is wrong with a part of an object, and where: a section, and a byte of the file if it is known. */
export function atPlace(message: string, where: string, offset: number): string {
  return `${message} (in ${where}${offset < 0 ? '' : ` at byte ${offset}`})`;
}

/** An object that cannot be read: says where (bytes, section) and why. Thrown by the loader; the analysis service turns it into a value. */
export class ObjectError extends Error {
  constructor(
    message: string,
    /** ELF section or structure, '' for the file itself. */
    readonly where: string,
    /** Byte offset in the file, -1 if unknown. */
    readonly offset: number,
  ) {
    super(message);
    this.name = 'ObjectError';
  }
}
