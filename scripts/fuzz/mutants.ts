// SPDX-License-Identifier: GPL-2.0-only
/** Differential fuzzer over compiled objects: programs that people wrote, with small damage. `npm run fuzz:mutants -- --help` says how. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { scriptArgs } from '../options';
import { loadKernel } from '../../src/analysis/kernel';
import { BtfError } from '../../src/btf/error';
import { loadObject } from '../../src/object/load';
import { ObjectError } from '../../src/object/failure';
import { KERNEL_BUNDLE } from '../corpus/bundle';
import { compare, type Disagreement } from './compare';
import { askGuestSafely, GUEST_OPTION, programKey } from './guest';
import { type Patch, patched, patchesOf, subjectOf, type Subject } from './mutant/patches';
import { type OurAnswer, verifyProgram } from './ours';
import { Random } from './random';

const HELP = {
  usage: ['npm run fuzz:mutants -- --guest SCRIPT --objects DIR [options]'],
  about: `Patches the programs of the objects in DIR at one to three places each, and compares our verdict with a real kernel's, as
npm run fuzz:diff does.`,
  end: 'Exit status: 0 if all agree, 1 if not.',
  needs: ['guest', 'objects'],
} as const;

const OPTIONS = {
  guest: GUEST_OPTION,
  objects: { type: 'string', value: 'DIR', default: '', help: 'objects to patch' },
  only: { type: 'string', value: 'TEXT', default: '', help: 'only objects with TEXT in their names' },
  seed: { type: 'string', value: 'N', default: '', help: 'first seed (default: from the clock)' },
  rounds: { type: 'string', value: 'N', default: '1', help: 'mutants of each object (default 1)' },
  batch: { type: 'string', value: 'N', default: '400', help: 'programs the kernel is asked about at once (default 400)' },
  limit: { type: 'string', value: 'N', default: '20000', help: 'processed instructions after which a mutant is left out (default 20000)' },
  unprivileged: { type: 'boolean', default: false, help: 'as a user without capabilities' },
  flags: { type: 'string', value: 'N', default: '0', help: 'flags of the load, as a number' },
  keep: { type: 'string', value: 'DIR', default: '', help: 'write objects that disagree there' },
  out: { type: 'string', value: 'FILE', default: '', help: 'write disagreements there as JSON lines' },
} as const;

/** One object with damage to all of its programs. */
interface Mutant {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly patches: ReadonlyMap<string, readonly Patch[]>;
  readonly answers: ReadonlyMap<string, OurAnswer>;
}

interface Found extends Disagreement {
  readonly mutant: string;
  readonly program: string;
  readonly patches: readonly string[];
}

/** Null for what cannot be opened. */
function attempt<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof ObjectError || error instanceof BtfError) return null;
    throw error;
  }
}

async function main(): Promise<number> {
  const { values } = scriptArgs(HELP, OPTIONS);
  const kernel = loadKernel({ bundle: KERNEL_BUNDLE, btf: '' });
  const flags = Number(values.flags);
  const options = [...(values.unprivileged ? ['--unpriv'] : []), ...(flags === 0 ? [] : ['--flags', values.flags])];
  const first = values.seed === '' ? Date.now() % 1_000_000_000 : Number(values.seed);
  const files = readdirSync(values.objects)
    .filter((f) => f.endsWith('.o') && f.includes(values.only))
    .sort();

  const answersOf = (bytes: Uint8Array, name: string): Map<string, OurAnswer | null> => {
    const loaded = loadObject(bytes, `${name}.o`, kernel.object);
    return new Map(
      loaded.programs.map((p) => [
        p.name,
        verifyProgram(p, kernel, { limit: Number(values.limit), unprivileged: values.unprivileged, flags }),
      ]),
    );
  };
  const make = (subject: Subject, name: string, random: Random): Mutant | null => {
    const patches = new Map(subject.entries.map((site) => [site.fn.name, patchesOf(random, site, subject)] as const));
    const shared = subject.subprograms.length > 0 && random.chance(0.4) ? patchesOf(random, random.pick(subject.subprograms), subject) : [];
    const build = (): Uint8Array => patched(subject.bytes, [...patches.values(), shared].flat());
    let bytes = build();
    let answers = answersOf(bytes, name);
    // programs that take too long go back to what they were
    const long = [...answers].filter(([, a]) => a === null).map(([program]) => program);
    if (long.length > 0) {
      for (const program of long) patches.delete(program);
      bytes = build();
      answers = answersOf(bytes, name);
      if ([...answers.values()].includes(null)) return null;
    }
    for (const [program, own] of patches) patches.set(program, [...own, ...shared]);
    return { name, bytes, patches, answers: answers as Map<string, OurAnswer> };
  };

  const found: Found[] = [];
  const tally = new Map<string, number>();
  const count = (what: string): void => {
    tally.set(what, (tally.get(what) ?? 0) + 1);
  };
  let waiting: Mutant[] = [];
  const flush = async (): Promise<void> => {
    const answers = await askGuestSafely({ script: values.guest, options }, new Map(waiting.map((m) => [m.name, m.bytes])), (text) =>
      process.stderr.write(`${text}\n`),
    );
    for (const mutant of waiting) {
      for (const [program, ours] of mutant.answers) {
        const theirs = answers.get(programKey(mutant.name, program));
        const patches = mutant.patches.get(program);
        if (theirs === undefined || patches === undefined) {
          count('no answer');
          continue;
        }
        count(theirs.verdict);
        const disagreement = compare(theirs, ours, true);
        // known: what instruction a poisoned relocation or call is; libbpf puts other text in the place of its line
        if (disagreement === null || (disagreement.kind === 'insn' && /CO-RE|referenced but wasn't resolved/.test(disagreement.kernel)))
          continue;
        found.push({ ...disagreement, mutant: mutant.name, program, patches: patches.map((p) => p.words) });
        if (values.keep !== '') {
          writeFileSync(join(values.keep, `${mutant.name}.o`), mutant.bytes);
          writeFileSync(join(values.keep, `${mutant.name}.${program}.kernel.log`), theirs.log);
          writeFileSync(join(values.keep, `${mutant.name}.${program}.ours.log`), ours.log);
        }
        console.log(
          `${mutant.name} ${program}: ${disagreement.kind}\n  kernel: ${disagreement.kernel}\n  ours:   ${disagreement.ours}\n${patches.map((p) => `    ${p.words}`).join('\n')}`,
        );
      }
    }
    waiting = [];
    process.stderr.write(`${[...tally].map(([v, n]) => `${v} ${n}`).join(', ')}; ${found.length} disagree\n`);
  };

  let programs = 0;
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const [i, file] of files.entries()) {
      const seed = first + round * files.length + i;
      const subject = attempt(() => subjectOf(readFileSync(join(values.objects, file)), file));
      if (subject === null) continue;
      const mutant = make(subject, `${basename(file, '.bpf.o')}-${seed}`, new Random(seed));
      if (mutant === null) continue;
      waiting.push(mutant);
      programs += mutant.answers.size;
      if (programs < Number(values.batch)) continue;
      await flush();
      programs = 0;
    }
  }
  if (waiting.length > 0) await flush();
  if (values.out !== '') writeFileSync(values.out, found.map((f) => `${JSON.stringify(f)}\n`).join(''));
  const signatures = new Map<string, number>();
  for (const f of found) signatures.set(f.signature, (signatures.get(f.signature) ?? 0) + 1);
  for (const [signature, n] of [...signatures].sort((a, b) => b[1] - a[1])) console.log(`${String(n).padStart(4)}  ${signature}`);
  console.log(`${files.length} objects, seed ${first}: ${found.length} disagree, ${signatures.size} signatures`);
  return found.length === 0 ? 0 : 1;
}

process.exitCode = await main();
