// SPDX-License-Identifier: GPL-2.0-only
import { Kind } from '../../btf/types';
import { bugText, disassemble, type InsnNames, operationText } from '../../isa/disasm';
import type { Insn } from '../../isa/insn';
import { PseudoLd } from '../../isa/opcode';
import type { VerifierEnv } from '../env';
import type { BpfMap } from '../state/map';
import { verboseLinfo } from './linfo';

/** Name of the FUNC that a kfunc call refers to. */
function kfuncName(env: VerifierEnv, insn: Insn): string | undefined {
  const btf = insn.off === 0 ? env.kernel.btf : (env.prog.fdArray[insn.off] ?? undefined);
  const func = btf?.type(insn.imm);
  return func?.kind === Kind.FUNC ? func.name : undefined;
}

/** As {@link kfuncName}, in the log: modules are known once a kfunc was looked up in them (`bpf_disasm_kfunc_name`). */
function knownKfuncName(env: VerifierEnv, insn: Insn): string | undefined {
  return insn.off === 0 || env.kfuncModules.has(insn.off) ? kfuncName(env, insn) : undefined;
}

/** What a 64-bit immediate load refers to, for people: `map[counts]`, `&bpf_prog_active`. */
function immediateName(env: VerifierEnv, insnIdx: number): string | undefined {
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

/** Made-up places, as wide as the real ones: kernel text, direct mapping, offsets of per-CPU memory, a user's mapping. */
const KERNEL_TEXT = 0xffffffff81000000n;
const DIRECT_MAP = 0xffff888000000000n;
const PER_CPU = 0x607f0000000000n;
const USER = 0x7f0000000000n;

/** Where the value of a map seems to be. */
function valueBase(env: VerifierEnv, map: BpfMap, fd: bigint): bigint {
  switch (map.type) {
    case env.kernel.constant('BPF_MAP_TYPE_ARENA'):
      return map.def.extra !== 0n ? map.def.extra : USER;
    case env.kernel.constant('BPF_MAP_TYPE_PERCPU_ARRAY'):
      return PER_CPU + (fd << 24n);
    default:
      return DIRECT_MAP + (fd << 32n);
  }
}

/**
 * The address that the log shows for a map, map value or kernel symbol. The kernel's is another one in every run;
 * this one only has its length, and tells objects apart.
 */
function immediateAddress(env: VerifierEnv, insnIdx: number): string | undefined {
  if (!env.allowPtrLeaks) return '0x0';
  const insn = env.insns[insnIdx]!;
  const id = BigInt(insn.imm >>> 0);
  const { map, mapOff } = env.aux.rare(insnIdx);
  const isValue = insn.src === PseudoLd.MAP_VALUE || insn.src === PseudoLd.MAP_IDX_VALUE;
  let address = KERNEL_TEXT + (id << 4n);
  if (map !== null) address = isValue ? valueBase(env, map, id) + BigInt(mapOff) : DIRECT_MAP + (id << 32n);
  return `0x${address.toString(16)}`;
}

/** One instruction of the program as the log spells it, e.g. `(bf) r1 = r10`. */
export function insnText(env: VerifierEnv, insnIdx: number): string {
  const names: InsnNames = {
    helper: (id) => env.kernel.helperName(id),
    kfunc: (insn) => knownKfuncName(env, insn),
    immediate: () => immediateAddress(env, insnIdx),
  };
  return disassemble(env.insns[insnIdx]!, env.insns[insnIdx + 1], names);
}

/** As {@link insnText}, with names instead of addresses and without the opcode: for people. `places` as in {@link InsnNames}. */
export function namedInsnText(env: VerifierEnv, insnIdx: number, places?: InsnNames['places']): string {
  const insn = env.insns[insnIdx]!;
  const names: InsnNames = {
    helper: (id) => env.kernel.helperName(id),
    kfunc: (call) => kfuncName(env, call),
    immediate: () => immediateName(env, insnIdx),
    ...(places === undefined ? {} : { places }),
  };
  return operationText(insn, env.insns[insnIdx + 1], names) ?? bugText(insn);
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
