// SPDX-License-Identifier: GPL-2.0-only
/** Objects in the editor: their page, their sources wherever they lie, their disassembly. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandId } from '../../../src/contributions/commands';
import { DISASSEMBLY } from '../../../src/contributions/names';
import { settingId } from '../../../src/contributions/settings';
import { VIEWS } from '../../../src/contributions/views';
import { archiveOf } from '../../support/archive';
import { objectOf, RETURN_NOTHING } from '../../support/objects';
import { projectFile, type Running, startExtension } from '../../support/extension';
import { editor, type TextDocument, Uri, WebviewPanel } from '../../support/vscode';

let running: Running;
const text = (name: string): string => new TextDecoder().decode(projectFile(name));

/** Opens an object in its own editor; gives the page. */
async function openObject(file: string): Promise<WebviewPanel> {
  const page = new WebviewPanel('object');
  running.host.objects.resolveCustomEditor({ uri: Uri.file(file), dispose: () => undefined } as never, page as never);
  await running.settled();
  return page;
}
/** The words of a page, without its marks. */
function words(page: WebviewPanel): string {
  return page.webview.html
    .replace(/<(style|script|title)[^]*?<\/\1>/g, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}

beforeAll(async () => {
  editor.reset();
  editor.folder = '/w';
  editor.files.set('/w/build/probe.o', projectFile('test/mapped/probe.o'));
  editor.files.set('/w/src/main.rs', text('test/mapped/main.rs'));
  editor.files.set('/w/none.o', 'no');
  const [good, bad] = [objectOf([{ name: 'good' }]), objectOf([{ name: 'bad', insns: RETURN_NOTHING }])];
  editor.files.set(
    '/w/all.a',
    archiveOf(
      [
        { name: 'good.o', bytes: good },
        { name: 'bad.o', bytes: bad },
        { name: 'README', bytes: new TextEncoder().encode('text') },
      ],
      'system-v',
    ),
  );
  editor.files.set('/w/loader.o', projectFile('test/loader/loader.bpf.o'));
  running = await startExtension();
});
afterAll(() => running.dispose());

describe('the page of an object', () => {
  it('says what the file is, what came of its programs, and where its sources are', async () => {
    const page = await openObject('/w/build/probe.o');
    expect(words(page)).toBe(
      'probe.o ELF object for BPF, little-endian BPF: 0 of 1 accepted under linux-7.3 Sources that lie elsewhere: 1 ' +
        '/build/probe/src/main.rs is /w/src/main.rs Change where sources are… Program Section Verdict Instructions Why Show ' +
        'probe tc ⊗ rejected 9 The result of bpf_map_lookup_elem() may be NULL where it is read or written: line 8: ' +
        'bpf_map_lookup_elem() may be NULL, and no branch checks it Show BPF context graph Disassembly Type…',
    );
  });

  it('has buttons that lead on, for programs that it has', async () => {
    const page = await openObject('/w/build/probe.o');
    page.says({ command: 'graph', program: 'probe' });
    await expect.poll(() => editor.panels.length).toBe(1);
    page.says({ command: 'graph', program: 'no such' });
    page.says({ command: 'reopen' });
    page.says({ command: 'sourceMap' });
    await running.settled();
    expect(editor.panels).toHaveLength(1);
    expect(editor.ran.map((r) => r.slice(0, 2))).toEqual([
      ['workbench.action.reopenWithEditor'],
      ['workbench.action.openSettings', settingId('sourceMap')],
    ]);
    editor.panels[0]!.dispose();
  });

  it('of a file that is no object says what it is, and looks again when it changes', async () => {
    const page = await openObject('/w/none.o');
    expect(words(page)).toContain('none.o is no BPF object It is 2 bytes long; an ELF header alone has 64.');
    editor.files.set('/w/none.o', objectOf([{ name: 'now' }]));
    editor.disk('changed', '/w/none.o');
    await running.settled();
    expect(words(page)).toContain('now socket ✓ accepted');
  });

  it('of an archive has its objects to choose from, and says what was not opened', async () => {
    const page = await openObject('/w/all.a');
    expect(words(page)).toContain('Object of the archive: good.o bad.o one of 2 Not opened: 1');
    expect(words(page)).toContain('good socket ✓ accepted');
    page.says({ command: 'member', value: 'bad.o' });
    await running.settled();
    expect(words(page)).toContain('bad socket ⊗ rejected');
    page.says({ command: 'member', value: '../elsewhere.o' });
    await running.settled();
    expect(words(page)).toContain('bad socket ⊗ rejected');
  });

  it('has what a loader would have to say first, with the way to say it', async () => {
    const page = await openObject('/w/loader.o');
    expect(words(page)).toMatch(/unnamed handler not loaded .*missing BPF prog type.* Choose the program type…/);
    expect(words(page)).toMatch(/traced fentry\/placeholder not loaded .* Choose what it is attached to…/);
  });

  it('is forgotten with its tab', async () => {
    const page = await openObject('/w/none.o');
    expect(running.host.store.get(Uri.file('/w/none.o') as never)).toBeDefined();
    page.dispose();
    expect(running.host.store.get(Uri.file('/w/none.o') as never)).toBeUndefined();
  });
});

describe('a source that line records of an object name', () => {
  let source: TextDocument;
  beforeAll(async () => {
    await openObject('/w/build/probe.o');
    source = editor.open('/w/src/main.rs');
    await running.settled();
  });

  it('shows what was found, in any language', async () => {
    expect(editor.problems('/w/src/main.rs')).toEqual([
      '9: The result of bpf_map_lookup_elem() may be NULL where it is read or written: line 8: bpf_map_lookup_elem() may be NULL, and no branch checks it',
    ]);
    expect((await editor.lenses(source)).map((l) => l.command?.title)).toContain('Show path');
    expect((await editor.hover(source, 8, 4))[0]).toMatch(/may be NULL where it is read or written/);
  });

  it('is where the next error is', async () => {
    editor.cursor(0);
    editor.show(source);
    await editor.run(commandId('goToError'));
    // the file in front is no program of its own: an object is asked for
    expect(editor.lists.at(-1)?.title ?? editor.statusBar.at(-1)).toBeDefined();
  });

  it('is opened by links of hovers, where the object’s lines lead to', async () => {
    const place = { file: '/build/probe/src/main.rs', line: 8, column: 5 };
    await editor.run(commandId('openPlace'), { uri: 'file:///w/build/probe.o', place });
    expect([editor.active!.document.uri.path, editor.active!.selection.active]).toEqual(['/w/src/main.rs', { line: 7, character: 4 }]);
    await editor.run(commandId('openPlace'), { uri: 'file:///w/build/probe.o', place: { file: 7 } });
    await editor.run(commandId('openPlace'), { uri: 'file:///w/build/probe.o', place: { ...place, file: 'no/such.c' } });
    expect(editor.active!.document.uri.path).toBe('/w/src/main.rs');
  });
});

describe('a disassembly', () => {
  let listing: TextDocument;
  beforeAll(async () => {
    await editor.run(commandId('showDisassembly'), { uri: 'file:///w/build/probe.o', program: 'probe' });
    listing = editor.active!.document;
  });

  it('is a document of the program, with a sign a line', () => {
    expect(listing.languageId).toBe(DISASSEMBLY.language);
    expect(listing.getText().split('\n').slice(0, 8)).toEqual([
      '; probe of probe.o, rejected under linux-7.3',
      '; z may sleep   - must not sleep   ~ depends on the path   . no state arrives   x rejected here',
      '',
      'probe:',
      '  b0:',
      '    ;  @ main.rs:7',
      '  - 0: w1 = 0',
      '    ;  @ main.rs:8',
    ]);
    expect(listing.getText()).toContain('  x 7: r0 = *(u64 *)(r0 +0)');
  });

  it('says of an instruction what it holds and what the call is', async () => {
    const lines = listing.getText().split('\n');
    const [insn, call] = await editor.hover(
      listing,
      lines.findIndex((l) => l.includes('call bpf_map_lookup_elem')),
    );
    expect(insn).toContain('Must not sleep here');
    expect(insn).toContain('`r2` `fp-4`');
    expect(call).toMatch(/^\*\*`bpf_map_lookup_elem\(\)`\*\* helper 1/);
    expect(await editor.hover(listing, 0)).toEqual([]);
  });

  it('is what the side bar speaks of when the cursor is in it', async () => {
    editor.cursor(
      listing
        .getText()
        .split('\n')
        .findIndex((l) => l.includes('  x 7:')),
    );
    await expect.poll(async () => (await editor.tree(VIEWS.held.id))[0]).toMatch(/^Rejected|Must not sleep here/);
  });

  it('of a program that has none says why', async () => {
    editor.pick = (entries) => entries.find((e) => e.label === 'guarded');
    await editor.run(commandId('showDisassembly'), Uri.file('/w/loader.o'));
    expect(editor.lists.at(-1)!.title).toBe('Program');
    expect(editor.active!.document.getText()).toMatch(/^; guarded of loader\.o, accepted under linux-7\.3/);
    await editor.run(commandId('showDisassembly'), { uri: 'file:///w/loader.o', program: 'unnamed' });
    expect(editor.active!.document.getText()).toMatch(/^; unnamed has no listing: /);
  });
});
