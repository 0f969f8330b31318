// SPDX-License-Identifier: GPL-2.0-only
/** The five refusals in Problems and in the hover of the refused line; the page behind each code. */
import { strict as assert } from 'node:assert';
import * as vscode from 'vscode';
import { markdownText } from '../../../src/protocol/escape';
import { plain } from '../../../src/protocol/explanation-text';
import { PROBLEMS } from '../../../src/protocol/problem-code';
import { ANSWERS, type ExpectedAnswer, FIVE } from '../../media/five';
import type { Test } from '../../support/table';
import { closeAll, diagnostics, extension, file, hoverText, openVerified, poll, readText, write } from './support';

/** The page that a diagnostic leads to. */
function pageOf(d: vscode.Diagnostic): { readonly code: string; readonly target: vscode.Uri } {
  assert.ok(typeof d.code === 'object', `${d.message} has no page`);
  return { code: String(d.code.value), target: d.code.target };
}

/** Sections of the program that a refusal is of, since all five have one. */
const inLine = (a: ExpectedAnswer) => (d: vscode.Diagnostic) => d.range.start.line === a.line - 1;

async function checkHover(uri: vscode.Uri, a: ExpectedAnswer, at: vscode.Position): Promise<void> {
  const text = await hoverText(uri, at.line, at.character);
  const lines = text.split('\n');
  const headline = lines.find((l) => l.startsWith('$(error) **'));
  assert.ok(headline !== undefined, text);
  assert.ok(headline.startsWith(`$(error) **${markdownText(a.summary)}** · [`), headline);
  assert.ok(headline.includes(`command:bpfContext.showProblem?${encodeURIComponent(JSON.stringify([a.code]))}`), headline);
  for (const m of a.message) assert.ok(lines.includes(m), `${a.program}: the kernel's "${m}" is missing`);
  const steps = lines.filter((l) => /^\d+\. \[/.test(l)).map((l) => l.replace(/\]\(command:[^)]*\)/g, ']'));
  assert.deepEqual(
    steps,
    a.cause.map((s, i) => {
      const words = markdownText(s.text);
      return `${i + 1}. [line ${s.line}] ${s.guilty ? `**${words}**` : words} · ${s.insn}`;
    }),
  );
  assert.ok(lines.includes(markdownText(a.suggestion)), `${a.program}: does not say how to make it right`);
}

export const answers: readonly Test[] = [
  {
    name: 'five refusals: Problems has headline, code with its page and the steps in order; the hover tells all of it',
    run: async () => {
      await closeAll();
      const source = await readText(vscode.Uri.joinPath(extension().extensionUri, 'test', 'media', FIVE));
      const uri = await write(FIVE, source);
      try {
        const { document } = await openVerified(FIVE);
        const list = await diagnostics(uri, (l) => l.length === ANSWERS.length);
        for (const a of ANSWERS) {
          const d = list.find(inLine(a));
          assert.ok(d !== undefined, `${a.program} has no problem on line ${a.line}: ${list.map((x) => x.range.start.line + 1).join(' ')}`);
          assert.equal(d.message, a.problem);
          assert.equal(d.source, 'bpf linux-7.3');
          assert.equal(document.getText(d.range), a.squiggle, a.program);
          assert.equal(pageOf(d).code, a.code);
          assert.deepEqual(
            d.relatedInformation?.map((r) => [r.location.range.start.line + 1, r.message]),
            a.cause.map((s, i) => [s.line, `${i + 1} ${plain(s.text)}`]),
          );
          await checkHover(uri, a, d.range.start);
        }
      } finally {
        await closeAll();
        await vscode.workspace.fs.delete(file(FIVE));
      }
    },
  },
  {
    name: 'the page of every code is in the extension, and opens',
    run: async () => {
      await closeAll();
      const pages = vscode.Uri.joinPath(extension().extensionUri, 'docs', 'problems');
      for (const code of Object.keys(PROBLEMS)) {
        const text = await readText(vscode.Uri.joinPath(pages, `${code}.md`));
        assert.ok(text.includes(`Code: \`${code}\``), code);
      }
      await vscode.commands.executeCommand('bpfContext.showProblem', 'reference-leak');
      await poll(
        () => Promise.resolve(vscode.window.tabGroups.all.some((g) => g.tabs.some((t) => t.label.includes('reference-leak')))),
        'the page in a tab',
      );
      await closeAll();
    },
  },
];
