// @vitest-environment happy-dom
// SPDX-License-Identifier: GPL-2.0-only
/** Lenses, path, comparison and levels of the drawing, on real programs. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawn, find, host, leave, likeBrowser, painted, tell, words } from '../../support/page';
import { Shown } from '../../support/shown';

let first: Shown;
let contexts: Shown;
let page: Shown;
const part = (selector: string): HTMLElement => document.querySelector<HTMLElement>(selector)!;
const inspector = (): string => words(part('.inspector'));
const state = (): { selected: number | null } => window.bpfContextTest!.state() as { selected: number | null };
const level = (): string => (window.bpfContextTest!.drawn() as { level: string }).level;
async function command(name: string): Promise<void> {
  await tell({ type: 'command', command: name });
  await page.answer();
}
async function click(element: Element, type = 'click', more: MouseEventInit = {}): Promise<void> {
  element.dispatchEvent(new MouseEvent(type, { bubbles: true, ...more }));
  await page.answer();
}
async function show(shown: Shown, program: string): Promise<void> {
  page = shown;
  await shown.show(program);
}

beforeAll(async () => {
  likeBrowser();
  first = new Shown('examples/first_look.bpf.o', 'forbid-fault');
  contexts = new Shown('examples/contexts.bpf.o');
  await import('../../../webview/main');
});
afterAll(leave);

describe('a lens', () => {
  beforeAll(() => show(first, 'copy_while_held'));

  it('says where the program may sleep', async () => {
    await command('lens.sleep');
    expect(words(part('.lens-page'))).toBe(
      'Where it may sleep 14 of 32 instructions that were reached may sleep on every path. Runs 2 0–8 b0 :21–22 33–37 b5 :22–32',
    );
    expect(words(part('.legend'))).toContain('depends on the path');
    await click(find('button', /^33–37/));
    expect(state().selected).toBe(33);
  });

  it('says which calls would sleep', async () => {
    await command('lens.would');
    expect(words(part('.lens-page'))).toMatch(/^What would sleep .*21 bpf_copy_from_user faults: rejected here/);
  });

  it('says where the work is', async () => {
    await command('lens.heat');
    expect(words(part('.lens-page'))).toMatch(/^Where the work is 34 instructions processed for 45 in the program/);
    expect(words(part('.legend'))).toMatch(/^Heat: visits of a block/);
    expect(words(part('.card'))).toMatch(/1 visit/);
  });

  it('follows a resource through its life, chosen by its chip', async () => {
    await command('lens.follow');
    const chips = [...find('group', 'Resources').children] as HTMLElement[];
    expect(chips.map(words)).toEqual(['#1', 'F 3', 'R 1']);
    await click(chips[1]!);
    expect(words(part('.lens-page'))).toContain('8 acquired bpf_iter_task_vma_next :22');
    await click(chips[2]!);
    expect(host.last('ask')?.ask).toMatchObject({ name: 'follow' });
    expect(words(part('.lens-page'))).toContain('RCU read section');
    await command('escape');
    expect(document.querySelector('.lens-page')).toBeNull();
  });
});

describe('the path to a rejection', () => {
  const steps = (): string => words(part('.step-count'));
  beforeAll(async () => {
    await show(first, 'copy_while_held');
    await command('lens.path');
  });

  it('has its steps numbered, what is held along it, and where one may sleep', () => {
    expect(words(part('.timeline'))).toMatch(/^Path to the rejection 2 of 27 instructions matter/);
    const drawnWords = [...document.querySelectorAll('.timeline text')].map((t) => t.textContent);
    expect(drawnWords).toEqual(
      expect.arrayContaining(['1', 'rejected here', 'May sleep?', 'F 3 vm_area_struct of it', 'still held: forbids it', 'left at 16']),
    );
    expect(host.last('steps')).toEqual({ type: 'steps', program: 'copy_while_held', steps: [{ insn: 8, number: 1 }] });
  });

  it('is walked step by step, or instruction by instruction', async () => {
    await command('stepBack');
    expect([state().selected, steps()]).toEqual([8, 'Step 1 of 1']);
    await command('stepOn');
    expect([state().selected, steps()]).toEqual([21, 'The end']);
    await click(find('button', 'Every instruction'));
    await command('stepBack');
    expect(steps()).toMatch(/^Instruction \d+, 26 of 27$/);
    await click(find('button', 'What matters'));
    await command('stepBack');
  });

  it('plays and pauses', async () => {
    await click(find('button', 'Play'));
    expect(find('button', 'Pause').textContent).toBe('❚❚');
    await command('play');
    expect(find('button', 'Play').textContent).toBe('▷');
    await command('escape');
    expect(part('.timeline').hidden).toBe(true);
  });

  it('is clicked at a step to go there', async () => {
    await command('lens.path');
    const disc = part('.timeline [role=button], .timeline .disc, .timeline .step-disc');
    await click(disc);
    expect(state().selected).toBe(8);
    await command('escape');
  });
});

describe('the drawing', () => {
  const row = (insn: number): HTMLElement => part(`.row[data-insn="${insn}"]`);
  beforeAll(async () => {
    await show(first, 'copy_while_held');
    await command('rows');
  });

  it('selects what is clicked, and opens its line with Ctrl', async () => {
    await click(row(8));
    expect(state().selected).toBe(8);
    expect(host.last('selected')).toEqual({ type: 'selected', program: 'copy_while_held', insn: 8 });
    await click(row(8), 'click', { ctrlKey: true });
    expect(host.last('openSource')?.place.line).toBe(22);
    await click(part('.card-head'));
    expect(state().selected).toBe(0);
  });

  it('folds a block with a double click on its head, and opens a folded row with a click', async () => {
    const rows = (): number => part('.card').querySelectorAll('.row').length;
    const before = rows();
    await click(part('.card-head .id'), 'dblclick');
    const after = rows();
    expect(after).not.toBe(before);
    await click(part('.card-head .id'), 'dblclick');
    expect(rows()).toBe(before);
    const fold = document.querySelector<HTMLElement>('.row.fold');
    if (fold !== null) {
      const folded = document.querySelectorAll('.row').length;
      await click(fold);
      expect(document.querySelectorAll('.row').length).toBeGreaterThan(folded);
    }
  });

  it('shows a region’s page with a click on its label, and follows it with two', async () => {
    const label = part('.region-label');
    await click(label);
    expect(words(part('.lens-page'))).toMatch(/Entered|Acquired|Taken|begins/i);
    await click(part('.region-label'), 'dblclick');
    expect(words(part('.lens-page'))).toMatch(/^(#1|F 3|R 1) Life of /);
    await command('escape');
  });

  it('zooms with the wheel and Ctrl, and moves without', async () => {
    const zoom = (): number => (window.bpfContextTest!.drawn() as { zoom: number }).zoom;
    const before = zoom();
    const wheel = (more: object): boolean => part('.canvas').dispatchEvent(Object.assign(new Event('wheel', { bubbles: true }), more));
    wheel({ deltaX: 0, deltaY: -30, ctrlKey: true, clientX: 10, clientY: 10 });
    await page.answer();
    expect(zoom()).toBeGreaterThan(before);
    const at = window.bpfContextTest!.renderedPosition('f0b0')!;
    wheel({ deltaX: 0, deltaY: 40 });
    await page.answer();
    expect(window.bpfContextTest!.renderedPosition('f0b0')!.y).toBe(at.y - 40);
    await command('actualSize');
    expect(zoom()).toBe(1);
    await command('zoomOut');
    await command('zoomIn');
    await command('fit');
    expect(zoom()).toBeGreaterThan(0);
  });

  it('has levels further out: blocks, chains and staves, and goes back to instructions', async () => {
    const go = async (name: string): Promise<void> => click(find('button', name, part('.level-bar')));
    await go('Blocks');
    expect([level(), part('.canvas').classList.contains('is-far')]).toEqual(['blocks', true]);
    expect(painted(part('canvas.far') as HTMLCanvasElement).join(' ')).toMatch(/b0/);
    await go('Chains');
    expect(level()).toBe('chains');
    await go('Functions');
    expect([level(), part('.canvas .staves').hidden]).toEqual(['functions', false]);
    expect(find('treeitem', /^copy_while_held|copy_while_held/)).toBeDefined();
    await command('why');
    expect(level()).not.toBe('functions');
    await go('Instructions');
    expect(level()).toBe('instructions');
  });

  it('over blocks opens a peek of the one that is rested on', async () => {
    await click(find('button', 'Blocks', part('.level-bar')));
    const at = window.bpfContextTest!.renderedPosition('f0b0')!;
    part('.canvas').dispatchEvent(new PointerEvent('pointermove', { clientX: at.x, clientY: at.y, bubbles: true }));
    await expect.poll(() => words(part('.peek'))).toMatch(/b0/);
    await command('play');
    part('.canvas').dispatchEvent(new PointerEvent('pointerleave', { bubbles: true }));
    await click(find('button', 'Instructions', part('.level-bar')));
  });

  it('moves to where the map is clicked', async () => {
    const before = window.bpfContextTest!.renderedPosition('f0b0')!;
    const map = part('.minimap') as HTMLCanvasElement;
    map.setPointerCapture = () => undefined;
    map.dispatchEvent(new PointerEvent('pointerdown', { clientX: 60, clientY: 80 }));
    map.dispatchEvent(new PointerEvent('pointerup', { clientX: 60, clientY: 80 }));
    await drawn();
    expect(window.bpfContextTest!.renderedPosition('f0b0')).not.toEqual(before);
  });

  it('is drawn anew in the colours of another theme', async () => {
    document.body.className = 'vscode-light';
    await drawn();
    expect(level()).toBe('instructions');
  });
});

describe('a comparison', () => {
  beforeAll(async () => {
    await show(first, 'copy_while_held');
    await first.compareWith('linux-7.3');
  });

  it('lists the differences, with both sides in words', () => {
    expect(inspector()).toMatch(/^\d+ differences? /);
    expect(words(part('.differences'))).toContain('A linux-7.3 B forbid-fault');
    expect(words(part('.differences'))).toMatch(/All programs of this file 2 .*copy_while_held ✓ accepted/);
  });

  it('is walked difference by difference', async () => {
    const chosen = (): string => words(part('.difference.chosen')).slice(0, 12);
    const at = chosen();
    await click(find('button', 'Next difference'));
    expect(words(part('.differences'))).toMatch(/2 of \d+/);
    await click(find('button', 'Previous difference'));
    expect(chosen()).toBe(at);
    await command('nextDifference');
    await click(part('.difference:not(.chosen)'));
    expect(state().selected).not.toBeNull();
  });

  it('marks blocks that differ, with both answers under them', () => {
    const cards = [...document.querySelectorAll('.card.different')].map(words);
    expect(cards.length).toBeGreaterThan(0);
    expect(cards.join(' ')).toMatch(/ A .* B /);
  });

  it('leads to other programs of the file', async () => {
    await click(find('button', 'release_then_copy'));
    expect(host.said.at(-1)).toEqual({ type: 'selectProgram', program: 'release_then_copy' });
    await first.change({ compare: null });
    expect(document.querySelector('.differences')).toBeNull();
  });
});

describe('programs with other contexts', () => {
  it('say what kind each region is', async () => {
    await show(contexts, 'locked_count');
    expect(words(part('.legend'))).toMatch(/held along this edge|may sleep/);
    await show(contexts, 'irq_copy');
    expect(inspector()).toContain('saved IRQ flags');
    await show(contexts, 'preempt_copy');
    expect(inspector()).toContain('preemption');
  });
});
