// SPDX-License-Identifier: GPL-2.0-only
/** What is asked of the service about kernels beside the one that files are verified as. */
import { availableParallelism } from 'node:os';
import type * as vscode from 'vscode';
import type { KernelChoice } from '../analysis/requests';
import type { AnalysisService } from '../analysis/service';
import type { LoadsOnReply } from '../protocol/loads-on';
import type { FileResult } from '../protocol/model';
import { readSettings } from './settings';
import type { AnalysisInput } from './store-request';

/** A request for the kernel of an input and for others, each once, in this order. */
function onKernels(input: AnalysisInput, uri: vscode.Uri, others: readonly KernelChoice[]): Parameters<AnalysisService['loadsOn']>[0] {
  const { kernel, targetKernel: _, ...request } = input;
  const kernels = new Map([kernel, ...others].map((k) => [JSON.stringify(k), k]));
  return { ...request, key: uri.toString(), kernels: [...kernels.values()] };
}

export class OtherKernels {
  constructor(
    private readonly service: Pick<AnalysisService, 'loadsOn'>,
    private readonly kernelOf: (name: string) => KernelChoice,
  ) {}

  /**
   * Begins with the kernels that Problems will ask about, while the file is verified as its own: they have a worker of their own, which keeps what it finds.
   * What goes wrong is told to who asks.
   */
  begin(uri: vscode.Uri, input: AnalysisInput, signal: AbortSignal): void {
    const { kernels, ...request } = onKernels(input, uri, readSettings(uri).kernels.map(this.kernelOf));
    if (kernels.length < 2 || availableParallelism() < 2) return;
    void this.service.loadsOn({ ...request, kernels: kernels.slice(1) }, signal).catch(() => undefined);
  }

  /** On which of these kernels and the file's own its programs load. `own`: what the file's own kernel says of the same input. */
  ask(uri: vscode.Uri, input: AnalysisInput, named: readonly string[], own: FileResult, signal: AbortSignal): Promise<LoadsOnReply> {
    return this.service.loadsOn({ ...onKernels(input, uri, named.map(this.kernelOf)), known: { asked: 0, result: own } }, signal);
  }
}
