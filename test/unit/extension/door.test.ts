// SPDX-License-Identifier: GPL-2.0-only
/** What the extension does before there is anything for it to do. */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ALL_COMMANDS, commandId } from '../../../src/contributions/commands';
import { activate } from '../../../src/extension/extension';
import { editor, textDocument } from '../../support/vscode';

const started = vi.hoisted(() => ({ times: 0 }));
vi.mock('../../../src/extension/host', () => ({
  start: () => {
    started.times++;
    return { store: {}, catalog: {} };
  },
}));

const CONTEXT = { subscriptions: [] } as unknown as Parameters<typeof activate>[0];
const PLAIN = textDocument('/plain.c', 'int main(void) { return 0; }');
const BPF = textDocument('/filter.c', 'SEC("xdp")\nint f(void *ctx) { return 0; }');
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

beforeEach(() => {
  editor.reset();
  for (const s of CONTEXT.subscriptions.splice(0)) (s as { dispose(): void }).dispose();
  started.times = 0;
});

describe('the door', () => {
  it('loads nothing for C that is no BPF, opened before or after', async () => {
    editor.documents = [PLAIN];
    const api = activate(CONTEXT);
    editor.opened.fire(PLAIN);
    editor.saved.fire(PLAIN);
    await settled();
    expect([api.started(), started.times]).toEqual([false, 0]);
    expect([...editor.commands.keys()].sort()).toEqual(ALL_COMMANDS.map(commandId).sort());
  });

  it('loads the rest for a BPF program that is open', async () => {
    editor.documents = [BPF];
    const api = activate(CONTEXT);
    expect(api.started()).toBe(true);
    await api.ready();
    expect(started.times).toBe(1);
  });

  it('loads the rest once, for the first BPF program that is opened', async () => {
    const api = activate(CONTEXT);
    expect(api.started()).toBe(false);
    editor.opened.fire(BPF);
    expect(api.started()).toBe(true);
    await api.ready();
    expect(started.times).toBe(1);
  });

  it('loads the rest for a command, and passes it on to what is then there', async () => {
    const api = activate(CONTEXT);
    const id = commandId('verify');
    const refused = expect(editor.commands.get(id)!('a', 'b')).rejects.toThrow(`command ${id} not found`);
    await api.ready();
    await refused;
    // the stand-ins are gone, so that what takes their place can be registered
    expect(editor.commands.size).toBe(0);
  });
});
