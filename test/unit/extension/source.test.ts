// SPDX-License-Identifier: GPL-2.0-only
/** A BPF source in the editor: what a person sees of it from its opening to its closing. The whole extension runs, with its own verifier. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { commandId } from '../../../src/contributions/commands';
import { CONTEXT_KEYS } from '../../../src/contributions/names';
import { settingId, type SettingName } from '../../../src/contributions/settings';
import { STATUS_ITEMS, VIEWS } from '../../../src/contributions/views';
import { ANSWERS } from '../../media/five';
import { addProgram, compiler, type Running, startExtension } from '../../support/extension';
import { thread } from '../../support/thread';
import { editor, type TextDocument } from '../../support/vscode';

let running: Running;
let file: string;
let document: TextDocument;

/** A line of five.bpf.c (0-based), by what stands in it. */
function lineOf(text: string): number {
  return document
    .getText()
    .split('\n')
    .findIndex((line) => line.includes(text));
}

beforeAll(async () => {
  editor.reset();
  editor.folder = '/w';
  file = addProgram('test/media/five.bpf.c');
  running = await startExtension();
  document = editor.open(file);
  await running.settled();
});
afterAll(() => running.dispose());

describe('a source that was opened', () => {
  it('has each refusal in Problems, with its steps', () => {
    expect(editor.problems(file)).toEqual(ANSWERS.map((a) => `${a.line}: ${a.problem}`.replace(/^42:/, '37:')));
    const [leak] = editor.diagnostics(file);
    expect([leak!.source, (leak!.code as { value: string }).value]).toEqual(['bpf linux-7.3', 'reference-leak']);
    expect(leak!.relatedInformation.map((r) => `${r.location.range.start.line + 1}: ${r.message}`)).toEqual([
      '33: 1 bpf_task_from_pid() acquires the reference to task_struct',
      '37: 2 this branch skips the release of line 40',
      '37: 3 the program returns with it still held',
    ]);
  });

  it('has a line over each program, with the ways on from there', async () => {
    const lenses = await editor.lenses(document);
    const over = (name: string): (string | undefined)[] =>
      lenses.filter((l) => l.range.start.line === lineOf(`int ${name}(`) - 1).map((l) => l.command?.title);
    expect(over('leak')).toEqual([
      '$(error) rejected: line 37: p is not released on one path',
      'Show path',
      'Show graph',
      'Follow',
      'Disassembly',
    ]);
    // nothing is held in it, so there is nothing to follow
    expect(over('unchecked')).not.toContain('Follow');
  });

  it('says on a refused line why, what led to it, what makes it right, and what the call is', async () => {
    const hover = await editor.hover(document, lineOf('bpf_copy_from_user'), 3);
    expect(hover.map((part) => part.split('\n')[0])).toEqual([
      expect.stringContaining('may sleep inside the RCU read section'),
      '$(bpf-rejected) **Rejected here.**',
      '**`bpf_copy_from_user()`** helper 148 · `might_sleep`',
    ]);
    expect(hover[0]).toContain('sleepable helper bpf_copy_from_user#148 in rcu_read_lock region');
    expect(hover[0]).toContain('Move bpf\\_copy\\_from\\_user() out of the RCU read section');
    expect(hover[1]).toMatch(/\| R 1 \| RCU read section \| \[2 \(line 63\)\]\(command:bpfContext\.openPlace\?.*\| sleeping and faults \|/);
    expect(hover[2]).toContain('Here: `r1` `fp-8` · `r2` `8` · `r3` `8`');
  });

  it('says of the fields on a line which kernels have them', async () => {
    const hover = await editor.hover(document, lineOf('last = p->tgid'), 10);
    expect(hover.at(-1)).toBe('Of the known kernels: `task_struct.tgid` is in all of 6.1, 6.12, 6.18, 7.3.');
  });

  it('says what a section name means, and nothing on an empty line', async () => {
    expect(await editor.hover(document, lineOf('SEC("tc")'), 6)).toEqual([
      expect.stringMatching(/^`SEC\("tc"\)`: a `sched_cls` program that /),
    ]);
    expect(await editor.hover(document, lineOf('u64 last;'))).toEqual([]);
  });

  it('has what is held behind lines that change it, when the setting says so', async () => {
    expect(await editor.hints(document)).toEqual([]);
    editor.set(settingId('inlayHints'), true);
    expect(await editor.hints(document)).toEqual(['33: holds #2', '40: holds nothing', '63: holds R 1']);
  });

  it('has no lenses where the setting says so', async () => {
    editor.set(settingId('codeLens'), false);
    expect(await editor.lenses(document)).toEqual([]);
    editor.set(settingId('codeLens'), true);
  });

  it('is counted in the status, the tree and the output', async () => {
    expect(editor.statusItems.get(STATUS_ITEMS.verdict)).toMatchObject({
      text: 'BPF: 0 of 5 accepted',
      detail: 'Linux 7.3.4 · policy linux-7.3',
    });
    expect((await editor.tree(VIEWS.programs.id)).slice(0, 2)).toEqual([
      'five.bpf.c  0 of 5',
      '  leak  line 37: p is not released on one path',
    ]);
    expect(editor.output).toEqual([
      expect.stringMatching(/^five\.bpf\.c: compiled in \d+ ms, loaded in \d+ ms(, verified in \d+ ms)?: 5 rejected$/),
    ]);
    expect(editor.context.get(CONTEXT_KEYS.verified)).toBe(true);
    expect(editor.context.get(CONTEXT_KEYS.verifying)).toBe(false);
  });

  it('has marks in its gutter and ruler, unless the setting says otherwise', async () => {
    const marked = (): number[] => {
      const lines = [...editor.active!.decorations.values()].flatMap((ranges) => ranges.map((r) => r.start.line + 1));
      return [...new Set(lines)].sort((a, b) => a - b);
    };
    await expect.poll(marked).toEqual([33, 34, 35, 36, 37, 38, 39, 40, 42, 55, 63, 64, 76, 83]);
    editor.set(settingId('gutter'), false);
    await expect.poll(marked).toEqual([]);
    const asked = compiler.asked.length;
    editor.set(settingId('gutter'), true);
    await expect.poll(marked).toContain(55);
    // after a pause in which nothing else is set, files are verified anew, once
    await expect.poll(() => compiler.asked.length).toBe(asked + 1);
    await running.settled();
  });

  it('has in the side bar what is held where the cursor is', async () => {
    editor.cursor(lineOf('bpf_copy_from_user'), 3);
    await expect
      .poll(() => editor.tree(VIEWS.held.id))
      .toEqual([
        'Must not sleep here  RCU read section entered at 2 (line 63)',
        'R 1  RCU read section  entered at line 63',
        '  entered at line 63  instruction 2',
        '  forbids sleeping and faults',
      ]);
    editor.cursor(lineOf('if (p->pid == last)'));
    await expect
      .poll(async () => (await editor.tree(VIEWS.held.id)).slice(2))
      // a reference that is still held at the end is a leak, but no call is forbidden meanwhile
      .toEqual(['  acquired at line 33  instruction 1', '  forbids nothing', '  released at line 40  instruction 15']);
    editor.cursor(0);
    await expect.poll(() => editor.tree(VIEWS.held.id)).toEqual([]);
  });
});

/** Changes a setting; what is open is verified anew for it, after a pause. */
async function change(name: SettingName, value: unknown): Promise<void> {
  const asked = compiler.asked.length;
  editor.set(settingId(name), value);
  await vi.waitFor(() => expect(compiler.asked.length).toBe(asked + 1), { timeout: 180_000, interval: 5 });
  await running.settled();
}

describe('a source that is typed in', () => {
  it('is verified after a pause, without being saved; until then Problems keeps what it has', async () => {
    const before = document.getText();
    const asked = compiler.asked.length;
    editor.type(document, `${before}// typed\n`);
    expect(editor.problems(file)).toHaveLength(5);
    await expect.poll(() => compiler.asked.length).toBe(asked + 1);
    await running.settled();
    expect(compiler.asked.at(-1)!.text).toBe(`${before}// typed\n`);
    expect([document.isDirty, editor.problems(file).length]).toEqual([true, 5]);
  });
});

describe('a source that is edited, while only saving counts', () => {
  beforeAll(() => change('verify', 'onOpen'));

  it('is stale until its text is again what was verified', async () => {
    const before = document.getText();
    editor.type(document, `${before}\n`);
    await running.settled();
    expect(editor.problems(file)).toEqual([]);
    expect(editor.statusItems.get(STATUS_ITEMS.verdict)?.text).toBe('BPF: 0 of 5 accepted, stale');
    expect((await editor.lenses(document))[0]?.command?.title).toMatch(/ \(before your edits\)$/);
    expect(await editor.hover(document, lineOf('*v += 1'))).toEqual([]);
    editor.type(document, before);
    await running.settled();
    expect(editor.problems(file)).toHaveLength(5);
  });

  it('is compiled and verified anew when it is saved, as it stands in the editor', async () => {
    const asked = compiler.asked.length;
    editor.type(document, `${document.getText()}// more\n`);
    await editor.save(document);
    await running.settled();
    expect(compiler.asked.slice(asked).map((request) => request.text.endsWith('// more\n'))).toEqual([true]);
    expect(editor.problems(file)).toHaveLength(5);
  });

  it('that does not compile says so in its line, and keeps the last result, as old', async () => {
    const object = compiler.results.get(file)!;
    compiler.results.set(file, {
      kind: 'failed',
      diagnostics: [
        { file, line: 33, column: 2, severity: 'error', message: "unknown type name 'task'", length: 4 },
        { file: '/usr/include/a.h', line: 1, column: 1, severity: 'warning', message: 'a header' },
      ],
      output: '',
      reason: 'clang failed',
    });
    editor.type(document, `${document.getText()}// less\n`);
    await editor.save(document);
    await running.settled();
    expect(editor.problems(file)).toEqual(["33: unknown type name 'task'"]);
    expect(editor.diagnostics(file)[0]!.source).toBe('clang');
    expect((await editor.tree(VIEWS.programs.id))[0]).toBe('five.bpf.c  0 of 5, stale');
    expect((await editor.fixes(document, 32)).map((fix) => fix.title)).toEqual(['How is this file compiled?']);
    await editor.run(commandId('goToError'));
    expect([editor.active!.selection.active.line, editor.statusBar.at(-1)]).toEqual([32, "unknown type name 'task'"]);
    compiler.results.set(file, object);
    await editor.save(document);
    await running.settled();
    expect(editor.problems(file)).toHaveLength(5);
  });
});

describe('a run', () => {
  // nothing else is to ask the worker meanwhile
  beforeAll(() => change('gutter', false));

  it('that is cancelled changes nothing', async () => {
    thread.hold();
    const verifying = editor.run(commandId('verify'));
    await expect.poll(() => editor.statusItems.get(STATUS_ITEMS.verdict)).toMatchObject({ text: 'BPF: verifying', busy: true });
    expect(editor.context.get(CONTEXT_KEYS.verifying)).toBe(true);
    expect(editor.progress.map((p) => p.title)).toEqual(['Verifying BPF programs']);
    editor.progress[0]!.cancel();
    await verifying;
    thread.go();
    await running.settled();
    expect(editor.progress).toEqual([]);
    expect(editor.statusItems.get(STATUS_ITEMS.verdict)).toMatchObject({ text: 'BPF: 0 of 5 accepted', busy: false });
  });

  it('stops an older one, which ends with what the newer one found', async () => {
    thread.hold();
    const analysed = thread.count('analyze');
    const [older, newer] = [running.host.store.run(document.uri as never), running.host.store.run(document.uri as never)];
    await expect.poll(() => thread.waiting.length).toBeGreaterThan(0);
    thread.go();
    expect(await older).toBe(await newer);
    expect(thread.count('analyze') - analysed).toBe(1);
  });

  it('whose worker dies without memory says how much it may have; what was known stays, as old', async () => {
    // a worker that others had used is not to blame at once: a fresh one is asked again
    thread.hold();
    void running.host.store.run(document.uri as never);
    for (let deaths = 0; deaths < 2; deaths++) {
      await expect.poll(() => thread.waiting.length).toBe(1);
      thread.die(Object.assign(new Error('out of memory'), { code: 'ERR_WORKER_OUT_OF_MEMORY' }));
    }
    thread.go();
    await running.settled();
    const [problem] = editor.problems(file);
    expect(problem).toContain('1: five.bpf.o needs more than 4096 MB');
    expect(problem).toContain(settingId('memory'));
    expect(editor.statusItems.get(STATUS_ITEMS.verdict)?.text).toBe('BPF: 0 of 5 accepted, stale');
    // what the dead worker kept is made again for who asks
    expect(await editor.hover(document, lineOf('*v += 1'))).toEqual([
      expect.stringContaining('what follows is from the last good result'),
      expect.anything(),
      expect.anything(),
    ]);
    await editor.run(commandId('verify'));
    await running.settled();
    expect(editor.problems(file)).toHaveLength(5);
  });
});

describe('a file', () => {
  it('that is deleted is told of as gone, and verified when it comes back', async () => {
    const text = editor.files.get(file)!;
    editor.files.delete(file);
    editor.disk('deleted', file);
    await expect.poll(() => editor.statusItems.get(STATUS_ITEMS.verdict)?.text).toBe('BPF: five.bpf.c is not there any more');
    expect(editor.problems(file)).toEqual([]);
    editor.files.set(file, text);
    editor.disk('created', file);
    await expect.poll(() => editor.problems(file).length).toBe(5);
  });

  it('that is closed is forgotten', async () => {
    editor.close(document);
    await running.settled();
    expect(editor.problems(file)).toEqual([]);
    expect(await editor.tree(VIEWS.programs.id)).toEqual(['five.bpf.c  not verified']);
    expect(running.host.store.all()).toEqual([]);
  });

  it('in a workspace that is not trusted is not compiled, until it is', async () => {
    editor.trusted = false;
    const asked = compiler.asked.length;
    document = editor.open(file);
    await running.settled();
    expect(editor.problems(file)).toEqual([expect.stringMatching(/^1: This workspace is not trusted\n.*would be compiled with clang/)]);
    expect(compiler.asked.length).toBe(asked);
    editor.trust();
    await expect.poll(() => editor.problems(file).length).toBe(5);
  });

  it('is not verified when it is opened if the setting wants that only on command', async () => {
    editor.close(document);
    editor.set(settingId('verify'), 'manual');
    document = editor.open(file);
    await running.settled();
    expect(editor.statusItems.get(STATUS_ITEMS.verdict)?.text).toBe('BPF: not verified');
    await editor.run(commandId('verify'));
    await running.settled();
    expect(editor.problems(file)).toHaveLength(5);
  });
});
