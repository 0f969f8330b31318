// SPDX-License-Identifier: GPL-2.0-only
/**
 * The heap between programs. V8 lets it grow to several times what lives as long as its limit is far; an object with many large programs
 * would take gigabytes of garbage with it.
 */
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes of the heap beyond what lived after the last collection that are left to V8. */
const SLACK_BYTES = 64e6;

/** Processed instructions after which the heap is looked at: they leave some 20 MB at most. */
const LOOK_AFTER = 10_000;

/** V8's collector, which only contexts get that are made while a flag says so; null where that cannot be set. */
function collector(): (() => void) | null {
  try {
    setFlagsFromString('--expose-gc');
    const collect: unknown = runInNewContext('gc');
    setFlagsFromString('--no-expose-gc');
    return typeof collect === 'function' ? () => void collect() : null;
  } catch {
    return null;
  }
}

/** Collects garbage when much has come since the last time. */
export class HeapKeeper {
  private collect: (() => void) | null | undefined;
  private lived = 0;
  private processed = 0;

  /** To be called after each verification, when little of what was made is still wanted. */
  tidy(processedInsns: number): void {
    this.processed += processedInsns;
    // what comes of few is little, and asking takes as long as verifying them
    if (this.processed < LOOK_AFTER) return;
    this.processed = 0;
    if (getHeapStatistics().used_heap_size - this.lived < SLACK_BYTES) return;
    if (this.collect === undefined) this.collect = collector();
    this.collect?.();
    this.lived = getHeapStatistics().used_heap_size;
  }
}
