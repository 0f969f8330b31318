// SPDX-License-Identifier: GPL-2.0-only
/** What Cytoscape's modules ask other packages for, as far as the page uses it (`scripts/host/webview-bundle.mjs`). */

/** A queue of which the first is taken; `order` is negative where its first argument comes first. */
export class Heap<T> {
  private readonly items: T[] = [];

  constructor(private readonly order: (a: T, b: T) => number) {}

  size(): number {
    return this.items.length;
  }

  peek(): T | undefined {
    return this.items[0];
  }

  push(item: T): void {
    this.items.push(item);
    this.rise(this.items.length - 1);
  }

  pop(): T | undefined {
    const [first] = this.items;
    const last = this.items.pop();
    if (this.items.length > 0) {
      this.items[0] = last!;
      this.sink(0);
    }
    return first;
  }

  /** What decides its place has changed. */
  updateItem(item: T): void {
    const at = this.items.indexOf(item);
    if (at < 0) return;
    this.rise(at);
    this.sink(this.items.indexOf(item));
  }

  private rise(from: number): void {
    for (let at = from; at > 0;) {
      const up = (at - 1) >> 1;
      if (this.order(this.items[at]!, this.items[up]!) >= 0) return;
      this.swap(at, up);
      at = up;
    }
  }

  private sink(from: number): void {
    for (let at = from; ;) {
      let least = at;
      for (const down of [2 * at + 1, 2 * at + 2])
        if (down < this.items.length && this.order(this.items[down]!, this.items[least]!) < 0) least = down;
      if (least === at) return;
      this.swap(at, least);
      at = least;
    }
  }

  private swap(a: number, b: number): void {
    [this.items[a], this.items[b]] = [this.items[b]!, this.items[a]!];
  }
}

/** Calls a function once it has not been asked for so many ms, with what it was asked with last. */
export function debounce<This, Args extends unknown[]>(
  call: (this: This, ...args: Args) => void,
  ms: number,
): (this: This, ...args: Args) => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return function (...args) {
    clearTimeout(timer);
    timer = setTimeout(() => call.apply(this, args), ms);
  };
}

/** Names of data that lead into an object: the page has none. */
export function toPath(name: string): never {
  throw new Error(`${name} is no plain name of data`);
}
export const get = toPath;
export const set = toPath;
