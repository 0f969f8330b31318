// SPDX-License-Identifier: GPL-2.0-only
/** Rules of the house that lint holds: each fails where it should. */
import path from 'node:path';
import { ESLint } from 'eslint';
import { describe, expect, it } from 'vitest';

const eslint = new ESLint({ cwd: path.resolve(import.meta.dirname, '../..') });

async function broken(file: string, code: string): Promise<string[]> {
  const [result] = await eslint.lintText(`// SPDX-License-Identifier: GPL-2.0-only\n${code}\n`, { filePath: file });
  return result!.messages.flatMap((m) => (m.ruleId?.startsWith('house/') === true ? [m.ruleId] : []));
}

describe('what is shown is not read back', () => {
  it.each([
    "export const call = (insn: { text: string }): boolean => insn.text.startsWith('call');",
    'export const call = (i: { text: string }): boolean => /^call/.test(i.text);',
    "export const kind = (held: { key: string }): string => held.key.split('@')[0]!;",
    "export const name = (node: { id: string }): string => node.id.replace(/^f0/, '');",
    "export const leaks = (r: { reason: string | null }): boolean => r.reason?.includes('leak') === true;",
    "export const same = (e: HTMLElement): boolean => e.textContent!.trim().startsWith('b1');",
  ])('%s', async (code) => expect(await broken('webview/model/rows.ts', code)).toEqual(['house/read-back']));
  it.each([
    'export const shown = (insn: { text: string }): string => `${insn.text};`;',
    "export const called = (insn: { source: { text: string } }): boolean => insn.source.text.includes('bpf_');",
    "export const lines = (log: { text: string }): string[] => log.text.split('\\n');",
  ])('but %s', async (code) => expect(await broken('src/graph/build.ts', code)).toEqual([]));
});
