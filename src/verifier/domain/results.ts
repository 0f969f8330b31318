// SPDX-License-Identifier: GPL-2.0-only
/** What operations of the domain give back. */
import type { Scalar } from './scalar';

/** Result of an arithmetic operation. */
export interface AluResult {
  /** The new value of the destination. */
  readonly value: Scalar;
  /**
   * The operands cannot be computed: the register becomes a fresh unknown scalar, losing id, delta, union and precision
   * (`is_safe_to_compute_dst_reg_range`). `value` is the unknown scalar then.
   */
  readonly unknown: boolean;
  /** False if the operation itself drops the scalar id and delta (byte swaps that change the value, NEG, constants from bit operations). */
  readonly keepsId: boolean;
}

/** Outcome of a comparison. The four values are null if the direction is known. */
export interface BranchDecision {
  /** 1: always jumps; 0: never; -1: both ways are possible. */
  readonly taken: -1 | 0 | 1;
  readonly trueDst: Scalar | null;
  readonly trueSrc: Scalar | null;
  readonly falseDst: Scalar | null;
  readonly falseSrc: Scalar | null;
}

/** A jump that is always taken, and one that never is. */
export const TAKEN: BranchDecision = { taken: 1, trueDst: null, trueSrc: null, falseDst: null, falseSrc: null };
export const NOT_TAKEN: BranchDecision = { taken: 0, trueDst: null, trueSrc: null, falseDst: null, falseSrc: null };
