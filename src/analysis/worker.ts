// SPDX-License-Identifier: GPL-2.0-only
/** Worker thread of the analysis service: the door to {@link serve}, which is compiled faster where its code is kept. */
import { parentPort, workerData } from 'node:worker_threads';
import { keepCode } from './code-cache';

const port = parentPort;
if (port === null) throw new Error('this file runs as a worker thread');
const { cache = '' } = (workerData ?? {}) as { cache?: string };
keepCode(cache, __dirname);
void import('./serve').then(({ serve }) => serve(port, cache));
