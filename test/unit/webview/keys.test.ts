// SPDX-License-Identifier: GPL-2.0-only
/** Every key of the graph has a command in the palette, and can be bound. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { actionOf, KEY_ACTIONS, moveOf } from '../../../webview/tree/keys';

interface Command {
  readonly command: string;
  readonly title: string;
  readonly enablement?: string;
}

const ROOT = path.join(import.meta.dirname, '../../..');
const { commands } = (JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as { contributes: { commands: Command[] } })
  .contributes;
const graph = commands.filter((c) => c.command.startsWith('bpfContext.graph.'));

describe('keys of the graph', () => {
  it('have a command each, and each command a key', () => {
    expect(graph.map((c) => c.command.replace('bpfContext.graph.', '')).sort()).toEqual([...KEY_ACTIONS].sort());
  });
  it('have commands that act only while a graph is in front', () => {
    expect(graph.filter((c) => c.enablement !== 'bpfContext.graphFocused')).toEqual([]);
  });
  it('lead where they say', () => {
    const key = (k: string, ctrlKey = false): { key: string; ctrlKey: boolean; altKey: boolean; metaKey: boolean } => ({
      key: k,
      ctrlKey,
      altKey: false,
      metaKey: false,
    });
    expect([moveOf(key('ArrowDown')), moveOf(key('ArrowDown', true)), moveOf(key('Home')), moveOf(key('x'))]).toEqual([
      'nextInsn',
      'callee',
      'entry',
      null,
    ]);
    expect([actionOf(key('n'), true), actionOf(key('n'), false), actionOf(key('Enter'), false)]).toEqual(['nextDifference', null, 'why']);
  });
});
