// SPDX-License-Identifier: GPL-2.0-only
/** The command: the rest (`check-command.ts`, `main.ts`) are bundles of their own, which are compiled faster where their code is kept. */
import { keepCode } from '../analysis/code-cache';
import { cacheFolder } from '../compiler/cache-folder';

const args = process.argv.slice(2);
keepCode(args.includes('--no-cache') ? '' : cacheFolder(), __dirname);
const own = args.includes('--') ? args.slice(0, args.indexOf('--')) : args;
const isAsked = own.includes('--help') || own.includes('--version');
void (own[0] === 'check' && !isAsked ? import('./check-command') : import('./main'));
