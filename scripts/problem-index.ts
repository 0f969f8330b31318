// SPDX-License-Identifier: GPL-2.0-only
/** `npm run problems`: writes the index of the pages of problem codes, `docs/problems/README.md`. A test says when it is not current. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PROBLEMS } from '../src/protocol/problem-code';

/** The text of the index. */
export function problemIndex(): string {
  const rows = Object.entries(PROBLEMS).map(([code, title]) => `| [\`${code}\`](${code}.md) | ${title} |`);
  return [
    '# Problems',
    '',
    'Every refusal has a code. A code is never renamed or given another meaning. Each page says what it means and what makes it right, with a',
    'program that is refused for it and the same program accepted; both are compiled and verified by a test.',
    '',
    '| code | what is wrong |',
    '|---|---|',
    ...rows,
    '',
  ].join('\n');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  writeFileSync(join(import.meta.dirname, '../docs/problems/README.md'), problemIndex());
