// SPDX-License-Identifier: GPL-2.0-only
/** `npm run contributions`: writes the files that tables of the product make (`scripts/contributions/generated.ts`). */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { GENERATED } from './contributions/generated';

for (const [name, text] of Object.entries(GENERATED)) {
  const file = path.join(import.meta.dirname, '..', name);
  writeFileSync(file, text(existsSync(file) ? readFileSync(file, 'utf8') : ''));
}
