// SPDX-License-Identifier: GPL-2.0-only
/** The constants that a loader may set (`const volatile`), for editors. Plain data. */
import type { SourcePlace } from './graph';

/** What values a constant, or a part of one, takes. */
export type ValueTakes =
  /** `bits` wide; `bool` only 0 and 1; `names` stand for values of an enum. */
  | { readonly kind: 'number'; readonly bits: number; readonly signed: boolean; readonly bool: boolean; readonly names: readonly string[] }
  /** A text that ends with a NUL within so many bytes. */
  | { readonly kind: 'text'; readonly bytes: number };

/** What can be set by itself: a scalar, a text, an element, a member. */
export interface ConstantPart {
  /** `limit`, `config.port`, `ports[3]`. */
  readonly path: string;
  /** Type as C spells it. */
  readonly type: string;
  readonly takes: ValueTakes;
  /** The value that it was compiled with. */
  readonly compiled: string;
}

export interface ConstantView {
  readonly name: string;
  readonly type: string;
  readonly parts: readonly ConstantPart[];
  /** Where it is declared, null if nothing says so. */
  readonly place: SourcePlace | null;
  /** Lines that never run because of the value that it was verified with. */
  readonly never: readonly SourcePlace[];
}
