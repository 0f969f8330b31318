// SPDX-License-Identifier: GPL-2.0-only
/** A verifier in the middle of a program on the shipped kernel, one frame, R10 is the frame pointer. */
import type { Insn } from '../../../src/isa/insn';
import { FP_REG } from '../../../src/isa/opcode';
import { RegType } from '../../../src/kernel/types';
import type { Program } from '../../../src/object/program';
import { LINUX_7_3 } from '../../../src/policy/mainline';
import { SubprogInfo } from '../../../src/verifier/aux';
import { constNumber, sRange64, uRange64 } from '../../../src/verifier/domain';
import { VerifierEnv } from '../../../src/verifier/env';
import { Refused } from '../../../src/verifier/errors';
import { VerifierLog } from '../../../src/verifier/log/log';
import { withoutReports } from '../../support/reports';
import { FuncState } from '../../../src/verifier/state/frame';
import { makeReg, pointerReg, scalarReg, type RegState } from '../../../src/verifier/state/reg';
import { VerifierState } from '../../../src/verifier/state/state';
import { shippedKernel } from '../kernel/shipped';
import { insn } from '../../support/asm';

export interface Setup {
  /** `XDP`, `TRACING`, …; a socket filter if absent. */
  readonly type?: string;
  /** Name of the attach type's constant. */
  readonly attach?: string;
  readonly unprivileged?: boolean;
  readonly sleepable?: boolean;
  readonly strict?: boolean;
  readonly license?: string;
  readonly prog?: Partial<Program>;
}

/** A verifier whose program is all nops; `at` puts an instruction at the current index. */
export function memoryEnv(setup: Setup = {}): VerifierEnv {
  const kernel = shippedKernel();
  const prog: Program = {
    object: 'test.o',
    name: 'prog',
    section: '',
    progType: kernel.constantNamed(`BPF_PROG_TYPE_${setup.type ?? 'SOCKET_FILTER'}`),
    expectedAttachType: setup.attach === undefined ? 0 : kernel.constantNamed(setup.attach),
    progFlags: setup.sleepable === true ? 0x10 : 0,
    attachBtfId: 0,
    attachBtf: null,
    attachTarget: '',
    license: setup.license ?? 'GPL',
    kernVersion: 0,
    insns: Array.from({ length: 16 }, () => insn`exit`),
    notes: new Map(),
    funcInfo: [],
    lineInfo: [],
    sourceLines: [],
    btf: null,
    maps: [],
    fdArray: [null],
    optional: false,
    ...setup.prog,
  };
  const options = { logLevel: 0, unprivileged: setup.unprivileged ?? false, flags: 0, recorder: null, tick: null };
  const env = new VerifierEnv(prog, kernel, LINUX_7_3, options, new VerifierLog(2));
  env.strictAlignment = setup.strict ?? false;
  env.subprogs = [new SubprogInfo(0), new SubprogInfo(prog.insns.length)];
  env.cur = new VerifierState();
  env.cur.inSleepable = setup.sleepable ?? false;
  const frame = new FuncState(-1, 0, 0);
  frame.regs[FP_REG] = pointerReg(RegType.PTR_TO_STACK);
  env.cur.enter(frame);
  return env;
}

/** Puts an instruction at the current index and returns it. */
export function at(env: VerifierEnv, tested: Insn): Insn {
  env.insns = env.insns.with(env.insnIdx, tested);
  env.curHistEnt = null;
  return tested;
}

export type Bytes = 1 | 2 | 4 | 8;

export const scalar = (n: number): RegState => scalarReg(constNumber(n));
export const between = (min: number, max: number): RegState => scalarReg(min < 0 ? sRange64(min, max) : uRange64(min, max));
/** A stack pointer with an offset between two bounds. */
export const stackPtr = (min: number, max: number): RegState =>
  makeReg(RegType.PTR_TO_STACK, min === max ? constNumber(min) : sRange64(min, max));

/** Runs a check that must refuse; the last line of the log, its newline cut. */
export function refusal(env: VerifierEnv, run: () => void): string {
  try {
    run();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return withoutReports(env.log.toString()).trimEnd().split('\n').at(-1) ?? '';
  }
  throw new Error('was not refused');
}
