// SPDX-License-Identifier: GPL-2.0-only
/** `vmlinux.h`: all types of a kernel as C, and its kfuncs (what `bpftool btf dump … format c` gives). */
import { Kind, type Btf, type BtfType } from '../btf/types';
import { isAnyEnum } from '../btf/util';
import { CDump } from './c-dump';

/** Decl tag of a function that programs may call. */
const KFUNC_TAG = 'bpf_kfunc';

/** C23 has these itself. */
const C23 = '__STDC_VERSION__ < 202311L && !defined(__cplusplus)';

function kfuncs(btf: Btf, dump: CDump): string {
  const out: string[] = [];
  const said = new Set<string>();
  for (let id = btf.startId; id < btf.endId; id++) {
    const tag = btf.type(id);
    if (tag?.kind !== Kind.DECL_TAG || tag.name !== KFUNC_TAG || tag.componentIdx !== -1) continue;
    const func = btf.type(tag.type);
    if (func?.kind !== Kind.FUNC || said.has(func.name)) continue;
    said.add(func.name);
    dump.need(func.type, false);
    out.push(`extern ${dump.declaration(func.type, func.name)} __weak __ksym;\n`);
  }
  return out.join('');
}

/** The text of `vmlinux.h` for a kernel. Throws {@link CDumpError} for a BTF that is no C. */
export function vmlinuxHeader(btf: Btf, name: string): string {
  const dump = new CDump(btf);
  // a kernel that is built as C23 has them from the compiler, and then no enum of its BTF has them
  let booleans = 'enum {\n\tfalse = 0,\n\ttrue = 1,\n};\n\ntypedef _Bool bool;\n\n';
  const isBool = (type: BtfType): boolean =>
    (type.kind === Kind.TYPEDEF && type.name === 'bool') ||
    (isAnyEnum(type) && type.name === '' && type.values.some((v) => v.name === 'false'));
  const own = Array.from({ length: btf.endId - btf.startId }, (_, i) => btf.type(btf.startId + i)).filter((t) => t !== undefined);
  for (const type of own.filter(isBool)) {
    dump.define(type.id);
    dump.constants(type.id);
  }
  const found = dump.take();
  if (/\bfalse\b/.test(found)) booleans = found;
  const parts: string[] = [];
  for (let id = btf.startId; id < btf.endId; id++) {
    const type = btf.type(id);
    if (type === undefined) continue;
    if (type.kind === Kind.TYPEDEF || (type.name !== '' && (type.kind === Kind.STRUCT || type.kind === Kind.UNION || isAnyEnum(type)))) {
      dump.define(id);
      parts.push(dump.take());
    }
  }
  for (let id = btf.startId; id < btf.endId; id++) {
    dump.constants(id);
    parts.push(dump.take());
  }
  const functions = kfuncs(btf, dump);
  parts.push(dump.take());
  return `#ifndef __VMLINUX_H__
#define __VMLINUX_H__

/* Types of Linux ${name}, from its BTF. Generated; changes are lost. */

#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)
#endif

#ifndef __ksym
#define __ksym __attribute__((section(".ksyms")))
#endif

#ifndef __weak
#define __weak __attribute__((weak))
#endif

#if ${C23}
${booleans}#endif

${parts.join('')}#ifndef BPF_NO_KFUNC_PROTOTYPES
${functions}#endif

#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute pop
#endif

#endif /* __VMLINUX_H__ */
`;
}
