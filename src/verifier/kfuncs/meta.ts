// SPDX-License-Identifier: GPL-2.0-only
import type { Btf, BtfOf, Kind } from '../../btf/types';
import type { Behaviour } from '../../kernel/behaviour';
import type { Kfunc } from '../../kernel/profile';
import type { ContextEffect } from '../../policy/rules';
import type { KfuncArg } from './kinds';

/** A kfunc as one program calls it (`struct bpf_kfunc_desc` and `struct bpf_kfunc_meta`). */
export interface KfuncMeta {
  readonly kfunc: Kfunc;
  readonly btf: Btf;
  readonly id: number;
  readonly name: string;
  /** Prototype with implicit arguments, if it has such. */
  readonly proto: BtfOf<Kind.FUNC_PROTO>;
  /** Index of the first implicit argument; the number of arguments if there is none. */
  readonly implicitFrom: number;
  /** {@link Kf} bits, 0 if it is registered for nobody. */
  readonly flags: number;
  readonly behaviour: Behaviour | null;
  /** Context that the call enters or leaves, null if none. */
  readonly effect: ContextEffect | null;
  /** Kinds of the parameters, once it is collected. */
  args: readonly KfuncArg[];
  /** Whether the program may call it, once that was asked. */
  allowed: boolean | null;
}
