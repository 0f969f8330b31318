// SPDX-License-Identifier: GPL-2.0-only
/**
 * Checks the tables against verdicts of the real kernel: what accepted programs call must be allowed for their type, what
 * was refused as not allowed must be refused.
 *
 *     npx tsx scripts/kernel/check-logs.ts --corpus DIR [--media media/kernel/7.3.4]
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { scriptArgs } from '../options';
import { brotliDecompressSync } from 'node:zlib';
import { Kind, type Btf } from '../../src/btf/types';
import { assembleKernel, BUNDLE_FILES } from '../../src/kernel/bundle';
import { KERNEL_TABLES } from '../../src/kernel/data/linux-7.3.4';
import type { CallerContext, KernelProfile, Kfunc } from '../../src/kernel/profile';
import { parseKernelConfig } from '../../src/object/object-kernel';
import { VERIFIED_KERNEL } from '../../src/kernel/releases';

const { values: args } = scriptArgs(
  {
    usage: ['npx tsx scripts/kernel/check-logs.ts --corpus DIR [--media DIR]'],
    about: 'Checks the tables against verdicts of the real kernel.',
    needs: ['corpus'],
  },
  {
    corpus: { type: 'string', value: 'DIR', default: '', help: 'recorded programs' },
    media: { type: 'string', value: 'DIR', default: VERIFIED_KERNEL.media.join('/'), help: 'the kernel as it is shipped' },
  },
);
const { corpus } = args;

const read = (name: string): Uint8Array => brotliDecompressSync(readFileSync(join(args.media, name)));
const kernel: KernelProfile = assembleKernel(KERNEL_TABLES, {
  vmlinux: read(BUNDLE_FILES.vmlinux),
  modules: read(BUNDLE_FILES.modules),
  config: parseKernelConfig(new TextDecoder().decode(read(BUNDLE_FILES.config))),
});

interface Truth {
  readonly object: string;
  readonly program: string;
  readonly verdict: string;
  readonly message: string;
  readonly guessed_type: boolean;
}
interface Load {
  readonly prog_type: number;
  readonly expected_attach_type: number;
  readonly prog_flags: number;
  readonly attach_btf_id: number;
  readonly attach_btf_obj_fd: number;
  readonly license: string;
}

const GPL = /^(GPL|GPL v2|GPL and additional rights|Dual BSD\/GPL|Dual MIT\/GPL|Dual MPL\/GPL)$/;

/** BTF types with that id: of vmlinux, or of each module whose own id it is. */
function candidates(id: number): { btf: Btf; name: string; kind: Kind }[] {
  const home = id < kernel.btf.endId ? [kernel.btf] : kernel.modules;
  return home.flatMap((btf) => {
    const type = btf.type(id);
    return type === undefined ? [] : [{ btf, name: type.name, kind: type.kind }];
  });
}

/** Callers that the load attributes may mean: several when a module's id is ambiguous, none for programs attached to programs. */
function callers(load: Load, privileged: boolean): CallerContext[] {
  const base = {
    progType: load.prog_type,
    expectedAttachType: load.expected_attach_type,
    sleepable: (load.prog_flags & kernel.constant('BPF_F_SLEEPABLE')) !== 0,
    attachName: '',
    structOps: null,
    capBpf: privileged,
    capPerfmon: privileged,
    capNetAdmin: privileged,
    capSysAdmin: privileged,
    gplCompatible: GPL.test(load.license),
  };
  if (load.prog_type === kernel.constant('BPF_PROG_TYPE_EXT')) return [];
  if (load.attach_btf_id === 0) return [base];
  return candidates(load.attach_btf_id).flatMap((c): CallerContext[] => {
    if (load.prog_type !== kernel.constant('BPF_PROG_TYPE_STRUCT_OPS')) return [{ ...base, attachName: c.name }];
    const type = c.btf.type(load.attach_btf_id);
    const member = type?.kind === Kind.STRUCT ? type.members[load.expected_attach_type] : undefined;
    return member !== undefined && kernel.structOps(c.name) ? [{ ...base, structOps: { type: c.name, member: member.name } }] : [];
  });
}

interface Call {
  readonly insn: number;
  readonly helper: number | null;
  readonly kfuncs: readonly Kfunc[];
}
function calls(code: Uint8Array): Call[] {
  const view = new DataView(code.buffer, code.byteOffset, code.byteLength);
  const found: Call[] = [];
  for (let i = 0; i * 8 < code.length; i++) {
    const op = view.getUint8(i * 8);
    if (op === 0x18) {
      i++;
      continue;
    }
    if (op !== 0x85) continue;
    const src = view.getUint8(i * 8 + 1) >> 4;
    const imm = view.getInt32(i * 8 + 4, true);
    // The object loader leaves numbers that are no helper's where code is unreachable.
    if (src === 0 && imm >= kernel.helperCount) continue;
    if (src === 0) found.push({ insn: i, helper: imm, kfuncs: [] });
    if (src === 2 && imm !== 0) {
      found.push({
        insn: i,
        helper: null,
        kfuncs: candidates(imm)
          .map((c) => kernel.kfunc(c.btf, imm))
          .filter((k) => k !== null),
      });
    }
  }
  return found;
}

const counts = {
  programs: 0,
  helperCalls: 0,
  kfuncCalls: 0,
  helperWrong: 0,
  kfuncWrong: 0,
  refusedHelper: 0,
  refusedHelperWrong: 0,
  refusedKfunc: 0,
  refusedKfuncWrong: 0,
  unresolved: 0,
};
const complaints: string[] = [];
for (const [set, file, privileged] of [
  ['selftests', 'truth.jsonl', true],
  ['selftests', 'truth-unprivileged.jsonl', false],
  ['debian', 'truth.jsonl', true],
  ['kernel-tools', 'truth.jsonl', true],
] as const) {
  const path = join(corpus, set, file);
  if (!existsSync(path)) continue;
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    if (line === '') continue;
    const truth = JSON.parse(line) as Truth;
    const stem = join(corpus, set, 'insns', `${truth.object}.${truth.program}`);
    if (truth.guessed_type || !existsSync(`${stem}.json`) || !existsSync(`${stem}.insns`)) continue;
    const load = JSON.parse(readFileSync(`${stem}.json`, 'utf8')) as Load;
    const who = callers(load, privileged);
    const refusedHelper = /program of this type cannot use helper (\w+)#(\d+)/.exec(truth.message);
    const refusedKfunc = /calling kernel function (\w+) is not allowed/.exec(truth.message);
    if (truth.verdict !== 'accept' && !refusedHelper && !refusedKfunc) continue;
    if (who.length === 0) {
      counts.unresolved++;
      continue;
    }
    const label = `${set}/${file} ${truth.object} ${truth.program} (${kernel.progTypeName(load.prog_type)})`;
    if (refusedHelper) {
      counts.refusedHelper++;
      if (who.some((c) => kernel.helperProto(Number(refusedHelper[2]), c) !== null)) {
        counts.refusedHelperWrong++;
        complaints.push(`${label}: ${refusedHelper[1]!} should be refused`);
      }
      continue;
    }
    const code = readFileSync(`${stem}.insns`);
    if (refusedKfunc) {
      counts.refusedKfunc++;
      const hits = calls(code)
        .flatMap((c) => c.kfuncs)
        .filter((k) => k.name === refusedKfunc[1]);
      if (hits.length === 0 || !hits.some((k) => who.some((c) => !kernel.kfuncAllowed(k, c)))) {
        counts.refusedKfuncWrong++;
        complaints.push(`${label}: ${refusedKfunc[1]!} should be refused`);
      }
      continue;
    }
    counts.programs++;
    for (const call of calls(code)) {
      if (call.helper !== null) {
        counts.helperCalls++;
        if (!who.some((c) => kernel.helperProto(call.helper!, c) !== null)) {
          counts.helperWrong++;
          complaints.push(
            `${label}: insn ${call.insn} calls ${kernel.helperName(call.helper) ?? '?'}#${call.helper}, refused by the tables`,
          );
        }
      } else {
        counts.kfuncCalls++;
        if (!call.kfuncs.some((k) => who.some((c) => kernel.kfuncAllowed(k, c)))) {
          counts.kfuncWrong++;
          complaints.push(`${label}: insn ${call.insn} calls ${call.kfuncs.map((k) => k.name).join('|')}, refused by the tables`);
        }
      }
    }
  }
}
for (const c of complaints) process.stdout.write(`${c}\n`);
process.stdout.write(
  `${counts.programs} accepted programs: ${counts.helperCalls} helper calls (${counts.helperWrong} refused by the tables), ` +
    `${counts.kfuncCalls} kfunc calls (${counts.kfuncWrong} refused)\n` +
    `refused for the helper: ${counts.refusedHelper} (${counts.refusedHelperWrong} allowed by the tables); ` +
    `for the kfunc: ${counts.refusedKfunc} (${counts.refusedKfuncWrong} allowed); ${counts.unresolved} programs without a known target\n`,
);
