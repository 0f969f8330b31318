// @vitest-environment happy-dom
// SPDX-License-Identifier: GPL-2.0-only
/** The panel's page as a person meets it: the first picture of a refused program, what its parts say, keys, search, and what stands there without a picture. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawn, find, host, leave, likeBrowser, press, tell, words } from '../../support/page';
import { Shown } from '../../support/shown';

let five: Shown;
const part = (selector: string): HTMLElement => document.querySelector<HTMLElement>(selector)!;
const inspector = (): string => words(part('.inspector'));
const selected = (): number | null => (window.bpfContextTest!.state() as { selected: number | null }).selected;
const tree = (): HTMLElement => find('tree', /^Context graph/);
const item = (): string => words(tree().querySelector('[aria-selected=true]'));

/** A command of the palette. */
async function command(name: string): Promise<void> {
  await tell({ type: 'command', command: name });
  await five.answer();
}
/** A key in the graph's tree. */
async function key(name: string, more: KeyboardEventInit = {}): Promise<void> {
  press(name, tree().querySelector('[tabindex="0"]')!, more);
  await five.answer();
}
async function click(element: HTMLElement, more: MouseEventInit = {}): Promise<void> {
  element.dispatchEvent(new MouseEvent('click', { bubbles: true, ...more }));
  await five.answer();
}

beforeAll(async () => {
  likeBrowser();
  five = new Shown('test/media/five.bpf.o');
  await import('../../../webview/main');
});
afterAll(leave);

describe('the page', () => {
  it('says that it is ready, and what is done until there is a picture', async () => {
    expect(host.said[0]).toEqual({ type: 'ready' });
    await five.show('', { detail: null, programs: [], busy: { stage: 'verify', progress: 0.5 } });
    expect(words(part('.loading'))).toMatch(/^Verifying… ✓ Compiled .*Verifying 500,000 of at most 1,000,000/);
    expect(find('progressbar', /limit/).getAttribute('aria-valuenow')).toBe('50');
    press('Escape', part('.loading'));
    expect(host.said.at(-1)).toEqual({ type: 'cancel' });
  });

  it('says why there is no picture, with the places', async () => {
    const error = { kind: 'compile-error', title: 'five.bpf.c does not compile', message: '', details: ['clang says'] } as const;
    const at = { file: 'five.bpf.c', line: 3, column: 1, severity: 'error', message: 'no such type' } as const;
    await five.show('', { detail: null, programs: [], error: { ...error, diagnostics: [at] } });
    expect(words(find('alert', /./))).toBe('five.bpf.c does not compile clang says 3:1 no such type');
    await click(find('button', '3:1'));
    expect(host.said.at(-1)).toMatchObject({ type: 'openSource', place: { file: 'five.bpf.c', line: 3 } });
  });

  it('says what to do when nothing is open, and why a program has no graph', async () => {
    await five.show('', { detail: null, programs: [] });
    expect(words(part('.notice'))).toMatch(/^Nothing to show yet Open a C file/);
    await click(part('vscode-button'));
    const result = { ...five.result.programs[0]!, withoutGraph: { kind: 'time' } as never };
    await five.show('leak', { detail: null, programs: [result] });
    expect(words(find('alert', /./))).toMatch(/^No picture of leak /);
  });
});

describe('a refused program', () => {
  beforeAll(() => five.show('leak'));

  it('is shown where it is refused, with why, what led to it, and what makes it right', () => {
    expect(selected()).toBe(17);
    expect(inspector()).toMatch(
      /^Instruction 17 b3 · five\.bpf\.c :42 ← → exit; \} ‹ State 2 of 2 › Compare p is not released on one path reference-leak /,
    );
    expect(inspector()).toContain(
      'Because 1 line 33 bpf_task_from_pid() acquires the reference to task_struct 1 2 line 37 this branch skips the release of line 40 9 3 line 37 the program returns with it still held 9',
    );
    expect(inspector()).toContain('To make it right Call bpf_task_release(p) before the return at line 37 too.');
    expect(inspector()).toContain('Must not sleep here. This is fentry; only fentry.s programs may sleep.');
  });

  it('has its programs, policies and counters in the toolbar, and its verdict', async () => {
    expect(words(part('.toolbar'))).toMatch(
      /^Program leak packet asleep unchecked misplaced .*Policy linux-7\.3 forbid-fault Compare with none forbid-fault .*rejected 18 insns/,
    );
    const list = part('#program') as HTMLElement & { value: string };
    list.value = 'packet';
    list.dispatchEvent(new Event('change'));
    expect(host.said.at(-1)).toEqual({ type: 'selectProgram', program: 'packet' });
    for (const [id, said] of [
      ['policy', { type: 'selectPolicy', policy: 'forbid-fault' }],
      ['compare', { type: 'compareWith', policy: 'forbid-fault' }],
    ] as const) {
      const choice = part(`#${id}`) as HTMLElement & { value: string };
      choice.value = 'forbid-fault';
      choice.dispatchEvent(new Event('change'));
      expect(host.said.at(-1)).toEqual(said);
    }
    await click(part('.verdict'));
    expect(selected()).toBe(17);
  });

  it('is drawn as cards of its blocks, with what is held and what never ran', () => {
    const cards = [...document.querySelectorAll('.card')].map(words);
    expect(cards).toHaveLength(4);
    expect(cards[0]).toMatch(/^b0 0–2 · lines 33–35 .*call bpf_task_from_pid/);
    expect(part('.card.selected').classList.contains('rejected')).toBe(true);
  });

  it('has buttons for its code’s page, the message, and all of it as Markdown', async () => {
    await click(find('button', 'reference-leak'));
    expect(host.said.at(-1)).toEqual({ type: 'openProblem', code: 'reference-leak' });
    const copied = async (name: string): Promise<string> => {
      await click(
        [...document.querySelectorAll<HTMLElement>('.inspector vscode-button, .inspector button')].find((b) => words(b) === name)!,
      );
      return host.last('copy')!.text;
    };
    expect(await copied('Copy message')).toBe(
      'Unreleased reference id=2 alloc_insn=1\nBPF_EXIT instruction in main prog would lead to reference leak',
    );
    expect(await copied('Copy as Markdown')).toContain(
      'To make it right\n\nCall bpf\\_task\\_release(p) before the return at line 37 too.',
    );
  });

  it('goes from state to state of an instruction', async () => {
    await command('nextState');
    expect(inspector()).toContain('‹ State 1 of 2 ›');
    await command('previousState');
    expect(inspector()).toContain('‹ State 2 of 2 ›');
    await click(find('button', 'Compare'));
    expect(inspector()).toMatch(/State 1|differ/);
  });

  it('says where a register’s value comes from when that is chosen', async () => {
    await five.show('asleep');
    expect(inspector()).toContain('Where r1 comes from newest first 4 r1 += -8 ← 3 r1 = r10 ← frame pointer');
    await click(part('[title="Where r2 comes from"]'));
    expect(inspector()).toContain('Where r2 comes from newest first 5 w2 = 8');
    await five.show('leak');
  });

  it('lets a pressed link be until the click, whatever the host says meanwhile', async () => {
    const link = [...document.querySelectorAll<HTMLElement>('.inspector .link')].find((b) => words(b) === '1')!;
    link.dispatchEvent(new MouseEvent('pointerdown', { bubbles: true }));
    await tell({ type: 'command', command: 'nextState' });
    expect(link.isConnected).toBe(true);
    link.dispatchEvent(new MouseEvent('pointerup', { bubbles: true }));
    link.dispatchEvent(new MouseEvent('click', { bubbles: true }));
    expect(selected()).toBe(1);
    await click(part('.verdict'));
  });

  it('keeps the focus on the control that was used when it is drawn anew', async () => {
    const next = (): HTMLElement => find('button', 'Next state', part('.inspector'));
    next().focus();
    const before = next();
    await click(before);
    expect(inspector()).toContain('‹ State 1 of 2 ›');
    expect([before.isConnected, document.activeElement === next()]).toEqual([false, true]);
    await five.show('leak');
  });

  it('keeps it where the text of the control is another by then', async () => {
    const compare = (): HTMLElement => part('.inspector .compare-states');
    compare().focus();
    await click(compare());
    expect([words(compare()), document.activeElement === compare()]).toEqual([expect.stringMatching(/^Compared with/), true]);
    await click(compare());
    await five.show('leak');
  });

  it('gives every control in it an identity', async () => {
    const nameless = (): string[] =>
      [...document.querySelectorAll('.inspector :is(button, summary, vscode-button)')]
        .filter((el) => !el.hasAttribute('data-control'))
        .map((el) => `${el.tagName} ${words(el)}`);
    expect(document.querySelectorAll('.inspector [data-control]').length).toBeGreaterThan(20);
    expect(nameless()).toEqual([]);
    for (const lens of ['sleep', 'follow', 'would', 'heat'] as const) {
      await command(`lens.${lens}`);
      expect(document.querySelector('.inspector .lens-page'), lens).not.toBeNull();
      expect(nameless(), lens).toEqual([]);
    }
    await command('escape');
    await five.show('leak');
  });

  it('has sections that stay closed', async () => {
    const details = [...document.querySelectorAll('.inspector details')].find((d) =>
      words(d).startsWith('Registers'),
    ) as HTMLDetailsElement;
    details.open = false;
    details.dispatchEvent(new Event('toggle'));
    await five.answer();
    expect(JSON.stringify(host.saved)).toContain('registers');
  });
});

describe('keys in the graph', () => {
  beforeAll(() => five.show('leak'));

  it('go from instruction to instruction, block to block, and ask where there are several', async () => {
    await key('Home');
    expect(item()).toMatch(/^0, line 33, .*must not sleep/);
    await key('ArrowDown');
    expect(selected()).toBe(1);
    await key('ArrowUp');
    expect(selected()).toBe(0);
    await key('ArrowRight');
    // two ways lead on: a list opens
    const list = find('menu', 'Goes on to');
    expect([...list.children].map(words)).toEqual([expect.stringMatching(/^b1/), expect.stringMatching(/^b3/)]);
    press('ArrowDown', list);
    press('ArrowUp', list);
    press('ArrowRight', list);
    await five.answer();
    expect(selected()).toBe(3);
    await key('ArrowLeft');
    expect(selected()).toBe(0);
    await key('End');
    expect(selected()).toBe(17);
  });

  it('go back and forward in what was looked at', async () => {
    await key('Home');
    await key('End');
    await command('back');
    expect(selected()).toBe(0);
    await click(find('button', /Forward/));
    expect(selected()).toBe(17);
  });

  it('go from event to event', async () => {
    await key('Home');
    await key('ArrowRight', { ctrlKey: true });
    expect(selected()).toBe(1);
    await key('ArrowRight', { ctrlKey: true });
    await key('ArrowLeft', { ctrlKey: true });
    expect(selected()).toBe(1);
  });

  it('that are letters can be switched off', async () => {
    await key('Home');
    const shown = part('.inspector').hidden;
    await key('i');
    const toggled = part('.inspector').hidden;
    await key('i');
    await five.change({ singleKeys: false });
    await key('i');
    expect([toggled, part('.inspector').hidden]).toEqual([!shown, shown]);
    await five.change({ singleKeys: true });
  });

  it('are listed in a dialog', async () => {
    await command('keys');
    const dialog = find('dialog', 'Keys of the graph') as HTMLDialogElement;
    expect(words(dialog)).toContain('next, previous instruction');
    dialog.close();
    dialog.remove();
  });

  it('lead to the C line, and to the editor', async () => {
    await key('Home');
    await key('g');
    expect(host.last('openSource')?.place).toMatchObject({ line: 33 });
    await command('why');
    expect(document.activeElement?.closest('.inspector')).not.toBeNull();
    await command('sayWhy');
    expect(words(part('[aria-live]'))).not.toBe('');
  });
});

describe('search', () => {
  const field = (): HTMLElement & { value: string } => part('vscode-text-field') as HTMLElement & { value: string };
  const type = async (text: string): Promise<void> => {
    field().value = text;
    field().dispatchEvent(new Event('input'));
    await five.answer();
  };
  beforeAll(() => five.show('leak'));

  it('counts what it finds, and goes from hit to hit', async () => {
    await command('search');
    await type('bpf_task');
    expect(words(part('.search-count'))).toBe('2 hits');
    press('Enter', field());
    await five.answer();
    expect([selected(), words(part('.search-count'))]).toEqual([1, '1 of 2']);
    press('Enter', field());
    await five.answer();
    expect(selected()).toBe(15);
    press('Enter', field(), { shiftKey: true });
    await five.answer();
    expect(selected()).toBe(1);
  });

  it('says when there is nothing, and ends with Escape', async () => {
    await type('no such thing');
    expect(words(part('.search-count'))).toBe('no hits');
    press('Escape', field());
    await five.answer();
    expect(words(part('.search-count'))).toBe('');
  });
});

describe('a banner', () => {
  beforeAll(() => five.show('leak'));

  it('says that the picture is old, and how old', async () => {
    await five.change({ stale: { reason: 'The file was edited.', edits: 2 } });
    expect(words(part('.banner'))).toBe('Stale. The file was edited. 2 edits since; save to verify again.');
    expect(document.body.classList.contains('stale')).toBe(true);
    await five.change({ stale: null });
    expect(part('.banner').hidden).toBe(true);
  });

  it('says what failed since, and keeps the picture', async () => {
    const error = {
      kind: 'gone',
      title: 'five.bpf.c is not there any more',
      message: 'It was moved.',
      details: [],
      diagnostics: [],
    } as const;
    await five.change({ error });
    expect(words(part('.banner'))).toBe('five.bpf.c is not there any more. It was moved. The last good picture is shown.');
    expect(document.querySelectorAll('.card')).toHaveLength(4);
    await five.change({ error: null });
  });

  it('says what is not modelled', async () => {
    const detail = {
      result: { ...five.result.programs[0]!, verdict: 'unknown' as const, reason: 'Qdisc_ops.init' },
      graph: five.graph('leak'),
      offer: null,
    };
    await five.change({ detail });
    expect(words(part('.banner'))).toMatch(/^No verdict\. Qdisc_ops\.init is not modelled/);
    await five.show('leak');
  });
});

describe('what the host says beside', () => {
  beforeAll(() => five.show('leak'));

  it('shows an instruction, or marks those of the cursor’s line', async () => {
    await tell({ type: 'reveal', insn: 1 });
    await five.answer();
    expect(selected()).toBe(1);
    await tell({ type: 'highlight', insns: [10] });
    await drawn();
    expect(document.querySelectorAll('.card.linked, .row.linked').length).toBeGreaterThan(0);
    await tell({ type: 'highlight', insns: [] });
  });

  it('is remembered for the next life of the page', () => {
    expect(host.saved).toMatchObject({ program: 'leak', selected: 1 });
  });
});

describe('the width of the inspector', () => {
  it('is set with the arrow keys, within limits', async () => {
    const handle = find('separator', 'Width of the inspector');
    const before = Number(handle.getAttribute('aria-valuenow'));
    press('ArrowLeft', handle);
    expect(Number(handle.getAttribute('aria-valuenow'))).toBe(before + 16);
    for (let n = 0; n < 60; n++) press('ArrowRight', handle);
    expect(handle.getAttribute('aria-valuenow')).toBe('260');
    await drawn();
  });
});
