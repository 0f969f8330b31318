// SPDX-License-Identifier: GPL-2.0-only
import { strict as assert } from 'node:assert';
import * as vscode from 'vscode';
import { plain } from '../../../src/protocol/explanation-text';
import type { ProgramResult } from '../../../src/protocol/model';
import { PROBLEMS } from '../../../src/protocol/problem-code';
import type { Test } from '../../support/table';
import { type Expected, expectations } from '../../support/expectations';
import { closeAll, diagnostics, file, openVerified, settled, store, withSetting } from './support';

/** Diagnostics of refusals: their code is a problem's, with its page. */
function problemOf(d: vscode.Diagnostic): string | null {
  return typeof d.code === 'object' && typeof d.code.value === 'string' && Object.hasOwn(PROBLEMS, d.code.value) ? d.code.value : null;
}

/** The refusals in the body of a program. */
const rejectedIn = (e: Expected) => (d: vscode.Diagnostic) =>
  problemOf(d) !== null && d.range.start.line > e.start && d.range.end.line <= e.end;

function checkDiagnostics(
  list: readonly vscode.Diagnostic[],
  expected: readonly Expected[],
  document: vscode.TextDocument,
  programs: readonly ProgramResult[],
): void {
  for (const e of expected) {
    const own = list.filter(rejectedIn(e));
    if (e.verdict === 'accept') {
      assert.equal(own.length, 0, `${e.program} is accepted and must have no diagnostic`);
      continue;
    }
    assert.equal(own.length, 1, `${e.program} must have one diagnostic`);
    const d = own[0]!;
    const { message, explanation } = programs.find((p) => p.program === e.program)!;
    assert.ok(message.at(-1)!.includes(e.message), `${e.program}: "${message.at(-1)!}" does not say "${e.message}"`);
    assert.ok(d.message.startsWith(plain(explanation!.summary)), `${e.program}: "${d.message}" does not begin with its headline`);
    assert.ok(!d.message.includes('\n'), `${e.program}: more than one line`);
    assert.equal(d.severity, vscode.DiagnosticSeverity.Error);
    const call = /sleepable helper (\w+)#/.exec(e.message)?.[1];
    if (call !== undefined)
      assert.equal(document.getText(d.range).startsWith(`${call}(`), true, `${e.program}: the range is "${document.getText(d.range)}"`);
  }
  assert.equal(list.length, expected.filter((e) => e.verdict === 'reject').length);
}

const rejections = (n: number, policy: string) => (list: readonly vscode.Diagnostic[]) =>
  list.filter((d) => problemOf(d) !== null).length === n && list.every((d) => d.source === `bpf ${policy}`);

/** Verifies an example under a policy and compares every program with the comment above it. */
async function checkExample(
  name: string,
  policy: string,
  adapt: (message: string) => string = (m) => m,
): Promise<{ list: readonly vscode.Diagnostic[]; document: vscode.TextDocument }> {
  const { uri, document } = await openVerified(name);
  const s = await store();
  if (s.get(uri)?.policy !== policy) await s.setPolicy(uri, policy);
  const state = await settled(uri, (x) => x.busy === null && x.result?.policy === policy);
  assert.equal(state.error, null);
  const expected = expectations(document.getText()).map((e) => ({ ...e, message: adapt(e.message) }));
  assert.ok(expected.length >= 6, 'the comments of the example were not understood');
  assert.deepEqual(state.result!.programs.map((p) => p.program).sort(), expected.map((e) => e.program).sort());
  for (const e of expected) assert.equal(state.result!.programs.find((p) => p.program === e.program)!.verdict, e.verdict, e.program);
  const list = await diagnostics(uri, rejections(expected.filter((e) => e.verdict === 'reject').length, policy));
  checkDiagnostics(list, expected, document, state.result!.programs);
  return { list, document };
}

function related(
  list: readonly vscode.Diagnostic[],
  document: vscode.TextDocument,
  program: string,
): readonly vscode.DiagnosticRelatedInformation[] {
  const e = expectations(document.getText()).find((x) => x.program === program);
  return (e === undefined ? undefined : list.find(rejectedIn(e)))?.relatedInformation ?? [];
}

export const verdicts: readonly Test[] = [
  {
    name: 'contexts.bpf.c, compiled by clang, has under linux-7.3 the diagnostics that its comments promise',
    run: async () => {
      await closeAll();
      const { list, document } = await checkExample('contexts.bpf.c', 'linux-7.3');
      for (const [program, taken] of [
        ['rcu_copy', 'bpf_rcu_read_lock'],
        ['preempt_copy', 'bpf_preempt_disable'],
        ['irq_copy', 'bpf_local_irq_save'],
        ['task_leak', 'bpf_task_from_pid'],
        ['locked_call', 'bpf_spin_lock'],
      ] as const) {
        const places = related(list, document, program);
        assert.ok(places.length > 0, `${program} has no related information`);
        assert.ok(
          places.some((r) => document.lineAt(r.location.range.start.line).text.includes(taken)),
          `${program}: none leads to ${taken}`,
        );
        assert.deepEqual(
          places.map((r) => r.message.split(' ')[0]),
          places.map((_, i) => String(i + 1)),
          `${program}: steps are numbered in order`,
        );
      }
    },
  },
  {
    name: 'vma_nosleep.bpf.c has under forbid-fault the diagnostics that its comments promise, with the place of taking',
    run: async () => {
      const { list, document } = await checkExample('vma_nosleep.bpf.c', 'forbid-fault');
      for (const program of ['nosleep_iter_sleep_without_release', 'nosleep_iter_nested_release_inner']) {
        const places = related(list, document, program);
        assert.ok(
          places.some((r) => document.lineAt(r.location.range.start.line).text.includes('bpf_iter_task_vma_next')),
          `${program} does not lead to where the VMA was taken`,
        );
      }
      const outer = related(list, document, 'nosleep_iter_nested_release_inner').map(
        (r) => document.lineAt(r.location.range.start.line).text,
      );
      assert.ok(
        outer.some((t) => t.includes('&outer')),
        'the VMA of the outer iterator is the guilty one',
      );
    },
  },
  {
    name: 'assembly is verified too: diagnostic, hover and lenses on its lines',
    run: async () => {
      await closeAll();
      const { uri, document, state } = await openVerified('socket.bpf.s');
      assert.equal(document.languageId, 'bpf-assembly');
      assert.deepEqual(
        state.result?.programs.map((p) => [p.program, p.verdict]),
        [
          ['find_socket', 'accept'],
          ['leak_socket', 'reject'],
        ],
      );
      const [rejected] = await diagnostics(uri, (l) => l.length === 1);
      assert.equal(problemOf(rejected!), 'reference-leak');
      assert.equal(document.getText(rejected!.range), 'exit');
      assert.equal(document.lineAt(rejected!.range.start.line).text.trim(), 'exit');
      assert.ok(
        rejected!.relatedInformation?.some((r) =>
          document.lineAt(r.location.range.start.line).text.includes('call BPF_FUNC_sk_lookup_tcp'),
        ),
      );
      const labels = document
        .getText()
        .split('\n')
        .flatMap((t, i) => (/^(find|leak)_socket:/.test(t) ? [i] : []));
      const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', uri);
      assert.deepEqual([...new Set(lenses.map((l) => l.range.start.line))], labels);
      const release = document
        .getText()
        .split('\n')
        .findIndex((t) => t.includes('call BPF_FUNC_sk_release'));
      const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
        'vscode.executeHoverProvider',
        uri,
        new vscode.Position(release, 3),
      );
      const text = hovers.flatMap((h) => h.contents.map((c) => (typeof c === 'string' ? c : c.value))).join('\n');
      assert.match(text, /Must not sleep here/);
      assert.match(text, /\| socket/);
    },
  },
  {
    name: 'forbid-sleep says the same with its own word',
    run: async () => {
      await checkExample('vma_nosleep.bpf.c', 'forbid-sleep', (m) => m.replace('nofault region', 'nosleep region'));
    },
  },
  {
    name: 'the policy of a file decides its verdict, and changing it back brings the old one',
    run: async () => {
      const { uri } = await openVerified('vma_walk.bpf.c');
      const s = await store();
      const verdictOf = async (policy: string): Promise<Record<string, string>> => {
        await s.setPolicy(uri, policy);
        const state = await settled(uri, (x) => x.busy === null && x.result?.policy === policy);
        return Object.fromEntries(state.result!.programs.map((p) => [p.program, p.verdict]));
      };
      assert.deepEqual(await verdictOf('forbid-fault'), { copy_heads: 'accept', nested_walk: 'reject' });
      const list = await diagnostics(uri, (l) => l.length === 1);
      assert.match(
        list[0]!.message,
        /^bpf_copy_from_user\(\) may (sleep|fault) while the .*vm_area_struct.* is held: line \d+: bpf_iter_task_vma_next\(\)/,
      );
      assert.equal(list[0]!.source, 'bpf forbid-fault');
      assert.deepEqual(await verdictOf('linux-7.3'), { copy_heads: 'reject', nested_walk: 'reject' });
      await diagnostics(uri, (l) => l.length === 2 && l.every((d) => d.source === 'bpf linux-7.3'));
      assert.deepEqual(await verdictOf('forbid-fault'), { copy_heads: 'accept', nested_walk: 'reject' });
    },
  },
  {
    name: 'the setting bpfContext.policy decides for files without a choice of their own',
    run: async () => {
      await closeAll();
      await vscode.workspace.fs.copy(file('contexts.bpf.c'), file('settings.bpf.c'), { overwrite: true });
      const { uri, state } = await openVerified('settings.bpf.c');
      const verdictOf = (x: typeof state): string | undefined => x.result?.programs.find((p) => p.program === 'vma_copy')?.verdict;
      assert.equal(verdictOf(state), 'accept');
      await withSetting('policy', 'forbid-fault', async () => {
        assert.equal(verdictOf(await settled(uri, (x) => x.busy === null && x.result?.policy === 'forbid-fault')), 'reject');
      });
      assert.equal(verdictOf(await settled(uri, (x) => x.busy === null && x.result?.policy === 'linux-7.3')), 'accept');
    },
  },
  {
    name: 'Go to error walks the rejected calls of a file, round and round',
    run: async () => {
      const { uri, document } = await openVerified('contexts.bpf.c');
      const editor = await vscode.window.showTextDocument(document, { selection: new vscode.Range(0, 0, 0, 0) });
      const rejected = (await settled(uri, (x) => x.busy === null))
        .result!.programs.filter((p) => p.verdict === 'reject')
        .map((p) => p.source!.line - 1);
      assert.ok(rejected.length > 2);
      const seen: number[] = [];
      for (let i = 0; i <= rejected.length; i++) {
        await vscode.commands.executeCommand('bpfContext.goToError');
        seen.push(editor.selection.active.line);
      }
      const sorted = [...rejected].sort((a, b) => a - b);
      assert.deepEqual(seen, [...sorted, sorted[0]]);
    },
  },
  {
    name: 'closing the file takes its diagnostics away',
    run: async () => {
      await closeAll();
      await vscode.workspace.fs.copy(file('contexts.bpf.c'), file('closed.bpf.c'), { overwrite: true });
      const uri = file('closed.bpf.c');
      await vscode.commands.executeCommand('vscode.open', uri);
      await diagnostics(uri, (l) => l.length > 0);
      await closeAll();
      await diagnostics(uri, (l) => l.length === 0);
      assert.equal((await store()).get(uri), undefined);
    },
  },
];
