// SPDX-License-Identifier: GPL-2.0-only
/** Scores explanations of rejections, or counts those of a corpus that have none. `npm run answers -- --help` says how. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scriptArgs } from './options';
import { answersOf } from './answers/ask';
import { type Expected, rate } from './answers/rate';

const { values } = scriptArgs(
  {
    usage: ['npm run answers -- [--dir DIR] [--list]', 'npm run answers -- --corpus DIR [--list] [--sample N --out FILE]'],
    about:
      'Scores the explanations of the programs that DIR/expect*.json list, 0 to 3 each; or verifies the objects of a corpus set (DIR/objects) and\ncounts rejections without a code of their own, a reason or a place.',
    end: 'Exit status: 0, 1 if a rejection of the corpus has no reason or place, 2 for bad usage.',
  },
  {
    dir: {
      type: 'string',
      value: 'DIR',
      default: join(import.meta.dirname, '../test/answers'),
      help: 'cases and what a good answer says of them (default: test/answers)',
    },
    corpus: { type: 'string', value: 'DIR', default: '', help: 'a corpus set' },
    list: { type: 'boolean', default: false, help: 'print what is missing of each' },
    sample: {
      type: 'string',
      value: 'N',
      default: '0',
      help: 'with --corpus: every so many-th rejection, N in all, is written to --out in full',
    },
    out: { type: 'string', value: 'FILE', default: '', help: 'where --sample writes' },
  },
);

function scoreCases(): number {
  const expectations = readdirSync(values.dir)
    .filter((f) => f.startsWith('expect') && f.endsWith('.json'))
    .flatMap((f) => JSON.parse(readFileSync(join(values.dir, f), 'utf8')) as Expected[]);
  const scores = new Map<boolean, number[]>();
  for (const file of new Set(expectations.map((e) => e.case))) {
    const answers = answersOf(join(values.dir, file));
    for (const expected of expectations.filter((e) => e.case === file)) {
      const { score, missing } = rate(
        expected,
        answers.find((a) => a.program === expected.program),
      );
      const optional = expected.optional === true;
      scores.set(optional, [...(scores.get(optional) ?? []), score]);
      if (values.list)
        console.log(
          `${score} ${optional ? '(optional) ' : ''}${file} ${expected.program}${missing.length === 0 ? '' : `: ${missing.join('; ')}`}`,
        );
    }
  }
  for (const [optional, all] of scores) {
    const mean = all.reduce((sum, s) => sum + s, 0) / all.length;
    console.log(
      `${optional ? 'accepted (optional)' : 'rejected'}: ${all.length} programs, mean ${mean.toFixed(2)}, below 2: ${all.filter((s) => s < 2).length}`,
    );
  }
  return 0;
}

function countCorpus(): number {
  const objects = join(values.corpus, 'objects');
  const counts = { rejected: 0, withoutReason: 0, withoutPlace: 0, withoutCause: 0 };
  const codes = new Map<string, number>();
  const told: string[] = [];
  for (const file of readdirSync(objects)
    .filter((f) => f.endsWith('.o'))
    .sort()) {
    for (const r of answersOf(join(objects, file), 10)) {
      const { explanation } = r;
      if (r.verdict !== 'reject' || explanation === null) continue;
      counts.rejected++;
      codes.set(explanation.code, (codes.get(explanation.code) ?? 0) + 1);
      const reason = explanation.detail !== '' && explanation.suggestion !== null;
      const place = explanation.refused.insn !== null || explanation.refused.source !== null;
      if (!reason) counts.withoutReason++;
      if (!place) counts.withoutPlace++;
      if (explanation.cause.length === 0) counts.withoutCause++;
      if (values.list && (!reason || !place)) console.log(`${file} ${r.program}: ${r.message.at(-1) ?? ''}`);
      told.push(JSON.stringify({ object: file, program: r.program, message: r.message, ...explanation }));
    }
  }
  console.log(
    `${counts.rejected} rejections: ${counts.withoutReason} without a reason, ${counts.withoutPlace} without a place, ${counts.withoutCause} without an event`,
  );
  for (const [code, n] of [...codes].sort((a, b) => b[1] - a[1])) console.log(`${String(n).padStart(6)} ${code}`);
  const sample = Number(values.sample);
  if (sample > 0 && values.out !== '') {
    const every = Math.max(1, Math.floor(told.length / sample));
    writeFileSync(
      values.out,
      `${told
        .filter((_, i) => i % every === 0)
        .slice(0, sample)
        .join('\n')}\n`,
    );
  }
  return counts.withoutReason + counts.withoutPlace > 0 ? 1 : 0;
}

process.exitCode = values.corpus === '' ? scoreCases() : countCorpus();
