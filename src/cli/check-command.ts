// SPDX-License-Identifier: GPL-2.0-only
/** `check` by itself: what most runs need is a bundle without the other commands. */
import os from 'node:os';
import path from 'node:path';
import { cacheFolder } from '../compiler/cache-folder';
import { OTHER_KERNELS } from '../kernel/releases';
import { POLICIES } from '../policy';
import { begin, root } from './begin';
import { runCheck } from './check';
import { parseCheck } from './check-options';
import { kernelOf } from './inputs';

begin((_, args, sink) => {
  const options = parseCheck(args, os.availableParallelism(), [...POLICIES.map((p) => p.id), ...OTHER_KERNELS.map((k) => k.policy)]);
  const paths = {
    worker: path.join(root, 'dist', 'worker.cjs'),
    kernel: kernelOf(root, options),
    cache: options.cache ? cacheFolder() : '',
  };
  return runCheck(options, paths, sink);
});
