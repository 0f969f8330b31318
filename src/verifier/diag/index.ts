// SPDX-License-Identifier: GPL-2.0-only
/** Structured reports of refusals: what the kernel's log prints after the message, and the same as data. */
export { argPlace, Diagnostics, regPlace, slotPlace } from './diagnostics';
export type { Category, Failure } from './failure';
export { NO_ARG, type Refusal } from './refusal';
export type { Location } from './location';
export type { CausalPath, Report } from './report';
export * as why from './why';
