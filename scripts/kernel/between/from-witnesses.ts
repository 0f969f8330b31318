// SPDX-License-Identifier: GPL-2.0-only
/**
 * Decides features of a kernel without source by what it said of the witness programs:
 *
 *     npx tsx scripts/kernel/between/from-witnesses.ts FACTS
 *
 * For each feature that has one, the setting under which we end as the kernel did is written to the file of facts with the program and the
 * answer; one that both settings fit, or neither, is left as it is and named. The kernel needs a folder in `media/kernel` with tables already.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Outcome } from '../../../test/support/witness';
import { featureOf, outcomes, recordedAnswers } from '../../../test/support/witness';
import { scriptArgs } from '../../options';
import type { Facts } from './facts';

const { positionals } = scriptArgs(
  {
    usage: ['npx tsx scripts/kernel/between/from-witnesses.ts FACTS'],
    about: 'Decides features of a kernel without source by what it said of the witness programs, and writes them to the file of facts.',
    positionals: [1, 1],
  },
  {},
);
const [file = ''] = positionals;
const facts = JSON.parse(readFileSync(file, 'utf8')) as Facts;
const features: Record<string, { value: boolean; by: string }> = { ...facts.features };
const answers = recordedAnswers()[facts.version] ?? {};

const same = (a: Outcome | undefined, b: Outcome): boolean =>
  a !== undefined && a.verdict === b.verdict && a.processed === b.processed && (a.verdict !== 'reject' || b.message.endsWith(a.message));

for (const [program, answer] of Object.entries(answers)) {
  const key = featureOf(program);
  if (!(key in features)) continue;
  const only = (name: string): boolean => name === program;
  const fits = [true, false].filter((value) => same(outcomes(facts.version, { [key]: value }, only).get(program), answer));
  if (fits.length === 1) {
    const said = answer.verdict === 'reject' ? answer.message : `${answer.verdict}, ${answer.processed} instructions`;
    features[key] = { value: fits[0]!, by: `asked about ${program}: ${said}` };
  } else process.stderr.write(`${program}: ${fits.length === 0 ? 'neither setting fits' : 'both settings fit'}\n`);
}
writeFileSync(file, `${JSON.stringify({ ...facts, features }, null, 1)}\n`);
