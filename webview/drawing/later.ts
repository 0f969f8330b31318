// SPDX-License-Identifier: GPL-2.0-only
/** Work that is begun before anybody waits for it, step by step, and brought to its end when somebody does. */

/** A computation that pauses at each `yield`: a step takes some milliseconds. */
export type Steps<T> = Generator<void, T, void>;

/** All of it at once. */
export function finished<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

export class Later<T> {
  value: T | null = null;

  constructor(private readonly steps: Steps<T>) {}

  /** One step more; false when there is none left. */
  step(): boolean {
    if (this.value !== null) return false;
    const { done, value } = this.steps.next();
    if (done === true) this.value = value;
    return done !== true;
  }

  /** The result, now. */
  get(): T {
    return (this.value ??= finished(this.steps));
  }
}

/** So long nothing is begun, so that what is asked for at once comes first, ms. */
const QUIET_MS = 250;
/** What a step is expected to take at most, ms. */
const STEP_MS = 6;

/** Does what somebody may ask for next, whenever the page has nothing else to do. */
export class Idle {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private handle: number | null = null;

  /** Does `step` until it returns false, instead of what was to be done before. */
  start(step: () => boolean): void {
    this.stop();
    if (typeof requestIdleCallback !== 'function') return;
    const go = (deadline: IdleDeadline): void => {
      let more = true;
      while (more && deadline.timeRemaining() > STEP_MS) more = step();
      this.handle = more ? requestIdleCallback(go) : null;
    };
    this.timer = setTimeout(() => (this.handle = requestIdleCallback(go)), QUIET_MS);
  }

  stop(): void {
    clearTimeout(this.timer);
    if (this.handle !== null) cancelIdleCallback(this.handle);
    this.handle = null;
  }
}
