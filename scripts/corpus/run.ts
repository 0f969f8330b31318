// SPDX-License-Identifier: GPL-2.0-only
/** Runs programs of a corpus with the shipped kernel. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { CpuLimit } from '../../src/analysis/limits';
import { loadKernel, type LoadedKernel } from '../../src/analysis/kernel';
import type { KernelChoice } from '../../src/analysis/requests';
import { type Btf, Kind } from '../../src/btf/types';
import type { Capability } from '../../src/object/capabilities';
import { loadObject } from '../../src/object/load';
import type { LoadedObject, Program } from '../../src/object/program';
import { getPolicy } from '../../src/policy';
import { MOST_EXPLAINED } from '../../src/analysis/run';
import { explain, PathRecorder } from '../../src/explain';
import { verify, type VerifyResult } from '../../src/verifier/check';
import { logDifference } from './logdiff';
import { type Explained, lastLine, type Ours } from './truth';
import { VERIFIED_KERNEL } from '../../src/kernel/releases';

/** How programs are run. */
export interface RunOptions {
  readonly timeoutS: number;
  readonly logLevel: number;
  readonly policy: string;
  readonly unprivileged: boolean;
  /** Capabilities that an unprivileged loader has all the same. */
  readonly keeps?: readonly Capability[];
  /** BPF_F_* beyond the program's own. */
  readonly flags?: number;
  /** Also under this policy, which must come to the same; '' for none. */
  readonly sameAs?: string;
  /** Also explain rejections, and say what their explanations lack. */
  readonly explain?: boolean;
  /** Folder of the kernel's logs, for comparison. */
  readonly logs?: string | null;
}

/** Capabilities by number (`include/uapi/linux/capability.h`). */
const CAPABILITIES: ReadonlyMap<number, Capability> = new Map([
  [12, 'NET_ADMIN'],
  [21, 'SYS_ADMIN'],
  [38, 'PERFMON'],
  [39, 'BPF'],
]);

/** Capabilities that the kernel's test loader leaves a program in unprivileged runs: tags of the function list their numbers. */
function keptCapabilities(btf: Btf | null, program: string): Capability[] {
  const tags = btf?.declTags(btf.findByNameKind(program, Kind.FUNC)) ?? [];
  return tags
    .flatMap((t) => /^comment:\d+:test_caps_unpriv=(.*)$/.exec(t.name)?.[1]?.split('|') ?? [])
    .flatMap((n) => CAPABILITIES.get(Number(n)) ?? []);
}

class TimedOut extends Error {}

const SHIPPED: KernelChoice = { bundle: join(import.meta.dirname, '../..', ...VERIFIED_KERNEL.media), btf: '' };

export class CorpusRunner {
  private readonly kernel: LoadedKernel;

  constructor(
    readonly setDir: string,
    choice: KernelChoice = SHIPPED,
  ) {
    this.kernel = loadKernel(choice);
  }

  load(object: string): LoadedObject {
    return this.loadFile(join(this.setDir, 'objects', object));
  }

  loadFile(file: string): LoadedObject {
    return loadObject(readFileSync(file), basename(file), this.kernel.object);
  }

  /** Null when the program takes too long. */
  run(prog: Program, options: RunOptions, explaining = false): VerifyResult | null {
    // of CPU: on a machine that others use the clock says nothing
    const limit = new CpuLimit(options.timeoutS * 1000);
    try {
      return verify(prog, this.kernel.profile, getPolicy(options.policy), {
        logLevel: options.logLevel,
        unprivileged: options.unprivileged,
        keeps: options.keeps ?? [],
        flags: options.flags ?? 0,
        recorder: explaining ? new PathRecorder() : null,
        explain: explaining,
        tick: () => {
          if (limit.exceeded) throw new TimedOut();
        },
      });
    } catch (error) {
      if (error instanceof TimedOut) return null;
      throw error;
    }
  }

  /** One row for a program of a loaded object. */
  row(loaded: LoadedObject, program: string, options: RunOptions): Ours {
    const prog = loaded.programs.find((p) => p.name === program);
    const base = {
      object: loaded.name,
      program,
      errno: 0,
      insn: null,
      processedInsns: 0,
      totalStates: 0,
      peakStates: 0,
      maxStatesPerInsn: 0,
      timeUs: 0,
      logDiff: null,
    };
    if (prog === undefined) {
      const failed = loaded.failed.find((f) => f.name === program);
      return { ...base, verdict: 'error', message: failed?.message ?? 'no such program', reason: 'loader' };
    }
    // a log that has nothing to be compared with may be endless
    const logFile = join(options.logs ?? '', `${loaded.name}.${program}.log`);
    const theirs = (options.logLevel & 2) !== 0 && options.logs != null && existsSync(logFile) ? readFileSync(logFile, 'utf8') : null;
    const given: RunOptions = {
      ...options,
      ...(options.unprivileged ? { keeps: keptCapabilities(loaded.btf, program) } : {}),
      ...(theirs === null ? { logLevel: 0 } : {}),
    };
    const r = this.run(prog, given);
    if (r === null) return { ...base, verdict: 'unknown', message: '', reason: 'timeout' };
    return {
      object: loaded.name,
      program,
      verdict: r.verdict,
      errno: r.errno,
      message: r.message.join('\n'),
      insn: r.insn,
      processedInsns: r.processedInsns,
      totalStates: r.totalStates,
      peakStates: r.peakStates,
      maxStatesPerInsn: r.maxStatesPerInsn,
      reason: r.reason ?? '',
      timeUs: r.timeUs,
      logDiff: theirs === null ? null : (logDifference(theirs, r.log, prog) ?? 'same'),
      ...(options.explain === true && r.verdict === 'reject' ? { explained: this.explained(prog, given, r) } : {}),
      ...(options.sameAs !== undefined && options.sameAs !== '' ? { otherPolicy: this.difference(prog, r, given, options.sameAs) } : {}),
    };
  }

  /** What the explanation of a rejected program has. */
  private explained(prog: Program, options: RunOptions, first: VerifyResult): Explained {
    const again = first.processedInsns > MOST_EXPLAINED ? null : this.run(prog, { ...options, logLevel: 0 }, true);
    const { detail, suggestion, refused, cause } = explain(again ?? first);
    return {
      reason: detail !== '' && suggestion !== null,
      place: refused.insn !== null || refused.source !== null,
      cause: cause.length > 0,
    };
  }

  /** What another policy makes of it, '' if it is the same to the last instruction, and to the last line of the log if there is one. */
  private difference(prog: Program, one: VerifyResult, options: RunOptions, policy: string): string {
    const two = this.run(prog, { ...options, policy });
    if (two === null) return 'timeout';
    const facts = (r: VerifyResult): (string | number | null)[] => [
      r.verdict,
      lastLine(r.message.join('\n')),
      r.insn,
      r.processedInsns,
      r.totalStates,
      r.reason,
    ];
    const [a, b] = [facts(one), facts(two)];
    const at = a.findIndex((fact, i) => fact !== b[i]);
    if (at < 0) {
      const where = one.log === '' ? null : logDifference(one.log, two.log, prog);
      return where === null ? '' : `logs differ from line ${where.line}`;
    }
    return `${options.policy}: ${a[at] ?? 'none'}; ${policy}: ${b[at] ?? 'none'}`;
  }
}
