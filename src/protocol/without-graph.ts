// SPDX-License-Identifier: GPL-2.0-only
/** Words for a program that nothing can be drawn of. */
import type { ProgramResult } from './model';

const HAD = { accept: 'it is accepted', reject: 'it is rejected', unknown: 'it has no verdict' } as const;

/** Why a program without a graph has none, without a full stop. */
export function whyNoGraph({ verdict, reason, withoutGraph }: Pick<ProgramResult, 'verdict' | 'reason' | 'withoutGraph'>): string {
  if (withoutGraph !== undefined) return `${HAD[verdict]}, but there is no graph: ${withoutGraph}`;
  return reason === null ? HAD[verdict] : `${HAD[verdict]}: ${reason}`;
}
