// SPDX-License-Identifier: GPL-2.0-only
/** Keeps one value of each kind: what is the same of many instructions is the same value, which crosses threads and messages once. */
export class Shared<T> {
  private readonly known = new Map<string, T>();

  /** The value itself, or the equal one that was there before; `key` tells equal ones where that is cheaper than the whole value. */
  of(value: T, key = JSON.stringify(value)): T {
    const same = this.known.get(key);
    if (same !== undefined) return same;
    this.known.set(key, value);
    return value;
  }
}
