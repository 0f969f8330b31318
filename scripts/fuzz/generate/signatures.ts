// SPDX-License-Identifier: GPL-2.0-only
/** Signatures of functions as type information has them: rare parameter types, tags that fit or do not, results of all kinds. */
import type { Param, Result } from '../program';
import type { Random } from '../random';

const ODD: readonly Param[] = [
  'bool',
  'short',
  'big',
  'float',
  'byvalue',
  'double',
  'enumptr',
  'constint',
  'unionptr',
  'fwdptr',
  'funcptr',
  'voidptr',
  'charptr',
  'skb',
  'xdp',
  'regs',
  'kernelptr',
];
const USUAL: readonly Param[] = ['scalar', 'int', 'pointer', 'plain', 'ctx', 'task', 'dynptr', 'object', 'arena'];
const RESULTS: readonly Result[] = ['void', 'long', 'bool', 'short', 'pointer', 'struct', 'float', 'arena'];
const TAGS = [
  'arg:ctx',
  'arg:nonnull',
  'arg:nullable',
  'arg:trusted',
  'arg:untrusted',
  'arg:arena',
  'arg:nosuch',
  'arg:',
  'other',
  'kfunc',
];

export interface Signature {
  readonly params: readonly Param[];
  readonly returns?: Result;
  readonly moreTags?: readonly (readonly [number, string])[];
}

/** Any signature. */
export function anySignature(random: Random): Signature {
  const params = Array.from({ length: random.between(0, 4) }, () => random.pick(random.chance(0.6) ? ODD : USUAL));
  const moreTags = params.flatMap((_, i): (readonly [number, string])[] =>
    Array.from(
      {
        length: random.weighted([
          [6, 0],
          [3, 1],
          [1, 2],
        ] as const),
      },
      (): readonly [number, string] => [i, random.pick(TAGS)],
    ),
  );
  return { params, ...(random.chance(0.5) ? { returns: random.pick(RESULTS) } : {}), ...(moreTags.length > 0 ? { moreTags } : {}) };
}
