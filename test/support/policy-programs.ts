// SPDX-License-Identifier: GPL-2.0-only
/** The programs of test/policies with what their sources expect of them. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { AnalysisEngine } from '../../src/analysis/engine';
import type { AnalyzeReply } from '../../src/analysis/requests';
import { POLICIES } from '../../src/policy';
import { POLICY_FILE_SUFFIX } from '../../src/policy/names';
import { type PolicyExpectations, policyExpectations } from './expectations';
import { engine, QUIET, requestFor, ROOT } from './verify';

export const FOLDER = path.join(ROOT, 'test/policies');

export interface PolicyProgram extends PolicyExpectations {
  /** `table_h`. */
  readonly file: string;
}

const USUAL = [...POLICIES.map((p) => p.id), 'fault-class', 'acquire-lock-fault'];

/** All programs of the folder. */
export function policyPrograms(): PolicyProgram[] {
  return readdirSync(FOLDER)
    .filter((f) => f.endsWith('.bpf.c'))
    .sort()
    .flatMap((f) => {
      const file = f.replace('.bpf.c', '');
      return policyExpectations(file, readFileSync(path.join(FOLDER, f), 'utf8'), USUAL).map((program) => ({ file, ...program }));
    });
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
