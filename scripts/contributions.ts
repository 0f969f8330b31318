// SPDX-License-Identifier: GPL-2.0-only
/** `npm run contributions`: writes what the tables of `src/contributions` say into package.json and package.nls.json. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { withManifest, wordsFile } from '../src/contributions/manifest';

const at = (name: string): string => path.join(import.meta.dirname, '..', name);

writeFileSync(at('package.json'), withManifest(readFileSync(at('package.json'), 'utf8')));
writeFileSync(at('package.nls.json'), wordsFile());
