// SPDX-License-Identifier: GPL-2.0-only
/** Facts about attach targets: LSM hooks, tracepoints, error injection, trusted members. */
import { evaluate } from './constants';
import { matching, splitCommas, type KernelSource } from './source';

/** LSM hooks (`include/linux/lsm_hook_defs.h`): name → [return type, default]. */
export function lsmHooks(source: KernelSource): Map<string, [string, string]> {
  const hooks = new Map<string, [string, string]>();
  const text = source.text('include/linux/lsm_hook_defs.h');
  for (const m of text.matchAll(/\bLSM_HOOK\(/g)) {
    const open = m.index + m[0].length - 1;
    const [ret, fallback, name] = splitCommas(text.slice(open + 1, matching(text, open) - 1));
    hooks.set(name!, [ret!, fallback!]);
  }
  return hooks;
}

/** `kernel/bpf/btf.c: raw_tp_null_args`, masks as hexadecimal text; empty for a kernel without that list. */
export function rawTracepointArgs(source: KernelSource): Map<string, string> {
  const text = source.text('kernel/bpf/btf.c');
  const m = /\braw_tp_null_args\[\]\s*=\s*\{/.exec(text);
  if (!m) return new Map();
  const open = m.index + m[0].length - 1;
  const args = new Map<string, string>();
  for (const row of text.slice(open, matching(text, open)).matchAll(/\{\s*"(\w+)"\s*,\s*([^}]+?)\s*,?\s*\}/g)) {
    const mask = evaluate(row[2]!, new Map());
    if (mask === null) throw new Error(`raw_tp_null_args: ${row[0]}`);
    args.set(row[1]!, `0x${mask.toString(16)}`);
  }
  return args;
}

/** Tracepoints that may fault: those of system calls. */
export function faultableTracepoints(source: KernelSource): string[] {
  const found = new Set<string>();
  for (const path of source.walk('include/trace/events', (n) => n.endsWith('.h'))) {
    for (const m of source.raw(path).matchAll(/^(?:TRACE_EVENT_SYSCALL|DECLARE_TRACE_SYSCALL|DEFINE_EVENT_SYSCALL)\((\w+)/gm))
      found.add(m[1]!);
  }
  return [...found].sort();
}

/** `BTF_TYPE_SAFE_*` of `kernel/bpf/verifier.c`: list → struct → members. */
export function safeMembers(source: KernelSource): Map<string, Record<string, string[]>> {
  const text = source.text('kernel/bpf/verifier.c');
  const lists = new Map<string, Record<string, string[]>>();
  for (const m of text.matchAll(/\bBTF_TYPE_SAFE_(\w+)\(struct (\w+)\)\s*\{/g)) {
    const open = m.index + m[0].length - 1;
    const members = [...text.slice(open, matching(text, open)).matchAll(/(\w+)\s*;/g)].map((x) => x[1]!);
    const list = `__safe_${m[1]!.toLowerCase()}`;
    lists.set(list, { ...lists.get(list), [m[2]!]: members });
  }
  return lists;
}

/** Functions of `ALLOW_ERROR_INJECTION`, none without CONFIG_FUNCTION_ERROR_INJECTION. */
export function errorInjection(source: KernelSource): string[] {
  if (!source.config.has('CONFIG_FUNCTION_ERROR_INJECTION')) return [];
  const found = new Set<string>();
  for (const root of ['arch/x86', 'block', 'drivers', 'fs', 'kernel', 'lib', 'mm', 'net']) {
    for (const path of source.walk(root, (n) => n.endsWith('.c'))) {
      if (!source.raw(path).includes('ALLOW_ERROR_INJECTION')) continue;
      for (const m of source.text(path).matchAll(/\bALLOW_ERROR_INJECTION\((\w+)/g)) found.add(m[1]!);
    }
  }
  return [...found].sort();
}
