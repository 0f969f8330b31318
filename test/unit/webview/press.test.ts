// SPDX-License-Identifier: GPL-2.0-only
// @vitest-environment happy-dom
/** What would redraw the page waits while the mouse is pressed: a click is lost if its element is replaced meanwhile. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { pressGate } from '../../../webview/page/press';

describe('while the mouse is pressed', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const make = (): { did: string[]; say: (what: string) => void; mouse: (type: string, x?: number) => void } => {
    const page = document.implementation.createHTMLDocument();
    const did: string[] = [];
    const gate = pressGate(page);
    page.addEventListener('click', () => did.push('click'));
    return {
      did,
      say: (what) => gate(() => void did.push(what)),
      mouse: (type, x = 0) => void page.dispatchEvent(new MouseEvent(type, { clientX: x, clientY: 0 })),
    };
  };

  it('nothing waits before', () => {
    const { did, say } = make();
    say('a');
    expect(did).toEqual(['a']);
  });

  it('what comes waits for the click, in order', () => {
    const { did, say, mouse } = make();
    mouse('pointerdown');
    say('a');
    say('b');
    mouse('pointerup');
    say('c');
    mouse('click');
    expect(did).toEqual(['click']);
    vi.advanceTimersByTime(0);
    say('d');
    expect(did).toEqual(['click', 'a', 'b', 'c', 'd']);
  });

  it('a drag is no press: what waited is done when it begins', () => {
    const { did, say, mouse } = make();
    mouse('pointerdown');
    say('a');
    mouse('pointermove', 5);
    expect(did).toEqual([]);
    mouse('pointermove', 20);
    say('b');
    expect(did).toEqual(['a', 'b']);
  });

  it('nobody waits for a button that stays down', () => {
    const { did, say, mouse } = make();
    mouse('pointerdown');
    say('a');
    vi.advanceTimersByTime(1999);
    expect(did).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(did).toEqual(['a']);
  });

  it('what fails takes nothing else with it', () => {
    const page = document.implementation.createHTMLDocument();
    const gate = pressGate(page);
    const did: string[] = [];
    page.dispatchEvent(new MouseEvent('pointerdown'));
    gate(() => {
      throw new Error('broken');
    });
    gate(() => void did.push('a'));
    page.dispatchEvent(new MouseEvent('pointerup'));
    expect(() => vi.advanceTimersToNextTimer()).toThrow('broken');
    vi.runAllTimers();
    expect(did).toEqual(['a']);
  });
});
