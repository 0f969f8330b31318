// SPDX-License-Identifier: GPL-2.0-only
/** Names and lines that would like to be more than that, wherever people see them. */
import { strict as assert } from 'node:assert';
import type { Frame, Locator } from 'playwright-core';
import { oneLine } from '../../src/protocol/escape';
import { jumpTables } from '../programs/bombs/bombs';
import { HOSTILE, hostileLines, hostileObject } from '../support/hostile';
import type { BrowserTest } from './tests';
import type { Workbench } from './workbench';

/** Programs of hostile names, most of which the kernel would not take. */
const NAMES = 'hostile.bpf.o';
/** A program with a hostile source line for each instruction. */
const LINES = 'hostile_lines.bpf.o';
/** A program whose 800 indirect jumps lead everywhere. */
const WAYS = 'ways.bpf.o';
const TEXTS = Object.values(HOSTILE);
/** What the programs are called. */
const LABELS = [...TEXTS, 'same (socket #1)', 'same (socket #2)', 'same (tc)', 'elsewhere'];
/** Characters that act on a terminal, break lines or turn the direction of text; tabs and line breaks between elements do nothing. */
const ACTING = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

const acting = (texts: readonly string[]): string[] => texts.filter((text) => ACTING.test(text));
/** Lines that a name forged: they stand alone. */
const forged = (lines: readonly string[]): string[] => lines.filter((line) => /^\s*ok\.o: p: accepted/.test(line));

/** Asserts that nothing in a page of ours came from the file but text, and that none of it acts. */
async function plainPage(frame: Frame): Promise<void> {
  const found = await frame.evaluate(() => ({
    elements: [...document.querySelectorAll('img, iframe, object, a[href]')].map((e) => e.outerHTML),
    words: [...document.querySelectorAll('*')].flatMap((e) => [
      e.getAttribute('title') ?? '',
      e.getAttribute('aria-label') ?? '',
      ...[...e.childNodes]
        .filter((n) => n.nodeType === Node.TEXT_NODE && e.tagName !== 'SCRIPT' && e.tagName !== 'STYLE')
        .map((n) => n.textContent ?? ''),
    ]),
  }));
  assert.deepEqual(found.elements, []);
  assert.deepEqual(acting(found.words), []);
  assert.deepEqual(forged(found.words), []);
}

export function hostileTests(w: Workbench): readonly BrowserTest[] {
  const linesOf = async (editor: Locator): Promise<string[]> => {
    const all = await editor.locator('.view-line').evaluateAll((lines) =>
      lines.map((line) => ({
        top: parseInt((line as HTMLElement).style.top, 10),
        text: (line.textContent ?? '').replace(/\u00a0/g, ' '),
      })),
    );
    return all.sort((a, b) => a.top - b.top).map((line) => line.text);
  };
  return [
    {
      name: 'hostile names in the editor of objects, in the tree of programs and in Problems are text on one line',
      run: async () => {
        await w.closeAll();
        w.write(NAMES, hostileObject());
        await w.open(NAMES);
        const frame = await w.programs(LABELS.length);
        const names = frame.locator('tbody tr th');
        assert.deepEqual((await names.allTextContents()).sort(), LABELS.map(oneLine).sort());
        await plainPage(frame);
        await w.screenshot('hostile-object');

        await w.command('BPF context: Focus on Programs View');
        const rows = w.page.locator('.pane-body .monaco-list-row .label-name');
        const wanted = [HOSTILE.newline, HOSTILE.terminal, HOSTILE.direction, HOSTILE.html, HOSTILE.icon].map(oneLine);
        const items = new Set<string>();
        const object = rows.filter({ hasText: NAMES });
        await object.first().waitFor();
        const first = (await object.first().boundingBox())!;
        await w.page.mouse.move(first.x + 20, first.y + first.height / 2);
        // only what is in view is in the page
        await w.until('all names in the tree', async () => {
          for (const text of await rows.allTextContents()) items.add(text);
          await w.page.mouse.wheel(0, first.height * 3);
          return wanted.every((name) => items.has(name));
        });
        assert.deepEqual(acting([...items]), []);
        await w.screenshot('hostile-tree');
        await w.command('View: Toggle Primary Side Bar Visibility');

        await w.command('Problems: Focus on Problems View');
        const problems = w.page.locator('.markers-panel .monaco-list-row');
        await problems.filter({ hasText: 'the kernel takes a name of letters' }).first().waitFor();
        const said = await problems.allTextContents();
        assert.deepEqual(acting(said), []);
        assert.deepEqual(forged(said), []);
        assert.equal(await problems.locator('img, .codicon-bpf-may-sleep').count(), 0);
        await w.screenshot('hostile-problems');
        await w.command('View: Toggle Panel Visibility');
      },
    },
    {
      name: 'programs of hostile or equal names in the panel: each can be chosen and has a graph of its own',
      run: async () => {
        await w.closeAll();
        const panel = await w.graph(NAMES);
        const options = panel.locator('#program vscode-option');
        for (const [label, verdict] of [
          ['same (socket #1)', 'reject'],
          ['same (tc)', 'accept'],
          [HOSTILE.prototype, 'accept'],
          [HOSTILE.long, 'accept'],
          [HOSTILE.member, 'accept'],
        ] as const) {
          await panel.openList('program');
          const index = await options.evaluateAll((all, name) => all.findIndex((o) => o.getAttribute('value') === name), label);
          await options.nth(index).scrollIntoViewIfNeeded();
          await w.tap(options.nth(index), { x: 20, y: 8 });
          const facts = await panel.when(
            `the program ${label.slice(0, 40)}`,
            (f) => f.program === label && f.busy === null && f.verdict !== null,
          );
          assert.equal(facts.verdict, verdict, label);
          await plainPage(panel.frame);
        }
        await w.screenshot('hostile-panel');
        await w.closeAll();
        w.remove(NAMES);
      },
    },
    {
      name: 'a program whose graph nobody could draw says so in the panel, with its verdict',
      run: async () => {
        await w.closeAll();
        w.write(WAYS, jumpTables(800));
        await w.open(WAYS);
        await w.command('BPF: Show BPF Context Graph');
        const frame = await w.frame('.page .notice h2');
        await frame.locator('.notice h2', { hasText: 'No picture of p' }).waitFor();
        assert.equal(
          await frame.locator('.notice p').first().textContent(),
          'It is rejected; its indirect jumps have 640000 ways, too many to draw.',
        );
        await w.screenshot('without-graph');
        await w.closeAll();
        w.remove(WAYS);
      },
    },
    {
      name: 'hostile source lines in panel, disassembly and hovers are text: nothing is injected, each instruction has its line',
      run: async () => {
        await w.closeAll();
        w.write(LINES, hostileLines());
        const panel = await w.graph(LINES);
        await panel.when('accepted', (f) => f.verdict === 'accept');
        await panel.rows('c');
        await plainPage(panel.frame);
        const drawn = (await panel.locator('.card').allTextContents()).join('\n');
        for (const text of [HOSTILE.newline, HOSTILE.terminal, HOSTILE.html, HOSTILE.direction]) {
          assert.ok(drawn.includes(oneLine(text).slice(0, 20)), `${oneLine(text)} is not among\n${drawn}`);
        }
        await w.screenshot('hostile-lines-panel');
        await w.closeAll();

        await w.open(LINES);
        const frame = await w.frame('body > table');
        await w.tap(frame.locator('button', { hasText: 'Disassembly' }));
        await w.page.locator('.tab.active', { hasText: 'said.bpfdis' }).waitFor();
        const editor = w.page.locator('.editor-group-container').first();
        await editor.locator('.view-line', { hasText: `${TEXTS.length}: exit` }).waitFor();
        const text = await linesOf(editor);
        const first = text.findIndex((line) => /\b0: r0 = 0/.test(line));
        // title, legend, blank, function, block, then a line of source and one of code each
        assert.equal(first, 6, text.join('\n'));
        for (const [i, said] of TEXTS.entries()) {
          assert.match(text[first + 2 * i]!, new RegExp(`\\b${i}: r0 = 0`));
          assert.ok(
            text[first + 2 * i - 1]!.includes(`; ${oneLine(said).slice(0, 20)}`),
            `${text[first + 2 * i - 1]} is not ${oneLine(said)}`,
          );
        }
        assert.deepEqual(forged(text), []);
        await w.until('a hover', async (patience) => {
          await w.page.mouse.move(5, 5);
          await editor
            .locator('.view-line', { hasText: '4: r0 = 0' })
            .first()
            .hover({ timeout: patience, position: { x: 60, y: 8 } });
          return w.page
            .locator('.monaco-hover', { hasText: 'sleep here' })
            .first()
            .waitFor({ timeout: patience })
            .then(() => true);
        });
        const hover = w.page.locator('.monaco-hover');
        const links = await hover
          .locator('a')
          .evaluateAll((all) => all.map((a) => a.getAttribute('data-href') ?? a.getAttribute('href') ?? ''));
        assert.deepEqual(
          links.filter((href) => !href.startsWith('command:bpfContext.')),
          [],
        );
        assert.equal(await hover.locator('img').count(), 0);
        await w.screenshot('hostile-disassembly');
        await w.page.mouse.move(5, 5);
        await w.closeAll();
        w.remove(LINES);
      },
    },
  ];
}
