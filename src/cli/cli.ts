// SPDX-License-Identifier: GPL-2.0-only
/** The command: the rest (`main.ts`) is a bundle of its own, which is compiled faster where its code is kept. */
import { keepCode } from '../analysis/code-cache';
import { cacheFolder } from '../compiler/cache-folder';

keepCode(process.argv.includes('--no-cache') ? '' : cacheFolder(), __dirname);
void import('./main');
