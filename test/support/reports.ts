// SPDX-License-Identifier: GPL-2.0-only

/** A log without structured reports: for tests of messages. */
export function withoutReports(log: string): string {
  return log.replace(/\nVerification failed: [^]*?^Suggestion:\n[^]*?\n\n/gm, '');
}
