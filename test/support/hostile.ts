// SPDX-License-Identifier: GPL-2.0-only
/** Names that would like to be more than names, in an object. */
import { encodeInsns } from '../../src/isa/insn';
import { SymbolType } from '../../src/object/elf';
import { BtfWriter, writeBtfExt } from '../unit/object/helpers/btf';
import { ElfWriter } from '../unit/object/helpers/elf';
import { EXIT, objectOf, type ProgramSource, RETURN_0, RETURN_NOTHING } from './objects';

/** What a name may try: line breaks, terminal codes, Markdown, HTML, icons, links, JSON in HTML, paths, direction marks. */
export const HOSTILE = {
  newline: 'nl\nok.o: p: accepted under linux-7.3, 2 instructions, not sleepable',
  carriage: 'cr\rok.o: p: accepted under linux-7.3, 2 instructions, not sleepable',
  terminal: '\u001b]0;title\u0007\u001b[31mred\u009b2J',
  markdown: '**b** [c](command:workbench.action.terminal.new) ![i](https://evil.example/t.png) `x` ``y`` | z',
  html: '<img src=x onerror=alert(1)>&lt;',
  icon: '$(bpf-may-sleep)',
  entity: 'x&quot;,&quot;uri&quot;:&quot;file:///other.bpf.c',
  path: '/../../etc/x',
  uri: '//authority/x?q#f%2f',
  direction: 'e\u202ex',
  prototype: '__proto__',
  member: 'constructor',
  long: 'L'.repeat(5000),
} as const;

/** An object with a program of each hostile name, a section that has one, and two programs that share a name; `same` is refused. */
export function hostileObject(): Uint8Array {
  const programs: ProgramSource[] = Object.values(HOSTILE).map((name) => ({ name }));
  return objectOf([
    ...programs,
    { name: 'same', insns: RETURN_NOTHING },
    { name: 'same', insns: RETURN_NOTHING },
    { name: 'same', section: 'tc' },
    { name: 'elsewhere', section: 'tc/\u001b[2J\n' },
  ]);
}

/** An object whose program `said` has an instruction for each hostile text, which is its line of source in a file that is named so too; then `exit`. */
export function hostileLines(): Uint8Array {
  const texts = Object.values(HOSTILE);
  const b = new BtfWriter();
  const said = b.func('said', b.proto(b.int('int', 4), []));
  const section = b.text('socket');
  const records = [...texts, 'return 0;'].map((text, i) => [8 * i, b.text(`/src/${text}.c`), b.text(text), (i + 1) << 10]);
  const elf = new ElfWriter();
  const code = encodeInsns([...texts.map(() => RETURN_0[0]!), EXIT]);
  elf.symbol('said', { section: elf.code('socket', code), type: SymbolType.FUNC, size: code.length });
  elf.section('license', new TextEncoder().encode('GPL\0'), { flags: 3 });
  elf.section('.BTF', b.bytes());
  elf.section('.BTF.ext', writeBtfExt([{ name: section, records: [[0, said]] }], [{ name: section, records }], []));
  return elf.bytes();
}
