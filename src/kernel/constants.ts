// SPDX-License-Identifier: GPL-2.0-only
/** Names of the uapi's `enum` constants, as types: those of the newest kernel's table. */
import type constants from './data/linux-7.3.4/constants.json';

/** A constant by its name. */
export type Constant = keyof typeof constants;

type WithPrefix<Prefix extends string> = Constant extends infer C ? (C extends `${Prefix}${infer Name}` ? Name : never) : never;

/** A program type by its constant's name without `BPF_PROG_TYPE_`: `XDP`. */
export type ProgTypeConstant = WithPrefix<'BPF_PROG_TYPE_'>;
/** A map type, likewise. */
export type MapTypeConstant = WithPrefix<'BPF_MAP_TYPE_'>;
