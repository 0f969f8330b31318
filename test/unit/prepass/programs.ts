// SPDX-License-Identifier: GPL-2.0-only
/** Small programs in a few words, and the passes over them with the shipped kernel. */
import type { Insn } from '../../../src/isa/insn';
import type { MapDef, Program } from '../../../src/object/program';
import { LINUX_7_3 } from '../../../src/policy/mainline';
import { VerifierEnv } from '../../../src/verifier/env';
import { Refused } from '../../../src/verifier/errors';
import { VerifierLog } from '../../../src/verifier/log/log';
import { withoutReports } from '../../support/reports';
import { runPrepasses } from '../../../src/verifier/prepass';
import { shippedKernel } from '../kernel/shipped';

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
