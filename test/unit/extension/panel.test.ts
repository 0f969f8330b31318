// SPDX-License-Identifier: GPL-2.0-only
/** The panel of a file: what its page asks for and what it is sent, and what passes between graph, C and disassembly. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandId } from '../../../src/contributions/commands';
import { CONTEXT_KEYS } from '../../../src/contributions/names';
import { settingId } from '../../../src/contributions/settings';
import type { ContextGraph } from '../../../src/protocol/graph';
import type { ToWebview } from '../../../src/protocol/messages';
import { parseToWebview } from '../../../src/protocol/messages';
import { addProgram, compiler, type Running, startExtension } from '../../support/extension';
import { thread } from '../../support/thread';
import { editor, type TextDocument, Uri, WebviewPanel } from '../../support/vscode';

let running: Running;
let file: string;
let document: TextDocument;
let panel: WebviewPanel;
let graph: ContextGraph;
/** Messages before the page was ready. */
let early: number;

/** What a page was sent of one kind, as it reads it. */
function sent<T extends ToWebview['type']>(type: T, from = panel): Extract<ToWebview, { type: T }>[] {
  return from.sent.map(parseToWebview).filter((m): m is Extract<ToWebview, { type: T }> => m?.type === type);
}
/** The picture that a page has by all changes that it was sent. */
function picture(from = panel): Extract<ToWebview, { type: 'state' }>['change'] {
  return Object.assign({}, ...sent('state', from).map((m) => m.change)) as Extract<ToWebview, { type: 'state' }>['change'];
}
/** The page says something; what it was sent before is forgotten. */
async function says(message: object): Promise<void> {
  panel.sent.length = 0;
  panel.says(message);
  await running.settled();
}

beforeAll(async () => {
  editor.reset();
  editor.folder = '/w';
  file = addProgram('examples/first_look.bpf.c');
  editor.files.set('/w/broken.bpf-policy.json', '{"id": "broken", "clases": []}');
  running = await startExtension();
  document = editor.open(file);
  await running.settled();
  await editor.run(commandId('showGraph'));
  panel = editor.panels[0]!;
  early = panel.sent.length;
  await says({ type: 'ready' });
  graph = picture().detail!.graph;
});
afterAll(() => running.dispose());

describe('a panel', () => {
  it('is a page that may run our script alone, and is sent nothing before it says that it is ready', () => {
    expect(panel.webview.html).toMatch(/default-src 'none'; script-src 'nonce-[\w+/=]+'/);
    expect(panel.webview.html).toContain('data-remembered="{&#34;uri&#34;:&#34;file:///w/first_look.bpf.c&#34;');
    expect(early).toBe(0);
    expect(panel.title).toBe('Context: copy_while_held');
    expect(picture()).toMatchObject({
      file: 'first_look.bpf.c',
      folder: '/w',
      policy: 'linux-7.3',
      program: 'copy_while_held',
      stale: null,
      error: null,
    });
    expect(picture().programs?.map((p) => [p.program, p.verdict])).toEqual([
      ['copy_while_held', 'accept'],
      ['release_then_copy', 'accept'],
    ]);
    expect(picture().detail?.graph.program).toBe('copy_while_held');
    expect(picture().policies?.at(-1)).toMatchObject({
      id: 'broken.bpf-policy.json',
      description: expect.stringMatching(/^This file has errors: /),
    });
  });

  it('takes nothing that is no message', async () => {
    await says({ type: 'selectProgram', program: 7 });
    await says(['ready']);
    await says({ type: 'no such thing' });
    expect(panel.sent).toEqual([]);
  });

  it('is sent the graph of another program when that is chosen, and not what it has already', async () => {
    await says({ type: 'selectProgram', program: 'release_then_copy' });
    expect(panel.title).toBe('Context: release_then_copy');
    expect(sent('state')).toHaveLength(1);
    expect(Object.keys(sent('state')[0]!.change).sort()).toEqual(['detail', 'program']);
    await says({ type: 'selectProgram', program: 'copy_while_held' });
    expect(picture().detail?.graph.program).toBe('copy_while_held');
  });

  it('answers questions about instructions, states and resources by their id', async () => {
    await says({ type: 'ask', id: 1, ask: { name: 'states', program: 'copy_while_held', insn: 0 } });
    expect(sent('reply')).toMatchObject([{ id: 1, answer: { name: 'states', value: { insn: 0, total: 1 } } }]);
    await says({ type: 'ask', id: 2, ask: { name: 'path', program: 'copy_while_held', insn: 5, state: 0 } });
    expect(sent('reply')).toMatchObject([{ id: 2, answer: { name: 'path', value: { insns: [0, 1, 2, 3, 4, 5], rejected: false } } }]);
    await says({ type: 'ask', id: 3, ask: { name: 'rejection', program: 'copy_while_held' } });
    expect(sent('refusal')).toEqual([{ type: 'refusal', id: 3, reason: 'gone' }]);
    await says({ type: 'ask', id: 4, ask: { name: 'origin', program: 'copy_while_held', insn: 5, state: 0, register: 1 } });
    expect(sent('reply').map((m) => [m.id, m.answer.name])).toEqual([[4, 'origin']]);
    const held = graph.nodes.flatMap((n) => n.instructions).find((i) => i.held.length > 0)!.held[0]!;
    await says({ type: 'ask', id: 5, ask: { name: 'follow', program: 'copy_while_held', key: held.key } });
    expect(sent('reply').map((m) => [m.id, m.answer.name])).toEqual([[5, 'follow']]);
  });

  it('whose question is wanted no more says so', async () => {
    thread.hold();
    panel.sent.length = 0;
    panel.says({ type: 'ask', id: 9, ask: { name: 'states', program: 'copy_while_held', insn: 1 } });
    panel.says({ type: 'unask', id: 9 });
    thread.go();
    await running.settled();
    expect(sent('refusal')).toEqual([{ type: 'refusal', id: 9, reason: 'cancelled' }]);
  });

  it('says which of the keys work, as the setting says', async () => {
    panel.sent.length = 0;
    editor.set(settingId('singleKeys'), false);
    await expect.poll(() => picture().singleKeys).toBe(false);
    await running.settled();
  });
});

describe('an instruction that is selected in the graph', () => {
  const lineOf = (insn: number): number => graph.nodes.flatMap((n) => n.instructions).find((i) => i.index === insn)!.source!.line - 1;
  const marked = (): number[] =>
    [...editor.active!.decorations]
      .filter(([type]) => 'borderWidth' in type.options)
      .flatMap(([, ranges]) => ranges.map((r) => r.start.line));

  it('is marked and shown in C', async () => {
    await says({ type: 'selected', program: 'copy_while_held', insn: 0 });
    expect(marked()).toEqual([lineOf(0)]);
    expect(editor.active!.revealed?.start.line).toBe(lineOf(0));
    await says({ type: 'selected', program: 'copy_while_held', insn: null });
    expect(marked()).toEqual([]);
  });

  it('opens its line when that is wanted', async () => {
    await says({ type: 'openSource', place: { file: './first_look.bpf.c', line: 24, column: 3, text: '' }, preserveFocus: true });
    expect([editor.active!.document.uri.path, editor.active!.selection.active.line]).toEqual([file, 23]);
    await says({ type: 'openSource', place: { file: '../../etc/passwd', line: 1, column: 0, text: '' }, preserveFocus: true });
    expect(editor.statusBar).toEqual(['../../etc/passwd was not found']);
  });

  /** The picture of a decoration in the gutter. */
  const svgOf = (options: Readonly<Record<string, unknown>>): string => {
    const { gutterIconPath } = (options['light'] ?? {}) as { gutterIconPath?: Uri };
    return gutterIconPath === undefined ? '' : atob(gutterIconPath.path.split(',').pop()!);
  };

  it('has its number in the gutter where a path is shown', async () => {
    const numbered = (): number[] =>
      [...editor.active!.decorations]
        .filter(([type]) => svgOf(type.options).includes('>1<'))
        .flatMap(([, ranges]) => ranges.map((r) => r.start.line));
    await says({ type: 'steps', program: 'copy_while_held', steps: [{ insn: 0, number: 1 }] });
    await expect.poll(numbered).toEqual([lineOf(0)]);
    await says({ type: 'steps', program: 'copy_while_held', steps: [] });
    await expect.poll(numbered).toEqual([]);
  });
});

describe('the cursor in C', () => {
  it('is followed by the graph, but not right after a click in it', async () => {
    const { now } = Date;
    try {
      Date.now = () => now() + 10_000;
      panel.sent.length = 0;
      editor.show(document);
      editor.cursor(20);
      await running.settled();
      expect(sent('highlight')).toEqual([
        {
          type: 'highlight',
          insns: graph.nodes
            .flatMap((n) => n.instructions)
            .filter((i) => i.source?.line === 21)
            .map((i) => i.index)
            .sort((a, b) => a - b),
        },
      ]);
      await says({ type: 'selected', program: 'copy_while_held', insn: 0 });
      panel.sent.length = 0;
      editor.cursor(21);
      await running.settled();
      expect(sent('highlight')).toEqual([]);
    } finally {
      Date.now = now;
    }
  });
});

describe('what a page asks of the editor', () => {
  it('is done there', async () => {
    await says({ type: 'openFile' });
    await says({ type: 'openTimeLimit' });
    await says({ type: 'openProblem', code: 'reference-leak' });
    await says({ type: 'copy', text: 'a picture' });
    expect(editor.ran.map((r) => r.slice(0, 2))).toEqual([
      ['workbench.action.files.openFile'],
      ['workbench.action.openSettings', settingId('timeout')],
      ['markdown.showPreview', expect.objectContaining({ path: expect.stringMatching(/docs\/problems\/reference-leak\.md$/) })],
    ]);
    expect(editor.clipboard).toBe('a picture');
    await says({ type: 'leave' });
    expect(editor.active!.document).toBe(document);
  });
});

describe('a comparison', () => {
  it('is made when another policy is named, and ends with none', async () => {
    await says({ type: 'compareWith', policy: 'forbid-fault' });
    const compare = picture().compare!;
    expect(compare).toMatchObject({ policy: 'forbid-fault', busy: false, problem: '' });
    expect(compare.programs.map((p) => [p.program, p.a.verdict, p.b.verdict])).toEqual([
      ['copy_while_held', 'reject', 'accept'],
      ['release_then_copy', 'accept', 'accept'],
    ]);
    expect(compare.comparison).not.toBeNull();
    await says({ type: 'compareWith', policy: 'no such policy' });
    expect(panel.sent).toEqual([]);
    await says({ type: 'compareWith', policy: '' });
    expect(picture()).toEqual({ compare: null });
  });

  it('with a policy file that has errors says what is wrong with it', async () => {
    await says({ type: 'compareWith', policy: 'broken.bpf-policy.json' });
    expect(picture().compare?.problem).toMatch(/broken\.bpf-policy\.json/);
    await says({ type: 'compareWith', policy: '' });
  });

  it('is asked for by command too, in a list without the policy in force', async () => {
    editor.pick = (entries) => entries.find((e) => e.label === 'forbid-sleep');
    await editor.run(commandId('compareWith'), { uri: document.uri.toString(), program: 'copy_while_held' });
    await running.settled();
    expect(editor.lists.at(-1)!.title).toBe('Compare linux-7.3 with');
    expect(editor.lists.at(-1)!.entries.map((e) => e.label)).not.toContain('linux-7.3');
    expect(picture().compare?.policy).toBe('forbid-sleep');
    await says({ type: 'compareWith', policy: '' });
  });
});

describe('another policy', () => {
  it('chosen in the page holds for the file, in all views', async () => {
    await says({ type: 'selectPolicy', policy: 'forbid-fault' });
    expect(picture()).toMatchObject({ policy: 'forbid-fault' });
    expect(picture().programs?.map((p) => p.verdict)).toEqual(['reject', 'accept']);
    expect(editor.problems(file)).toEqual([
      expect.stringMatching(/^28: bpf_copy_from_user\(\) may sleep while the reference to vm_area_struct is held: line 22/),
    ]);
    await says({ type: 'selectPolicy', policy: 'no such policy' });
    expect(panel.sent).toEqual([]);
  });

  it('chosen by command can be what the setting says again', async () => {
    editor.pick = (entries) => entries.find((e) => e.label === 'as the setting says');
    await editor.run(commandId('selectPolicy'));
    await running.settled();
    expect(editor.lists.at(-1)).toMatchObject({ title: 'Context policy for first_look.bpf.c' });
    expect(
      editor.lists
        .at(-1)!
        .entries.filter((e) => e.description?.includes('(in force)'))
        .map((e) => e.label),
    ).toEqual(['forbid-fault']);
    expect(running.host.store.get(document.uri as never)?.policy).toBe('linux-7.3');
    expect(editor.problems(file)).toEqual([]);
  });
});

describe('commands of the graph', () => {
  it('go to the panel in front alone', async () => {
    panel.sent.length = 0;
    await editor.run(commandId('graph.zoomIn'));
    expect(sent('command')).toEqual([{ type: 'command', command: 'zoomIn' }]);
    panel.setActive(false);
    await expect.poll(() => editor.context.get(CONTEXT_KEYS.graphFocused)).toBe(false);
    await editor.run(commandId('graph.zoomIn'));
    expect(sent('command')).toHaveLength(1);
    panel.setActive(true);
    await expect.poll(() => editor.context.get(CONTEXT_KEYS.graphFocused)).toBe(true);
  });

  it('that name an instruction or a lens show that', async () => {
    panel.sent.length = 0;
    await editor.run(commandId('showGraph'), { uri: document.uri.toString(), program: 'copy_while_held', insn: 4, lens: 'follow' });
    expect(sent('reveal')).toEqual([{ type: 'reveal', insn: 4 }]);
    expect(sent('command')).toEqual([{ type: 'command', command: 'lens.follow' }]);
    expect(panel.reveals).toBeGreaterThan(0);
  });
});

describe('a panel over time', () => {
  it('goes with its file to a new name', async () => {
    const moved = file.replace('first_look', 'moved');
    editor.files.set(moved, editor.files.get(file)!);
    compiler.results.set(moved, compiler.results.get(file)!);
    editor.renamed.fire({ files: [{ oldUri: Uri.file(file), newUri: Uri.file(moved) }] });
    expect(panel.webview.html).toContain('file:///w/moved.bpf.c');
    expect(running.host.panels.has(Uri.file(moved) as never)).toBe(true);
    await says({ type: 'ready' });
    expect(picture()).toMatchObject({ file: 'moved.bpf.c' });
    editor.renamed.fire({ files: [{ oldUri: Uri.file(moved), newUri: Uri.file(file) }] });
    await says({ type: 'ready' });
    expect(picture().programs).toHaveLength(2);
  });

  it('keeps what it shows when its file is closed, as old', async () => {
    panel.sent.length = 0;
    editor.close(document);
    await running.settled();
    expect(picture()).toMatchObject({
      error: { kind: 'closed' },
      stale: { reason: 'What is shown was verified before that. Open it to verify it again.' },
    });
    document = editor.open(file);
    await running.settled();
    expect(picture()).toMatchObject({ error: null, stale: null });
  });

  it('ends with what was shown in it', async () => {
    panel.dispose();
    await running.settled();
    expect(running.host.panels.has(document.uri as never)).toBe(false);
  });

  it('comes back after a reload of the window, with its program and comparison; what is no memory of it is closed', async () => {
    const again = new WebviewPanel('again');
    const remembered = { uri: document.uri.toString(), program: 'release_then_copy', compare: 'forbid-fault' };
    await running.host.panels.deserializeWebviewPanel(again as never, remembered);
    again.says({ type: 'ready' });
    await running.settled();
    expect(picture(again)).toMatchObject({ program: 'release_then_copy', compare: { policy: 'forbid-fault' } });
    let ended = false;
    const other = new WebviewPanel('other');
    other.onDidDispose(() => (ended = true));
    await running.host.panels.deserializeWebviewPanel(other as never, { program: 'x' });
    expect(ended).toBe(true);
  });
});
