// SPDX-License-Identifier: GPL-2.0-only
/** Words for a program that nothing can be drawn of. */
import type { ProgramResult } from './model';

const HAD = { accept: 'it is accepted', reject: 'it is rejected', unknown: 'it has no verdict' } as const;

/** Why a program without a graph has none, without a full stop. */
export function whyNoGraph({ verdict, reason, withoutGraph }: Pick<ProgramResult, 'verdict' | 'reason' | 'withoutGraph'>): string {
  switch (withoutGraph?.kind) {
    case 'time':
      return `${HAD[verdict]}; making its graph took longer than the time limit allows`;
    case 'ways':
      return `${HAD[verdict]}; its indirect jumps have ${withoutGraph.ways} ways, too many to draw`;
    case undefined:
      return reason === null ? HAD[verdict] : `${HAD[verdict]}: ${reason}`;
  }
}
