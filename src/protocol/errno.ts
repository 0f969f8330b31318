// SPDX-License-Identifier: GPL-2.0-only
/** Names of the error numbers that loading a program ends with (include/uapi/asm-generic/errno*.h, include/linux/errno.h). */
const ERRNO: Readonly<Record<number, string>> = {
  1: 'EPERM',
  2: 'ENOENT',
  3: 'ESRCH',
  7: 'E2BIG',
  9: 'EBADF',
  11: 'EAGAIN',
  12: 'ENOMEM',
  13: 'EACCES',
  14: 'EFAULT',
  16: 'EBUSY',
  19: 'ENODEV',
  22: 'EINVAL',
  28: 'ENOSPC',
  34: 'ERANGE',
  95: 'EOPNOTSUPP',
  524: 'ENOTSUPP',
};

/** `EINVAL`, or the number where it has no name here. */
export function errnoName(errno: number): string {
  return errno === 0 ? '' : (ERRNO[Math.abs(errno)] ?? `errno ${Math.abs(errno)}`);
}
