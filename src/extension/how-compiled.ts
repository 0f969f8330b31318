// SPDX-License-Identifier: GPL-2.0-only
/** "How is this file compiled?": the language status, the command, and the quick fixes of a file that does not compile. */
import path from 'node:path';
import * as vscode from 'vscode';
import { folderWords, type HowCompiled, keepable, kindWords, placeWords, sourceWords, suppliedWords, vmlinuxUsed } from '../compiler/how';
import { foundFolders } from '../compiler/setup';
import { VMLINUX } from '../headers/folders';
import type { Compiling } from './compiling';
import { activeFile, basename, kindByName } from './files';
import type { AnalysisStore } from './store';
import { commandId } from '../contributions/commands';
import { STATUS_ITEMS } from '../contributions/views';
import { settingId, type SettingName } from '../contributions/settings';
import { idOf, SECTION } from '../contributions/names';

export const HOW_COMMAND = commandId('howCompiled');
const CHOOSE_COMMAND = commandId('chooseBuild');
export const WRITE_VMLINUX_COMMAND = commandId('writeVmlinuxHeader');

type Item = vscode.QuickPickItem & { readonly run?: () => Thenable<unknown> };

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** The rows of the answer; those with an action can be chosen. */
function rows(uri: vscode.Uri, how: HowCompiled, compiling: Compiling, store: AnalysisStore): Item[] {
  const { setup } = how;
  const vmlinux = vmlinuxUsed(how);
  const line = (label: string, description: string, detail = ''): Item => ({ label, description, ...(detail === '' ? {} : { detail }) });
  const separator = (label: string): Item => ({ label, kind: vscode.QuickPickItemKind.Separator });
  const open = (file: string, at: number) => (): Thenable<unknown> =>
    vscode.window.showTextDocument(vscode.Uri.file(file), { selection: new vscode.Range(Math.max(0, at - 1), 0, Math.max(0, at - 1), 0) });
  const again = async (): Promise<void> => {
    compiling.forget(uri);
    store.recompile(uri);
  };
  return [
    separator(vscode.l10n.t('Compiled by')),
    {
      ...line(`$(check) ${vscode.l10n.t('Arguments')}`, sourceWords(how)),
      ...(setup.build === null ? {} : { detail: vscode.l10n.t('Open this place'), run: open(setup.build.file, setup.build.line) }),
    },
    ...how.considered
      .filter((c) => !c.used)
      .slice(0, 6)
      .map((c): Item => ({ ...line(`$(circle-slash) ${kindWords(c.kind)}`, placeWords(how, c), c.why), run: open(c.file, c.line) })),
    separator(vscode.l10n.t('Found in this project')),
    ...foundFolders(setup).map(([option, f]) =>
      line(
        `$(folder) ${vscode.l10n.t('Folder')}`,
        `${option} ${folderWords(how, f)}`,
        vscode.l10n.t('A header that the source includes lies there'),
      ),
    ),
    ...setup.extra.map((e) =>
      line(`$(symbol-constant) ${vscode.l10n.t('Argument')}`, e, vscode.l10n.t('Without it the source does not compile')),
    ),
    ...(vmlinux === null
      ? []
      : [
          line(
            '$(symbol-structure) vmlinux.h',
            vmlinux.supplied ? vscode.l10n.t('of {0}, supplied', how.around.supplied.version) : folderWords(how, vmlinux.file),
          ),
        ]),
    line(`$(library) ${vscode.l10n.t('Headers')}`, suppliedWords(how)),
    separator(vscode.l10n.t('Actions')),
    {
      ...line(
        `$(list-selection) ${vscode.l10n.t('Choose another way…')}`,
        how.choice === null ? vscode.l10n.t('of all that were found, or arguments by hand') : vscode.l10n.t('or let it be found again'),
      ),
      run: () => vscode.commands.executeCommand(CHOOSE_COMMAND, uri.toString()),
    },
    ...keptIn(how).map((words): Item => ({
      ...line(`$(save) ${vscode.l10n.t('Keep in settings')}`, words),
      run: () => keepInSettings(uri, how),
    })),
    {
      ...line(`$(copy) ${vscode.l10n.t('Copy command')}`, vscode.l10n.t('as it can be given in a terminal')),
      run: () => vscode.env.clipboard.writeText(`${[how.clang, ...how.args].map(quoted).join(' ')} < ${quoted(how.through ?? uri.fsPath)}`),
    },
    { ...line(`$(refresh) ${vscode.l10n.t('Look again')}`, vscode.l10n.t('drops what was found for this folder')), run: again },
    {
      ...line(`$(gear) ${vscode.l10n.t('Settings')}`, vscode.l10n.t('compiler, arguments, build files')),
      run: () => vscode.commands.executeCommand('workbench.action.openSettings', idOf('c')),
    },
    {
      ...line(`$(new-file) ${vscode.l10n.t('Write vmlinux.h into the project')}`, vscode.l10n.t('of {0}', how.around.supplied.version)),
      run: () => vscode.commands.executeCommand(WRITE_VMLINUX_COMMAND),
    },
  ];
}

const CLANG_ARGS: SettingName = 'clang.args';

const KERNEL_HEADERS: SettingName = 'compile.kernelHeaders';

/** Which settings would keep what was found; none if there is nothing to keep. */
function keptIn(how: HowCompiled): string[] {
  const { folders, macros, kernelHeaders } = keepable(how);
  const names = [...(folders.length + macros.length > 0 ? [CLANG_ARGS] : []), ...(kernelHeaders ? [KERNEL_HEADERS] : [])];
  const [one, other] = names.map(settingId);
  if (one === undefined) return [];
  return [
    other === undefined
      ? vscode.l10n.t('writes what was found to {0} of the workspace', one)
      : vscode.l10n.t('writes what was found to {0} and {1} of the workspace', one, other),
  ];
}

/** Writes what the search found to the workspace's settings. */
async function keepInSettings(uri: vscode.Uri, how: HowCompiled): Promise<void> {
  const folder = vscode.workspace.getWorkspaceFolder(uri);
  const setting = vscode.workspace.getConfiguration(SECTION, uri);
  const target = folder === undefined ? vscode.ConfigurationTarget.Global : vscode.ConfigurationTarget.Workspace;
  const own = setting.inspect<string[]>(CLANG_ARGS);
  const before = (folder === undefined ? own?.globalValue : own?.workspaceValue) ?? [];
  const short = (f: string): string => {
    const relative = folder === undefined ? f : path.relative(folder.uri.fsPath, f);
    return folder === undefined || relative.startsWith('..')
      ? f
      : `\${workspaceFolder}${relative === '' ? '' : `/${relative.split(path.sep).join('/')}`}`;
  };
  const { folders, macros, kernelHeaders } = keepable(how);
  const found = [...folders.map(([option, f]) => `${option}${short(f)}`), ...macros];
  if (found.length > 0) await setting.update(CLANG_ARGS, [...before, ...found.filter((f) => !before.includes(f))], target);
  if (kernelHeaders) await setting.update(KERNEL_HEADERS, 'standIn', target);
}

/** The source that a command is about, told if there is none. */
function sourceFor(argument: unknown): vscode.Uri | null {
  const uri = typeof argument === 'string' ? vscode.Uri.parse(argument) : argument instanceof vscode.Uri ? argument : activeFile();
  if (uri !== null && kindByName(uri) === 'source') return uri;
  void vscode.window.showInformationMessage(vscode.l10n.t('Open a BPF source to see how it is compiled.'));
  return null;
}

async function writeVmlinux(compiling: Compiling): Promise<void> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const uri = await vscode.window.showSaveDialog({
    title: vscode.l10n.t('Write vmlinux.h'),
    filters: { [vscode.l10n.t('C headers')]: ['h'] },
    ...(folder === undefined ? {} : { defaultUri: vscode.Uri.joinPath(folder, 'vmlinux.h') }),
  });
  if (uri === undefined) return;
  const texts = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: vscode.l10n.t('Writing vmlinux.h') },
    () => compiling.headers(uri),
  );
  await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(texts.files.get(VMLINUX)!));
}

/** Quick fixes on the line of a compiler's error. */
class CompileFixes implements vscode.CodeActionProvider {
  constructor(private readonly compiling: Compiling) {}

  provideCodeActions(document: vscode.TextDocument, _range: vscode.Range, context: vscode.CodeActionContext): vscode.CodeAction[] {
    const diagnostics = context.diagnostics.filter((d) => d.source === 'clang');
    if (diagnostics.length === 0) return [];
    const fix = (title: string, command: string, args: unknown[]): vscode.CodeAction => {
      const action = new vscode.CodeAction(title, vscode.CodeActionKind.QuickFix);
      action.command = { title, command, arguments: args };
      action.diagnostics = diagnostics;
      return action;
    };
    const how = this.compiling.how(document.uri);
    const missing = how?.missing ?? null;
    const out: vscode.CodeAction[] = [];
    if (how !== undefined && missing?.madeBy != null) {
      const { file, line, target } = missing.madeBy;
      const at = vscode.Uri.file(file);
      out.push(
        fix(vscode.l10n.t('Open {0}, which makes {1}', placeWords(how, missing.madeBy), missing.name), 'vscode.open', [
          at,
          { selection: new vscode.Range(line - 1, 0, line - 1, 0) },
        ]),
      );
      if (target !== '' && /^[\w./-]+$/.test(target) && /make/i.test(path.basename(file)))
        out.push(fix(vscode.l10n.t('Run make {0} in a terminal', target), commandId('runMake'), [path.dirname(file), target]));
    }
    out.push(fix(vscode.l10n.t('How is this file compiled?'), HOW_COMMAND, [document.uri.toString()]));
    return out;
  }
}

/** Runs a rule of the project where the reader sees it, and asked for by a click alone. */
function runMake(folder: unknown, target: unknown): void {
  if (
    typeof folder !== 'string' ||
    typeof target !== 'string' ||
    !/^[\w./-]+$/.test(target) ||
    target.startsWith('-') ||
    !vscode.workspace.isTrusted
  )
    return;
  const terminal = vscode.window.createTerminal({ name: `make ${target}`, cwd: folder });
  terminal.show(true);
  terminal.sendText(`make ${target}`);
}

/** The language status item, the commands and the quick fixes. */
export function registerHowCompiled(compiling: Compiling, store: AnalysisStore): vscode.Disposable {
  const item = vscode.languages.createLanguageStatusItem(STATUS_ITEMS.compiled, [{ language: 'c' }]);
  item.name = vscode.l10n.t('BPF compilation');
  const update = (): void => {
    const uri = vscode.window.activeTextEditor?.document.uri;
    const how = uri === undefined ? undefined : compiling.how(uri);
    item.text = how === undefined ? vscode.l10n.t('BPF: not compiled yet') : vscode.l10n.t('BPF: compiled by {0}', sourceWords(how));
    item.detail = how === undefined ? '' : how.missing !== null ? vscode.l10n.t('{0} is not found', how.missing.name) : suppliedWords(how);
    item.severity = how?.missing == null ? vscode.LanguageStatusSeverity.Information : vscode.LanguageStatusSeverity.Warning;
    item.command = { title: vscode.l10n.t('How?'), command: HOW_COMMAND, ...(uri === undefined ? {} : { arguments: [uri.toString()] }) };
  };
  update();
  const show = async (argument: unknown): Promise<void> => {
    const uri = sourceFor(argument);
    if (uri === null) return;
    if (compiling.how(uri) === undefined) await store.run(uri);
    const how = compiling.how(uri);
    if (how === undefined) {
      const why = store.get(uri)?.error?.title;
      void vscode.window.showInformationMessage(
        why === undefined
          ? vscode.l10n.t('{0} has not been compiled: it was not opened in a trusted workspace.', basename(uri))
          : vscode.l10n.t('{0} has not been compiled: {1}.', basename(uri), why),
      );
      return;
    }
    const chosen = await vscode.window.showQuickPick(rows(uri, how, compiling, store), {
      title: vscode.l10n.t('How is {0} compiled?', basename(uri)),
      placeHolder: sourceWords(how),
      matchOnDescription: true,
    });
    await chosen?.run?.();
  };
  return vscode.Disposable.from(
    item,
    compiling.onDidChange(update),
    vscode.window.onDidChangeActiveTextEditor(update),
    vscode.commands.registerCommand(HOW_COMMAND, show),
    vscode.commands.registerCommand(WRITE_VMLINUX_COMMAND, () => writeVmlinux(compiling)),
    vscode.commands.registerCommand(commandId('runMake'), runMake),
    vscode.languages.registerCodeActionsProvider({ language: 'c', scheme: 'file' }, new CompileFixes(compiling), {
      providedCodeActionKinds: [vscode.CodeActionKind.QuickFix],
    }),
  );
}
