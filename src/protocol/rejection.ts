// SPDX-License-Identifier: GPL-2.0-only
import type { ProgramResult } from './model';

/** Why a program is rejected, beyond the message: our sentence with the places in it, else the reason of the kernel's report; null if neither says more. */
export function reasonOf(result: Pick<ProgramResult, 'message' | 'sentence' | 'report'>): string | null {
  const { message, sentence, report } = result;
  if (sentence !== null && sentence !== message[message.length - 1]) return sentence;
  return report == null || report.reason === '' ? null : report.reason;
}
