// SPDX-License-Identifier: GPL-2.0-only
/** Choosing by hand how a file is compiled, and asking a build tool on request. */
import path from 'node:path';
import * as vscode from 'vscode';
import { askedWords, type BuildQuestion } from '../compiler/ask-build';
import { splitWords } from '../compiler/flags';
import { buildWords, kindWords } from '../compiler/how';
import { projectRoot } from '../compiler/project';
import type { Ways } from '../compiler/project-compiler';
import type { BuildChoice } from '../compiler/remembered';
import type { BuildFlags } from '../compiler/setup';
import { commandId } from '../contributions/commands';
import type { Compiling } from './compiling';
import { activeFile, basename, kindByName } from './files';
import type { AnalysisStore } from './store';

type Item = vscode.QuickPickItem & { readonly run?: () => Promise<void> | void };

const isSame = (choice: BuildChoice | null, build: BuildFlags): boolean =>
  choice?.kind === 'build' && choice.of === build.kind && choice.file === build.file && choice.line === build.line;

/** A folder as its project names it. */
function folderOf(root: string, folder: string): string {
  const relative = path.relative(root, folder);
  return relative === '' ? vscode.l10n.t('the project’s first folder') : `${relative.split(path.sep).join('/')}/`;
}

/** The rows of the list: what was found, what can be asked, what a person can say. */
function rows(uri: vscode.Uri, ways: Ways, root: string, act: Actions): Item[] {
  const { choice } = ways;
  const icon = (chosen: boolean): string => (chosen ? '$(check)' : '$(blank)');
  const separator = (label: string): Item => ({ label, kind: vscode.QuickPickItemKind.Separator });
  return [
    separator(vscode.l10n.t('Found')),
    {
      label: `${icon(choice === null)} ${vscode.l10n.t('As it is found')}`,
      description: choice === null ? vscode.l10n.t('nothing is chosen') : vscode.l10n.t('forgets what is chosen'),
      run: () => act.choose(null),
    },
    ...ways.builds.map((build): Item => ({
      label: `${icon(isSame(choice, build))} ${kindWords(build.kind)}`,
      description: buildWords({ root }, build),
      detail: build.args.join(' ') || vscode.l10n.t('no arguments of its own'),
      run: () => act.choose({ kind: 'build', of: build.kind, file: build.file, line: build.line }),
    })),
    separator(vscode.l10n.t('On request')),
    ...ways.questions.map((question): Item => ({
      label: `$(terminal) ${vscode.l10n.t('Ask {0} in {1}', question.tool, folderOf(root, question.folder))}`,
      description: askedWords(question.tool),
      detail: vscode.l10n.t('It is run only now. It builds nothing, but a build file can run commands of its own even so'),
      run: () => act.ask(question),
    })),
    separator(vscode.l10n.t('By hand')),
    {
      label: `${icon(choice?.kind === 'ours')} ${vscode.l10n.t('Our own arguments')}`,
      description: vscode.l10n.t('no build file; headers of the project are looked for'),
      run: () => act.choose({ kind: 'ours' }),
    },
    {
      label: `${icon(choice?.kind === 'typed')} ${vscode.l10n.t('Type arguments…')}`,
      description: choice?.kind === 'typed' ? choice.args.join(' ') : vscode.l10n.t('for {0} alone', basename(uri)),
      run: () => act.type(choice?.kind === 'typed' ? choice.args.join(' ') : ''),
    },
  ];
}

interface Actions {
  choose(choice: BuildChoice | null): void;
  ask(question: BuildQuestion): Promise<void>;
  type(before: string): Promise<void>;
}

/** Asks a build with progress and cancel. True when it named something. */
async function ask(compiling: Compiling, question: BuildQuestion): Promise<boolean> {
  const asked = await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: vscode.l10n.t({
        message: '{0} in {1}',
        args: [askedWords(question.tool), path.basename(question.folder)],
        comment: ['{0} is a command that runs, {1} a folder'],
      }),
      cancellable: true,
    },
    (_progress, token) => {
      const abort = new AbortController();
      token.onCancellationRequested(() => abort.abort());
      return compiling.ask(question, abort.signal);
    },
  );
  if (asked.kind === 'failed') void vscode.window.showWarningMessage(vscode.l10n.t('{0}. Nothing was changed.', asked.reason));
  return asked.kind === 'answered';
}

/** The source that a command is about; told if there is none. */
function sourceFor(argument: unknown): vscode.Uri | null {
  const uri = typeof argument === 'string' ? vscode.Uri.parse(argument) : argument instanceof vscode.Uri ? argument : activeFile();
  if (uri !== null && uri.scheme === 'file' && kindByName(uri) === 'source') return uri;
  void vscode.window.showInformationMessage(vscode.l10n.t('Open a BPF source to choose how it is compiled.'));
  return null;
}

/** The two commands. `argument` of the second: the source, and the build file if only one is meant. */
export function registerChooseBuild(compiling: Compiling, store: AnalysisStore): vscode.Disposable {
  const choose = async (argument: unknown): Promise<void> => {
    const uri = sourceFor(argument);
    if (uri === null) return;
    const { root } = projectRoot(uri.fsPath, vscode.workspace.getWorkspaceFolder(uri)?.uri.fsPath ?? null);
    const take = (choice: BuildChoice | null): void => {
      compiling.choose(uri, choice);
      store.recompile(uri);
    };
    const act: Actions = {
      choose: take,
      ask: async (question) => {
        if (await ask(compiling, question)) store.recompile(uri);
      },
      type: async (before) => {
        const typed = await vscode.window.showInputBox({
          title: vscode.l10n.t('Arguments for {0}', basename(uri)),
          prompt: vscode.l10n.t(
            'As in a terminal, e.g. -Iinclude -DLIMIT=4. Relative folders are the workspace’s; `-target bpf` and the like are always given.',
          ),
          value: before,
        });
        if (typed !== undefined) take({ kind: 'typed', args: splitWords(typed) });
      },
    };
    const ways = await compiling.ways(uri);
    const questions = vscode.workspace.isTrusted ? ways.questions : [];
    const chosen = await vscode.window.showQuickPick(rows(uri, { ...ways, questions }, root, act), {
      title: vscode.l10n.t('How is {0} to be compiled?', basename(uri)),
      placeHolder: vscode.l10n.t('What is chosen is kept for this file in this workspace'),
      matchOnDescription: true,
      matchOnDetail: true,
    });
    await chosen?.run?.();
  };
  const askNearest = async (argument: unknown): Promise<void> => {
    const uri = sourceFor(argument);
    if (uri === null) return;
    if (!vscode.workspace.isTrusted) {
      void vscode.window.showInformationMessage(vscode.l10n.t('A build is asked only in a workspace that is trusted.'));
      return;
    }
    const { questions } = await compiling.ways(uri);
    if (questions.length === 0) {
      void vscode.window.showInformationMessage(
        vscode.l10n.t('No Makefile and no build.ninja lies above {0} in its project.', basename(uri)),
      );
      return;
    }
    for (const question of questions) {
      if (!(await ask(compiling, question))) continue;
      store.recompile(uri);
      return;
    }
  };
  return vscode.Disposable.from(
    vscode.commands.registerCommand(commandId('chooseBuild'), choose),
    vscode.commands.registerCommand(commandId('askBuild'), askNearest),
  );
}
