// SPDX-License-Identifier: GPL-2.0-only
/** What the extension says by itself can be translated: sentences are gathered from the sources, packed, and put in the language of the editor. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { saidIn } from '../../../scripts/contributions/l10n-bundle';
import { commandId } from '../../../src/contributions/commands';
import { STATUS_ITEMS } from '../../../src/contributions/views';
import { addProgram, type Running, startExtension } from '../../support/extension';
import { editor } from '../../support/vscode';

const ROOT = path.join(import.meta.dirname, '../../..');
const read = (name: string): string => readFileSync(path.join(ROOT, name), 'utf8');

describe('the sentences of a source', () => {
  it('are those of l10n.t, with what translators should know in their key', () => {
    const said = saidIn(
      'a.ts',
      `show(vscode.l10n.t('Files of {0}', name), other('no words'));
       show(l10n.t({ message: '{1} of {0}', args: [all, some], comment: ['Programs.', 'Of a file.'] }));`,
    );
    expect(said).toEqual([
      ['Files of {0}', 'Files of {0}'],
      ['{1} of {0}/Programs.Of a file.', { message: '{1} of {0}', comment: ['Programs.', 'Of a file.'] }],
    ]);
  });

  it.each([
    ['l10n.t(`Files of ${name}`)', 'a.ts:1: what l10n.t says is a literal'],
    ["\nl10n.t('Files of ' + name)", 'a.ts:2: what l10n.t says is a literal'],
    ["l10n.t('Files of {0}')", 'a.ts:1: places and arguments of "Files of {0}" do not fit'],
    ["l10n.t('Files of {1}', name)", 'do not fit'],
    ["l10n.t('Files', name)", 'do not fit'],
  ])('refuses %j', (code, message) => expect(() => saidIn('a.ts', code)).toThrow(message));
});

describe('the package', () => {
  it('says where translations are, and takes them along with those of the manifest', () => {
    expect((JSON.parse(read('package.json')) as { l10n: string }).l10n).toBe('./l10n');
    const taken = read('.vscodeignore').split('\n');
    expect(taken).toContain('!l10n/*.json');
    expect(taken).toContain('!package.nls*.json');
  });
});

describe('an editor in another language', () => {
  let running: Running;
  beforeAll(async () => {
    editor.reset();
    editor.folder = '/w';
    for (const [english, german] of [
      ['BPF: {0} of {1} accepted', 'BPF: von {1} sind {0} zugelassen'],
      ['Constants of {0}', 'Konstanten von {0}'],
      ['Context policy for {0}', 'Kontextregeln für {0}'],
      ['as the setting says', 'wie eingestellt'],
      ['No verified program here has constants that a loader could set (const volatile).', 'Hier gibt es keine Konstanten.'],
    ] as const)
      editor.translations.set(english, german);
    running = await startExtension();
    editor.open(addProgram('examples/vma_walk.bpf.c'));
    await running.settled();
  });
  afterAll(() => running.dispose());
  beforeEach(() => {
    editor.shown.length = 0;
    editor.lists.length = 0;
  });

  it('has the extension speak it in status, lists and messages, with names in the places of the translation', async () => {
    expect(editor.statusItems.get(STATUS_ITEMS.verdict)!.text).toMatch(/^BPF: von \d+ sind \d+ zugelassen/);
    editor.pick = () => undefined;
    await editor.run(commandId('selectPolicy'));
    expect(editor.lists.map(({ title }) => title)).toEqual(['Kontextregeln für vma_walk.bpf.c']);
    expect(editor.lists[0]!.entries.map(({ label }) => label)).toContain('wie eingestellt');
    await editor.run(commandId('setConstant'));
    expect(editor.shown).toEqual(['Hier gibt es keine Konstanten.']);
  });

  it('says the rest in English', () => {
    expect(editor.statusItems.get(STATUS_ITEMS.compiled)!.text).toMatch(/^BPF: (not compiled yet|compiled by )/);
  });

  it('has every sentence in the bundle that translators begin with', () => {
    const bundle = JSON.parse(read('l10n/bundle.l10n.json')) as Record<string, unknown>;
    for (const key of editor.translations.keys()) expect(bundle).toHaveProperty([key], key);
  });
});
