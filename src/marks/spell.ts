// SPDX-License-Identifier: GPL-2.0-only
/** Instructions as blocks and the disassembly show them: the kernel log's spelling, with instruction numbers for jump distances and names for call numbers. */
import type { GraphInsn } from '../protocol/graph';

/**
 * Text of an instruction: `goto pc+25` at 10 becomes `goto 36`, `call bpf_x#123` becomes `call bpf_x`, and a call by distance names
 * the function that starts there, if `nameAt` knows it.
 */
export function spell(insn: GraphInsn, nameAt: (insn: number) => string | undefined = () => undefined): string {
  const target = (distance: string): number => insn.index + 1 + Number(distance);
  return insn.text
    .replace(/^(call) pc([+-]\d+)/, (_, call: string, d: string) => `${call} ${nameAt(target(d)) ?? target(d)}`)
    .replace(/\b(goto|gotol|may_goto) pc([+-]\d+)/, (_, verb: string, d: string) => `${verb} ${target(d)}`)
    .replace(/^(call \w+)#-?\d+/, '$1');
}
