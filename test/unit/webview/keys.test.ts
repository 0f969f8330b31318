// SPDX-License-Identifier: GPL-2.0-only
/** Every command of the graph has a key, and every key its line in the list. */
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../../src/contributions/commands';
import { GRAPH_COMMANDS } from '../../../src/contributions/graph-commands';
import { CONTEXT_KEYS } from '../../../src/contributions/names';
import { actionOf, KEY_LIST, moveOf } from '../../../webview/tree/keys';

const rows = Object.entries(GRAPH_COMMANDS);
const keysOf = (name: string): readonly string[] => {
  const row = rows.find(([n]) => n === name)![1];
  return [...(row.keys ?? []), ...(row.letters ?? [])];
};

describe('keys of the graph', () => {
  it('are there for each of its commands, and mean one each', () => {
    expect(rows.filter(([name]) => keysOf(name).length === 0)).toEqual([]);
    const all = rows.flatMap(([name]) => keysOf(name));
    expect(new Set(all).size).toBe(all.length);
  });
  it('have commands that act only while a graph is in front', () => {
    const graph = Object.entries(COMMANDS).filter(([name]) => name.startsWith('graph.'));
    expect(graph).toHaveLength(rows.length);
    expect(graph.filter(([, c]) => c.enablement !== CONTEXT_KEYS.graphFocused)).toEqual([]);
  });
  it('are listed as people read them', () => {
    const keys = KEY_LIST.map((line) => line.keys);
    expect(keys).toEqual(
      expect.arrayContaining(['↓ ↑', 'Ctrl+↓', 'S Shift+S', '[ ]', 'Space', '1 … 6', '+ - 0 9', '/ Ctrl+F', 'Backspace Alt+←', 'Esc']),
    );
    const listed = keys.flatMap((k) => (k.includes('…') ? ['1', '2', '3', '4', '5', '6'] : k.split(' ')));
    expect(listed).toHaveLength(rows.flatMap(([name]) => keysOf(name)).length);
  });
  it('lead where they say', () => {
    const key = (k: string, ctrlKey = false, altKey = false) => ({ key: k, ctrlKey, altKey, metaKey: false });
    expect([moveOf(key('ArrowDown')), moveOf(key('ArrowDown', true)), moveOf(key('Home')), moveOf(key('x'))]).toEqual([
      'nextInsn',
      'callee',
      'entry',
      null,
    ]);
    expect([actionOf(key('n'), true), actionOf(key('n'), false), actionOf(key('Enter'), false)]).toEqual(['nextDifference', null, 'why']);
    expect([actionOf(key('n', true), true), actionOf(key('ArrowLeft', false, true), false), actionOf(key('3'), true)]).toEqual([
      null,
      'back',
      'lens.follow',
    ]);
  });
});
