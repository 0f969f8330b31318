// SPDX-License-Identifier: GPL-2.0-only
import { Kind } from '../../btf/types';
import { disassemble, type InsnNames } from '../../isa/disasm';
import type { Insn } from '../../isa/insn';
import type { VerifierEnv } from '../env';
import { verboseLinfo } from './linfo';

/** Names in the instructions of one program. A 64-bit immediate that the kernel prints as an address is named instead. */
function namesFor(env: VerifierEnv, insnIdx: number): InsnNames {
  return {
    helper: (id) => env.kernel.helperName(id),
    kfunc: (insn) => kfuncName(env, insn),
    immediate: () => immediateName(env, insnIdx),
  };
}

/** Name of the FUNC that a kfunc call refers to (`bpf_disasm_kfunc_name`). */
function kfuncName(env: VerifierEnv, insn: Insn): string | undefined {
  const btf = insn.off === 0 ? env.kernel.btf : (env.prog.fdArray[insn.off] ?? undefined);
  const func = btf?.type(insn.imm);
  return func?.kind === Kind.FUNC ? func.name : undefined;
}

function immediateName(env: VerifierEnv, insnIdx: number): string | undefined {
  if (!env.allowPtrLeaks) return '0x0';
  const note = env.prog.notes.get(insnIdx);
  switch (note?.kind) {
    case 'map':
      return note.offset === null ? `map[${note.map}]` : `map[${note.map}][0]+${note.offset}`;
    case 'ksym':
    case 'kfunc':
      return `&${note.name}`;
    default:
      return undefined;
  }
}

/** One instruction of the program as the log spells it, e.g. `(bf) r1 = r10`. */
export function insnText(env: VerifierEnv, insnIdx: number): string {
  return disassemble(env.insns[insnIdx]!, env.insns[insnIdx + 1], namesFor(env, insnIdx));
}

/** Writes {@link insnText}, no newline (`bpf_verbose_insn`). */
export function verboseInsn(env: VerifierEnv, insnIdx: number): void {
  env.log.append(insnText(env, insnIdx));
}

/** Writes the source line, if it is another one, and the line of the instruction about to be executed. */
export function printInsnLine(env: VerifierEnv): void {
  const { log, logCursor } = env;
  verboseLinfo(env, env.insnIdx, '; ');
  const start = log.pos;
  log.append(`${env.insnIdx}: ${insnText(env, env.insnIdx)}\n`);
  logCursor.insnLength = log.pos - start;
  logCursor.insnEnd = log.pos;
}
