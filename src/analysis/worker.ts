// SPDX-License-Identifier: GPL-2.0-only
/** Worker thread of the analysis service: the door to {@link serve}, which is compiled faster where its code is kept. */
import { parentPort, workerData } from 'node:worker_threads';
import { keepCode } from './code-cache';

const port = parentPort;
if (port === null) throw new Error('this file runs as a worker thread');
const { cache = '' } = (workerData ?? {}) as { cache?: string };
/** A worker that is ended from outside has no end of its own: its code is kept when it has run for so long, milliseconds. */
const KEEP_AFTER_MS = 2000;

keepCode(cache, __dirname, (done) => {
  let isKept = false;
  const keep = (): void => {
    if (!isKept) done();
    isKept = true;
  };
  setTimeout(keep, KEEP_AFTER_MS).unref();
  process.once('exit', keep);
});
void import('./serve').then(({ serve }) => serve(port, cache));
