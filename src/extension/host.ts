// SPDX-License-Identifier: GPL-2.0-only
/** Makes what the parts of the running extension share, and has the list of the parts. */
import * as vscode from 'vscode';
import { kernelChoice } from '../analysis/kernel-folder';
import type { KernelChoice } from '../analysis/requests';
import { AnalysisService } from '../analysis/service';
import { endGuests } from '../compiler/guest';
import { settingId } from '../contributions/settings';
import { registerChooseBuild } from './choose-build';
import { Compiling } from './compiling';
import { ContextKeys } from './context-keys';
import { VerdictDiagnostics } from './diagnostics';
import { DisassemblyProvider } from './disassembly';
import { GutterMarks } from './gutter';
import { registerHowCompiled } from './how-compiled';
import { KernelReplies } from './kernel-replies';
import { registerKernels } from './kernels';
import { registerLanguages } from './language-features';
import { revealIn } from './linked-line';
import { registerLoadChoices } from './load-commands';
import { LoadsOnTabs, registerLoadsOn } from './loads-on-tab';
import { ObjectEditor } from './object-editor';
import { ContextPanels } from './panel';
import { registerPanels } from './panel-commands';
import { PolicyCatalog } from './policies';
import { registerPolicies } from './policy-commands';
import { registerProblemPages } from './problem-pages';
import { RuleFileWatch } from './rule-files';
import { registerRunLog } from './run-log';
import { registerRunning } from './running';
import { showFirst } from './sample';
import type { Host } from './shared';
import { readSettings, setting } from './settings';
import { VerdictStatus } from './status';
import { AnalysisStore } from './store';
import { registerViews } from './views';

/** A part of the extension: it begins with what is shared, and ends with its disposal. */
type Part = (host: Host) => vscode.Disposable;

/** All parts, in the order in which they begin. */
const PARTS: readonly Part[] = [
  registerPolicies,
  ({ store, ruleFiles }) => registerLoadChoices(store, ruleFiles),
  ({ store }) => new ContextKeys(store),
  ({ store }) => registerRunLog(store),
  ({ store, context }) => new VerdictDiagnostics(store, context.extensionUri),
  ({ context }) => registerProblemPages(context.extensionUri),
  ({ store, kernelReplies }) => new VerdictStatus(store, kernelReplies),
  ({ store, kernelReplies }) => registerKernels(store, kernelReplies),
  registerLoadsOn,
  ({ compiling, store }) => registerHowCompiled(compiling, store),
  ({ compiling, store }) => registerChooseBuild(compiling, store),
  registerViews,
  registerLanguages,
  registerPanels,
  registerRunning,
  ({ panels }) => showFirst(panels),
];

/** Makes what is shared; everything that is made ends with the extension. */
function makeHost(context: vscode.ExtensionContext): Host {
  const at = (...parts: string[]): string => vscode.Uri.joinPath(context.extensionUri, ...parts).fsPath;
  const service = new AnalysisService(at('dist', 'worker.cjs'), {
    memoryMb: () => readSettings().memoryMb,
    raise: `raise the setting "${settingId('memory')}"`,
    cache: () => (setting('cache') ? vscode.Uri.joinPath(context.globalStorageUri, 'cache').fsPath : ''),
  });
  const kernelOf = (name: string): KernelChoice => kernelChoice(at(), name);
  const ruleFiles = new RuleFileWatch();
  const catalog = new PolicyCatalog(ruleFiles);
  const compiling = new Compiling(service, kernelOf, context.globalStorageUri, context.workspaceState);
  const store = new AnalysisStore(service, kernelOf, context.workspaceState, catalog, compiling);
  const kernelReplies = new KernelReplies(store);
  const disassembly = new DisassemblyProvider(store);
  const gutter = new GutterMarks(store, disassembly);
  const reveal = revealIn(store, disassembly);
  const panels = new ContextPanels(context.extensionUri, store, catalog, reveal.show, (file, program, steps) =>
    gutter.showSteps(file, program, steps),
  );
  context.subscriptions.push(
    store,
    catalog,
    ruleFiles,
    disassembly,
    panels,
    reveal,
    compiling,
    gutter,
    kernelReplies,
    { dispose: () => void service.dispose() },
    { dispose: endGuests },
  );
  const objects = new ObjectEditor(store, (uri) => panels.has(uri));
  const loadsOn = new LoadsOnTabs({ context, store, kernelReplies });
  return { context, store, catalog, compiling, ruleFiles, disassembly, gutter, panels, objects, kernelReplies, loadsOn };
}

/** Starts everything. */
export function start(context: vscode.ExtensionContext): Host {
  const host = makeHost(context);
  for (const part of PARTS) context.subscriptions.push(part(host));
  return host;
}
