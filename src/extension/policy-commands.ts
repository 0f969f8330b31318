// SPDX-License-Identifier: GPL-2.0-only
/** Choosing a policy and comparing with another; policy files that change. */
import * as vscode from 'vscode';
import { settingId } from '../contributions/settings';
import { VERIFIED_KERNEL } from '../kernel/releases';
import { labelText } from '../protocol/escape';
import type { PolicyInfo } from '../protocol/model';
import { registerCommands } from './commands';
import { basename } from './files';
import type { Host } from './shared';
import { otherKernels, policyOnKernel } from './policies';
import { PolicyCompletions, SETTINGS_FILES } from './policy-completions';
import { PolicyDiagnostics } from './policy-diagnostics';
import { readSettings } from './settings';
import { chooseTarget, givenTarget } from './target';

/** A policy in a list to choose from. */
function policyEntry({ id, title, description }: PolicyInfo): { label: string; id: string; description: string; detail: string } {
  return { label: labelText(id), id, description: labelText(title), detail: labelText(description) };
}

async function selectPolicy({ store, catalog }: Host, argument: unknown): Promise<void> {
  const uri = typeof argument === 'string' ? vscode.Uri.parse(argument) : ((await chooseTarget(store, argument))?.uri ?? null);
  if (uri === null) return;
  const current = store.get(uri)?.policy;
  const picked = await vscode.window.showQuickPick(
    [
      ...catalog.all().map((p) => ({
        ...policyEntry(p),
        description: labelText(p.id === current ? vscode.l10n.t('{0} (in force)', p.title) : p.title),
      })),
      {
        label: vscode.l10n.t('as the setting says'),
        id: null,
        description: readSettings(uri).policy,
        detail: vscode.l10n.t('Forgets what was chosen for this file; the setting {0} decides.', settingId('policy')),
      },
    ],
    { title: vscode.l10n.t('Context policy for {0}', basename(uri)) },
  );
  if (picked !== undefined) await store.setPolicy(uri, picked.id);
}

async function compareWith({ store, catalog, panels }: Host, argument: unknown): Promise<void> {
  const target = await chooseTarget(store, argument);
  if (target === null) return;
  const running = store.get(target.uri)?.result?.kernel ?? VERIFIED_KERNEL.version;
  const inForce = store.get(target.uri)?.policy;
  const current = inForce === undefined ? undefined : policyOnKernel(inForce, running);
  const kernels = otherKernels(running);
  const own = catalog.all().map((p) => ({ ...p, id: policyOnKernel(p.id, running) }));
  const others = [...own.filter((p) => p.id !== current && !kernels.some((k) => k.id === p.id)), ...kernels];
  const chosen =
    givenTarget(argument)?.policy ??
    (
      await vscode.window.showQuickPick(
        [{ label: vscode.l10n.t('none'), id: '', description: vscode.l10n.t('end the comparison') }, ...others.map(policyEntry)],
        {
          title: vscode.l10n.t('Compare {0} with', current ?? ''),
        },
      )
    )?.id;
  if (chosen === undefined) return;
  await panels.open(target.uri, target.program, null);
  await store.setCompare(target.uri, chosen);
}

/** Policies as a part of the extension. */
export function registerPolicies(host: Host): vscode.Disposable {
  const { store, catalog, panels, ruleFiles } = host;
  return vscode.Disposable.from(
    ruleFiles.onDidChange((uri) => void store.inputChanged(uri)),
    new PolicyDiagnostics(catalog, store),
    vscode.languages.registerCompletionItemProvider(SETTINGS_FILES, new PolicyCompletions(catalog), '"'),
    catalog.onDidChange((id) => {
      void store.policyChanged(id);
      panels.refresh();
    }),
    registerCommands({
      selectPolicy: (argument) => selectPolicy(host, argument),
      compareWith: (argument) => compareWith(host, argument),
    }),
  );
}
