// SPDX-License-Identifier: GPL-2.0-only
/** The graph: opening, selecting, stepping, choosing. */
import { strict as assert } from 'node:assert';
import type { BrowserTest } from './tests';
import type { Workbench } from './workbench';

const WALK = 'vma_walk.bpf.c';

export function explorerTests(w: Workbench): readonly BrowserTest[] {
  return [
    {
      name: 'the VSIX is installed, and the palette opens the graph beside the C file',
      always: true,
      run: async () => {
        await w.start();
        await w.open(WALK);
        await w.command('BPF: Show BPF context graph');
        const panel = await w.panel();
        const facts = await panel.settled();
        assert.equal(facts.error, null);
        assert.equal(facts.program, 'copy_heads');
        const drawn = await panel.drawn();
        assert.ok(drawn.nodes.length >= 5 && drawn.edges >= 5, JSON.stringify(drawn));
        assert.deepEqual([...drawn.cards].sort(), [...drawn.nodes].sort(), 'a small function is shown whole');
        for (const id of drawn.cards) assert.ok(await panel.locator(`.card[data-node="${id}"]`).isVisible(), id);
        assert.equal(await w.page.locator('.editor-group-container').count(), 2);
        await w.screenshot('explorer-first');
      },
    },
  ];
}
