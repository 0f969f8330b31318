// SPDX-License-Identifier: GPL-2.0-only
/** Functions that type information names but the running kernel has no symbol for: inlined, split into parts, or freed after start-up. */
import { Kind, type Btf } from '../../src/btf/types';

/** Symbols by module, '' for the kernel itself, from the text of `/proc/kallsyms`. */
function symbolsByModule(kallsyms: string): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const line of kallsyms.split('\n')) {
    const m = /^\S+ \S (\S+)(?:\s+\[(\S+)\])?/.exec(line);
    if (m === null) continue;
    const module = m[2] ?? '';
    const known = found.get(module);
    if (known === undefined) found.set(module, new Set([m[1]!]));
    else known.add(m[1]!);
  }
  return found;
}

/**
 * `no_symbol/BTF` → names. A function of a module is looked up among the module's own symbols (`kernel/bpf/verifier.c:
 * bpf_check_attach_target`). Modules that were not loaded when the symbols were read are left out.
 */
export function functionsWithoutSymbol(kallsyms: string, vmlinux: Btf, modules: readonly Btf[]): Map<string, string[]> {
  const symbols = symbolsByModule(kallsyms);
  const kernel = symbols.get('') ?? new Set<string>();
  const lists = new Map<string, string[]>();
  for (const btf of [vmlinux, ...modules]) {
    const own = btf === vmlinux ? kernel : symbols.get(btf.name);
    if (own === undefined) continue;
    const missing = new Set<string>();
    for (let id = btf.startId; id < btf.endId; id++) {
      const type = btf.type(id);
      if (type?.kind === Kind.FUNC && !own.has(type.name)) missing.add(type.name);
    }
    if (missing.size > 0) lists.set(`no_symbol/${btf.name}`, [...missing].sort());
  }
  return lists;
}
