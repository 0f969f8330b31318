// SPDX-License-Identifier: GPL-2.0-only
/**
 * Compares our verifier logs with those that a kernel wrote for the same programs:
 *
 *     npx tsx scripts/kernel/log-agreement.ts --kernel 6.12 --level 2 --logs DIR OBJECT...
 *
 * DIR has a file `OBJECT.PROGRAM.log` for each program that the kernel was asked about at that level. Level 5 is level 1
 * with statistics. Addresses and times are left out; all else is compared byte by byte. Prints how many are equal, and of the others the first lines that differ, the most frequent difference first.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { scriptArgs } from '../options';
import { loadKernel } from '../../src/analysis/kernel';
import { kernelFolder } from '../../src/analysis/kernel-folder';
import { loadObject } from '../../src/object/load';
import { DEFAULT_POLICY } from '../../src/policy';
import { verify } from '../../src/verifier/check';
import { logDifference } from '../corpus/logdiff';

const { values: args, positionals: objects } = scriptArgs(
  {
    usage: ['npx tsx scripts/kernel/log-agreement.ts --kernel NAME --level N --logs DIR OBJECT...'],
    about: 'Compares our verifier logs with those that a kernel wrote for the same programs.',
    needs: ['logs'],
    positionals: [1, Infinity],
  },
  {
    kernel: { type: 'string', value: 'NAME', default: '', help: 'the kernel (default: the newest)' },
    level: { type: 'string', value: 'N', default: '2', help: 'level of the logs (default 2); 5 is level 1 with statistics' },
    logs: { type: 'string', value: 'DIR', default: '', help: 'the logs: OBJECT.PROGRAM.log' },
    show: { type: 'string', value: 'N', default: '10', help: 'differences to print (default 10)' },
  },
);

interface Difference {
  count: number;
  readonly program: string;
  readonly kernel: string;
  readonly ours: string;
}

const kernel = loadKernel({ bundle: kernelFolder(join(import.meta.dirname, '../..'), args.kernel), btf: '' });
const files = new Set(readdirSync(args.logs));
const differences = new Map<string, Difference>();
let equal = 0;
let compared = 0;
for (const object of objects) {
  const name = basename(object);
  for (const program of loadObject(readFileSync(object), name, kernel.object).programs) {
    const file = `${name}.${program.name}.log`;
    if (!files.has(file)) continue;
    const theirs = readFileSync(join(args.logs, file), 'utf8').replaceAll('\0', '');
    // the loader gave up before the kernel was asked
    if (theirs === '') continue;
    compared++;
    const options = { logLevel: Number(args.level), unprivileged: false, flags: 0, recorder: null, tick: null };
    const { log } = verify(program, kernel.profile, DEFAULT_POLICY, options);
    const different = logDifference(theirs, log, program);
    if (different === null) {
      equal++;
      continue;
    }
    const found = { count: 1, program: file, kernel: different.theirs ?? '(end)', ours: different.ours ?? '(end)' };
    const kind = `${found.kernel}\n${found.ours}`.replace(/\d+/g, '#');
    const known = differences.get(kind);
    if (known === undefined) differences.set(kind, found);
    else known.count++;
  }
}
process.stdout.write(`level ${args.level}: ${equal} of ${compared} logs are equal\n`);
const common = [...differences.values()].sort((a, b) => b.count - a.count);
for (const d of common.slice(0, Number(args.show))) {
  process.stdout.write(`${d.count} × ${d.program}\n   kernel: ${d.kernel}\n   ours:   ${d.ours}\n`);
}
