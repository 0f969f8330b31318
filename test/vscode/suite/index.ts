// SPDX-License-Identifier: GPL-2.0-only
/** Entry of the tests in the extension host: VS Code calls `run`. */
import { writeFileSync } from 'node:fs';
import { runTable } from '../../support/table';
import { activation } from './activation';
import { editor } from './editor';
import { failures } from './failures';
import { running } from './running';
import { verdicts } from './verdicts';

export async function run(): Promise<void> {
  const filter = process.env['BPF_CONTEXT_TEST_FILTER'] ?? '';
  const tests = [...activation, ...verdicts, ...editor, ...failures, ...running].filter((t) => t.name.includes(filter));
  const report = await runTable(tests, (line) => console.log(line));
  const path = process.env['BPF_CONTEXT_TEST_REPORT'];
  if (path !== undefined) writeFileSync(path, JSON.stringify(report));
  if (report.failed > 0) throw new Error(`${report.failed} failed`);
}
