// SPDX-License-Identifier: GPL-2.0-only
/** The first minute, told in pictures by docs/tour.md; offers of other policies; what crosses to the panel. */
import { strict as assert } from 'node:assert';
import { copyFileSync } from 'node:fs';
import path from 'node:path';
import type { BrowserTest } from './tests';
import type { Panel, Workbench } from './workbench';

const FIRST = 'first_look.bpf.c';

export function firstMinuteTests(w: Workbench): readonly BrowserTest[] {
  const picture = async (name: string): Promise<void> => {
    await w.page.mouse.move(5, 500);
    await w.screenshot(`docs-${name}`);
    if (process.env['UPDATE_PICTURES'])
      copyFileSync(path.join(w.places.screens, `docs-${name}.png`), path.join(w.places.root, 'docs', 'images', `${name}.png`));
  };
  /** Clicks a lens over a line: the middle of it, where nothing else may lie. */
  const click = (text: string | RegExp, nth = 0): Promise<void> =>
    w.tap(w.page.locator('.editor-group-container').first().locator('.codelens-decoration a', { hasText: text }).nth(nth));
  const graphs = (panel: Panel): Promise<number> =>
    panel.frame.evaluate(() => (window as { bpfContextTest?: { state(): { graphs: number } } }).bpfContextTest!.state().graphs);

  return [
    {
      name: 'pictures: the first minute: what is held, what a proposed rule would refuse, and why',
      run: async () => {
        await w.closeAll();
        await w.open(FIRST);
        await w.goto(1);
        await click('Show graph');
        const panel = await w.panel();
        await panel.when('the program', (f) => f.program === 'copy_while_held' && f.verdict === 'accept' && f.policy === 'linux-7.3');
        // one screen, one click: what is held and where sleeping is out under the kernel as it is
        await panel.locator('.inspector', { hasText: /Must not sleep here.*RCU read section/s }).waitFor();
        await picture('first-look');
        await click('Compare with forbid-fault');
        const facts = await panel.compared('forbid-fault');
        assert.ok((facts.differences ?? 0) > 0);
        await panel.locator('.differences', { hasText: 'bpf_iter_task_vma_next acquires nofault' }).waitFor();
        await picture('first-compare');
        // under the rule itself: where the VMA is held, and why the copy is refused
        await panel.choose('policy', 'forbid-fault');
        await panel.when('the rejection', (f) => f.policy === 'forbid-fault' && f.verdict === 'reject' && f.busy === null);
        await click('Show path');
        await panel.when('the path', (f) => f.lens === 'path');
        await panel.locator('.inspector', { hasText: 'nofault region' }).waitFor();
        await picture('first-refused');
        await panel.choose('program', 'release_then_copy');
        await panel.when('the program that gives back first', (f) => f.program === 'release_then_copy' && f.verdict === 'accept');
        await panel.choose('policy', 'linux-7.3');
        await w.closeAll();
      },
    },
    {
      name: 'a call that only another policy has: the panel offers it with one click',
      run: async () => {
        const panel = await w.graph('vma_walk.bpf.c', 'linux-7.3', 'copy_heads');
        await panel.when('the rejection', (f) => f.verdict === 'reject' && f.states !== null);
        const offer = panel.locator('.offer');
        await offer.waitFor();
        assert.equal(await offer.textContent(), 'bpf_iter_task_vma_release exists under forbid-fault: use it · compare');
        await w.screenshot('offer');
        await offer.locator('button', { hasText: 'use it' }).click();
        await panel.when('its verdict', (f) => f.policy === 'forbid-fault' && f.verdict === 'accept' && f.busy === null);
        await panel.choose('policy', 'linux-7.3');
      },
    },
    {
      name: 'a graph crosses to the panel once: neither progress nor typing sends it again',
      run: async () => {
        await w.closeAll();
        w.write('typed.bpf.c', w.read(FIRST));
        const panel = await w.graph('typed.bpf.c', 'linux-7.3', 'copy_while_held');
        await panel.settled();
        const before = await graphs(panel);
        await w.goto(1);
        await w.page.keyboard.press('End');
        await w.page.keyboard.type(' // twenty keys more');
        await panel.when('all edits', (f) => (f.stale?.edits ?? 0) >= 19);
        assert.equal(await graphs(panel), before);
        await w.page.keyboard.press('Control+S');
        await panel.when('the new result', (f) => f.stale === null && f.busy === null);
        assert.equal(await graphs(panel), before + 1);
      },
    },
    {
      name: 'a file that is deleted leaves no verdict in its panel, and says so',
      run: async () => {
        w.remove('typed.bpf.c');
        const panel = await w.panel();
        await panel.when('the end of the file', (f) => f.error?.kind === 'gone');
        await panel.locator('.notice', { hasText: 'typed.bpf.c is not there any more' }).waitFor();
        assert.doesNotMatch((await panel.locator('.toolbar').textContent()) ?? '', /accepted|rejected/);
        await w.screenshot('gone');
        await w.closeAll();
      },
    },
  ];
}
