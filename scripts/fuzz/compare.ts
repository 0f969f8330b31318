// SPDX-License-Identifier: GPL-2.0-only
/** Where two answers differ. */
import { type LogDifference, lineShape, logDifference } from '../corpus/logdiff';
import type { Answer, OurAnswer } from './ours';

/** A disagreement; two with the same signature have probably one cause. */
export interface Disagreement {
  readonly kind: 'verdict' | 'unknown' | 'message' | 'insn' | 'processed' | 'states' | 'log';
  readonly signature: string;
  readonly kernel: string;
  readonly ours: string;
}

function shape(text: string): string {
  return lineShape(text).slice(0, 100);
}

/** What stands for the beginning of a log that is too long. */
const CUT = /^\[first \d+ bytes cut\]\n[^\n]*\n/;

function firstDifference(kernel: Answer, ours: OurAnswer): LogDifference | null {
  if (kernel.log === '' || ours.program === null) return null;
  if (!CUT.test(kernel.log)) return logDifference(kernel.log, ours.log, ours.program);
  const rest = kernel.log.replace(CUT, '');
  return logDifference(rest, ours.log.split('\n').slice(-rest.split('\n').length).join('\n'), ours.program);
}

/** The gravest difference, null if there is none that counts. `logs`: compare logs too. */
export function compare(kernel: Answer, ours: OurAnswer, logs: boolean): Disagreement | null {
  const differ = (kind: Disagreement['kind'], a: string, b: string, cause = `${shape(a)} <> ${shape(b)}`): Disagreement => ({
    kind,
    signature: `${kind}: ${cause}`,
    kernel: a,
    ours: b,
  });
  const said = (a: Answer): string => (a.message === '' ? a.verdict : `${a.verdict}: ${a.message}`);
  // refused before the verifier saw it: nothing to compare
  if (kernel.verdict !== 'accept' && kernel.verdict !== 'reject') return null;
  if (ours.verdict === 'unknown') return differ('unknown', said(kernel), said(ours), shape(ours.message));
  if (kernel.verdict !== ours.verdict) return differ('verdict', said(kernel), said(ours));
  if (kernel.verdict === 'reject') {
    // two reports in one log leave lines of the first in the message: logs that agree settle it
    if (kernel.message !== ours.message && (!logs || firstDifference(kernel, ours) !== null))
      return differ('message', kernel.message, ours.message);
    // a level-1 log of kernels that check functions after the main program forgets that one's instructions
    if (kernel.log !== '' && kernel.insn !== ours.insn && (logs || kernel.insn !== null))
      return differ('insn', `${kernel.insn} ${kernel.message}`, `${ours.insn} ${ours.message}`, shape(kernel.message));
  }
  if (kernel.processedInsns !== ours.processedInsns)
    return differ('processed', String(kernel.processedInsns), String(ours.processedInsns), kernel.verdict);
  if (kernel.totalStates !== ours.totalStates || kernel.peakStates !== ours.peakStates) {
    return differ('states', `${kernel.totalStates}/${kernel.peakStates}`, `${ours.totalStates}/${ours.peakStates}`, kernel.verdict);
  }
  const first = logs ? firstDifference(kernel, ours) : null;
  return first === null ? null : differ('log', first.theirs ?? '(end)', first.ours ?? '(end)');
}
