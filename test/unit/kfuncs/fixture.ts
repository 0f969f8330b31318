// SPDX-License-Identifier: GPL-2.0-only
/** A verifier in the middle of an empty program, on a kernel made for the test. */
import type { Behaviour } from '../../../src/kernel/behaviour';
import { KERNEL_TABLES } from '../../../src/kernel/data/linux-7.3.4';
import { TypeTable } from '../../../src/btf/table';
import { Kind, Linkage, type Btf } from '../../../src/btf/types';
import { FP_REG } from '../../../src/isa/opcode';
import type { Insn } from '../../../src/isa/insn';
import { RegType } from '../../../src/kernel/types';
import type { Kfunc, KernelProfile } from '../../../src/kernel/profile';
import type { Program } from '../../../src/object/program';
import { LINUX_7_3 } from '../../../src/policy/mainline';
import type { Policy } from '../../../src/policy/types';
import { constNumber } from '../../../src/verifier/domain';
import { VerifierEnv } from '../../../src/verifier/env';
import { Refused } from '../../../src/verifier/errors';
import { VerifierLog } from '../../../src/verifier/log/log';
import { withoutReports } from '../../support/reports';
import { SubprogInfo } from '../../../src/verifier/aux';
import { FuncState } from '../../../src/verifier/state/frame';
import { makeReg, pointerReg, type RegState } from '../../../src/verifier/state/reg';
import { VerifierState } from '../../../src/verifier/state/state';
import { insn } from '../../support/asm';

const NOTHING: Btf = {
  name: 'vmlinux',
  isKernel: true,
  base: null,
  startId: 1,
  endId: 1,
  type: () => undefined,
  idsByName: () => [],
  ownIdsByName: () => [],
  findByNameKind: () => -1,
  declTags: () => [],
};

/** Parameter or return type: `int`, `u64`, `void`, or `struct x *`, `int *`, `void *`, `x (*)` for a function pointer. */
export class TestKernel {
  readonly btf = new TypeTable(NOTHING);
  readonly #kfuncs = new Map<number, Kfunc>();

  constructor() {
    const ctx = this.struct('test_ctx', 8);
    const members = [{ name: 'BPF_PROG_TYPE_KPROBE_prog', type: ctx, bitOffset: 0, bitfieldSize: 0 }];
    this.btf.add({ kind: Kind.STRUCT, name: 'bpf_ctx_convert', size: 8, members });
  }

  int(name: string, size: number): number {
    const known = this.btf.findByNameKind(name, Kind.INT);
    return known > 0 ? known : this.btf.add({ kind: Kind.INT, name, size, encoding: 0, bits: size * 8, bitOffset: 0 });
  }
  /** A struct of 64-bit integers. */
  struct(name: string, bytes: number): number {
    const known = this.btf.findByNameKind(name, Kind.STRUCT);
    if (known > 0) return known;
    const u64 = this.int('u64', 8);
    const members = Array.from({ length: bytes / 8 }, (_, i) => ({ name: `f${i}`, type: u64, bitOffset: i * 64, bitfieldSize: 0 }));
    return this.btf.add({ kind: Kind.STRUCT, name, size: bytes, members });
  }
  /** Id of a type spelled as C. */
  type(text: string): number {
    if (text === 'void') return 0;
    if (text.endsWith('(*)'))
      return this.btf.add({ kind: Kind.PTR, name: '', type: this.btf.add({ kind: Kind.FUNC_PROTO, name: '', ret: 0, params: [] }) });
    if (text.endsWith('*')) return this.btf.add({ kind: Kind.PTR, name: '', type: this.type(text.slice(0, -1).trim()) });
    if (text.startsWith('struct ')) return this.struct(text.slice(7), 16);
    return this.int(text, text === 'int' ? 4 : 8);
  }
  /** Declares a kfunc; parameters are `TYPE NAME`. Returns its id. */
  kfunc(name: string, ret: string, params: readonly string[], flags = 0, behaviour: Behaviour | null = null, acquires?: string): number {
    const proto = this.btf.add({
      kind: Kind.FUNC_PROTO,
      name: '',
      ret: this.type(ret),
      params: params.map((p) => {
        const at = Math.max(p.lastIndexOf(' '), p.lastIndexOf('*'));
        return { name: p.slice(at + 1), type: this.type(p.slice(0, at + 1).trim()) };
      }),
    });
    const id = this.btf.add({ kind: Kind.FUNC, name, type: proto, linkage: Linkage.STATIC });
    this.#kfuncs.set(id, { name, btf: this.btf, id, flags, registered: true, behaviour, ...(acquires === undefined ? {} : { acquires }) });
    return id;
  }
  profile(): KernelProfile {
    const partial: Partial<KernelProfile> = {
      btf: this.btf,
      modules: [],
      config: new Map(),
      features: KERNEL_TABLES.features,
      kfunc: (_btf, id) => this.#kfuncs.get(id) ?? null,
      kfuncAllowed: () => true,
      constant: (name) => [...name].reduce((n, c) => (n * 31 + c.charCodeAt(0)) >>> 1, 7),
      progTypeName: () => 'kprobe',
      progType: () => undefined,
      list: () => [],
      listHas: () => false,
    };
    return partial as KernelProfile;
  }
}

/** A call of a kfunc by id. */
export const callOf = (id: number): Insn => insn`kfunc #${id}`;

export interface Setup {
  readonly kernel?: TestKernel;
  readonly policy?: Policy;
  readonly unprivileged?: boolean;
  readonly sleepable?: boolean;
  readonly insns?: readonly Insn[];
}

/** A verifier at instruction 0 of a program with one frame; R10 is the frame pointer, nothing else is readable. */
export function testEnv(setup: Setup = {}): VerifierEnv {
  const kernel = setup.kernel ?? new TestKernel();
  const partial: Partial<Program> = {
    insns: setup.insns ?? Array.from({ length: 64 }, () => insn`exit`),
    license: 'GPL',
    progType: 2,
    expectedAttachType: 0,
    progFlags: setup.sleepable === true ? 0x10 : 0,
    fdArray: [null],
    btf: null,
    maps: [],
  };
  const options = { logLevel: 2, unprivileged: setup.unprivileged === true, flags: 0, recorder: null, tick: null };
  const env = new VerifierEnv(partial as Program, kernel.profile(), setup.policy ?? LINUX_7_3, options, new VerifierLog(2));
  env.subprogs = [new SubprogInfo(0), new SubprogInfo(env.insns.length)];
  env.cur = new VerifierState();
  env.cur.inSleepable = setup.sleepable === true;
  pushFrame(env);
  return env;
}

/** Enters another frame. */
export function pushFrame(env: VerifierEnv): FuncState {
  const frame = new FuncState(env.cur.frames.length === 0 ? -1 : 0, env.cur.frames.length, 0);
  frame.regs[FP_REG] = pointerReg(RegType.PTR_TO_STACK, { num: frame.frameno });
  env.cur.enter(frame);
  return frame;
}

/** Pointer into the innermost frame's stack, `off` bytes from the frame pointer (negative). */
export function fp(env: VerifierEnv, off: number): RegState {
  return makeReg(RegType.PTR_TO_STACK, constNumber(off), { num: env.cur.curframe });
}

/** What the program is refused for: the log's new lines; '' if it is not. Other errors pass. */
export function refusal(env: VerifierEnv, action: () => unknown): string {
  const from = env.log.pos;
  try {
    action();
  } catch (e) {
    if (e instanceof Refused) return withoutReports(env.log.toString().slice(from));
    throw e;
  }
  return '';
}
