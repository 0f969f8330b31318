// SPDX-License-Identifier: GPL-2.0-only
/** The graph: opening, selecting, stepping, choosing. */
import { strict as assert } from 'node:assert';
import type { BrowserTest } from './tests';
import type { Workbench } from './workbench';

export const WALK = 'vma_walk.bpf.c';

/** By itself, so that the first start of VS Code on a busy machine takes no time from what is tested. */
const opening = (w: Workbench, name: string): BrowserTest => ({
  name,
  always: true,
  run: async () => {
    await w.start();
    await w.command('View: Toggle Primary Side Bar Visibility');
  },
});

/** The opening of a window beside the first one. */
export function openingTests(w: Workbench): readonly BrowserTest[] {
  return [opening(w, 'VS Code opens the folder in another window')];
}

export function explorerTests(w: Workbench): readonly BrowserTest[] {
  return [
    opening(w, 'VS Code opens the folder in the browser'),
    {
      name: 'the VSIX is installed, and the palette opens the graph beside the C file',
      always: true,
      run: async () => {
        const page = await w.start();
        await w.open(WALK);
        await w.command('BPF: Show BPF context graph');
        const panel = await w.panel();
        const facts = await panel.settled();
        assert.equal(facts.error, null);
        assert.equal(facts.program, 'copy_heads');
        assert.equal(await page.locator('.editor-group-container').count(), 2);
        const drawn = await w.until('cards', async () => {
          const d = await panel.drawn();
          return d.cards.length > 0 ? d : null;
        });
        assert.ok(drawn.nodes.length >= 5 && drawn.edges >= 5, JSON.stringify(drawn));
        await panel.locator(`.card[data-node="${drawn.cards[0]!}"] .row`).first().waitFor();
      },
    },
    {
      name: 'the policy is switched in the panel, and the verdict follows',
      run: async () => {
        const panel = await w.graph(WALK, 'linux-7.3', 'copy_heads');
        assert.match((await panel.locator('.verdict').textContent()) ?? '', /rejected/);
        await panel.choose('policy', 'forbid-fault');
        await panel.when('copy_heads is accepted', (f) => f.verdict === 'accept');
        await panel.locator('.verdict', { hasText: '✓ accepted' }).waitFor();
        await panel.choose('policy', 'linux-7.3');
        await panel.when('copy_heads is rejected', (f) => f.verdict === 'reject');
        await panel.locator('.verdict.reject').waitFor();
        await panel
          .locator('.inspector .message', { hasText: "kfunc 'bpf_iter_task_vma_release' is referenced but wasn't resolved" })
          .waitFor();
        await panel.choose('policy', 'forbid-fault');
        await panel.when('copy_heads is accepted again', (f) => f.verdict === 'accept');
      },
    },
    {
      name: 'a click on a block shows its first instruction, a click on a row its state',
      run: async () => {
        const panel = await w.walk('copy_heads');
        await panel.rows('all');
        const copy = await panel.find('call bpf_copy_from_user');
        await panel.click(copy - 1);
        const target = (await panel.locator('.card.selected').getAttribute('data-node'))!;
        const first = Number(await panel.locator(`.card[data-node="${target}"] .row`).first().getAttribute('data-insn'));
        await panel.bring(first);
        await panel.click(first + 1);
        const head = (await panel.position(target))!;
        await w.tap(panel.locator('.canvas'), { x: head.x - 80, y: head.y });
        await panel.when(`${target} is selected`, (f) => f.selected === first);
        await panel.click(copy);
        await panel.locator(`.row.selected[data-insn="${copy}"]`).waitFor();
        const inspector = panel.locator('.inspector');
        await inspector.locator('.why', { hasText: 'May sleep here.' }).waitFor();
        assert.deepEqual((await inspector.locator('.registers tbody th').allTextContents()).slice(0, 3), ['r1', 'r2', 'r3']);
        await inspector.locator('.held', { hasText: 'iterator task_vma' }).waitFor();
        // the C variables that DWARF names: an array's address, a number, the iterator on the stack
        const carries = async (part: string, of: string): Promise<string> =>
          (await inspector
            .locator(`.${part} tbody tr`, { hasText: new RegExp(`^${of}`) })
            .locator('.carries .name')
            .textContent()) ?? '';
        assert.deepEqual([await carries('registers', 'r1'), await carries('registers', 'r6')], ['&head', 'start']);
        await inspector.locator('.stack .carries .name', { hasText: 'it' }).first().waitFor();
        const unlock = await panel.find('call bpf_rcu_read_unlock');
        await panel.click(unlock);
        await inspector.locator('.why', { hasText: 'Must not sleep here.' }).waitFor();
        await inspector.locator('.held', { hasText: 'RCU read section' }).waitFor();
        assert.equal(await inspector.locator('.held tbody tr').count(), 3);
        await inspector.locator('.contexts .context.on', { hasText: 'R 1' }).waitFor();
        await inspector.locator('.stack').first().waitFor();
      },
    },
    {
      name: 'several states of an instruction can be stepped through, both ways and around',
      run: async () => {
        const panel = await w.walk('copy_heads');
        await panel.rows('all');
        const unlock = await panel.find('call bpf_rcu_read_unlock');
        await panel.click(unlock);
        const { states } = await panel.when('its states', (f) => f.states !== null);
        assert.ok(states !== null && states > 1, `there are ${states} states`);
        const count = panel.locator('.state-count');
        const sections = async (): Promise<string> => (await panel.locator('.inspector .section').allTextContents()).join('\n');
        await count.filter({ hasText: `State 1 of ${states}` }).waitFor();
        const seen = new Set([await sections()]);
        for (let i = 2; i <= states; i++) {
          await w.tap(panel.locator('[aria-label="Next state"]'));
          await count.filter({ hasText: `State ${i} of ${states}` }).waitFor();
          seen.add(await sections());
        }
        assert.ok(seen.size > 1, 'all states show the same');
        await w.tap(panel.locator('[aria-label="Next state"]'));
        await count.filter({ hasText: `State 1 of ${states}` }).waitFor();
        await w.tap(panel.locator('[aria-label="Previous state"]'));
        await count.filter({ hasText: `State ${states} of ${states}` }).waitFor();
      },
    },
    {
      name: 'instruction numbers in the inspector lead there, Back leads back',
      run: async () => {
        const panel = await w.walk('copy_heads');
        await panel.rows('all');
        const unlock = await panel.find('call bpf_rcu_read_unlock');
        await panel.click(unlock);
        const link = panel.locator('.held tr', { hasText: 'RCU read section' }).locator('.link').first();
        const taken = Number(await link.textContent());
        await w.tap(link);
        await panel.when('the place of taking', (f) => f.selected === taken);
        await panel.locator('.inspector .insn', { hasText: 'bpf_rcu_read_lock' }).waitFor();
        await w.tap(panel.locator('[aria-label="Back"]'));
        await panel.when('where we were', (f) => f.selected === unlock);
        await w.tap(panel.locator('[aria-label="Forward"]'));
        await panel.when('the place of taking again', (f) => f.selected === taken);
      },
    },
    {
      name: 'another program of the file can be chosen; its rejection is shown with reason and places',
      run: async () => {
        const panel = await w.walk('copy_heads');
        await panel.choose('program', 'nested_walk');
        await panel.full();
        const facts = await panel.when('the verdict', (f) => f.verdict === 'reject');
        await w.page.locator('.tab', { hasText: 'Context: nested_walk' }).waitFor();
        await panel.locator('.card.rejected').first().waitFor();
        const why = panel.locator('.why.rejected');
        await why.locator('.message', { hasText: 'sleepable helper bpf_copy_from_user#148 in nofault region' }).waitFor();
        assert.match((await why.textContent()) ?? '', /line \d+bpf_iter_task_vma_next\(\) acquires the reference to vm_area_struct/);
        await panel.locator('#policy').focus();
        await w.tap(why.locator('.because .link.dim').first());
        await panel.when('the place of taking', (f) => f.selected !== facts.selected);
        await w.tap(panel.locator('.verdict'));
        await panel.when('the failing instruction', (f) => f.selected === facts.selected);
      },
    },
    {
      name: 'the cursor in C outlines its instructions, a click in the graph marks the C line, G goes there',
      run: async () => {
        const panel = await w.walk('copy_heads');
        await panel.rows('all');
        const unlock = await panel.find('call bpf_rcu_read_unlock');
        await w.until('the pause after a click', async (patience) => {
          await w.goto(w.line(WALK, 'return 0;'));
          await w.goto(w.line(WALK, 'bpf_rcu_read_unlock();'));
          return panel
            .locator(`.row.linked[data-insn="${unlock}"]`)
            .waitFor({ timeout: patience })
            .then(() => true);
        });
        await panel.locator(`.row.linked[data-insn="${unlock}"]`).waitFor();
        await panel.locator('.card.linked').first().waitFor();
        await w.goto(w.line(WALK, 'return 0;'));
        await w.until('the outline leaves', async () => (await panel.locator(`.row.linked[data-insn="${unlock}"]`).count()) === 0);
        const copy = await panel.find('call bpf_copy_from_user');
        await panel.click(copy);
        const copyLine = w.line(WALK, 'bpf_copy_from_user');
        await w.until('a mark on the C line', async () => {
          const marks = await w.page.locator('.editor-group-container').first().locator('.view-overlays [class*="ced-"]').count();
          return marks > 0;
        });
        await w.page.keyboard.down('Control');
        await w.tap(panel.row(copy), { x: 60, y: 8 });
        await w.page.keyboard.up('Control');
        await w.atLine(copyLine);
      },
    },
    {
      name: 'search finds registers, lines and text, and Enter walks the hits',
      run: async () => {
        const panel = await w.walk('copy_heads');
        await panel.rows('all');
        const copy = await panel.find('call bpf_copy_from_user');
        await panel.click(copy + 1);
        await (await panel.searchField()).fill('call bpf_copy_from_user');
        await panel.locator(`.row.hit[data-insn="${copy}"]`).waitFor();
        assert.equal(await panel.locator('.row.hit').count(), 1);
        await (await panel.searchField()).press('Enter');
        await panel.when('the hit', (f) => f.selected === copy);
        await (await panel.searchField()).fill(`:${w.line(WALK, 'bpf_rcu_read_lock')}`);
        await (await panel.searchField()).press('Enter');
        await panel.locator('.inspector .insn', { hasText: 'bpf_rcu_read_lock' }).waitFor();
        await (await panel.searchField()).fill('r1');
        const hits = Number(/^(\d+)/.exec((await panel.locator('.search-count', { hasText: /hits/ }).textContent())!)![1]);
        assert.ok(hits > 5);
        await (await panel.searchField()).press('Shift+Enter');
        await panel.locator('.search-count', { hasText: ` of ${hits}` }).waitFor();
        await (await panel.searchField()).fill('no such thing');
        await panel.locator('.search-count', { hasText: 'no hits' }).waitFor();
        assert.equal(await (await panel.searchField()).getAttribute('aria-label'), 'Find instruction, line, register, id');
        await (await panel.searchField()).press('Escape');
        assert.equal(await panel.locator('.row.hit').count(), 0);
      },
    },
    {
      name: 'rows, folds, zoom, fit and drag change the drawing as they say',
      run: async () => {
        const panel = await w.walk('copy_heads');
        await panel.rows('all');
        const all = await panel.locator('.row').count();
        await panel.rows('key');
        assert.ok((await panel.locator('.row').count()) < all);
        await panel.focusTree();
        await w.page.keyboard.press('Home');
        const fold = panel.locator('.row.fold').first();
        const folded = Number(await fold.getAttribute('data-insn'));
        await w.tap(fold);
        await w.until('the fold is open', async () => (await panel.locator(`.row.fold[data-insn="${folded}"]`).count()) === 0);
        await panel.rows('c');
        await panel.locator('.row .text.c').first().waitFor();
        await panel.rows('key');
        const zoom = async (): Promise<number> => (await panel.drawn()).zoom;
        const before = await zoom();
        await w.tap(panel.locator('[aria-label="Zoom in"]'));
        const after = await w.until('a larger zoom', async () => ((await zoom()) > before ? zoom() : null));
        await w.tap(panel.locator('[aria-label="Zoom out"]'));
        await w.until('a smaller zoom', async () => (await zoom()) < after);
        const { nodes } = await panel.drawn();
        await w.tap(panel.locator('[aria-label="Fit graph"]'));
        await panel.full();
        const head = (await panel.position(nodes[0]!))!;
        const box = (await panel.locator('.canvas').boundingBox())!;
        await w.page.mouse.move(box.x + 12, box.y + box.height - 40);
        await w.page.mouse.down();
        await w.page.mouse.move(box.x + 62, box.y + box.height - 70, { steps: 4 });
        await w.page.mouse.up();
        const moved = await w.until('the drawing moves', async () => {
          const p = (await panel.position(nodes[0]!))!;
          return Math.abs(p.x - head.x) > 20 ? p : null;
        });
        assert.ok(Math.abs(moved.x - head.x - 50) < 15 && Math.abs(moved.y - head.y + 30) < 15, JSON.stringify({ head, moved }));
        await w.page.mouse.wheel(0, 60);
        await w.until('the wheel pans', async () => (await panel.position(nodes[0]!))!.y < moved.y - 20);
        await w.tap(panel.locator('[aria-label="Fit graph"]'));
      },
    },
    {
      name: 'from afar blocks are drawn on the canvas and can be clicked there',
      run: async () => {
        const panel = await w.walk('copy_heads');
        await w.until('no cards', async () => {
          if ((await panel.drawn()).cards.length === 0) return true;
          await w.tap(panel.locator('[aria-label="Zoom out"]'));
          return null;
        });
        await w.tap(panel.locator('[aria-label="Fit graph"]'));
        const { nodes } = await panel.drawn();
        for (const node of nodes.slice(1, 3)) {
          const at = (await panel.position(node))!;
          const zoom = (await panel.drawn()).zoom;
          await w.tap(panel.locator('.canvas'), { x: at.x, y: at.y + 10 * zoom });
          await w.until(`${node} is selected`, async () =>
            (await panel.locator('.inspector .head').last().textContent())?.includes(node.replace(/^f0/, '')),
          );
        }
        await panel.full();
      },
    },
  ];
}
