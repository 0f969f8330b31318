// SPDX-License-Identifier: GPL-2.0-only
/** Kfunc flags, `KF_*` (`include/linux/btf.h`), and the flags of the posted series, which live above the kernel's own bits. */
export const enum Kf {
  ACQUIRE = 1 << 0,
  RELEASE = 1 << 1,
  RET_NULL = 1 << 2,
  /** Up to 6.1. */
  KPTR_GET = 1 << 3,
  /** Where pointers of other kfuncs need not be trusted (`kfunc.trustedByDefault`). */
  TRUSTED_ARGS = 1 << 4,
  SLEEPABLE = 1 << 5,
  DESTRUCTIVE = 1 << 6,
  RCU = 1 << 7,
  ITER_NEW = 1 << 8,
  ITER_NEXT = 1 << 9,
  ITER_DESTROY = 1 << 10,
  RCU_PROTECTED = 1 << 11,
  FASTCALL = 1 << 12,
  ARENA_RET = 1 << 13,
  ARENA_ARG1 = 1 << 14,
  ARENA_ARG2 = 1 << 15,
  IMPLICIT_ARGS = 1 << 16,
  SPINLOCK_SAFE = 1 << 17,
  PERFMON = 1 << 18,
}

/** Kfunc flags by their C name (`include/linux/btf.h`). */
export const KF_FLAGS: ReadonlyMap<string, number> = new Map<string, number>([
  ['KF_ACQUIRE', Kf.ACQUIRE],
  ['KF_RELEASE', Kf.RELEASE],
  ['KF_RET_NULL', Kf.RET_NULL],
  ['KF_SLEEPABLE', Kf.SLEEPABLE],
  ['KF_DESTRUCTIVE', Kf.DESTRUCTIVE],
  ['KF_RCU', Kf.RCU],
  ['KF_ITER_NEW', Kf.ITER_NEW],
  ['KF_ITER_NEXT', Kf.ITER_NEXT],
  ['KF_ITER_DESTROY', Kf.ITER_DESTROY],
  ['KF_RCU_PROTECTED', Kf.RCU_PROTECTED],
  ['KF_FASTCALL', Kf.FASTCALL],
  ['KF_ARENA_RET', Kf.ARENA_RET],
  ['KF_ARENA_ARG1', Kf.ARENA_ARG1],
  ['KF_ARENA_ARG2', Kf.ARENA_ARG2],
  ['KF_IMPLICIT_ARGS', Kf.IMPLICIT_ARGS],
  ['KF_SPINLOCK_SAFE', Kf.SPINLOCK_SAFE],
  ['KF_PERFMON', Kf.PERFMON],
]);

/** Flags that only older kernels have. */
const OLDER_FLAGS: ReadonlyMap<string, number> = new Map<string, number>([
  ['KF_KPTR_GET', Kf.KPTR_GET],
  ['KF_TRUSTED_ARGS', Kf.TRUSTED_ARGS],
]);

/** Bits of `KF_A|KF_B`; 0 for ''. Throws RangeError for an unknown flag. */
export function parseKfFlags(text: string): number {
  let bits = 0;
  for (const name of text.split('|')) {
    if (name === '') continue;
    const bit = KF_FLAGS.get(name) ?? OLDER_FLAGS.get(name);
    if (bit === undefined) throw new RangeError(`unknown kfunc flag ${name}`);
    bits |= bit;
  }
  return bits;
}

/** Names of the flags that are set, in order of their bits. */
export function kfFlagNames(flags: number): string[] {
  return [...KF_FLAGS].filter(([, bit]) => (flags & bit) !== 0).map(([name]) => name);
}
