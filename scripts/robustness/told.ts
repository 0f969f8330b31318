// SPDX-License-Identifier: GPL-2.0-only
import type { AnalyzeReply } from '../../src/analysis/requests';

/** What became of an object: the verdicts with their number, or why there is none. */
export function told({ error, result }: AnalyzeReply): string {
  if (error !== null) return `${error.kind}: ${error.message}`;
  const counts = new Map<string, number>();
  for (const { verdict } of result!.programs) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  for (const { message } of result!.failed) counts.set(message, (counts.get(message) ?? 0) + 1);
  return [...counts].map(([what, count]) => `${count} × ${what}`).join(', ');
}
