// SPDX-License-Identifier: GPL-2.0-only
/** What the service is asked about a file: its program, the rules and the kernel that it is verified with. */
import type * as vscode from 'vscode';
import type { KernelChoice } from '../analysis/requests';
import type { AnalysisService } from '../analysis/service';
import { objectName } from '../compiler/language';
import { KERNELS } from '../kernel/releases';
import { basename } from './files';
import type { Made } from './inputs';
import type { Settings } from './settings';

/** All of a request but the key that its result is kept under. */
export type AnalysisInput = Omit<Parameters<AnalysisService['analyze']>[0], 'key'>;

/** The kernel to compare with: mainline's policy of a known kernel stands for that kernel, any other policy for the file's own. */
export function comparedKernel(policy: string, own: string): string {
  return KERNELS.find((kernel) => kernel.policy === policy)?.series ?? own;
}

export function analysisInput(
  uri: vscode.Uri,
  { first, source, parts, choices, program }: Made,
  rules: Pick<AnalysisInput, 'policy' | 'policyFile' | 'overlays'>,
  kernel: KernelChoice,
  settings: Settings,
): AnalysisInput {
  return {
    file: objectName(basename(program.main)),
    object: first,
    parts,
    choices,
    source: source === null ? null : { file: uri.fsPath, text: source },
    ...rules,
    ...(settings.targetKernel === '' ? {} : { targetKernel: settings.targetKernel }),
    kernel,
    program: '',
    logLevel: 0,
    unprivileged: false,
    record: true,
    explain: true,
    dumpInsns: false,
    graphs: false,
    timeoutS: settings.timeoutS,
  };
}
