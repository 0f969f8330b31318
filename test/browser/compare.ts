// SPDX-License-Identifier: GPL-2.0-only
/** Two policies on one graph: what differs, by shape and in words. */
import { strict as assert } from 'node:assert';
import { axe, faintText } from './looks';
import type { BrowserTest } from './tests';
import { type Panel, type PanelFacts, THEMES, type Workbench } from './workbench';

const CONTEXTS = 'contexts.bpf.c';

/** Gives the element back only where the kernel can: under a policy without the kfunc another way is taken. */
const MAYBE = `#include "bpf_example.h"

u64 bytes;

SEC("fentry.s/__x64_sys_getpgid")
int copy_maybe(void *ctx)
{
	struct bpf_iter_task_vma it;
	struct vm_area_struct *vma;
	char head[16];

	bpf_iter_task_vma_new(&it, bpf_get_current_task_btf(), 0);
	vma = bpf_iter_task_vma_next(&it);
	if (vma) {
		u64 start = vma->vm_start;

		if (bpf_iter_task_vma_release)
			bpf_iter_task_vma_release(&it);
		bpf_copy_from_user(head, sizeof(head), (void *)start);
		bytes += head[0];
	}
	bpf_iter_task_vma_destroy(&it);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
`;

/** Texts that are cut off in the footers, which have little room. */
function cut(panel: Panel): Promise<string[]> {
  return panel.frame.evaluate(() =>
    [...document.querySelectorAll('.card-foot .side')].filter((el) => el.scrollWidth > el.clientWidth).map((el) => el.textContent ?? ''),
  );
}

/** A side of a footer as text: letter, chips, word. */
async function footer(panel: Panel, node: string): Promise<string[]> {
  const sides = await panel.locator(`.card[data-node="${node}"] .card-foot .side`).allTextContents();
  return sides.map((s) => s.replace(/\s+/g, ' ').trim());
}

export function compareTests(w: Workbench): readonly BrowserTest[] {
  /** vma_copy under forbid-fault, compared with mainline. */
  const compared = async (program = 'vma_copy'): Promise<{ panel: Panel; facts: PanelFacts }> => {
    const open = (await w.page.locator('.tab', { hasText: /^Context: / }).count()) > 0;
    const panel = open && (await (await w.panel()).settled()).file === CONTEXTS ? await w.panel() : await w.graph(CONTEXTS, 'forbid-fault');
    await panel.settled();
    if ((await panel.facts()).policy !== 'forbid-fault') await panel.choose('policy', 'forbid-fault');
    if ((await panel.facts()).program !== program) await panel.choose('program', program);
    const facts =
      (await panel.facts()).compareWith === 'linux-7.3' ? await panel.compared('linux-7.3') : await panel.compareWith('linux-7.3');
    return { panel, facts };
  };
  const chosen = (panel: Panel, at: number, of: number): Promise<void> =>
    panel.locator('.differences [role="status"]', { hasText: `${at} of ${of}` }).waitFor();

  return [
    {
      name: 'two policies: blocks that differ have a sign and both answers, equal ones say same; the list names the rule',
      run: async () => {
        await w.closeAll();
        const first = await w.graph(CONTEXTS, 'forbid-fault', 'vma_copy');
        await w.widen(0.72);
        await first.compareWith('linux-7.3');
        const { panel, facts } = await compared();
        assert.ok(facts.differences! >= 3, `${facts.differences} differences`);
        await w.until('what was found is said', async () =>
          /forbid-fault rejects it at \d+.*\d+ differences from linux-7\.3/.test(
            (await panel.locator('[aria-live]').allTextContents()).join('\n'),
          ),
        );
        await panel.rows('key');
        // all of the graph, so that all cards are there
        await w.tap(panel.locator('[aria-label="Fit graph"]'));
        await panel.full();
        const { nodes } = await panel.drawn();
        const different = await panel.locator('.card.different').count();
        assert.equal(different, nodes.length - 1);
        assert.equal(await panel.locator('.card.different .card-head .differs').count(), different);
        assert.deepEqual([...new Set(await panel.locator('.card.different .card-head .differs').allTextContents())], ['≠']);
        assert.equal(await panel.locator('.card:not(.different) .card-head', { hasText: 'same' }).count(), 1);
        assert.deepEqual(await footer(panel, 'f0b1'), ['A#1may sleep', 'BF 3must not']);
        assert.match((await footer(panel, 'f0b2'))[1]!, /rejected$/);
        assert.deepEqual(await cut(panel), []);
        assert.equal(await panel.locator('.field:has(#policy) .letter').textContent(), 'B');
        assert.equal(await panel.locator('.field:has(#compare) .letter.filled').textContent(), 'A');
        const entries = panel.locator('.difference-list .difference:not(.incomparable)');
        assert.equal(await entries.count(), facts.differences);
        assert.ok((await panel.locator('.difference.incomparable').count()) > 0, 'after the rejection there is nothing to compare with');
        assert.match((await entries.first().textContent())!, /verdict/);
        assert.match(
          (await entries.first().textContent())!,
          /linux-7\.3 accepts this program, forbid-fault rejects it at \d+ \(line \d+\)\./,
        );
        for (const text of await entries.allTextContents())
          assert.match(text, /Rule: bpf_iter_task_vma_next acquires nofault, which forbids sleep \(only forbid-fault\)\./);
        const legend = (await panel.locator('.legend').textContent())!;
        assert.match(legend, /A\s*linux-7\.3.*accepted.*B\s*forbid-fault.*rejected.*block differs: 3 of 4.*same in both: 1/s);
        const row = panel.locator('.both tbody tr', { hasText: 'vma_copy' });
        assert.match((await row.locator('td').nth(0).textContent())!, /accepted/);
        assert.match((await row.locator('td').nth(1).textContent())!, /sleeps, vm_area_struct held/);
        assert.equal(await panel.locator('.both tbody tr').count(), 9);
        await panel.locator('.pill', { hasText: `Differences ${facts.differences}` }).waitFor();
        assert.deepEqual(await axe(panel.frame, w.places.root), []);
        await w.screenshot('compare');
      },
    },
    {
      name: 'two policies: N and Shift+N step through the differences, so do buttons, list, palette, and a click in the graph joins in',
      run: async () => {
        const { panel, facts } = await compared();
        const n = facts.differences!;
        await w.tap(panel.locator('.difference').first());
        const { selected } = await panel.when('the first difference', (f) => f.difference === 0 && f.selected !== null);
        await panel.focusTree();
        const seen = [selected];
        for (let i = 1; i < n; i++) {
          await w.page.keyboard.press('n');
          const f = await panel.when(`difference ${i + 1}`, (x) => x.difference === i && x.selected !== null && !seen.includes(x.selected));
          seen.push(f.selected);
          await chosen(panel, i + 1, n);
          await w.until(`difference ${i + 1} in sight`, async () => {
            const box = await panel.locator('.difference.chosen').boundingBox();
            const frame = await panel.locator('.inspector').boundingBox();
            return box !== null && frame !== null && box.y >= frame.y - 1 && box.y < frame.y + frame.height;
          });
        }
        await w.page.keyboard.press('n');
        await panel.when('the first one again', (f) => f.difference === 0 && f.selected === seen[0]);
        await w.page.keyboard.press('Shift+N');
        await panel.when('the last one', (f) => f.difference === n - 1 && f.selected === seen[n - 1]);
        await w.until('the difference is said', async () =>
          new RegExp(`Difference ${n}\\. Instruction ${seen[n - 1]}\\.`).test(
            (await panel.locator('[aria-live]').allTextContents()).join('\n'),
          ),
        );
        await w.tap(panel.locator('[aria-label="Previous difference"]'));
        await panel.when('the one before', (f) => f.difference === n - 2);
        await w.tap(panel.locator('[aria-label="Next difference"]'));
        await panel.when('the last one', (f) => f.difference === n - 1);
        await panel.focusTree();
        await w.command('BPF: Next difference or search hit');
        await panel.when('the first one by the palette', (f) => f.difference === 0);
        await w.command('BPF: Previous difference or search hit');
        await panel.when('the last one by the palette', (f) => f.difference === n - 1);
        await panel.rows('all');
        await panel.click(seen[0]!);
        await panel.when('the difference of what was clicked', (f) => f.difference === 0);
        assert.equal(await panel.locator('.difference.chosen').count(), 1);
        await panel.rows('key');
        const link = panel.locator('.differences .head .link').first();
        await w.tap(panel.locator('.difference').nth(1));
        await panel.when('another one', (f) => f.difference === 1);
        await w.tap(link);
        await panel.when('the instruction of the verdict', (f) => f.selected === seen[0]);
      },
    },
    {
      name: 'two policies: a program in which nothing differs says so',
      run: async () => {
        const { panel, facts } = await compared('rcu_then_copy');
        assert.equal(facts.differences, 0);
        await panel.locator('.differences h2', { hasText: '0 differences' }).waitFor();
        await panel.locator('.differences .head', { hasText: 'Both accept this program, and nothing differs.' }).waitFor();
        assert.equal(await panel.locator('.card.different').count(), 0);
        assert.equal(await panel.locator('.card .card-head', { hasText: 'same' }).count(), await panel.locator('.card').count());
        for (const label of ['Previous difference', 'Next difference'])
          assert.equal(await panel.locator(`[aria-label="${label}"]`).isDisabled(), true, label);
        assert.deepEqual(await axe(panel.frame, w.places.root), []);
        await w.tap(panel.locator('.both .link', { hasText: 'vma_copy' }));
        await panel.when('the program of the table', (f) => f.program === 'vma_copy' && (f.differences ?? 0) > 0);
      },
    },
    {
      name: 'two policies: they can be exchanged by the lists, and the comparison ends with none',
      run: async () => {
        const { panel } = await compared();
        await panel.compareWith('forbid-sleep');
        await panel
          .locator('.difference', { hasText: /forbid-sleep rejects this program at \d+/ })
          .first()
          .waitFor();
        await panel.compareWith('linux-7.3');
        await panel.choose('policy', 'acquire-lock');
        await panel.locator('.difference', { hasText: 'acquire-lock rejects it' }).first().waitFor();
        assert.equal((await panel.facts()).compareWith, 'linux-7.3');
        await panel.compareWith('');
        await w.until(
          'nothing of it is left',
          async () => (await panel.locator('.differences, .card-foot, .card-head .differs, .field .letter').count()) === 0,
        );
        assert.equal(await panel.locator('.pill').isVisible(), false);
        await panel.choose('policy', 'forbid-fault');
      },
    },
    {
      name: 'two policies: the command compares the program at the cursor, and ends the comparison',
      run: async () => {
        await w.closeAll();
        await w.graph(CONTEXTS, 'forbid-fault');
        await w.closeAll();
        await w.open(CONTEXTS);
        await w.goto(w.line(CONTEXTS, 'bpf_copy_from_user', w.line(CONTEXTS, 'int vma_copy(')));
        await w.pick('BPF: Compare with another policy or kernel', 'linux-7.3');
        const panel = await w.panel();
        const facts = await panel.compared('linux-7.3');
        assert.equal(facts.program, 'vma_copy');
        assert.ok(facts.differences! > 0);
        await w.pick('BPF: Compare with another policy or kernel', 'none');
        await panel.compared('');
      },
    },
    {
      name: 'two policies: a reload of the window brings the comparison back, closing the panel ends it',
      run: async () => {
        let { panel } = await compared();
        await w.tap(panel.locator('.difference').nth(2));
        const before = await panel.when('the third difference', (f) => f.difference === 2 && f.selected !== null);
        await w.reload();
        panel = await w.panel();
        const after = await panel.compared('linux-7.3');
        assert.deepEqual(
          [after.program, after.policy, after.differences, after.selected],
          [before.program, before.policy, before.differences, before.selected],
        );
        await panel.when('the same difference', (f) => f.difference === 2);
        await panel.locator('.card.different').first().waitFor();
        await w.closeAll();
        panel = await w.graph(CONTEXTS, 'forbid-fault', 'vma_copy');
        await panel.compared('');
        assert.equal(await panel.locator('.differences').count(), 0);
      },
    },
    {
      name: 'two policies: ways that only one of them takes say so',
      run: async () => {
        await w.closeAll();
        w.write('maybe.bpf.c', MAYBE);
        const panel = await w.graph('maybe.bpf.c', 'forbid-fault');
        await w.widen(0.72);
        const facts = await panel.compareWith('linux-7.3');
        assert.equal(facts.verdict, 'accept');
        await w.tap(panel.locator('[aria-label="Fit graph"]'));
        await panel.full();
        await panel.locator('.edge-label', { hasText: 'taken only under A' }).first().waitFor();
        await panel.locator('.edge-label', { hasText: 'taken only under B' }).first().waitFor();
        const never = panel.locator('.difference', { hasText: 'Never runs under linux-7.3; runs under forbid-fault.' });
        await never.first().waitFor();
        assert.match((await never.first().textContent())!, /Aunreachable|A unreachable/);
        assert.deepEqual(await cut(panel), []);
        await w.screenshot('compare-ways');
        await w.closeAll();
      },
    },
    {
      name: 'two policies: one of them is a policy file, which may change, break and heal',
      run: async () => {
        const NAME = 'lock.bpf-policy.json';
        const text = (sleepingLock: string): string =>
          JSON.stringify({ id: 'my-lock', title: 'Locks, my way', extends: 'acquire-lock', parameters: { sleepingLock } });
        w.write(NAME, text('fault'));
        const panel = await w.graph(CONTEXTS, 'forbid-fault', 'vma_copy');
        await w.widen(0.72);
        await panel.locator(`#compare vscode-option[value="${NAME}"]`).waitFor({ state: 'attached' });
        await panel.compareWith(NAME);
        const sentence = panel.locator('.difference .sentence');
        await sentence.filter({ hasText: 'my-lock' }).first().waitFor();
        await panel.locator('.both', { hasText: NAME }).waitFor();
        const word = panel.locator('.both tbody tr', { hasText: 'vma_copy' }).locator('td').first();
        assert.match((await word.textContent())!, /faults/);
        w.write(NAME, text('sleep'));
        await w.until('the new answer', async () => /sleeps/.test((await word.textContent()) ?? ''));
        w.write(NAME, text('nap'));
        await panel.locator('.differences .head', { hasText: `The policy ${NAME} cannot be used. 1:` }).waitFor();
        await panel.locator('.differences .head', { hasText: 'must be one of sleep, fault' }).waitFor();
        assert.deepEqual(await axe(panel.frame, w.places.root), []);
        await w.screenshot('compare-unusable');
        w.write(NAME, text('fault'));
        await w.until('the answer is back', async () => /faults/.test((await word.textContent()) ?? ''));
        await panel.compareWith('');
        w.remove(NAME);
        await w.until(
          'the file is offered no longer',
          async () => (await panel.locator(`#compare vscode-option[value="${NAME}"]`).count()) === 0,
        );
      },
    },
    {
      name: 'two policies: in all four themes readable, and nothing serious for axe',
      run: async () => {
        const problems: string[] = [];
        const { panel } = await compared();
        await panel.full();
        for (const theme of [...THEMES].reverse()) {
          await w.theme(theme);
          await panel.locator(`body.${theme.body}`).waitFor();
          problems.push(
            ...(await axe(panel.frame, w.places.root)).map((p) => `${theme.name}: ${p}`),
            ...(await faintText(panel.frame)).map((p) => `${theme.name}: contrast ${p}`),
          );
          await w.screenshot(`compare-${theme.file}`);
        }
        await panel.compareWith('');
        await w.closeAll();
        assert.deepEqual(problems, []);
      },
    },
  ];
}
