// SPDX-License-Identifier: GPL-2.0-only
/** The rules of our own: a second spelling of a fact that has one place is found. */
import { Linter } from 'eslint';
import { describe, expect, it } from 'vitest';
// @ts-expect-error -- plain JavaScript, as ESLint's configuration is
import { house } from '../../eslint.rules.mjs';

function found(code: string): string[] {
  const plugins = { house: house as NonNullable<Linter.Config['plugins']>[string] };
  const rules = {
    'house/contributed-ids': 'error',
    'house/kernel-version': 'error',
    'house/opcode-fields': 'error',
    'house/read-back': 'error',
    'house/said': 'error',
    'house/text-matching': 'error',
  } as const;
  return new Linter().verify(code, { plugins, rules, languageOptions: { sourceType: 'module' } }).map((m) => m.ruleId ?? m.message);
}

describe('lint', () => {
  it.each([
    ["run('bpfContext.verify')", 'house/contributed-ids'],
    ['say(`set "bpfContext.clang.path"`)', 'house/contributed-ids'],
    ["verify('linux-7.3')", 'house/kernel-version'],
    ['say(`Linux 7.3.4 · ${policy}`)', 'house/kernel-version'],
    ['if ((insn.code & 7) === 5) go()', 'house/opcode-fields'],
    ['const size = (insns[i].code >> 3) & 3', 'house/opcode-fields'],
    ['if (classOf(insn.code) === 5) go()', 'house/opcode-fields'],
    ['if (insn.code === 0x18) go()', 'house/opcode-fields'],
    ['if (insn.text.startsWith(call)) go()', 'house/read-back'],
    ['if (error.message.includes(name)) go()', 'house/read-back'],
    ["if (name.includes('timer')) go()", 'house/text-matching'],
    ['if (name.startsWith(`bpf_${kind}`)) go()', 'house/text-matching'],
    ['const b = name.replace(from, to)', 'house/text-matching'],
    ['const c = /x/', 'house/text-matching'],
    ["window.showInformationMessage('Nothing is open.')", 'house/said'],
    ["const open = 'Open it'; window.showWarningMessage(t('{0} is broken', name), open)", 'house/said'],
    ['window.showQuickPick(files, { title: `Files of ${name}` })', 'house/said'],
    ["window.showQuickPick(['yes'])", 'house/said'],
    ["const row = { label: `$(check) ${name}`, detail: known ? name : 'not known' }", 'house/said'],
    ["item.command = { title: 'Change', command }", 'house/said'],
    ['item.text = oneLine(`BPF: as ${kernel}`)', 'house/said'],
    ["new vscode.CodeAction('Loads on…', kind)", 'house/said'],
  ])('refuses %s', (code, rule) => expect(found(code)).toEqual([rule]));

  it.each([
    "import { a } from './linux-7.3.4'",
    "run(commandId('verify'))",
    'if (classOf(insn.code) === Class.JMP) go()',
    'if (insn.code === LD_IMM64 || result.code === 0) go()',
    '// Linux 7.3.4',
    'kinds.includes(kind)',
    "window.showInformationMessage(vscode.l10n.t('Nothing is open.'))",
    "const row = { label: `$(check) ${vscode.l10n.t('Arguments')}`, description: words }",
    "const error = { kind: 'gone', title: 'It is gone', detail: [] }",
    'item.tooltip = `${program}: ${counts}`',
  ])('takes %s', (code) => expect(found(code)).toEqual([]));
});
