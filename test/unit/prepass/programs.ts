// SPDX-License-Identifier: GPL-2.0-only
/** Small programs in a few words, and the passes over them with the shipped kernel. */
import type { Insn } from '../../../src/isa/insn';
import { Alu, CALL, Class, EXIT, Jmp, LD_IMM64, Mode, PseudoCall, PseudoLd, Size, Source } from '../../../src/isa/opcode';
import type { MapDef, Program } from '../../../src/object/program';
import { LINUX_7_3 } from '../../../src/policy/mainline';
import { VerifierEnv } from '../../../src/verifier/env';
import { Refused } from '../../../src/verifier/errors';
import { VerifierLog } from '../../../src/verifier/log/log';
import { withoutReports } from '../../support/reports';
import { runPrepasses } from '../../../src/verifier/prepass';
import { shippedKernel } from '../kernel/shipped';

const insn = (code: number, dst: number, src: number, off: number, imm: number): Insn => ({ code, dst, src, off, imm });

export const movImm = (dst: number, imm: number): Insn => insn(Class.ALU64 | Alu.MOV | Source.K, dst, 0, 0, imm);
export const movReg = (dst: number, src: number): Insn => insn(Class.ALU64 | Alu.MOV | Source.X, dst, src, 0, 0);
export const aluImm = (op: Alu, dst: number, imm: number, cls = Class.ALU64): Insn => insn(cls | op | Source.K, dst, 0, 0, imm);
export const aluReg = (op: Alu, dst: number, src: number, cls = Class.ALU64): Insn => insn(cls | op | Source.X, dst, src, 0, 0);
export const store = (dst: number, off: number, src: number, size = Size.DW): Insn => insn(Class.STX | Mode.MEM | size, dst, src, off, 0);
export const storeImm = (dst: number, off: number, imm: number, size = Size.DW): Insn => insn(Class.ST | Mode.MEM | size, dst, 0, off, imm);
export const load = (dst: number, src: number, off: number, size = Size.DW): Insn => insn(Class.LDX | Mode.MEM | size, dst, src, off, 0);
export const jumpIf = (op: Jmp, dst: number, imm: number, off: number, cls = Class.JMP): Insn =>
  insn(cls | op | Source.K, dst, 0, off, imm);
export const goto = (off: number): Insn => insn(Class.JMP | Jmp.JA, 0, 0, off, 0);
export const mayGoto = (off: number): Insn => insn(Class.JMP | Jmp.JCOND, 0, 0, off, 0);
export const helper = (id: number): Insn => insn(CALL, 0, PseudoCall.HELPER, 0, id);
/** Call of the subprogram `distance` instructions after the next. */
export const callSub = (distance: number): Insn => insn(CALL, 0, PseudoCall.CALL, 0, distance);
export const exit = (): Insn => insn(EXIT, 0, 0, 0, 0);
export const ldImm64 = (dst: number, low: number, high = 0, pseudo = 0): Insn[] => [
  insn(LD_IMM64, dst, pseudo, 0, low),
  insn(0, 0, 0, 0, high),
];
export const ldFunc = (dst: number, distance: number): Insn[] => ldImm64(dst, distance, 0, PseudoLd.FUNC);
export const ldMap = (dst: number, map: MapDef): Insn[] => ldImm64(dst, map.fd, 0, PseudoLd.MAP_FD);
export const ldMapValue = (dst: number, map: MapDef, off: number): Insn[] => ldImm64(dst, map.fd, off, PseudoLd.MAP_VALUE);
/** An instruction as it is, for malformed ones. */
export const raw = insn;

/** An array map of one element. */
export function arrayMap(fields: Partial<MapDef> = {}): MapDef {
  return {
    name: 'm',
    fd: 100,
    type: 2,
    keySize: 4,
    valueSize: 16,
    maxEntries: 1,
    flags: 0,
    extra: 0n,
    btfKeyTypeId: 0,
    btfValueTypeId: 0,
    btf: null,
    structOps: null,
    inner: null,
    data: null,
    frozen: false,
    insnArray: null,
    section: '.maps',
    ...fields,
  };
}

/** A socket filter, or what `fields` says. */
export function program(insns: readonly (Insn | readonly Insn[])[], fields: Partial<Program> = {}): Program {
  return {
    object: 'test.o',
    name: 'prog',
    section: 'socket',
    progType: shippedKernel().constant('BPF_PROG_TYPE_SOCKET_FILTER'),
    expectedAttachType: 0,
    progFlags: 0,
    attachBtfId: 0,
    attachBtf: null,
    attachTarget: '',
    license: 'GPL',
    kernVersion: 0,
    insns: insns.flat(),
    notes: new Map(),
    funcInfo: [],
    lineInfo: [],
    sourceLines: [],
    btf: null,
    maps: [],
    fdArray: [null],
    optional: false,
    ...fields,
  };
}

/** What the passes left behind. */
export interface Prepassed {
  readonly env: VerifierEnv;
  readonly log: string;
  /** Last line of the log when the program was refused, '' otherwise. */
  readonly refused: string;
  readonly errno: number;
}

/** Runs the passes at log level 2, or at `level`. */
export function prepass(prog: Program, options: { unprivileged?: boolean; level?: number } = {}): Prepassed {
  const log = new VerifierLog(options.level ?? 2);
  const env = new VerifierEnv(
    prog,
    shippedKernel(),
    LINUX_7_3,
    { logLevel: log.level, unprivileged: options.unprivileged ?? false, flags: 0, recorder: null, tick: null },
    log,
  );
  try {
    runPrepasses(env);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { env, log: log.toString(), refused: withoutReports(log.toString()).trimEnd().split('\n').at(-1) ?? '', errno: error.errno };
  }
  return { env, log: log.toString(), refused: '', errno: 0 };
}
