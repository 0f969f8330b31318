// SPDX-License-Identifier: GPL-2.0-only
/** The programs of test/policies with what their sources expect of them. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { AnalysisEngine } from '../../src/analysis/engine';
import type { AnalyzeReply } from '../../src/analysis/requests';
import { POLICIES } from '../../src/policy';
import { POLICY_FILE_SUFFIX } from '../../src/policy/names';
import { engine, QUIET, requestFor, ROOT } from './verify';

export const FOLDER = path.join(ROOT, 'test/policies');

/** What one policy has to say. */
export interface Expectation {
  readonly policy: string;
  readonly verdict: 'accept' | 'reject';
  /** Part of the last message; '' for accept. */
  readonly message: string;
}

export interface HazardExpectation {
  readonly release: string;
  /** '' if there must be none. */
  readonly id: string;
}

export interface PolicyProgram {
  /** `table_h`. */
  readonly file: string;
  readonly name: string;
  readonly rows: readonly string[];
  readonly expectations: readonly Expectation[];
  readonly hazards: readonly HazardExpectation[];
}

const USUAL = [...POLICIES.map((p) => p.id), 'fault-class', 'acquire-lock-fault'];

/** Reads the comments before each `SEC(` of a source. Throws for an expectation that it cannot read. */
export function readExpectations(file: string, text: string): PolicyProgram[] {
  const inFile =
    /@policies ([\w., -]+)/
      .exec(text)?.[1]
      ?.split(/[ ,]+/)
      .filter((p) => p !== '') ?? USUAL;
  const programs: PolicyProgram[] = [];
  for (const m of text.matchAll(/\/\*((?:(?!\*\/)[\s\S])*)\*\/\nSEC\("\??[^"]*"\)\nint (\w+)\(/g)) {
    const [, comment = '', name = ''] = m;
    const byPolicy = new Map<string, Expectation>();
    let rest: Omit<Expectation, 'policy'> | null = null;
    for (const line of comment.split('\n')) {
      if (!line.includes('@expect')) continue;
      const e = /@expect (\S+) (accept|reject)(?: "(.*)")?\s*$/.exec(line);
      if (e === null || (e[2] === 'reject') !== (e[3] !== undefined)) throw new Error(`${file}: ${name}: cannot read: ${line.trim()}`);
      const said = { verdict: e[2] as Expectation['verdict'], message: e[3] ?? '' };
      if (e[1] === '*') rest = said;
      else for (const policy of e[1]!.split(',')) byPolicy.set(policy, { policy, ...said });
    }
    for (const policy of inFile) if (rest !== null && !byPolicy.has(policy)) byPolicy.set(policy, { policy, ...rest });
    const missing = inFile.filter((p) => !byPolicy.has(p));
    if (missing.length > 0) throw new Error(`${file}: ${name}: nothing is expected under ${missing.join(', ')}`);
    programs.push({
      file,
      name,
      rows: [...comment.matchAll(/@row (.*)/g)].flatMap((r) => r[1]!.trim().split(/\s+/)),
      expectations: [...byPolicy.values()],
      hazards: [
        ...[...comment.matchAll(/@hazard (\S+) (\S+)/g)].map((h) => ({ release: h[1]!, id: h[2]! })),
        ...[...comment.matchAll(/@no-hazard (\S+)/g)].map((h) => ({ release: h[1]!, id: '' })),
      ],
    });
  }
  return programs;
}

/** All programs of the folder. */
export function policyPrograms(): PolicyProgram[] {
  return readdirSync(FOLDER)
    .filter((f) => f.endsWith('.bpf.c'))
    .sort()
    .flatMap((f) => readExpectations(f.replace('.bpf.c', ''), readFileSync(path.join(FOLDER, f), 'utf8')));
}

const replies = new Map<string, AnalyzeReply>();

const keyOf = (file: string, policy: string, targetKernel: string, folder: string, record: boolean): string =>
  `${folder}/${file} ${policy} ${targetKernel}${record ? '' : ' verdicts'}`;

/** Result of a whole object under a policy: a built-in id or a policy file of the folder. Made once. */
export function analysed(file: string, policy: string, targetKernel = '7.3', folder = FOLDER, record = true): AnalyzeReply {
  const key = keyOf(file, policy, targetKernel, folder, record);
  let reply = replies.get(key);
  if (reply === undefined) {
    const name = `${policy}${POLICY_FILE_SUFFIX}`;
    const builtIn = POLICIES.some((p) => p.id === policy);
    reply = engine.analyze(
      requestFor(`${file}.bpf.o`, readFileSync(path.join(folder, `${file}.bpf.o`)), {
        key,
        policy,
        policyFile: builtIn ? null : { name, json: readFileSync(path.join(FOLDER, name), 'utf8') },
        targetKernel,
        record,
      }),
      QUIET,
    );
    replies.set(key, reply);
  }
  return reply;
}

/** The engine that {@link analysed} used, and the key of a result in it. */
export function kept(file: string, policy: string, targetKernel = '7.3', folder = FOLDER): { engine: AnalysisEngine; key: string } {
  analysed(file, policy, targetKernel, folder);
  return { engine, key: keyOf(file, policy, targetKernel, folder, true) };
}
