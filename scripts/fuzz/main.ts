// SPDX-License-Identifier: GPL-2.0-only
/** Differential fuzzer: our verifier against a real kernel's. `npm run fuzz:diff -- --help` says how. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { misused, scriptArgs } from '../options';
import { loadKernel } from '../../src/analysis/kernel';
import { disassemble, type InsnNames } from '../../src/isa/disasm';
import { kernelNamed, KERNELS, VERIFIED_KERNEL } from '../../src/kernel/releases';
import { ROOT } from '../corpus/bundle';
import { KeptAnswers } from './answers';
import { assemble } from './assemble';
import { compare, type Disagreement } from './compare';
import { expectedOf, type Fixture, pack, readFixtures, unpack, writeFixture } from './fixture';
import { FOCUS, generate } from './generate';
import type { Focus } from './generate/scope';
import { askGuest, type Guest, GUEST_OPTION } from './guest';
import { type Answer, loadProgram, ourAnswer } from './ours';
import { type FuzzProgram, sizeOf } from './program';
import { type Finding, reduceAll } from './reduce';

const HELP = {
  usage: ['npm run fuzz:diff -- --guest SCRIPT [options]', 'npm run fuzz:diff -- --show SEED'],
  about: `Generates programs, verifies them here and in a real kernel, reduces those that disagree and keeps them as fixtures in
test/conformance/fuzz, which the unit tests replay without a kernel. SCRIPT (or the environment's BPF_GUEST) is run as
SCRIPT OUT_DIR --logs --log-level 2 -- FILE.o... and leaves OUT_DIR/result.jsonl, one JSON object a program, and the logs;
for another kernel as SCRIPT --kernel VERSION OUT_DIR …`,
  end: 'Exit status: 0 if all agree, 1 if not.',
} as const;

const FIXTURES = join(ROOT, 'test/conformance/fuzz');

/** The instructions in words, function by function. */
export function listing(program: FuzzProgram): string[] {
  return program.functions.flatMap((fn) => {
    const at = new Map(fn.items.map((item, i) => [item.insn, i]));
    const names: InsnNames = {
      helper: () => undefined,
      kfunc: (insn) => fn.items[at.get(insn) ?? -1]?.link?.name,
      immediate: (insn) => fn.items[at.get(insn) ?? -1]?.link?.name,
    };
    const lines = fn.items.map((item, i) => {
      const link = item.link === undefined ? '' : ` <${item.link.kind} ${item.link.name}>`;
      return `${String(i).padStart(3)} ${disassemble(item.insn, { ...item.insn, imm: item.high ?? 0 }, names)}${item.to === undefined ? '' : ` -> ${item.to}`}${link}`;
    });
    return [`${fn.name} (${fn.linkage}: ${fn.params.join(', ')})`, ...lines];
  });
}

const OPTIONS = {
  guest: GUEST_OPTION,
  kernel: {
    type: 'string',
    value: 'V',
    default: VERIFIED_KERNEL.version,
    help: `another kernel than ${VERIFIED_KERNEL.version}: its programs, its rules, its word (6.18, 6.12, 6.1)`,
  },
  seed: { type: 'string', value: 'N', default: '', help: 'first seed (default: from the clock)' },
  count: { type: 'string', value: 'N', default: '200', help: 'programs (default 200)' },
  batch: { type: 'string', value: 'N', default: '200', help: 'programs the kernel is asked about at once (default 200)' },
  limit: { type: 'string', value: 'N', default: '20000', help: 'processed instructions after which a program is left out (default 20000)' },
  logs: { type: 'boolean', default: false, help: 'compare level-2 logs too' },
  rounds: { type: 'string', value: 'N', default: '14', help: 'rounds of reduction, 0 to leave programs as they are (default 14)' },
  'per-cause': { type: 'string', value: 'N', default: '1', help: 'programs of one signature that are reduced and kept (default 1)' },
  keep: { type: 'boolean', default: false, help: 'write fixtures' },
  'keep-all': { type: 'boolean', default: false, help: 'write a fixture of every program, not only of those that disagree' },
  answers: {
    type: 'string',
    value: 'FILE',
    default: '',
    help: "keep the kernel's answers there, and ask only about programs that are not among them",
  },
  dump: { type: 'string', value: 'FILE', default: '', help: 'write every disagreement as JSON lines, before reduction' },
  show: { type: 'string', value: 'SEED', default: '', help: 'only print the program of a seed and our answer' },
  unprivileged: { type: 'boolean', default: false, help: 'as a user without capabilities' },
  flags: { type: 'string', value: 'N', default: '0', help: 'flags of the load, as a number' },
  focus: { type: 'string', value: 'WHAT', default: 'all', help: `try some statements more than others: ${Object.keys(FOCUS).join(', ')}` },
  recheck: { type: 'boolean', default: false, help: 'ask the kernel about the fixtures again and write its answers into them' },
} as const;

async function main(): Promise<number> {
  const { values } = scriptArgs(HELP, OPTIONS);
  const release = kernelNamed(values.kernel);
  if (release === null) {
    console.error(`no kernel ${values.kernel}; there are ${KERNELS.map((k) => k.series).join(', ')}`);
    return 2;
  }
  const isOther = release !== VERIFIED_KERNEL;
  const kernel = loadKernel({ bundle: join(ROOT, ...release.media), btf: '' });
  const flags = Number(values.flags);
  const focus = (Object.keys(FOCUS) as Focus[]).find((f) => f === values.focus) ?? 'all';
  const note = (text: string): void => void process.stderr.write(`${text}\n`);
  const guest: Guest = {
    script: values.guest,
    ...(isOther ? { kernel: release.version } : {}),
    options: [...(values.unprivileged ? ['--unpriv'] : []), ...(flags === 0 ? [] : ['--flags', values.flags])],
  };
  if (values.show !== '') {
    const program = generate(Number(values.show), kernel.profile, values.unprivileged, focus);
    const answer = ourAnswer(assemble(program, kernel.profile), program.name, kernel, { unprivileged: values.unprivileged, flags });
    console.log([program.section, ...listing(program), `${answer?.verdict} ${answer?.message}`, answer?.log].join('\n'));
    return 0;
  }
  if (values.guest === '') misused('--guest is missing', HELP, OPTIONS);
  if (values.recheck) {
    const fixtures = readFixtures(FIXTURES).filter(
      (f) => (f.on ?? VERIFIED_KERNEL.version) === release.version && f.unprivileged === values.unprivileged && f.flags === flags,
    );
    const answers = await askGuest(guest, new Map(fixtures.map((f) => [f.name, unpack(f)])), note);
    for (const f of fixtures) {
      const answer = answers.get(f.name);
      if (answer === undefined) continue;
      const { askedAs: _, ...rest } = f;
      writeFixture(FIXTURES, { ...rest, kernel: expectedOf(answer, loadProgram(unpack(f), f.name, kernel).program) });
    }
    return 0;
  }

  const kept = new KeptAnswers(values.answers, JSON.stringify([release.version, guest.options]));

  /** Both answers on some programs; null where the kernel said nothing, or was not asked because the program takes too long. */
  const ask = async (
    programs: readonly FuzzProgram[],
    logLevel: 1 | 2,
  ): Promise<({ kernel: Answer; disagreement: Disagreement | null } | null)[]> => {
    const objects = programs.map((p) => assemble(p, kernel.profile));
    const ours = objects.map((object, i) =>
      ourAnswer(object, `p${i}`, kernel, { limit: Number(values.limit), logs: values.logs, unprivileged: values.unprivileged, flags }),
    );
    // a level-2 log is wanted for one comparison, and is large: those answers are not kept
    const keep = logLevel === 1;
    const open = objects.flatMap((o, i) => (ours[i] === null || (keep && kept.get(o) !== undefined) ? [] : [[`p${i}`, o] as const]));
    const answers = open.length === 0 ? new Map<string, Answer>() : await askGuest({ ...guest, logLevel }, new Map(open), note);
    if (keep)
      for (const [name, object] of open)
        if (answers.has(name)) kept.add(object, { ...answers.get(name)!, log: answers.get(name)!.log === '' ? '' : 'kept' });
    return ours.map((mine, i) => {
      const answer = answers.get(`p${i}`) ?? (keep ? kept.get(objects[i]!) : undefined);
      return answer === undefined || mine == null ? null : { kernel: answer, disagreement: compare(answer, mine, values.logs) };
    });
  };

  const fixtureOf = (program: FuzzProgram, index: number, answer: Answer, found: string): Fixture => {
    const object = assemble(program, kernel.profile);
    const suffix = `${isOther ? `-${release.version}` : ''}${values.unprivileged ? '-unprivileged' : ''}${flags === 0 ? '' : `-flags${flags}`}`;
    return {
      name: `${program.name}${suffix}`,
      ...(isOther ? { on: release.version } : {}),
      askedAs: `p${index}`,
      unprivileged: values.unprivileged,
      flags,
      found,
      section: program.section,
      listing: listing(program),
      kernel: expectedOf(answer, loadProgram(object, program.name, kernel).program),
      object: pack(object),
    };
  };
  const first = values.seed === '' ? Date.now() % 1_000_000_000 : Number(values.seed);
  const count = Number(values.count);
  const findings: Finding[] = [];
  const tally = new Map<string, number>();
  for (let at = 0; at < count; at += Number(values.batch)) {
    const size = Math.min(Number(values.batch), count - at);
    const programs = Array.from({ length: size }, (_, i) => generate(first + at + i, kernel.profile, values.unprivileged, focus));
    for (const [i, answer] of (await ask(programs, values.logs || values['keep-all'] ? 2 : 1)).entries()) {
      const verdict = answer?.kernel.verdict ?? 'no answer';
      tally.set(verdict, (tally.get(verdict) ?? 0) + 1);
      if (answer !== null && values['keep-all']) writeFixture(FIXTURES, fixtureOf(programs[i]!, i, answer.kernel, ''));
      if (!answer?.disagreement) continue;
      findings.push({ program: programs[i]!, disagreement: answer.disagreement });
      note(`${programs[i]!.name}: ${answer.disagreement.signature}`);
    }
    process.stderr.write(
      `seeds ${first} to ${first + at + size - 1}: ${[...tally].map(([v, n]) => `${v} ${n}`).join(', ')}; ${findings.length} disagree\n`,
    );
  }
  if (values.dump !== '')
    writeFileSync(values.dump, findings.map((f) => `${JSON.stringify({ seed: f.program.name, ...f.disagreement })}\n`).join(''));

  const bySignature = new Map<string, Finding[]>();
  for (const f of findings) bySignature.set(f.disagreement.signature, [...(bySignature.get(f.disagreement.signature) ?? []), f]);
  const groups = [...bySignature.values()].sort((a, b) => b.length - a.length);
  for (const group of groups) {
    const { disagreement } = group[0]!;
    console.log(
      `${String(group.length).padStart(4)}  ${disagreement.signature}\n      ${group
        .slice(0, 4)
        .map((f) => f.program.name)
        .join(' ')}\n      kernel: ${disagreement.kernel}\n      ours:   ${disagreement.ours}`,
    );
  }
  const chosen = groups.flatMap((g) => [...g].sort((a, b) => sizeOf(a.program) - sizeOf(b.program)).slice(0, Number(values['per-cause'])));
  if (Number(values.rounds) > 0 && chosen.length > 0) {
    const check = async (programs: readonly FuzzProgram[]): Promise<(Disagreement | null)[]> =>
      (await ask(programs, values.logs ? 2 : 1)).map((a) => a?.disagreement ?? null);
    const reduced = await reduceAll(chosen, check, Number(values.rounds), (text) => process.stderr.write(`${text}\n`));
    const answers = await ask(
      reduced.map((f) => f.program),
      2,
    );
    for (const [i, { program, disagreement }] of reduced.entries()) {
      const lines = listing(program);
      console.log(
        `\n${program.name} ${program.section}: ${disagreement.signature}\n  kernel: ${disagreement.kernel}\n  ours:   ${disagreement.ours}\n${lines.map((l) => `    ${l}`).join('\n')}`,
      );
      const answer = answers[i];
      if (values.keep && answer != null) {
        const file = writeFixture(FIXTURES, fixtureOf(program, i, answer.kernel, `${disagreement.kind}: ${disagreement.ours}`));
        console.log(`kept as ${file}`);
      }
    }
  }
  console.log(`${count} programs from seed ${first}: ${findings.length} disagree, ${groups.length} signatures`);
  return findings.length === 0 ? 0 : 1;
}

process.exitCode = await main();
