// SPDX-License-Identifier: GPL-2.0-only
/** Commands that decide in the loader's place, and the quick fixes that lead to them. All of them write into the load file. */
import path from 'node:path';
import * as vscode from 'vscode';
import { type ValueChoice, valueProblem } from '../analysis/load-file';
import type { ConstantPart, ConstantView } from '../protocol/constants';
import type { FailedProgram } from '../protocol/model';
import { chosenFor, ConstantLenses } from './constant-lens';
import { diagnosticSource } from './diagnostic-source';
import { failedCode, failedMessage } from './failed-programs';
import { activeFile, basename, kindByName, SOURCES } from './files';
import { LoadFileDiagnostics, loadFileFor, showChoice, writeChoice } from './load-files';
import { ProgramFilesStatus } from './program-status';
import type { RuleFileWatch } from './rule-files';
import type { AnalysisStore } from './store';
import { commandId } from '../contributions/commands';

/** A program of a file, for commands. */
interface ProgramTarget {
  readonly uri: string;
  readonly program: string;
}

const FILES_COMMAND = commandId('chooseFiles');
const ATTACH_COMMAND = commandId('chooseAttachTarget');
const TYPE_COMMAND = commandId('chooseProgramType');
/** Pause after typing before the kernel is asked, milliseconds. */
const SETTLE_MS = 120;

function asText(value: unknown, key: string): string | null {
  const found = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
  return typeof found === 'string' ? found : null;
}

/** The constant that a command is about: its argument, or one that is asked for. */
async function constantOf(store: AnalysisStore, argument: unknown): Promise<{ uri: vscode.Uri; constant: ConstantView } | null> {
  const given = asText(argument, 'uri');
  const uri = given === null ? activeFile() : vscode.Uri.parse(given);
  const constants = uri === null ? [] : (store.get(uri)?.result?.constants ?? []).filter((c) => c.parts.length > 0);
  if (uri === null || constants.length === 0) {
    void vscode.window.showInformationMessage(
      vscode.l10n.t('No verified program here has constants that a loader could set (const volatile).'),
    );
    return null;
  }
  const name = asText(argument, 'constant');
  const named = constants.find((constant) => constant.name === name);
  if (named !== undefined) return { uri, constant: named };
  const picked = await vscode.window.showQuickPick(
    constants.map((constant) => ({ label: constant.name, description: constant.type, constant })),
    { title: vscode.l10n.t('Constants of {0}', basename(uri)) },
  );
  return picked === undefined ? null : { uri, constant: picked.constant };
}

/** What is typed, as it stands in the file: numbers and truth values as such where JSON can hold them. */
function choiceOf(part: ConstantPart, typed: string): ValueChoice {
  if (part.takes.kind === 'text') return typed;
  const text = typed.trim();
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?\d+$/.test(text) && Number.isSafeInteger(Number(text)) && !/^-?0\d/.test(text) ? Number(text) : text;
}

async function setConstant(store: AnalysisStore, argument: unknown): Promise<void> {
  const found = await constantOf(store, argument);
  if (found === null) return;
  const { uri, constant } = found;
  const choices = store.get(uri)?.choices ?? {};
  const valueNow = (part: ConstantPart): string => String(choices.values?.[part.path] ?? part.compiled);
  let part = constant.parts[0]!;
  if (constant.parts.length > 1) {
    const picked = await vscode.window.showQuickPick(
      constant.parts.map((of) => ({ label: of.path, description: `${of.type}, ${valueNow(of)}`, of })),
      { title: vscode.l10n.t('Part of {0} to set', constant.name), matchOnDescription: true },
    );
    if (picked === undefined) return;
    part = picked.of;
  }
  const { takes } = part;
  const problem = (typed: string): string | undefined => valueProblem(takes, choiceOf(part, typed), part.type) ?? undefined;
  const options = takes.kind === 'text' ? [] : takes.bool ? ['false', 'true'] : takes.names;
  const title = vscode.l10n.t('Verify with {0} = …', part.path);
  const typed =
    options.length > 0
      ? await vscode.window.showQuickPick([...options], { title, placeHolder: vscode.l10n.t('{0}, now {1}', part.type, valueNow(part)) })
      : await vscode.window.showInputBox({
          title,
          prompt:
            takes.kind === 'text'
              ? vscode.l10n.t('A text of at most {0} bytes', takes.bytes - 1)
              : vscode.l10n.t('A value of {0}; 0x… for hexadecimal', part.type),
          value: takes.kind === 'text' ? '' : valueNow(part) === 'any' ? '' : valueNow(part),
          validateInput: problem,
        });
  if (typed !== undefined && problem(typed) === undefined)
    await writeChoice(loadFileFor(store, uri), ['values', part.path], choiceOf(part, typed));
}

/** Any value of the whole, in the place of choices for its parts. */
async function anyConstant(store: AnalysisStore, argument: unknown): Promise<void> {
  const found = await constantOf(store, argument);
  if (found === null) return;
  const { uri, constant } = found;
  const parts = chosenFor(constant.name, store.get(uri)?.choices ?? {}).filter(([at]) => at !== constant.name);
  for (const [at] of parts) await writeChoice(loadFileFor(store, uri), ['values', at], undefined);
  await writeChoice(loadFileFor(store, uri), ['values', constant.name], 'any');
}

async function resetConstant(store: AnalysisStore, argument: unknown): Promise<void> {
  const found = await constantOf(store, argument);
  if (found === null) return;
  const { uri, constant } = found;
  for (const [at] of chosenFor(constant.name, store.get(uri)?.choices ?? {}))
    await writeChoice(loadFileFor(store, uri), ['values', at], undefined);
}

async function showConstant(store: AnalysisStore, argument: unknown): Promise<void> {
  const found = await constantOf(store, argument);
  if (found === null) return;
  const [chosen] = chosenFor(found.constant.name, store.get(found.uri)?.choices ?? {});
  if (chosen !== undefined) await showChoice(loadFileFor(store, found.uri), ['values', chosen[0]]);
  else await setConstant(store, argument);
}

/** A program whose type or target is chosen: one that waits for it, or any that is named. */
interface ToDecide {
  readonly uri: vscode.Uri;
  readonly program: string;
  readonly section: string;
  /** The section name that says what is known of it. */
  readonly role: string;
  readonly waits: boolean;
}

/** A program that is named and could be loaded as it is: what is chosen changes it. */
function loadedProgram(store: AnalysisStore, uri: vscode.Uri, name: string): ToDecide | null {
  const state = store.get(uri);
  const found = state?.result?.programs.find(({ program }) => program === name);
  if (found === undefined) return null;
  const { program, section } = found;
  return { uri, program, section, role: state?.choices.programs?.[program]?.type ?? section, waits: false };
}

/** The program that is to be decided for. */
async function programToDecide(store: AnalysisStore, argument: unknown, what: 'attach' | 'type'): Promise<ToDecide | null> {
  const given = asText(argument, 'uri');
  const uri = given === null ? activeFile() : vscode.Uri.parse(given);
  const loaded = uri === null ? null : loadedProgram(store, uri, asText(argument, 'program') ?? '');
  if (loaded !== null) return loaded;
  const waiting = uri === null ? [] : (store.get(uri)?.result?.failed ?? []).filter((f) => f.undecided?.what === what);
  if (uri === null || waiting.length === 0) {
    void vscode.window.showInformationMessage(
      what === 'attach'
        ? vscode.l10n.t('No program here waits for an attach target.')
        : vscode.l10n.t('No program here waits for its type.'),
    );
    return null;
  }
  const name = asText(argument, 'program');
  const toDecide = ({ program, section, undecided }: FailedProgram): ToDecide => ({
    uri,
    program,
    section,
    role: undecided!.role,
    waits: true,
  });
  const named = waiting.find((failed) => failed.program === name) ?? (waiting.length === 1 ? waiting[0] : undefined);
  if (named !== undefined) return toDecide(named);
  const picked = await vscode.window.showQuickPick(
    waiting.map((failed) => ({ label: failed.program, description: failed.section, failed })),
    { title: vscode.l10n.t('Program') },
  );
  return picked === undefined ? null : toDecide(picked.failed);
}

/** Asks for a target of the kernel; what is typed narrows the list. */
function pickTarget(store: AnalysisStore, uri: vscode.Uri, program: string, stem: string): Promise<string | null> {
  const pick = vscode.window.createQuickPick<vscode.QuickPickItem>();
  pick.title = vscode.l10n.t('What is {0} attached to?', program);
  pick.placeholder = vscode.l10n.t('Type a part of the name: {0}/…', stem);
  let timer: NodeJS.Timeout | undefined;
  const ask = async (): Promise<void> => {
    const text = pick.value.trim();
    const answer = await store.reference(uri, { ask: 'targets', section: stem, text });
    if (text !== pick.value.trim()) return;
    const targets = answer?.ask === 'targets' ? answer.targets : [];
    pick.items = targets.map(({ name, signature }) => ({ label: name, description: signature, alwaysShow: true }));
    pick.busy = false;
  };
  return new Promise((resolve) => {
    pick.onDidChangeValue(() => {
      clearTimeout(timer);
      pick.busy = true;
      timer = setTimeout(() => void ask(), SETTLE_MS);
    });
    pick.onDidAccept(() => {
      const [chosen] = pick.selectedItems;
      if (chosen === undefined) return;
      resolve(chosen.label);
      pick.hide();
    });
    pick.onDidHide(() => {
      clearTimeout(timer);
      resolve(null);
      pick.dispose();
    });
    pick.show();
    pick.busy = true;
    void ask();
  });
}

async function chooseAttachTarget(store: AnalysisStore, argument: unknown): Promise<void> {
  const found = await programToDecide(store, argument, 'attach');
  if (found === null) return;
  const { uri, program, role } = found;
  const given = asText(argument, 'target');
  const target = given ?? (await pickTarget(store, uri, program, role.split('/')[0]!));
  if (target !== null) await writeChoice(loadFileFor(store, uri), ['programs', program, 'attach'], target);
}

async function chooseProgramType(store: AnalysisStore, argument: unknown): Promise<void> {
  const found = await programToDecide(store, argument, 'type');
  if (found === null) return;
  const { uri, program, section, waits } = found;
  const title = waits
    ? vscode.l10n.t('What is {0}? Its section {1} names no type', program, section)
    : vscode.l10n.t('What is {0}? Its section is {1}', program, section);
  const answer = await store.reference(uri, { ask: 'sections', typed: '' });
  const sections = answer?.ask === 'sections' ? answer.sections : [];
  const picked =
    asText(argument, 'type') ??
    (
      await vscode.window.showQuickPick(
        sections.map(({ name, progType, text }) => ({ label: name, description: progType, detail: text })),
        { title, matchOnDescription: true },
      )
    )?.label;
  if (picked !== undefined) await writeChoice(loadFileFor(store, uri), ['programs', program, 'type'], picked);
}

/** Asks which files are linked with a program's first. */
async function chooseFiles(store: AnalysisStore, argument: unknown): Promise<void> {
  const given = asText(argument, 'uri') ?? (typeof argument === 'string' ? argument : null);
  const uri = given === null ? activeFile() : vscode.Uri.parse(given);
  const kind = uri === null ? null : kindByName(uri);
  if (uri === null || kind === null) {
    void vscode.window.showInformationMessage(vscode.l10n.t('Open a BPF source or object to choose the files of its program.'));
    return;
  }
  const program = store.get(uri)?.program ?? null;
  const main = program?.main ?? uri;
  const pattern = new vscode.RelativePattern(vscode.Uri.joinPath(main, '..'), kind === 'source' ? '**/*.{c,s,S}' : '**/*.o');
  const all = await vscode.workspace.findFiles(pattern, '**/node_modules/**', 500);
  const folder = path.posix.dirname(main.path);
  const isPart = (file: vscode.Uri): boolean => program?.files.some((part) => part.toString() === file.toString()) === true;
  const items = all
    .filter((file) => file.toString() !== main.toString())
    .map((file) => ({ label: path.posix.relative(folder, file.path), isNamedBpf: /\.bpf\./.test(file.path), picked: isPart(file) }))
    .sort((a, b) => Number(b.picked) - Number(a.picked) || Number(b.isNamedBpf) - Number(a.isNamedBpf) || (a.label < b.label ? -1 : 1));
  const picked = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Files that are linked with {0}', basename(main)),
    placeHolder: items.length === 0 ? vscode.l10n.t('There is no other file') : vscode.l10n.t('None: it is verified alone'),
    canPickMany: true,
  });
  if (picked !== undefined)
    await writeChoice(
      loadFileFor(store, uri),
      ['files'],
      picked.map((item) => item.label),
    );
}

/** Quick fixes on programs that wait for a decision. */
class DecideActions implements vscode.CodeActionProvider {
  constructor(private readonly store: AnalysisStore) {}

  provideCodeActions(document: vscode.TextDocument, _range: vscode.Range, context: vscode.CodeActionContext): vscode.CodeAction[] {
    const waiting = this.store
      .all()
      .flatMap((state) => (state.result?.failed ?? []).map((failed) => ({ state, failed })))
      .filter(({ failed }) => failed.undecided !== undefined);
    const fixes = waiting.flatMap(({ state, failed }) => {
      const diagnostics = context.diagnostics.filter(
        (d) => d.source === diagnosticSource() && d.code === failedCode(failed) && d.message === failedMessage(failed),
      );
      if (diagnostics.length === 0 || state.uri.scheme !== document.uri.scheme) return [];
      const target: ProgramTarget = { uri: state.uri.toString(), program: failed.program };
      const [title, command] = {
        attach: [vscode.l10n.t('Choose what {0} is attached to…', failed.program), ATTACH_COMMAND],
        type: [vscode.l10n.t('Choose the program type of {0}…', failed.program), TYPE_COMMAND],
        files: [vscode.l10n.t('Choose the files of this program…'), FILES_COMMAND],
      }[failed.undecided!.what] as [string, string];
      const action = new vscode.CodeAction(title, vscode.CodeActionKind.QuickFix);
      action.command = { title, command, arguments: [target] };
      action.diagnostics = diagnostics;
      action.isPreferred = true;
      return [action];
    });
    return fixes.filter((fix, index) => fixes.findIndex((other) => other.title === fix.title) === index);
  }
}

/** Everything of the editor that concerns what a loader decides. */
export function registerLoadChoices(store: AnalysisStore, watch: RuleFileWatch): vscode.Disposable {
  const command = (name: string, run: (s: AnalysisStore, argument: unknown) => Promise<void>): vscode.Disposable =>
    vscode.commands.registerCommand(name, (argument: unknown) => run(store, argument));
  const lenses = new ConstantLenses(store);
  return vscode.Disposable.from(
    lenses,
    new LoadFileDiagnostics(store, watch),
    new ProgramFilesStatus(store, FILES_COMMAND),
    vscode.languages.registerCodeLensProvider([...SOURCES], lenses),
    vscode.languages.registerHoverProvider([...SOURCES], lenses),
    vscode.languages.registerCodeActionsProvider([...SOURCES], new DecideActions(store), {
      providedCodeActionKinds: [vscode.CodeActionKind.QuickFix],
    }),
    command(commandId('setConstant'), setConstant),
    command(commandId('anyConstant'), anyConstant),
    command(commandId('resetConstant'), resetConstant),
    command(commandId('showConstant'), showConstant),
    command(ATTACH_COMMAND, chooseAttachTarget),
    command(TYPE_COMMAND, chooseProgramType),
    command(FILES_COMMAND, chooseFiles),
  );
}
