// SPDX-License-Identifier: GPL-2.0-only
/** Entry of the tests in the extension host: VS Code calls `run`. */
import { writeFileSync } from 'node:fs';
import { runTable } from '../../support/table';
import { activation } from './activation';
import { answers } from './answers';
import { editor } from './editor';
import { failures } from './failures';
import { hazards } from './hazards';
import { kernels } from './kernels';
import { lifetime } from './lifetime';
import { loadChoices } from './load-choices';
import { overlays } from './overlays';
import { policies } from './policies';
import { policyFiles } from './policy-files';
import { projects } from './projects';
import { reference } from './reference';
import { running } from './running';
import { verdicts } from './verdicts';

export async function run(): Promise<void> {
  const filters = JSON.parse(process.env['BPF_CONTEXT_TEST_FILTERS'] ?? '[]') as string[];
  const tests = [
    ...activation,
    ...verdicts,
    ...answers,
    ...reference,
    ...editor,
    ...policyFiles,
    ...policies,
    ...overlays,
    ...hazards,
    ...kernels,
    ...projects,
    ...loadChoices,
    ...lifetime,
    ...failures,
    ...running,
  ].filter((t) => filters.length === 0 || filters.some((f) => t.name.includes(f)));
  const report = await runTable(tests, (line) => console.log(line));
  const path = process.env['BPF_CONTEXT_TEST_REPORT'];
  if (path !== undefined) writeFileSync(path, JSON.stringify(report));
  if (report.failed > 0) throw new Error(`${report.failed} failed`);
}
