// SPDX-License-Identifier: GPL-2.0-only

/**
 * Milliseconds on a clock that only goes forward, from the start of the process on. Node's `performance` is as good a clock, and is loaded when it is first
 * asked, with a dozen of Node's modules.
 */
export function nowMs(): number {
  return process.uptime() * 1000;
}
