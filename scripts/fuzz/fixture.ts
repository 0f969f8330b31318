// SPDX-License-Identifier: GPL-2.0-only
/** Programs that once disagreed, with the kernel's word: regression tests that need no kernel. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Program } from '../../src/object/program';
import { comparableLines } from '../corpus/logdiff';
import type { Answer } from './ours';

/** What is kept of the kernel's answer. */
export interface Expected {
  readonly verdict: string;
  readonly message: string;
  readonly insn: number | null;
  readonly processedInsns: number;
  readonly totalStates: number;
  readonly peakStates: number;
  /** Hash of the level-2 log without times and addresses; '' if the kernel was asked for less. */
  readonly log: string;
}

export interface Fixture {
  readonly name: string;
  /** Version of the kernel that was asked, unless it is the one that we verify as by default. */
  readonly on?: string;
  /** Name of the object's file when the kernel was asked, if it was another one: data maps are called after it. */
  readonly askedAs?: string;
  /** What we once said instead; '' for programs on which we always agreed. */
  readonly found: string;
  /** Known and not mended yet: why. The test then expects us to disagree, so that it is told when that changes. */
  readonly gap?: string;
  readonly section: string;
  readonly unprivileged: boolean;
  /** BPF_F_* beyond the program's own. */
  readonly flags: number;
  /** The instructions, for people. */
  readonly listing: readonly string[];
  readonly kernel: Expected;
  /** The object: gzip, base64. */
  readonly object: string;
}

export function pack(object: Uint8Array): string {
  return gzipSync(object, { level: 9 }).toString('base64');
}

export function unpack(fixture: Fixture): Uint8Array {
  return gunzipSync(Buffer.from(fixture.object, 'base64'));
}

/** `program` tells which loads in the log are of addresses. */
export function expectedOf(answer: Answer, program: Program | null): Expected {
  const { verdict, message, insn, processedInsns, totalStates, peakStates } = answer;
  const lines = program === null ? [] : comparableLines(answer.log, program);
  const log = createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 16);
  return { verdict, message, insn: verdict === 'reject' ? insn : null, processedInsns, totalStates, peakStates, log };
}

export function writeFixture(dir: string, fixture: Fixture): string {
  mkdirSync(dir, { recursive: true });
  const file = join(dir, `${fixture.name}.json`);
  writeFileSync(file, `${JSON.stringify(fixture, null, 1)}\n`);
  return file;
}

export function readFixtures(dir: string): Fixture[] {
  if (!existsSync(dir)) return [];
  return readdirSync(dir)
    .filter((f) => f.endsWith('.json'))
    .sort()
    .map((f) => JSON.parse(readFileSync(join(dir, f), 'utf8')) as Fixture);
}
