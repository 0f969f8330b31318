// SPDX-License-Identifier: GPL-2.0-only
/**
 * The heap of a worker. V8 lets it grow to several times what lives as long as its limit is far, and keeps the pages that it took; an object with
 * many large programs would take gigabytes of garbage with it.
 */
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes of the heap beyond what lived after the last collection that are left to V8. */
const SLACK_BYTES = 64e6;

/** Processed instructions after which the heap is looked at: they leave some 20 MB at most. */
const LOOK_AFTER = 10_000;

/** Bytes of V8's pages beyond what is in use that a worker may hold while nobody asks for anything. */
const IDLE_BYTES = 64e6;

/** Older V8 (Node 20) knows no last resort, and gives up the pages that it emptied at one of the next collections. */
const MOST_COLLECTIONS = 3;

/** V8's `gc` (`src/extensions/gc-extension.cc`). As a last resort it collects all there is, compacts, and keeps no page that is empty. */
type Collect = (how?: { readonly type: 'major'; readonly execution: 'sync'; readonly flavor: 'last-resort' }) => void;

/** V8's collector, which only contexts get that are made while a flag says so; null where that cannot be set. */
function collector(): Collect | null {
  try {
    setFlagsFromString('--expose-gc');
    const collect: unknown = runInNewContext('gc');
    setFlagsFromString('--no-expose-gc');
    return typeof collect === 'function' ? (collect as Collect) : null;
  } catch {
    return null;
  }
}

/** Collects garbage when much has come since the last time, and gives memory back when nobody asks for anything. */
export class HeapKeeper {
  private known: Collect | null | undefined;
  private lived = 0;
  private processed = 0;

  /** To be called after each verification, when little of what was made is still wanted. */
  tidy(processedInsns: number): void {
    this.processed += processedInsns;
    // what comes of few is little, and asking takes as long as verifying them
    if (this.processed < LOOK_AFTER) return;
    this.processed = 0;
    if (getHeapStatistics().used_heap_size - this.lived < SLACK_BYTES) return;
    this.collect?.();
    this.lived = getHeapStatistics().used_heap_size;
  }

  /**
   * To be called when nobody has asked for anything for a while: V8 keeps what single programs needed for as long as it likes. Part of the compiled
   * code goes with it, so that nothing is done while little is held.
   */
  rest(): void {
    // what has come since the last time is mostly garbage
    if (getHeapStatistics().total_heap_size - this.lived < IDLE_BYTES) return;
    for (let i = 0; i < MOST_COLLECTIONS; i++) {
      this.collect?.();
      this.collect?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
      const { total_heap_size: total, used_heap_size: used } = getHeapStatistics();
      if (total - used < IDLE_BYTES) break;
    }
    this.lived = getHeapStatistics().used_heap_size;
  }

  private get collect(): Collect | null {
    if (this.known === undefined) this.known = collector();
    return this.known;
  }
}
