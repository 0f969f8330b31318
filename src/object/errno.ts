// SPDX-License-Identifier: GPL-2.0-only

/** Error numbers with which the kernel refuses a map (`include/uapi/asm-generic/errno*.h`, `include/linux/errno.h`). */
export type MapErrno = 'E2BIG' | 'EACCES' | 'EFAULT' | 'EINVAL' | 'ENOMEM' | 'ENOTSUPP' | 'EOPNOTSUPP' | 'ERANGE';

/** The number behind each name. */
export const ERRNO: Readonly<Record<MapErrno, number>> = {
  E2BIG: 7,
  ENOMEM: 12,
  EACCES: 13,
  EFAULT: 14,
  EINVAL: 22,
  ERANGE: 34,
  EOPNOTSUPP: 95,
  ENOTSUPP: 524,
};

/** Why the kernel refuses something: its error, and what is wrong, in words that continue "map 'm': …". */
export interface Objection {
  readonly errno: MapErrno;
  readonly reason: string;
}
