// SPDX-License-Identifier: GPL-2.0-only
/** Why a program is refused: one function for each kind of refusal that has a structured report. */
export * from './call';
export * from './context';
export * from './memory';
export * from './program';
export * from './register';
export * from './resource';
