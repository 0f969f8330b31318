// SPDX-License-Identifier: GPL-2.0-only
/**
 * Feeds changed objects, BTF, `.BTF.ext`, policies, overlays, logs and assembly to everything that reads them, and asks for the views of
 * what is verified. A seed is a number, and makes the same input as long as the files that inputs are made from stay the same.
 */
import { appendFileSync, writeFileSync } from 'node:fs';
import { misused, scriptArgs } from '../../options';
import { apply, type Edit } from './mutate';
import { Targets, type Input, type Kind } from './targets';

const HELP = {
  usage: ['npm run fuzz:inputs -- [options]', 'npm run fuzz:inputs -- --replay S [--out FILE]'],
  about: 'Feeds changed files to everything that reads files.',
  end: 'Exit status: 0 nothing broken, 1 something broken, 2 usage',
};

const OPTIONS = {
  minutes: { type: 'string', value: 'N', help: 'how long' },
  count: { type: 'string', value: 'N', help: 'how many (default 20,000 if no time is given)' },
  seed: { type: 'string', value: 'S', default: '1', help: 'the first one (default 1)' },
  assembly: { type: 'boolean', default: false, help: 'assembly too, which is compiled' },
  progress: { type: 'string', value: 'FILE', default: '', help: 'tell there how far it is' },
  replay: { type: 'string', value: 'S', help: 'one seed again, reduced to the changes that matter' },
  out: { type: 'string', value: 'FILE', default: '', help: 'write the input of that seed there' },
} as const;

const { values } = scriptArgs(HELP, OPTIONS);

/** Leaves out changes as long as the input stays broken. */
function reduced(targets: Targets, input: Input): Input {
  let changes: readonly Edit[] = input.changes;
  for (let index = changes.length - 1; index >= 0 && changes.length > 1; index -= 1) {
    const fewer = changes.filter((_, place) => place !== index);
    if (targets.broken({ ...input, changes: fewer }) !== null) {
      changes = fewer;
    }
  }
  return { ...input, changes };
}

function describe({ kind, seed, changes }: Input): string {
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes.subarray(0, 16)).toString('hex');
  return `${kind} from ${seed.name}: ${changes.map(({ at, removed, bytes }) => `${at}-${removed}+${hex(bytes)}`).join(' ')}`;
}

function replay(targets: Targets, seed: number): number {
  const input = targets.make(seed);
  const wrong = targets.broken(input);
  const small = wrong === null ? input : reduced(targets, input);
  console.log(`seed ${seed}: ${wrong ?? 'nothing broken'}\n  ${describe(small)}`);
  if (values.out !== '') {
    writeFileSync(values.out, apply(small.seed.bytes, small.changes));
  }
  return wrong === null ? 0 : 1;
}

function run(targets: Targets, first: number): number {
  const end = values.minutes === undefined ? Infinity : Date.now() + Number(values.minutes) * 60_000;
  const last = values.count === undefined ? (values.minutes === undefined ? first + 20_000 : Infinity) : first + Number(values.count);
  const counts = new Map<Kind, number>();
  const broken: string[] = [];
  let seed = first;
  for (; seed < last && ((seed & 63) !== 0 || Date.now() < end); seed += 1) {
    const input = targets.make(seed);
    counts.set(input.kind, (counts.get(input.kind) ?? 0) + 1);
    const wrong = targets.broken(input);
    if (wrong !== null) {
      broken.push(`seed ${seed}: ${wrong}\n  ${describe(reduced(targets, input))}`);
      console.log(broken.at(-1));
    }
    if (values.progress !== '' && seed % 5000 === 0) {
      appendFileSync(values.progress, `${seed - first} inputs, ${broken.length} broken\n`);
    }
  }
  const kinds = [...counts].map(([kind, count]) => `${count} ${kind}`).join(', ');
  console.log(
    `seeds ${first} to ${seed - 1}: ${seed - first} inputs (${kinds}), ${broken.length} broken; peak memory ${process.resourceUsage().maxRSS >> 10} MB`,
  );
  return broken.length === 0 ? 0 : 1;
}

const strange = [values.seed, values.minutes ?? '1', values.count ?? '1', values.replay ?? '1'].find((value) => !(Number(value) >= 0));
if (strange !== undefined) misused(`not a number: ${strange}`, HELP, OPTIONS);
const targets = new Targets(values.assembly);
process.exitCode = values.replay === undefined ? run(targets, Number(values.seed)) : replay(targets, Number(values.replay));
