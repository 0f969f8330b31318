// SPDX-License-Identifier: GPL-2.0-only
/** What the parts of the running extension share: `host.ts` makes it and hands it to each of them. */
import type * as vscode from 'vscode';
import type { Compiling } from './compiling';
import type { DisassemblyProvider } from './disassembly';
import type { GutterMarks } from './gutter';
import type { KernelReplies } from './kernel-replies';
import type { LoadsOnTabs } from './loads-on-tab';
import type { ObjectEditor } from './object-editor';
import type { ContextPanels } from './panel';
import type { PolicyCatalog } from './policies';
import type { RuleFileWatch } from './rule-files';
import type { AnalysisStore } from './store';

/** What the parts share. */
export interface Host {
  readonly context: vscode.ExtensionContext;
  readonly store: AnalysisStore;
  readonly catalog: PolicyCatalog;
  readonly compiling: Compiling;
  readonly ruleFiles: RuleFileWatch;
  readonly disassembly: DisassemblyProvider;
  readonly gutter: GutterMarks;
  readonly panels: ContextPanels;
  readonly objects: ObjectEditor;
  readonly kernelReplies: KernelReplies;
  readonly loadsOn: LoadsOnTabs;
}
