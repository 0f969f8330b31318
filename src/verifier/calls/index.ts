// SPDX-License-Identifier: GPL-2.0-only
/** Calls of helpers and subprograms, callbacks, returns. */
export * from './args';
export * from './call-frame';
export * from './callbacks';
export * from './clobber';
export * from './const-arg';
export * from './conststr';
export * from './entry';
export * from './exit';
export * from './funcargs';
export * from './helper';
export * from './leak';
export * from './ld-abs';
export * from './regtype';
export * from './release';
export * from './retcode';
export * from './stackargs';
export * from './subprog';
