// SPDX-License-Identifier: GPL-2.0-only
import type { MapDef, Program } from './program';
import { ProgType } from './uapi';

function withoutTypes(def: MapDef): MapDef {
  return { ...def, btf: null, btfKeyTypeId: 0, btfValueTypeId: 0, inner: def.inner === null ? null : withoutTypes(def.inner) };
}

/**
 * The program as libbpf hands it over for a user without CAP_BPF, who may not load BTF: no types of maps, functions or lines. The optional
 * attach type goes too, because the probe for it fails (`tools/lib/bpf/libbpf.c: libbpf_prepare_prog_load`, `bpf_object__sanitize_btf`).
 */
export function withoutCapabilities(program: Program): Program {
  const isCgroupSkb = program.progType === ProgType.CGROUP_SKB;
  return {
    ...program,
    btf: null,
    funcInfo: [],
    lineInfo: [],
    maps: program.maps.map(withoutTypes),
    expectedAttachType: isCgroupSkb ? 0 : program.expectedAttachType,
  };
}
