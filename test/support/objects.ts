// SPDX-License-Identifier: GPL-2.0-only
/** Small BPF objects, made without a compiler. */
import { encodeInsns, type Insn } from '../../src/isa/insn';
import { SymbolType } from '../../src/object/elf';
import { asm, insn } from './asm';
import { ElfWriter } from '../unit/object/helpers/elf';

export const EXIT = insn`exit`;
/** `r0 = 0; exit` */
export const RETURN_0: readonly Insn[] = asm`r0 = 0; exit`;
/** `exit` with r0 never written: refused. */
export const RETURN_NOTHING: readonly Insn[] = asm`exit`;
/** Counts to `rounds` before it returns: three instructions a round, up to the kernel's million. */
export const count = (rounds: number): readonly Insn[] => asm`r0 = 0; r0 += 1; if r0 < ${rounds} goto pc-2; r0 = 0; exit`;

export interface ProgramSource {
  readonly name: string;
  readonly section?: string;
  readonly insns?: readonly Insn[];
}

/** An object with these programs; those of one section lie in it in this order. */
export function objectOf(programs: readonly ProgramSource[]): Uint8Array {
  const elf = new ElfWriter();
  const bySection = new Map<string, ProgramSource[]>();
  for (const p of programs) bySection.set(p.section ?? 'socket', [...(bySection.get(p.section ?? 'socket') ?? []), p]);
  for (const [name, list] of bySection) {
    const codes = list.map((p) => encodeInsns(p.insns ?? RETURN_0));
    const bytes = new Uint8Array(codes.reduce((n, c) => n + c.length, 0));
    let at = 0;
    const places = codes.map((code) => {
      bytes.set(code, at);
      at += code.length;
      return { value: at - code.length, size: code.length };
    });
    const section = elf.code(name, bytes);
    list.forEach((p, i) => elf.symbol(p.name, { section, type: SymbolType.FUNC, ...places[i]! }));
  }
  elf.section('license', new TextEncoder().encode('GPL\0'), { flags: 3 });
  return elf.bytes();
}

/** An object whose verification takes many seconds, with a tick every few milliseconds. */
export function longObject(programs = 60): Uint8Array {
  return objectOf(Array.from({ length: programs }, (_, i) => ({ name: `long_${i}`, insns: count(300_000) })));
}
