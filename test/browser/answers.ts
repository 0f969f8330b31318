// SPDX-License-Identifier: GPL-2.0-only
/** The five refusals as people see them: the inspector, and the path with the same numbers in graph and timeline; the page behind a code. */
import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { plain } from '../../src/protocol/explanation-text';
import { ANSWERS, type ExpectedAnswer, FIVE } from '../media/five';
import type { BrowserTest } from './tests';
import type { Panel, Workbench } from './workbench';

const texts = async (panel: Panel, selector: string): Promise<string[]> => {
  const all = await panel.locator(selector).allTextContents();
  return all.map((t) => t.replace(/\s+/g, ' ').trim());
};

/** Headline, code, kernel's words, steps and advice of the inspector. */
async function checkInspector(panel: Panel, a: ExpectedAnswer): Promise<void> {
  assert.deepEqual(await texts(panel, '.inspector .why.rejected .answer b'), [plain(a.summary)]);
  assert.deepEqual(await texts(panel, '.inspector .why.rejected .answer .problem'), [a.code]);
  assert.deepEqual(await texts(panel, '.inspector .why.rejected .kernel .message'), [a.message.join(' ')]);
  assert.deepEqual(
    await texts(panel, '.inspector ol.because > li'),
    a.cause.map((s, i) => `${i + 1}line ${s.line}${plain(s.text)}${s.insn}`),
  );
  const advice = await texts(panel, '.inspector .why.rejected > p');
  assert.ok(advice.includes(plain(a.suggestion)), `${a.program}: ${advice.join(' | ')}`);
}

/** Discs of the timeline and numbers in the blocks: those of the inspector. */
async function checkPath(panel: Panel, a: ExpectedAnswer): Promise<void> {
  const discs = await texts(panel, '.timeline .disc text');
  assert.deepEqual(
    discs.filter((t) => t !== '✕'),
    a.cause.length === 0 ? ['1'] : a.cause.map((_, i) => String(i + 1)),
  );
  const red = await texts(panel, '.timeline .disc.failing text');
  const guilty = a.cause.findIndex((s) => s.guilty);
  if (guilty >= 0) assert.ok(red.includes(String(guilty + 1)), `${a.program}: red are ${red.join(' ')}`);
  const steps = await texts(panel, '.timeline ol button');
  a.cause.forEach((s, i) =>
    assert.equal(steps[i], `Step ${i + 1} of ${a.cause.length}: instruction ${s.insn}: ${plain(s.text)}`, a.program),
  );
  for (const [i, s] of a.cause.entries()) {
    const tags = await panel.row(s.insn).locator('.step').allTextContents();
    assert.ok(tags.includes(String(i + 1)), `${a.program}: instruction ${s.insn} has ${tags.join(' ')}, not ${i + 1}`);
  }
}

export function answerTests(w: Workbench): readonly BrowserTest[] {
  return [
    {
      name: 'five refusals: inspector and path tell one cause with the same numbers; a code in Problems opens its page',
      run: async () => {
        await w.closeAll();
        w.write(FIVE, readFileSync(path.join(w.places.root, 'test/media', FIVE)));
        let panel = await w.graph(FIVE, 'linux-7.3', ANSWERS[0]!.program);
        await w.widen(0.6);
        for (const a of ANSWERS) {
          panel = await w.graph(FIVE, 'linux-7.3', a.program);
          await panel.when(a.program, (f) => f.program === a.program && f.verdict === 'reject' && f.selected !== null && f.states !== null);
          await panel.focusTree();
          await w.page.keyboard.press('e');
          await panel.locator('.inspector .why.rejected .answer b', { hasText: plain(a.summary) }).waitFor();
          await w.page.keyboard.press('5');
          await panel.locator('.lens[data-lens="path"][aria-pressed="true"]').waitFor();
          await panel.locator('.timeline .disc.chosen').first().waitFor();
          await checkInspector(panel, a);
          await w.tap(panel.locator('[aria-label="Fit graph"]'));
          await checkPath(panel, a);
          await w.screenshot(`answer-${a.program}`);
        }
        await w.command('Problems: Focus on Problems View');
        const rows = w.page.locator('.markers-panel .monaco-list-row');
        const row = rows.filter({ hasText: ANSWERS[0]!.problem }).first();
        await row.waitFor();
        await w.screenshot('answer-problems');
        await row.locator('a', { hasText: ANSWERS[0]!.code }).click();
        await w.page.locator('.tab', { hasText: `${ANSWERS[0]!.code}.md` }).waitFor();
        await w.command('View: Toggle Panel Visibility');
        await w.closeAll();
        w.remove(FIVE);
      },
    },
  ];
}
