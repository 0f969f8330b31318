// SPDX-License-Identifier: GPL-2.0-only
/** What the editor offers beside a verdict: completion, arguments, how a source is compiled, kernels, policy files, pages of problems. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { EMPTY } from '../../../src/compiler/setup';
import { commandId } from '../../../src/contributions/commands';
import { settingId } from '../../../src/contributions/settings';
import { STATUS_ITEMS, VIEWS } from '../../../src/contributions/views';
import { addProgram, compiler, type Running, startExtension } from '../../support/extension';
import { editor, type TextDocument, Uri } from '../../support/vscode';

let running: Running;
let file: string;
let document: TextDocument;
const POLICY = '/w/nmi.bpf-policy.json';
const lineOf = (text: string): number =>
  document
    .getText()
    .split('\n')
    .findIndex((line) => line.includes(text));

beforeAll(async () => {
  editor.reset();
  editor.folder = '/w';
  file = addProgram('examples/vma_walk.bpf.c');
  compiler.how = {
    clang: '/usr/bin/clang',
    args: ['-g', '-DNAME=a b'],
    root: '/w',
    setup: {
      ...EMPTY,
      build: { kind: 'make', file: '/w/Makefile', line: 3, args: ['-DX'], exact: true },
      folders: ['/w/include'],
      extra: ['-DMORE'],
    },
    around: { host: [], supplied: { folder: '/storage/headers/1', version: '7.3.4' }, settings: [] },
    considered: [{ kind: 'compile_commands', file: '/w/compile_commands.json', line: 0, used: false, why: 'it does not name this file' }],
    tries: 1,
    headers: ['/storage/headers/1/vmlinux/vmlinux.h'],
    missing: null,
    partOf: [],
    through: null,
    choice: null,
    choiceGone: false,
  };
  running = await startExtension();
  document = editor.open(file);
  await running.settled();
});
afterAll(() => running.dispose());
beforeEach(() => {
  editor.shown.length = 0;
  editor.lists.length = 0;
  editor.ran.length = 0;
});

describe('completion', () => {
  const typed = async (line: string): Promise<{ label: string; description: string }[]> => {
    const before = document.getText();
    const lines = before.split('\n');
    const at = lineOf('bpf_iter_task_vma_new(&it');
    lines.splice(at, 0, line);
    document.setText(lines.join('\n'));
    const items = await editor.completions(document, at, line.length);
    document.setText(before);
    return items.map((i) =>
      typeof i.label === 'string' ? { label: i.label, description: '' } : { label: i.label.label, description: i.label.description ?? '' },
    );
  };

  it('knows the names of sections, with the type of program that each makes', async () => {
    expect(await typed('SEC("xd')).toContainEqual({ label: 'xdp', description: 'xdp' });
  });

  it('knows kfuncs, and which of them this program may call', async () => {
    const offered = await typed('\tbpf_iter_task_vma_n');
    expect(offered).toContainEqual({ label: 'bpf_iter_task_vma_next', description: 'kfunc' });
    expect((await typed('\tscx_bpf_dsq_ins')).every((o) => o.description === 'kfunc, not in this program')).toBe(true);
  });

  it('is silent after too few letters, in texts and in directives', async () => {
    expect(await typed('\tbp')).toEqual([]);
    expect(await typed('#include bpf_iter')).toEqual([]);
    expect(await typed('\tprint("bpf_iter')).toEqual([]);
  });

  it('says of an argument what the verifier wants', async () => {
    const at = lineOf('bpf_copy_from_user(');
    const help = await editor.signature(document, at, document.lineAt(at).text.indexOf(',') + 1);
    expect(help?.signatures[0]?.label).toBe('long bpf_copy_from_user(void *dst, u32 size, const void *user_ptr)');
    expect(help?.activeParameter).toBe(1);
    expect(help?.signatures[0]?.parameters[1]?.documentation.value).toMatch(/^`size`: size of the memory before/);
    expect(await editor.signature(document, 0, 0)).toBeUndefined();
  });
});

describe('how a source is compiled', () => {
  it('is in the status, in a sentence', () => {
    expect(editor.statusItems.get(STATUS_ITEMS.compiled)?.text).toMatch(/^BPF: compiled by Makefile/);
  });

  it('is listed: by what, what was not used and why, what was found', async () => {
    editor.pick = () => undefined;
    await editor.run(commandId('howCompiled'));
    const [list] = editor.lists;
    expect(list!.title).toBe('How is vma_walk.bpf.c compiled?');
    expect(list!.entries.map((e) => e.label)).toEqual(
      expect.arrayContaining([
        '$(check) Arguments',
        '$(circle-slash) compile_commands.json',
        '$(folder) Folder',
        '$(symbol-structure) vmlinux.h',
      ]),
    );
    expect(list!.entries.find((e) => e.label.includes('circle-slash'))?.detail).toBe('it does not name this file');
  });

  it('can be copied, kept in settings, looked for again', async () => {
    const choose = async (label: string): Promise<void> => {
      editor.pick = (entries) => entries.find((e) => e.label.endsWith(label));
      await editor.run(commandId('howCompiled'));
      await running.settled();
    };
    await choose('Copy command');
    expect(editor.clipboard).toBe(`/usr/bin/clang -g '-DNAME=a b' < ${file}`);
    await choose('Keep in settings');
    expect(editor.settings.get(settingId('clang.args'))).toEqual(['-I${workspaceFolder}/include', '-DMORE']);
    const asked = compiler.asked.length;
    await choose('Look again');
    expect(compiler.forgotten).toEqual(['/w']);
    await expect.poll(() => compiler.asked.length).toBeGreaterThan(asked);
    await running.settled();
    await choose('Settings');
    expect(editor.ran.map(([id]) => id)).toEqual(['workbench.action.openSettings']);
  });

  it('is asked only of a source', async () => {
    await editor.run(commandId('howCompiled'), Uri.file('/w/a.o'));
    await editor.run(commandId('chooseBuild'), Uri.file('/w/a.o'));
    expect(editor.shown).toEqual(['Open a BPF source to see how it is compiled.', 'Open a BPF source to choose how it is compiled.']);
  });

  it('can be chosen: a build, our own arguments, or typed ones', async () => {
    const question = { tool: 'make', file: '/w/Makefile', folder: '/w', source: file, targets: [] } as const;
    compiler.ways = {
      builds: [{ kind: 'make', file: '/w/Makefile', line: 3, args: ['-DX'], exact: true }],
      questions: [question],
      choice: null,
    };
    const choose = async (label: RegExp): Promise<void> => {
      editor.pick = (entries) => entries.find((e) => label.test(e.label));
      await editor.run(commandId('chooseBuild'));
      await running.settled();
    };
    await choose(/Makefile/);
    await choose(/Our own arguments/);
    editor.answer = () => '-Iinclude "-DTEXT=a b"';
    await choose(/Type arguments/);
    await choose(/As it is found/);
    expect(compiler.chosen).toEqual([
      { kind: 'build', of: 'make', file: '/w/Makefile', line: 3 },
      { kind: 'ours' },
      { kind: 'typed', args: ['-Iinclude', '-DTEXT=a b'] },
      null,
    ]);
    await choose(/Ask make/);
    expect([compiler.questions.length, editor.shown]).toEqual([1, ['make is not there. Nothing was changed.']]);
    compiler.answer = { kind: 'answered', build: { tool: 'make', file: '/w/Makefile', commands: [] } };
    const asked = compiler.asked.length;
    await editor.run(commandId('askBuild'));
    await expect.poll(() => compiler.asked.length).toBeGreaterThan(asked);
    await running.settled();
  });

  it('asks no build where nobody trusts the workspace, or none is there', async () => {
    editor.trusted = false;
    await editor.run(commandId('askBuild'));
    editor.trusted = true;
    compiler.ways = { ...compiler.ways, questions: [] };
    await editor.run(commandId('askBuild'));
    expect(editor.shown).toEqual([
      'A build is asked only in a workspace that is trusted.',
      'No Makefile and no build.ninja lies above vma_walk.bpf.c in its project.',
    ]);
  });

  it('says which header is missing and what makes it, with a fix that runs that', async () => {
    const object = compiler.results.get(file)!;
    compiler.how = {
      ...compiler.how!,
      missing: { name: 'gen.h', includer: file, line: 2, madeBy: { file: '/w/Makefile', line: 9, target: 'gen.h' } },
    };
    const at = { file, line: 2, column: 1, severity: 'error', message: "'gen.h' file not found" } as const;
    compiler.results.set(file, { kind: 'failed', diagnostics: [at], output: '', reason: 'x' });
    running.host.store.recompile(document.uri as never);
    await running.settled();
    expect(editor.statusItems.get(STATUS_ITEMS.compiled)).toMatchObject({ detail: 'gen.h is not found', severity: 1 });
    const fixes = await editor.fixes(document, 1);
    expect(fixes.map((f) => f.title)).toEqual([
      'Open Makefile:9, which makes gen.h',
      'Run make gen.h in a terminal',
      'How is this file compiled?',
    ]);
    await editor.run(fixes[1]!.command!.command, ...(fixes[1]!.command!.arguments ?? []));
    await editor.run(commandId('runMake'), '/w', '-f evil');
    expect(editor.terminals).toEqual(['/w$ make gen.h (make gen.h)']);
    compiler.results.set(file, object);
    compiler.how = { ...compiler.how, missing: null };
    running.host.store.recompile(document.uri as never);
    await running.settled();
  });
});

describe('the kernel', () => {
  it('is in the status, and chosen of those that are known', async () => {
    expect(editor.statusItems.get(STATUS_ITEMS.kernel)?.text).toBe('BPF: as Linux 7.3');
    editor.pick = (entries) => entries.find((e) => e.label === 'Linux 6.12');
    await editor.run(commandId('selectKernel'));
    expect(editor.lists[0]!.entries.map((e) => e.description)).toContainEqual(expect.stringMatching(/^7\.3\.4 \(in force\)$/));
    expect(editor.settings.get(settingId('kernel'))).toBe('6.12');
    expect(editor.statusItems.get(STATUS_ITEMS.kernel)?.text).toBe('BPF: as Linux 6.12');
    await editor.run(commandId('selectKernel'), '7.3');
    expect(editor.settings.get(settingId('kernel'))).toBe('');
  });

  it('can be a folder', async () => {
    editor.pick = (entries) => entries.find((e) => e.label === 'A folder…');
    await editor.run(commandId('selectKernel'));
    expect(editor.settings.get(settingId('kernel'))).toBe('');
    editor.chosenFile = Uri.file('/kernels/mine');
    await editor.run(commandId('selectKernel'));
    expect(editor.statusItems.get(STATUS_ITEMS.kernel)?.text).toBe('BPF: as /kernels/mine');
    await editor.run(commandId('selectKernel'), '');
    await running.settled();
  });

  it('that programs have to load on too is in Problems', async () => {
    editor.set(settingId('kernels'), ['6.12']);
    expect(editor.statusItems.get(STATUS_ITEMS.kernel)?.detail).toBe('has to load on 6.12');
    await expect.poll(() => editor.diagnostics(file).map((d) => d.source)).toContain('bpf 6.12');
    editor.set(settingId('kernels'), []);
    await expect.poll(() => editor.diagnostics(file).map((d) => d.source)).not.toContain('bpf 6.12');
    await running.settled();
  });
});

describe('a policy file', () => {
  const text = '{\n  "id": "mine",\n  "title": "Mine",\n  "extends": "linux-7.3"\n}';

  it('is offered as a policy as soon as it is there, in the tree and as a value of the setting', async () => {
    editor.files.set(POLICY, text);
    editor.disk('created', POLICY);
    await expect.poll(() => editor.tree(VIEWS.policies.id)).toContain('nmi.bpf-policy.json  Mine');
    editor.files.set('/w/settings.json', `{\n  "${settingId('policy')}": "x"\n}`);
    const settings = editor.open('/w/settings.json', 'jsonc');
    const at = settings.lineAt(1).text.length - 1;
    expect((await editor.completions(settings, 1, at)).map((i) => [i.label, i.detail])).toEqual([['"nmi.bpf-policy.json"', 'Mine']]);
    expect(await editor.completions(settings, 0, 0)).toEqual([]);
    editor.show(document);
  });

  it('is used by a click in the tree', async () => {
    await editor.run(commandId('usePolicy'), 'nmi.bpf-policy.json');
    await running.settled();
    expect(running.host.store.get(document.uri as never)).toMatchObject({ policy: 'nmi.bpf-policy.json', result: { policy: 'mine' } });
  });

  it('that changes has everything under it verified anew, and says what is wrong with it in its own lines', async () => {
    editor.files.set(POLICY, text.replace('"Mine",', '"Mine",\n  "clases": [],'));
    editor.disk('changed', POLICY);
    await running.settled();
    expect(editor.problems(POLICY)).toEqual([expect.stringMatching(/^4: unknown key; known: /)]);
    expect(editor.diagnostics(POLICY)[0]!.source).toBe('bpf policy');
    expect(editor.statusItems.get(STATUS_ITEMS.verdict)?.severity).toBe(1);
    editor.files.set(POLICY, text);
    editor.disk('changed', POLICY);
    await expect.poll(() => editor.problems(POLICY)).toEqual([]);
    await running.settled();
    expect(running.host.store.get(document.uri as never)?.error).toBeNull();
  });

  it('that is not there any more is missed by name', async () => {
    editor.files.delete(POLICY);
    editor.disk('deleted', POLICY);
    await running.settled();
    expect(editor.problems(file)[0]).toMatch(/^1: There is no policy nmi\.bpf-policy\.json/);
    await editor.run(commandId('usePolicy'), { uri: document.uri.toString(), program: '', policy: 'linux-7.3' });
    await running.settled();
    expect(running.host.store.get(document.uri as never)?.error).toBeNull();
  });
});

describe('a function that only another policy has', () => {
  it('is offered with that policy: over the program and as quick fixes', async () => {
    const walk = addProgram('examples/vma_nosleep.bpf.c');
    const other = editor.open(walk);
    await running.settled();
    const titles = (await editor.lenses(other)).map((l) => l.command?.title);
    expect(titles).toContainEqual(expect.stringMatching(/^exists under [\w-]+: use it$/));
    const refused = editor.diagnostics(walk)[0]!.range.start.line;
    expect((await editor.fixes(other, refused)).map((f) => f.title)).toContainEqual(expect.stringMatching(/exists under [\w-]+: use it$/));
    editor.close(other);
    editor.show(document);
  });
});

describe('pages of problems', () => {
  it('are opened by their code, or chosen of a list', async () => {
    await editor.run(commandId('showProblem'), 'reference-leak');
    editor.pick = (entries) => entries.find((e) => e.label === 'null-not-checked');
    await editor.run(commandId('showProblem'), 'no such code');
    await expect
      .poll(() => editor.ran.map((r) => (r[1] as Uri).path.split('/').pop()))
      .toEqual(['reference-leak.md', 'null-not-checked.md']);
  });
});

describe('the sample', () => {
  it('is a copy of the user’s own, beside its graph', async () => {
    for (const name of ['first_look.bpf.c', 'bpf_example.h']) {
      const { path } = Uri.joinPath(running.host.context.extensionUri as never, 'examples', name);
      editor.files.set(path, 'SEC("tc") int f(void) {}');
    }
    await editor.run(commandId('openSample'));
    expect(editor.active!.document.uri.path).toBe('/storage/sample-1.0.0/first_look.bpf.c');
    expect(editor.panels).toHaveLength(1);
    await running.settled();
    editor.panels[0]!.dispose();
    editor.close(editor.active!.document);
  });
});

describe('a command without a file in front', () => {
  it('asks which program is meant', async () => {
    editor.close(document);
    editor.tabs.length = 0;
    editor.activeTab = undefined;
    editor.pick = () => undefined;
    await editor.run(commandId('showVerdict'));
    expect(editor.lists[0]).toMatchObject({ title: 'BPF programs of this workspace' });
    expect(editor.lists[0]!.entries.map((e) => e.label)).toContain('w/vma_walk.bpf.c'.replace('w/', ''));
    await editor.run(commandId('setConstant'));
    await editor.run(commandId('chooseFiles'));
    expect(editor.shown.at(-1)).toBe('Open a BPF source or object to choose the files of its program.');
  });
});
