// SPDX-License-Identifier: GPL-2.0-only
/** Policy files and hazards, as people see them. */
import { strict as assert } from 'node:assert';
import { axe } from './looks';
import type { BrowserTest } from './tests';
import type { Panel, Workbench } from './workbench';

const CONTEXTS = 'contexts.bpf.c';
const NAME = 'calm.bpf-policy.json';
/** Lets no helper sleep: what is rejected for sleep in mainline is accepted. */
const CALM = JSON.stringify({ id: 'calm', title: 'Nothing sleeps', helpers: [{ name: 'bpf_copy_from_user', sleeps: 'no' }] }, null, 2);

/** The graph of a program that the policy file accepts and mainline rejects, as the policy file has it. */
async function calmPanel(w: Workbench): Promise<Panel> {
  w.write(NAME, CALM);
  const panel = await w.graph(CONTEXTS);
  await panel.locator(`#policy vscode-option[value="${NAME}"]`).waitFor({ state: 'attached' });
  await w.graph(CONTEXTS, NAME, 'rcu_copy');
  await panel.when(
    'rcu_copy is accepted',
    (f) => f.policy === NAME && f.program === 'rcu_copy' && f.verdict === 'accept' && f.busy === null,
  );
  return panel;
}

export function policyTests(w: Workbench): readonly BrowserTest[] {
  return [
    {
      name: 'a policy file is offered in the panel, in the view and by the command, and verifies when it is chosen or changed',
      run: async () => {
        await w.closeAll();
        const panel = await w.graph(CONTEXTS, 'linux-7.3', 'rcu_copy');
        assert.equal((await panel.facts()).verdict, 'reject');
        w.write(NAME, CALM);
        await panel.locator(`#policy vscode-option[value="${NAME}"]`).waitFor({ state: 'attached' });
        await panel.choose('policy', NAME);
        await panel.when('rcu_copy is accepted', (f) => f.verdict === 'accept' && f.busy === null);
        w.write(NAME, CALM.replace('"no"', '"fault"'));
        await panel.when('rcu_copy is rejected again', (f) => f.verdict === 'reject' && f.busy === null);
        w.write(NAME, CALM);
        await panel.when('rcu_copy is accepted again', (f) => f.verdict === 'accept' && f.busy === null);
        await w.pick('BPF: Select context policy', 'linux-7.3');
        await panel.when('mainline', (f) => f.policy === 'linux-7.3' && f.verdict === 'reject' && f.busy === null);
        await w.pick('BPF: Select context policy', NAME);
        await panel.when('the policy file', (f) => f.policy === NAME && f.verdict === 'accept' && f.busy === null);
      },
    },
    {
      name: 'a list of the editor stays open while the panel draws itself anew, and the focus comes back after it',
      run: async () => {
        const panel = await calmPanel(w);
        const focused = (): Promise<string | null> => panel.frame.evaluate(() => document.activeElement?.getAttribute('role') ?? null);
        await panel.locator('[role="treeitem"][tabindex="0"]').focus();
        assert.equal(await focused(), 'treeitem');
        await w.page.keyboard.press('F1');
        const input = w.page.locator('.quick-input-widget input.input');
        await input.waitFor();
        w.write(NAME, CALM.replace('"no"', '"fault"'));
        await panel.when('rcu_copy is rejected', (f) => f.verdict === 'reject' && f.busy === null && f.states !== null);
        assert.ok(await input.isVisible(), 'the list was closed');
        assert.ok(await input.evaluate((el) => el === document.activeElement), 'the list lost the focus');
        await w.page.keyboard.press('Escape');
        await input.waitFor({ state: 'hidden' });
        await w.until('the focus is back in the tree', async () => (await focused()) === 'treeitem');
        w.write(NAME, CALM);
        await panel.when('rcu_copy is accepted again', (f) => f.verdict === 'accept' && f.busy === null);
      },
    },
    {
      name: 'a policy file that breaks leaves the last good picture under a banner that says why; so does one that is deleted',
      run: async () => {
        const panel = await calmPanel(w);
        const { nodes } = await panel.drawn();
        w.write(NAME, CALM.replace('"no"', '"never"'));
        await panel.when('the error', (f) => f.error !== null && f.stale !== null && f.busy === null);
        const banner = panel.locator('.banner');
        await banner.filter({ hasText: `The policy ${NAME} cannot be used.` }).waitFor();
        await banner.filter({ hasText: /\d+:\d+: \$\.helpers\[0\]\.sleeps: must be one of no, sleep, fault/ }).waitFor();
        await banner.filter({ hasText: 'The last good picture is shown.' }).waitFor();
        await panel.locator('.verdict', { hasText: 'accepted, stale' }).waitFor();
        assert.deepEqual((await panel.drawn()).nodes, nodes);
        assert.deepEqual(
          (await axe(panel.frame, w.places.root)).filter((v) => !v.includes('color-contrast')),
          [],
          'what is stale is faded, all else must hold',
        );
        await w.screenshot('state-policy-broken');
        await w.open(NAME);
        const squiggle = w.page.locator('.editor-group-container').first().locator('.squiggly-error').first();
        await squiggle.waitFor();
        await w.open(CONTEXTS);
        w.write(NAME, CALM);
        await panel.when('healed', (f) => f.error === null && f.stale === null && f.busy === null);
        await w.until('no banner', async () => !(await banner.isVisible()));
        w.remove(NAME);
        await banner.filter({ hasText: `There is no policy ${NAME}.` }).waitFor();
        assert.deepEqual((await panel.drawn()).nodes, nodes);
        await w.screenshot('state-policy-gone');
        await panel.choose('policy', 'linux-7.3');
        await panel.when('mainline', (f) => f.policy === 'linux-7.3' && f.error === null && f.verdict === 'reject');
        await w.until('no banner', async () => !(await banner.isVisible()));
        await w.closeAll();
      },
    },
    {
      name: 'a hazard of the target kernel is information, in the editor and in the inspector',
      run: async () => {
        const panel = await w.graph(CONTEXTS, 'linux-7.3', 'vma_copy');
        await panel.when('accepted', (f) => f.verdict === 'accept');
        const left = w.page.locator('.editor-group-container').first();
        await w.goto(w.line(CONTEXTS, 'int vma_copy('));
        assert.equal(await left.locator('.squiggly-info').count(), 0);
        try {
          w.set({ 'bpfContext.targetKernel': '6.12' });
          await left.locator('.squiggly-info').first().waitFor();
          await panel.when('verified', (f) => f.busy === null && f.verdict === 'accept');
          await panel.rows('key');
          await panel.click(await panel.find('call bpf_copy_from_user'));
          await panel.locator('.inspector .why.hazard', { hasText: 'Hazard, not an error.' }).waitFor();
          assert.match((await panel.locator('.inspector .why.hazard').textContent())!, /mmap_lock/);
          assert.deepEqual(await axe(panel.frame, w.places.root), []);
          await w.screenshot('hazard');
          w.set({ 'bpfContext.targetKernel': '7.1' });
          await w.until(
            'no hazard',
            async () =>
              (await left.locator('.squiggly-info').count()) === 0 && (await panel.locator('.inspector .why.hazard').count()) === 0,
          );
        } finally {
          w.set({ 'bpfContext.targetKernel': null });
          await w.closeAll();
        }
      },
    },
  ];
}
