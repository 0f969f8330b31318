// SPDX-License-Identifier: GPL-2.0-only

/** A program (or all of an object) that libbpf would refuse to load: the text says why. Never leaves the loader. */
export class LoadFailure extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'LoadFailure';
  }
}
