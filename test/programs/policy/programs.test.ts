// SPDX-License-Identifier: GPL-2.0-only
/** Every program of test/policies under every policy that its source speaks of. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { analysed, FOLDER, policyPrograms } from '../../support/policy-programs';

const programs = policyPrograms();

describe.each(programs.map((p) => [`${p.file}: ${p.program}`, p] as const))('%s', (_, program) => {
  it.each(program.expectations.map((e) => [e.policy, e] as const))('under %s', (policy, expected) => {
    const reply = analysed(program.file, policy, '7.3', FOLDER, false);
    expect(reply.error).toBeNull();
    const result = reply.result?.programs.find((p) => p.program === program.program);
    expect({ verdict: result?.verdict, reason: result?.reason, last: result?.verdict === 'accept' ? '' : result?.message.at(-1) }).toEqual({
      verdict: expected.verdict,
      reason: null,
      last: expected.message === '' ? '' : expect.stringContaining(expected.message),
    });
  });

  it.each(program.hazards.map((h) => [h.release, h] as const))('hazards on Linux %s', (release, hazard) => {
    const result = analysed(program.file, 'linux-7.3', release, FOLDER, false).result?.programs.find((p) => p.program === program.program);
    expect([...new Set((result?.hazards ?? []).map((h) => h.id))]).toEqual(hazard.id === '' ? [] : [hazard.id]);
  });
});

describe('the programs', () => {
  it('cover every row of the table of differences and every test of the series', () => {
    const rows = new Set(programs.flatMap((p) => p.rows));
    const wanted = [...Array.from({ length: 16 }, (_, i) => `H${i + 1}`), ...Array.from({ length: 9 }, (_, i) => `A4.${i + 1}`)];
    expect(wanted.filter((row) => !rows.has(row))).toEqual([]);
  });
});

interface GuestRow {
  readonly object: string;
  readonly program: string;
  readonly verdict: string;
  readonly message: string;
}

const record = path.join(FOLDER, 'guest.jsonl');

/** What a running Linux 7.3.4 said of the programs (test/policies/README.md says how it is asked). */
describe('Linux 7.3.4 itself', () => {
  const rows = readFileSync(record, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as GuestRow);
  it.each(rows.map((r) => [`${r.object} ${r.program}`, r] as const))('%s', (_, row) => {
    const result = analysed(row.object.replace('.bpf.o', ''), 'linux-7.3', '7.3', FOLDER, false).result?.programs.find(
      (p) => p.program === row.program,
    );
    expect(result?.verdict).toBe(row.verdict);
    if (row.verdict === 'reject') expect(result?.message.at(-1)).toBe(row.message.trimEnd().split('\n').at(-1));
  });
});
