// SPDX-License-Identifier: GPL-2.0-only
/** What happens to the panel over time: reloads, edits, errors, long work. */
import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { axe } from './looks';
import { WALK } from './explorer';
import type { BrowserTest } from './tests';
import type { Workbench } from './workbench';

/** So many programs that each use up the kernel's million instructions that no machine is done with them before the panel is there. */
const LONG = `#include "bpf_example.h"

u64 table[1024];
${Array.from(
  { length: 30 },
  (_, n) => `
SEC("fentry.s/__x64_sys_getpgid")
int long_walk${n}(void *ctx)
{
	for (u64 i = 0; i < 2000000; i++) {
		table[i & 1023] += i;
		asm volatile("" : "+r"(i));
	}
	return 0;
}
`,
).join('')}
char LICENSE[] SEC("license") = "GPL";
`;

export function lifetimeTests(w: Workbench): readonly BrowserTest[] {
  return [
    {
      name: 'a reload of the window brings the panel back: program, policy, selection, rows and zoom',
      run: async () => {
        let panel = await w.walk('nested_walk');
        await panel.rows('all');
        const call = await panel.find('call bpf_iter_task_vma_new');
        await panel.click(call);
        await w.tap(panel.locator('[aria-label="Zoom out"]'));
        const { zoom } = await panel.drawn();
        await w.reload();
        panel = await w.panel();
        const facts = await panel.when('the picture', (f) => f.program === 'nested_walk' && f.busy === null && f.verdict === 'reject');
        assert.equal(facts.policy, 'forbid-fault');
        assert.equal(facts.selected, call);
        await panel.locator('.segment[data-value="all"][aria-pressed="true"]').waitFor();
        await w.until('the zoom', async () => Math.abs((await panel.drawn()).zoom - zoom) < 0.01);
        await panel.rows('key');
      },
    },
    {
      name: 'an edit makes the picture stale, and taking it back makes it fresh',
      run: async () => {
        const panel = await w.walk('nested_walk');
        await w.goto(10);
        await w.page.keyboard.type('u64 more;');
        await panel.when('stale', (f) => f.stale !== null);
        await panel.locator('.banner.stale', { hasText: 'Stale' }).waitFor();
        await panel.locator('.verdict', { hasText: 'stale' }).waitFor();
        await w.screenshot('state-stale');
        await w.focusEditor();
        await w.until('fresh', async () => {
          if ((await panel.facts()).stale === null) return true;
          await w.page.keyboard.press('Control+Z');
          return null;
        });
        await w.until('no banner', async () => !(await panel.locator('.banner').isVisible()));
      },
    },
    {
      name: 'an error of the compiler keeps the last good picture under a banner, until it compiles again',
      run: async () => {
        await w.closeAll();
        w.write('edited.bpf.c', w.read(WALK));
        const panel = await w.graph('edited.bpf.c', 'forbid-fault');
        const { nodes } = await panel.drawn();
        await w.goto(10);
        await w.page.keyboard.type('int broken = nonsense;');
        await w.page.keyboard.press('Control+S');
        await panel.when('the error', (f) => f.error?.kind === 'compile-error');
        await panel.locator('.banner', { hasText: 'edited.bpf.c does not compile' }).waitFor();
        await panel.locator('.banner', { hasText: "use of undeclared identifier 'nonsense'" }).waitFor();
        assert.deepEqual((await panel.drawn()).nodes, nodes, 'the picture must stay');
        assert.ok(await panel.locator('.card').first().isVisible());
        await w.page.locator('.squiggly-error').first().waitFor();
        assert.deepEqual(
          (await axe(panel.frame, w.places.root)).filter((v) => !v.includes('color-contrast')),
          [],
          'what is stale is faded, all else must hold',
        );
        await w.screenshot('state-compile-error-stale');
        await w.focusEditor();
        await w.page.keyboard.press('Control+Shift+K');
        await w.page.keyboard.press('Control+S');
        await panel.when('healed', (f) => f.error === null && f.stale === null && f.busy === null);
        await w.until('no banner', async () => !(await panel.locator('.banner').isVisible()));
        await w.closeAll();
      },
    },
    {
      name: 'a file that never compiled shows the errors, and a click goes to the line',
      run: async () => {
        await w.closeAll();
        w.write('never.bpf.c', '#include "bpf_example.h"\n\nSEC("tc")\nint never(void *ctx)\n{\n\treturn missing;\n}\n');
        const panel = await w.graph('never.bpf.c');
        await panel.locator('.notice.compile-error h2', { hasText: 'never.bpf.c does not compile' }).waitFor();
        assert.deepEqual(await axe(panel.frame, w.places.root), []);
        await w.screenshot('state-compile-error');
        await w.tap(panel.locator('.notice .link', { hasText: '6:9' }));
        await w.atLine(6);
        await w.closeAll();
      },
    },
    {
      name: 'a missing clang is said with the setting that helps, and noticed when it is set',
      run: async () => {
        const walk = await w.walk('copy_heads');
        w.write('noclang.bpf.c', w.read(WALK));
        w.set({ 'bpfContext.clang.path': '/nonexistent/clang' });
        try {
          await walk.when('no compiler any more', (f) => f.error?.kind === 'compiler-missing');
          await walk.locator('.banner', { hasText: 'clang was not found' }).waitFor();
          await w.closeAll();
          const panel = await w.graph('noclang.bpf.c');
          await panel.when('no compiler', (f) => f.error?.kind === 'compiler-missing');
          await panel.locator('.notice', { hasText: 'bpfContext.clang.path' }).waitFor();
          assert.deepEqual(await axe(panel.frame, w.places.root), []);
          await w.screenshot('state-no-clang');
          w.set({ 'bpfContext.clang.path': null });
          await panel.when('a verdict', (f) => f.error === null && f.verdict !== null);
          await panel.locator('.card').first().waitFor();
        } finally {
          w.set({ 'bpfContext.clang.path': null });
          await w.closeAll();
        }
      },
    },
    {
      name: 'long work shows its progress, Cancel ends it, and what is empty says what to open',
      run: async () => {
        await w.closeAll();
        w.write('long.bpf.c', LONG);
        await w.open('long.bpf.c');
        await w.command('BPF: Show BPF context graph');
        const panel = await w.panel();
        const bar = panel.locator('.notice.loading [role="progressbar"]');
        await bar.waitFor();
        await w.until('verifying', async () => Number(await bar.getAttribute('aria-valuenow')) > 0);
        await w.screenshot('state-loading');
        await w.tap(panel.locator('vscode-button', { hasText: 'Cancel' }));
        await panel.when('idle', (f) => f.busy === null);
        await panel.locator('.notice', { hasText: 'Nothing to show yet' }).waitFor();
        await w.screenshot('state-empty');
        await w.closeAll();
      },
    },
    {
      name: 'a damaged object says what is wrong, and is read again by itself when it is whole',
      run: async () => {
        await w.closeAll();
        const whole = readFileSync(path.join(w.places.workspace, 'contexts.bpf.o'));
        w.write('cut.bpf.o', whole.subarray(0, 1000));
        await w.open('cut.bpf.o');
        let frame = await w.frame('body > h2');
        await frame.locator('h2', { hasText: 'cut.bpf.o' }).waitFor();
        assert.deepEqual(await axe(frame, w.places.root), []);
        await w.screenshot('state-unreadable');
        await w.command('BPF: Show BPF context graph');
        const panel = await w.panel();
        await panel.when('unreadable', (f) => f.error?.kind === 'unreadable');
        await panel.locator('.notice.unreadable').waitFor();
        w.write('cut.bpf.o', whole);
        await panel.when('whole again', (f) => f.error === null && f.verdict !== null);
        frame = await w.programs(9);
        assert.deepEqual(await axe(frame, w.places.root), []);
        await w.closeAll();
      },
    },
  ];
}
