// SPDX-License-Identifier: GPL-2.0-only
let isHeard = false;

/** Says something on the standard error. If that cannot be written, nobody can be told. */
export function tell(text: string): void {
  // the stream is made when it is first asked for
  if (!isHeard) process.stderr.on('error', () => undefined);
  isHeard = true;
  process.stderr.write(text);
}
