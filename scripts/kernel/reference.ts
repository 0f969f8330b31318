// SPDX-License-Identifier: GPL-2.0-only
/**
 * Makes what hovers and completion know of calls beyond the kernel's tables: C prototypes of helpers, and since which kernel a call exists.
 *
 *     npx tsx scripts/kernel/reference.ts --source LINUX --out src/reference/data --kernel 6.1:BTF_DIR[:SOURCE] --kernel 6.12:BTF_DIR[:SOURCE] ...
 *
 * Kernels are given from the oldest to the newest. A helper is known to one whose `enum bpf_func_id` has it; a kfunc to one whose type
 * information tags it or whose source, where it is given (kernels before the tags), lists it in a set.
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scriptArgs } from '../options';
import { parseBtf } from '../../src/btf/parse';
import { Kind, type Btf } from '../../src/btf/types';
import { KERNEL_TABLES } from '../../src/kernel/data/linux-7.3.4';
import { relocateModule } from './relocate';
import { diffable } from './tables-out';

const { values: args } = scriptArgs(
  {
    usage: ['npx tsx scripts/kernel/reference.ts --source LINUX --out DIR --kernel VERSION:BTF_DIR[:SOURCE]...'],
    about: 'Makes what hovers and completion know of calls beyond the tables of the kernel.',
    needs: ['source', 'out'],
  },
  {
    source: { type: 'string', value: 'LINUX', default: '', help: 'source of the newest kernel' },
    out: { type: 'string', value: 'DIR', default: '', help: 'where the tables go: src/reference/data' },
    kernel: {
      type: 'string',
      value: 'V:BTF_DIR[:SOURCE]',
      default: [] as string[],
      multiple: true,
      help: 'a kernel, from the oldest to the newest',
    },
  },
);

/** `ret`, then each parameter, as the comment above the helper list spells them (`include/uapi/linux/bpf.h`). */
function signatures(source: string): Record<string, readonly string[]> {
  const text = readFileSync(join(source, 'include/uapi/linux/bpf.h'), 'utf8');
  const found: Record<string, readonly string[]> = {};
  for (const [, ret, name, params] of text.matchAll(/^ \* ((?:\w+ )+\*?)(bpf_\w+)\(([^)]*)\)$/gm)) {
    if (!KERNEL_TABLES.helpers.includes(name!) || found[name!] !== undefined) continue;
    found[name!] = [ret!.trim(), ...(params === 'void' ? [] : params!.split(',').map((p) => p.trim()))];
  }
  return found;
}

function filesBelow(dir: string): string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((e) => e.isFile() && e.name.endsWith('.c'))
    .map((e) => join(e.parentPath, e.name));
}

function helpersOf(btf: Btf): string[] {
  const id = btf.findByNameKind('bpf_func_id', Kind.ENUM);
  const type = btf.type(id);
  return type?.kind === Kind.ENUM ? type.values.map((v) => v.name.replace(/^BPF_FUNC_/, 'bpf_')) : [];
}

/** Names of functions with a `bpf_kfunc` tag. */
function taggedIn(btf: Btf): string[] {
  const names: string[] = [];
  for (let id = btf.startId; id < btf.endId; id++) {
    const type = btf.type(id);
    if (type?.kind === Kind.DECL_TAG && type.name === 'bpf_kfunc') names.push(btf.type(type.type)?.name ?? '');
  }
  return names;
}

/** Every helper and kfunc of one older kernel. */
function callsOf(btfDir: string, source: string | undefined): ReadonlySet<string> {
  const bytes = readFileSync(join(btfDir, 'vmlinux.btf'));
  const vmlinux = parseBtf(bytes, { name: 'vmlinux', isKernel: true });
  const calls = new Set(helpersOf(vmlinux));
  if (source !== undefined) {
    for (const file of filesBelow(source))
      for (const m of readFileSync(file, 'utf8').matchAll(/\bBTF_ID_FLAGS\(func,\s*(\w+)/g)) calls.add(m[1]!);
  }
  for (const name of taggedIn(vmlinux)) calls.add(name);
  for (const file of readdirSync(btfDir).filter((f) => f.endsWith('.btf') && f !== 'vmlinux.btf')) {
    const name = file.replace(/\.btf$/, '');
    for (const f of taggedIn(
      parseBtf(relocateModule(name, readFileSync(join(btfDir, file)), vmlinux, bytes), { name, isKernel: true, base: vmlinux }),
    ))
      calls.add(f);
  }
  return calls;
}

const kernels = args.kernel.map((text) => {
  const [release = '', btf = '', source] = text.split(':');
  return { release, calls: callsOf(btf, source) };
});
const present = KERNEL_TABLES.version.split('.').slice(0, 2).join('.');
/** Sets of functions that programs may call: neither those that they may only replace, nor those of the kernel's own tests. */
const callable = Object.entries(KERNEL_TABLES.kfuncSets).filter(
  ([file, set]) => !set.hooks.includes('FMODRET') && !file.includes('selftests') && !file.includes('test_run'),
);
const names = new Set([...KERNEL_TABLES.helpers, ...callable.flatMap(([key]) => Object.keys(KERNEL_TABLES.kfuncs[key] ?? {}))]);
const first: Record<string, string> = {};
for (const name of [...names].sort()) {
  const release = kernels.find((k) => k.calls.has(name))?.release ?? present;
  if (release !== kernels[0]?.release) first[name] = release;
}
const write = (name: string, value: unknown, levels: number): void =>
  writeFileSync(join(args.out, `${name}.json`), `${diffable(value, levels)}\n`);
write('signatures', signatures(args.source), 1);
write('since', { kernels: [...kernels.map((k) => k.release), present], first }, 2);
