// SPDX-License-Identifier: GPL-2.0-only
/** Kernels that programs have to load on, as a person meets them: Problems, lines over programs, status, quick fixes, and the tab "Loads on". */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandId } from '../../../src/contributions/commands';
import { settingId } from '../../../src/contributions/settings';
import { STATUS_ITEMS } from '../../../src/contributions/views';
import type { LoadsOnPage } from '../../../src/protocol/loads-on-page';
import { addProgram, compiler, projectFile, type Running, startExtension } from '../../support/extension';
import { editor, type TextDocument, Uri, WebviewPanel } from '../../support/vscode';

let running: Running;
let file: string;
let document: TextDocument;
let tab: WebviewPanel;

const page = (): LoadsOnPage => (tab.sent.at(-1) as { readonly page: LoadsOnPage }).page;
const lineOf = (text: string): number =>
  document
    .getText()
    .split('\n')
    .findIndex((line) => line.includes(text));
const rowOf = (program: string): number => page().rows.findIndex((r) => r.program === program);

beforeAll(async () => {
  editor.reset();
  editor.folder = '/w';
  editor.settings.set(settingId('kernels'), ['6.12']);
  file = addProgram('examples/contexts.bpf.c');
  running = await startExtension();
  document = editor.open(file);
  await running.settled();
  await editor.run(commandId('loadsOn'));
  tab = editor.panels.at(-1)!;
  tab.says({ type: 'ready' });
  await running.settled();
});
afterAll(() => running.dispose());

describe('kernels that programs have to load on', () => {
  it('have Problems at the call that they lack', () => {
    const found = editor.diagnostics(file).filter((d) => d.source === 'bpf 6.12');
    const irq = found.find((d) => d.message.includes('bpf_local_irq_save'))!;
    expect(irq.message).toMatch(/^irq_copy does not load on 6\.12: the kfunc bpf_local_irq_save came between 6\.12 and 7\.3\. Instead: /);
    expect(irq.range.start.line).toBe(lineOf('bpf_local_irq_save(&'));
  });
  it('stand over each program and in the status', async () => {
    const titles = (await editor.lenses(document)).map((l) => l.command?.title);
    expect(titles).toContain('$(pass) 6.12 to 7.3');
    expect(titles).toContain('$(circle-slash) 6.12 7.3: no bpf_local_irq_save');
    expect(editor.statusItems.get(STATUS_ITEMS.verdict)?.text).toBe('BPF: 4 of 9 accepted · 1 of 9 on 6.12');
  });
  it('offer a guard for the call, the table, and to do without that kernel', async () => {
    const fixes = await editor.fixes(document, lineOf('bpf_local_irq_save(&'));
    expect(fixes.map((f) => f.title)).toEqual([
      'Use it only if bpf_ksym_exists(bpf_local_irq_save)',
      'Loads on…',
      `Do without Linux 6.12: take it out of ${settingId('kernels')}`,
    ]);
  });
});

describe('the tab', () => {
  it('shows all programs on the kernels of the setting and on the one in force', () => {
    const { columns, rows, busy, empty, errors } = page();
    expect(columns.map((c) => [c.series, c.floor, c.own, c.loads])).toEqual([
      ['6.12', true, false, 1],
      ['7.3', false, true, 4],
    ]);
    expect([rows.length, busy, empty, errors]).toEqual([9, '', '', []]);
  });
  it('opens the line of a cell', async () => {
    tab.says({ type: 'place', row: rowOf('irq_copy'), column: 0 });
    await running.settled();
    expect(editor.editors.at(-1)!.selection.active.line).toBe(lineOf('bpf_local_irq_save(&'));
  });
  it('puts the kernel of a cell and the one in force on one graph', async () => {
    tab.says({ type: 'compare', row: rowOf('vma_copy'), column: 0 });
    await running.settled();
    expect(running.host.store.get(document.uri as never)?.compare?.policy).toBe('linux-6.12');
  });
  it('follows the setting, and says what it has when it is told to stop', async () => {
    editor.set(settingId('kernels'), []);
    await running.settled();
    expect(page().columns.map((c) => c.series)).toEqual(['6.1', '6.12', '6.18', '7.3']);
    tab.says({ type: 'refresh' });
    tab.says({ type: 'cancel' });
    await running.settled();
    expect(page().rows).toHaveLength(9);
    tab.says({ type: 'scope', scope: 'all' });
    await running.settled();
    expect([page().scope, page().rows.length]).toEqual(['all', 9]);
  });
  it('comes back after a reload, with the file that it was of', async () => {
    tab.dispose();
    tab = new WebviewPanel('loadsOn');
    await running.host.loadsOn.deserializeWebviewPanel(tab as never, { uri: document.uri.toString() });
    tab.says({ type: 'ready' });
    tab.says({ type: 'refresh' });
    await running.settled();
    expect([page().uri, page().scope, page().rows.length]).toEqual([document.uri.toString(), 'file', 9]);
  });
});

describe('the table of a folder', () => {
  const say = async (message: object): Promise<void> => {
    tab.says(message);
    await running.settled();
  };
  beforeAll(async () => {
    editor.files.set('/w/sub/first_look.bpf.c', new TextDecoder().decode(projectFile('examples/first_look.bpf.c')));
    compiler.results.set('/w/sub/first_look.bpf.c', projectFile('examples/first_look.bpf.o'));
    // beside its source, and nothing of ours
    editor.files.set('/w/sub/first_look.bpf.o', projectFile('examples/first_look.bpf.o'));
    editor.files.set('/w/sub/other.c', 'int main(void) { return 0; }');
    editor.files.set('/w/sub/broken.bpf.c', 'int x');
    await editor.run(commandId('loadsOn'), Uri.file('/w/sub'));
    await running.settled();
  });
  it('has the programs of its sources, and says of which files there is nothing', () => {
    const { scope, folder, file: name, rows, errors, empty, busy, columns } = page();
    expect([scope, folder, name, empty, busy, columns.map((c) => c.series)]).toEqual([
      'folder',
      'sub',
      '',
      '',
      '',
      ['6.1', '6.12', '6.18', '7.3'],
    ]);
    expect([...new Set(rows.map((r) => r.file))]).toEqual(['first_look.bpf.c']);
    expect(errors).toEqual([expect.stringMatching(/^broken\.bpf\.c: /)]);
  });
  it('leaves nothing behind of files that no editor shows', () => {
    expect(running.host.store.all().map((s) => s.uri.path)).toEqual([file]);
    expect(editor.diagnostics('/w/sub/broken.bpf.c')).toEqual([]);
  });
  it('opens a line of a file that is not kept', async () => {
    await say({ type: 'place', row: 0, column: -1 });
    expect(editor.editors.at(-1)!.document.uri.path).toBe('/w/sub/first_look.bpf.c');
    expect(editor.editors.at(-1)!.selection.active.line).toBe(page().rows[0]!.place!.line - 1);
  });
  it('names files by their way from it, and tells its progress until it is cancelled', async () => {
    editor.close(editor.load(Uri.file('/w/sub/first_look.bpf.c')));
    await running.settled();
    await editor.run(commandId('loadsOn'), Uri.file('/w'));
    const said = (): string[] => tab.sent.map((m) => (m as { readonly page: LoadsOnPage }).page.busy);
    while (!said().some((busy) => busy.startsWith('Verifying sub/first'))) await new Promise((resolve) => setImmediate(resolve));
    expect(said()).toContain('Looking for BPF programs in w');
    expect(said()).toContain('Verifying contexts.bpf.c, 1 of 3 files, as 6.1, 6.12, 6.18, 7.3');
    await say({ type: 'cancel' });
    expect([page().busy, page().empty]).toEqual(['', 'Cancelled. "Verify again" asks the kernels anew.']);
    expect(new Set(page().rows.map((r) => r.file))).toEqual(new Set(['contexts.bpf.c']));
    await say({ type: 'refresh' });
    expect(new Set(page().rows.map((r) => r.file))).toEqual(new Set(['contexts.bpf.c', 'sub/first_look.bpf.c']));
  });
  it('says so where there is nothing', async () => {
    editor.files.set('/empty/readme.md', '');
    await editor.run(commandId('loadsOn'), Uri.file('/empty'));
    await running.settled();
    expect(page().empty).toBe('There is no file ending in .bpf.c, .bpf.s or .bpf.o in empty or in its folders.');
  });
  it('waits after a reload until somebody wants it', async () => {
    tab.dispose();
    tab = new WebviewPanel('loadsOn');
    await running.host.loadsOn.deserializeWebviewPanel(tab as never, { uri: '', folder: Uri.file('/w/sub').toString() });
    await say({ type: 'ready' });
    expect([page().scope, page().rows.length, page().empty]).toEqual([
      'folder',
      0,
      'The programs of this folder are verified when you choose "Verify again".',
    ]);
    await say({ type: 'refresh' });
    expect(page().rows.length).toBeGreaterThan(0);
  });
});
