// SPDX-License-Identifier: GPL-2.0-only
import { type Insn, isHelperCall } from '../isa/insn';
import type { Capabilities } from './capabilities';
import type { MapDef, Program } from './program';
import { ProgType } from './uapi';

/** Helpers that libbpf replaces by an older one when it cannot load a tracepoint program to try them. */
const OLDER_HELPER: ReadonlyMap<number, number> = new Map([
  [112, 4], // bpf_probe_read_user
  [113, 4], // bpf_probe_read_kernel
  [114, 45], // bpf_probe_read_user_str
  [115, 45], // bpf_probe_read_kernel_str
]);

function withOlderHelper(insn: Insn): Insn {
  const older = isHelperCall(insn) ? OLDER_HELPER.get(insn.imm) : undefined;
  return older === undefined ? insn : { ...insn, imm: older };
}

function withoutTypes(def: MapDef): MapDef {
  return { ...def, btf: null, btfKeyTypeId: 0, btfValueTypeId: 0, inner: def.inner === null ? null : withoutTypes(def.inner) };
}

/**
 * The program as libbpf hands it over for a user without all privileges. Probes of the kernel fail that load programs which this user may
 * not load: without a tracepoint program helpers become older ones, without a cgroup socket program the optional attach type goes. Without
 * CAP_BPF no BTF can be loaded: there are no types of maps, functions or lines, and nothing names an exception callback.
 * Facts: `tools/lib/bpf/libbpf.c: bpf_object__sanitize_prog`, `libbpf_prepare_prog_load`, `bpf_object__sanitize_and_load_btf`;
 * `tools/lib/bpf/features.c: probe_kern_probe_read_kernel`, `probe_kern_exp_attach_type`.
 */
export function asUnprivileged(program: Program, caps: Capabilities): Program {
  const typed = caps.bpf
    ? program
    : {
        ...program,
        insns: program.insns.slice(0, program.exceptionCode),
        btf: null,
        funcInfo: [],
        lineInfo: [],
        maps: program.maps.map(withoutTypes),
      };
  return {
    ...typed,
    insns: caps.bpf && caps.perfmon ? program.insns : typed.insns.map(withOlderHelper),
    expectedAttachType: program.progType === ProgType.CGROUP_SKB && !(caps.bpf && caps.netAdmin) ? 0 : program.expectedAttachType,
  };
}
