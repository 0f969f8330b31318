// SPDX-License-Identifier: GPL-2.0-only
/** What a loader would decide, chosen in the editor: values of constants, program types, attach targets, files of a program. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { commandId } from '../../../src/contributions/commands';
import { STATUS_ITEMS } from '../../../src/contributions/views';
import { addProgram, compiler, projectFile, type Running, startExtension } from '../../support/extension';
import { editor, type TextDocument, Uri } from '../../support/vscode';

let running: Running;
let file: string;
let document: TextDocument;
const LOAD_FILE = '/w/loader.bpf-load.json';
const chosen = (): unknown => JSON.parse(editor.files.get(LOAD_FILE) as string);
const line = (text: string): number =>
  document
    .getText()
    .split('\n')
    .findIndex((l) => l.includes(text));
const over = async (text: string): Promise<(string | undefined)[]> =>
  (await editor.lenses(document)).filter((l) => l.range.start.line === line(text)).map((l) => l.command?.title);
const constant = (name: string): object => ({ uri: document.uri.toString(), constant: name });
/** Runs a command that writes the load file, and what is verified with it anew. */
async function run(name: Parameters<typeof commandId>[0], argument?: unknown): Promise<void> {
  await editor.run(commandId(name), argument);
  editor.disk('changed', LOAD_FILE);
  await running.settled();
}

beforeAll(async () => {
  editor.reset();
  editor.folder = '/w';
  file = addProgram('test/loader/loader.bpf.c');
  // as clang compiles for the editor: with the places of what is declared
  compiler.results.set(file, projectFile('test/loader/loader.debug.o'));
  editor.files.set('/w/more/other.bpf.c', 'int x;');
  running = await startExtension();
  document = editor.open(file);
  await running.settled();
});
afterAll(() => running.dispose());
beforeEach(() => {
  editor.shown.length = 0;
  editor.lists.length = 0;
});

describe('constants', () => {
  it('have a line over them: the value that was verified with, what never runs for it, and other values', async () => {
    expect(await over('const volatile int limit')).toEqual(['verified with limit = 3, as compiled', 'Set value…', 'Any value']);
    expect(await over('const volatile _Bool careless')).toEqual(['verified with careless = false, as compiled', 'Set value…', 'Any value']);
    expect((await over('const volatile struct'))[0]).toBe('verified with config as compiled');
    expect((await over('const volatile char title'))[0]).toBe('verified with title = "none", as compiled');
  });

  it('are verified with a value that is typed, once it fits', async () => {
    let asked = '';
    editor.answer = (title) => {
      asked = title;
      return '7';
    };
    await run('setConstant', constant('limit'));
    expect(asked).toBe('Verify with limit = …');
    expect(chosen()).toEqual({ values: { limit: 7 } });
    expect(await over('const volatile int limit')).toEqual(['verified with limit = 7', 'Change…', 'Any value', 'As compiled']);
    editor.answer = () => 'seven';
    await run('setConstant', constant('limit'));
    expect(chosen()).toEqual({ values: { limit: 7 } });
  });

  it('of truth values and enumerations are chosen of a list, parts of a struct one by one', async () => {
    editor.pick = (entries) => entries.find((e) => e.label === 'ON');
    await run('setConstant', constant('mode'));
    expect(editor.lists[0]!.entries.map((e) => e.label)).toEqual(['OFF', 'ON', 'LOUD']);
    editor.pick = (entries) => entries.find((e) => e.label === 'config.port');
    editor.answer = (_title, value) => `${value}80`;
    await run('setConstant', constant('config'));
    expect(chosen()).toEqual({ values: { limit: 7, mode: 'ON', 'config.port': 8080 } });
  });

  it('can have any value: then both sides of the branches on them are verified', async () => {
    await run('anyConstant', constant('careless'));
    expect(await over('const volatile _Bool careless')).toEqual([
      'verified for any value of careless, both sides of its branches',
      'Set value…',
      'As compiled',
    ]);
    expect(editor.problems(file)[0]).toMatch(/^35: value may be NULL where it is read or written/);
    await run('anyConstant', constant('config'));
    expect(chosen()).toEqual({ values: { limit: 7, mode: 'ON', careless: 'any', config: 'any' } });
  });

  it('are what was compiled again when the choice is taken back', async () => {
    for (const name of ['limit', 'mode', 'careless', 'config']) await run('resetConstant', constant(name));
    expect(await over('const volatile int limit')).toEqual(['verified with limit = 3, as compiled', 'Set value…', 'Any value']);
    expect(editor.problems(file).filter((p) => p.startsWith('35:'))).toEqual([]);
  });

  it('are shown where they are chosen', async () => {
    editor.answer = () => '5';
    await run('setConstant', constant('limit'));
    await editor.run(commandId('showConstant'), constant('limit'));
    expect(editor.active!.document.uri.path).toBe(LOAD_FILE);
    expect(editor.active!.document.lineAt(editor.active!.selection.active.line).text).toContain('"limit": 5');
    editor.show(document);
  });

  it('are asked for by name when none is given, and there is a word when there are none', async () => {
    editor.pick = (entries) => entries.find((e) => e.label === 'limit');
    await run('resetConstant');
    expect(editor.lists[0]).toMatchObject({ title: 'Constants of loader.bpf.c' });
    expect(editor.lists[0]!.entries.map((e) => e.label)).toEqual(expect.arrayContaining(['limit', 'careless', 'mode', 'config', 'title']));
    await run('anyConstant', { uri: 'file:///w/none.bpf.c' });
    expect(editor.shown).toEqual(['No verified program here has constants that a loader could set (const volatile).']);
  });
});

describe('a program that waits for a decision', () => {
  it('says so on its line, with a quick fix', async () => {
    expect(editor.problems(file)).toEqual([
      expect.stringMatching(/^\d+: traced: .*failed to find kernel BTF type ID of 'placeholder'/),
      expect.stringMatching(/^\d+: unnamed: .*missing BPF prog type/),
    ]);
    const fixes = await editor.fixes(document, line('SEC("handler")'));
    expect(fixes.map((f) => [f.title, f.isPreferred])).toEqual([['Choose the program type of unnamed…', true]]);
    expect((await editor.fixes(document, line('SEC("fentry/placeholder")'))).map((f) => f.title)).toEqual([
      'Choose what traced is attached to…',
    ]);
  });

  it('is verified as the type that is chosen', async () => {
    editor.pick = (entries) => entries.find((e) => e.label === 'xdp');
    await run('chooseProgramType', { uri: document.uri.toString(), program: 'unnamed' });
    expect(editor.lists[0]!.title).toBe('What is unnamed? Its section handler names no type');
    expect(chosen()).toMatchObject({ programs: { unnamed: { type: 'xdp' } } });
    expect(editor.problems(file).filter((p) => p.includes('unnamed'))).toEqual([]);
  });

  it('is verified with the target that is chosen of those that the kernel has', async () => {
    const choosing = editor.run(commandId('chooseAttachTarget'), { uri: document.uri.toString(), program: 'traced' });
    await expect.poll(() => editor.quickPicks.length).toBe(1);
    const pick = editor.quickPicks[0]!;
    expect([pick.title, pick.placeholder]).toEqual(['What is traced attached to?', 'Type a part of the name: fentry/…']);
    pick.type('vfs_read');
    await expect.poll(() => pick.items.map((item) => item.label)).toContain('vfs_read');
    pick.choose('vfs_read');
    await choosing;
    editor.disk('changed', LOAD_FILE);
    await running.settled();
    expect(chosen()).toMatchObject({ programs: { traced: { attach: 'vfs_read' } } });
    expect(editor.problems(file)).toEqual([]);
  });

  it('that nobody chooses for stays as it is', async () => {
    const before = editor.files.get(LOAD_FILE);
    const choosing = editor.run(commandId('chooseAttachTarget'), { uri: document.uri.toString(), program: 'traced' });
    await expect.poll(() => editor.quickPicks.length).toBe(2);
    editor.quickPicks[1]!.hide();
    await choosing;
    editor.pick = () => undefined;
    await run('chooseProgramType', { uri: document.uri.toString(), program: 'unnamed' });
    expect(editor.files.get(LOAD_FILE)).toBe(before);
    await run('chooseProgramType', { uri: document.uri.toString(), program: 'no such' });
    await run('chooseAttachTarget', { uri: document.uri.toString(), program: 'no such' });
    expect(editor.shown).toEqual(['No program here waits for its type.', 'No program here waits for an attach target.']);
  });
});

describe('a load file', () => {
  it('has what is wrong with it in its own lines: by itself, and against the object', async () => {
    editor.files.set(LOAD_FILE, '{\n  "values": { "limit": "many", "absent": 1 },\n  "vales": 3\n}');
    editor.disk('changed', LOAD_FILE);
    await running.settled();
    expect(editor.problems(LOAD_FILE).map((p) => p.split(':')[0])).toEqual(['3']);
    editor.files.set(LOAD_FILE, '{\n  "values": {\n    "limit": "many",\n    "absent": 1\n  }\n}');
    editor.disk('changed', LOAD_FILE);
    await running.settled();
    expect(editor.problems(LOAD_FILE).map((p) => p.split(':')[0])).toEqual(['3', '4']);
    // and nowhere twice
    expect(editor.problems(file)).toEqual([]);
  });

  it('that is no JSON is not written into', async () => {
    editor.files.set(LOAD_FILE, '{ "values": ');
    editor.press = (_text, [open]) => open;
    await editor.run(commandId('chooseProgramType'), { uri: document.uri.toString(), program: 'guarded', type: 'tc' });
    expect(editor.shown).toEqual(['loader.bpf-load.json is no JSON as it stands; nothing was changed.']);
    expect(editor.active!.document.uri.path).toBe(LOAD_FILE);
    expect(editor.files.get(LOAD_FILE)).toBe('{ "values": ');
    editor.show(document);
    editor.files.set(LOAD_FILE, '{}');
    editor.close(editor.documents.find((d) => d.uri.path === LOAD_FILE)!);
    editor.show(document);
    editor.disk('changed', LOAD_FILE);
    await running.settled();
  });

  it('has no effect in a workspace that is not trusted, and says so', async () => {
    editor.trusted = false;
    editor.press = (_text, [manage]) => manage;
    await editor.run(commandId('chooseProgramType'), { uri: document.uri.toString(), program: 'guarded', type: 'tc' });
    expect(editor.shown).toEqual(['This workspace is not trusted: loader.bpf-load.json would have no effect; nothing was changed.']);
    await expect.poll(() => editor.ran.map(([id]) => id)).toEqual(['workbench.trust.manage']);
    editor.trusted = true;
  });
});

describe('the files of a program', () => {
  it('are chosen of those beside it', async () => {
    expect(editor.statusItems.get(STATUS_ITEMS.files)).toMatchObject({ text: 'BPF: one file' });
    editor.pick = (entries) => entries;
    await editor.run(commandId('chooseFiles'));
    expect(editor.lists[0]!.entries.map((e) => e.label)).toEqual(['more/other.bpf.c']);
    expect(chosen()).toEqual({ files: ['more/other.bpf.c'] });
  });

  it('that cannot be compiled say so, by name', async () => {
    editor.disk('changed', LOAD_FILE);
    await running.settled();
    expect(editor.problems(file)[0]).toContain('1: clang was not found');
    expect(editor.statusItems.get(STATUS_ITEMS.files)).toMatchObject({
      text: 'BPF: linked with other.bpf.c',
      detail: 'chosen in loader.bpf-load.json',
    });
    editor.files.delete('/w/more/other.bpf.c');
    editor.disk('changed', LOAD_FILE);
    await running.host.store.run(Uri.file(file) as never);
    await running.settled();
    expect(editor.problems(file)[0]).toMatch(/^1: other\.bpf\.c is not there/);
  });
});

it('a file that is closed while its load file changes stays closed', async () => {
  expect(running.host.store.all().map((s) => s.uri.path)).toEqual([file]);
  editor.files.set(LOAD_FILE, '{ "values": { "limit": 5 } }');
  editor.disk('changed', LOAD_FILE);
  editor.close(document);
  await running.settled();
  expect(running.host.store.all()).toEqual([]);
});
