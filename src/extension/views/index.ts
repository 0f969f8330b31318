// SPDX-License-Identifier: GPL-2.0-only
import * as vscode from 'vscode';
import { VIEWS } from '../../contributions/views';
import { registerCommands } from '../commands';
import type { Host } from '../shared';
import { givenTarget } from '../target';
import { HeldView } from './held';
import { PolicyView } from './policy';
import { ProgramsView } from './programs';

/** The trees of the side bar as a part of the extension. */
export function registerViews({ store, catalog, disassembly }: Host): vscode.Disposable {
  const programs = new ProgramsView(store);
  const held = new HeldView(store, disassembly);
  const policies = new PolicyView(store, catalog);
  const heldTree = vscode.window.createTreeView(VIEWS.held.id, { treeDataProvider: held });
  held.view = heldTree;
  return vscode.Disposable.from(
    programs,
    held,
    policies,
    heldTree,
    vscode.window.registerTreeDataProvider(VIEWS.programs.id, programs),
    vscode.window.registerTreeDataProvider(VIEWS.policies.id, policies),
    registerCommands({
      refreshPrograms: () => programs.refresh(),
      usePolicy: async (choice) => {
        const target = givenTarget(choice);
        if (typeof choice === 'string') await policies.use(choice);
        else if (target?.policy !== undefined) await store.setPolicy(vscode.Uri.parse(target.uri), target.policy);
      },
    }),
  );
}
