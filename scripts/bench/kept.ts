// SPDX-License-Identifier: GPL-2.0-only
/** Runs a script as the product's bundles are run: with what V8 compiled of it in processes before. Bundled and started by `runtime.ts`. */
import { runKept } from '../../src/analysis/own-code-cache';

const [, , , script = '', folder = ''] = process.argv;
runKept({ exports: {} }, script, folder);
