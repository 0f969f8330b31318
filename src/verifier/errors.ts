// SPDX-License-Identifier: GPL-2.0-only
/**
 * How a check ends early inside this room. `verify()` turns both into values; nothing outside sees them thrown.
 */

import type { Refusal } from './diag/refusal';

/** Kernel error numbers that verdicts carry (`include/uapi/asm-generic/errno*.h`). */
export const enum Errno {
  EPERM = 1,
  ENOENT = 2,
  ESRCH = 3,
  E2BIG = 7,
  EBADF = 9,
  EAGAIN = 11,
  ENOMEM = 12,
  EACCES = 13,
  EFAULT = 14,
  EBUSY = 16,
  EEXIST = 17,
  EINVAL = 22,
  ERANGE = 34,
  EPROTO = 71,
  EOPNOTSUPP = 95,
  ENOTSUPP = 524,
}

/** The program is refused; the message was already written to the log. */
export class Refused extends Error {
  constructor(
    readonly errno: Errno,
    /** What was refused; null where only the message says it. */
    readonly what: Refusal | null = null,
  ) {
    super(`refused (${errno})`);
    this.name = 'Refused';
  }
}

/** We met something that we do not model: the verdict is `unknown`. */
export class Unmodelled extends Error {
  constructor(readonly what: string) {
    super(what);
    this.name = 'Unmodelled';
  }
}

/** The caller asked to stop. */
export class Cancelled extends Error {
  constructor() {
    super('cancelled');
    this.name = 'Cancelled';
  }
}
