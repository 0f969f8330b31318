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
  ])('refuses %s', (code, rule) => expect(found(code)).toEqual([rule]));

  it.each([
    "import { a } from './linux-7.3.4'",
    "run(commandId('verify'))",
    'if (classOf(insn.code) === Class.JMP) go()',
    'if (insn.code === LD_IMM64 || result.code === 0) go()',
    '// Linux 7.3.4',
    'kinds.includes(kind)',
  ])('takes %s', (code) => expect(found(code)).toEqual([]));
});
