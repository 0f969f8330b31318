// SPDX-License-Identifier: GPL-2.0-only
// A worker that behaves as the name of the file says. Its kept results count how often they were made.
import { parentPort } from 'node:worker_threads';

const kept = new Map();
const ran = [];

const wait = (cell, until) => {
  while (!until()) if (cell[0] === 1) throw new Error('cancelled');
};

const BEHAVIOURS = {
  quick: () => undefined,
  /** Runs until it is cancelled. */
  long: (cell) => wait(cell, () => false),
  /** Never looks at its cell. */
  deaf: () => {
    for (;;);
  },
  /** Prepares what all share, and looks at its cell only then. */
  setup: (cell) => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 600);
    wait(cell, () => false);
  },
  hog: () => {
    const all = [];
    for (;;) all.push(new Array(10_000).fill(all.length));
  },
  /** Dies when something is kept, of which it knows nothing. */
  crowded: () => {
    if (kept.size > 0) BEHAVIOURS.hog();
  },
  bug: () => process.exit(7),
};

parentPort.on('message', (request) => {
  const { id, type, key } = request;
  const cell = new Int32Array(request.cell);
  if (type === 'forget') {
    kept.delete(key);
    return;
  }
  if (type === 'graph') {
    parentPort.postMessage({ type, id, part: kept.has(key) ? { graph: { key, made: kept.get(key), ran }, next: null } : null });
    return;
  }
  ran.push(request.file);
  // before it says that it has begun, and until it has answered: whoever cancels it meanwhile finds it preparing, on a busy machine too
  if (request.file === 'setup') Atomics.store(cell, 1, 1);
  parentPort.postMessage({ type: 'progress', id, stage: 'verify' });
  try {
    BEHAVIOURS[request.file](cell);
  } catch {
    parentPort.postMessage({ type: 'cancelled', id });
    return;
  }
  if (request.record) kept.set(key, request.policy);
  parentPort.postMessage({
    type: 'analyzed',
    id,
    reply: { result: { file: request.file, policy: request.policy }, error: null, extras: new Map() },
  });
});
