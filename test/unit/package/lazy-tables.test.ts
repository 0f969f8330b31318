// SPDX-License-Identifier: GPL-2.0-only
/** The kernel's tables as bundles have them, as text, beside the same tables as sources import them. */
import path from 'node:path';
import vm from 'node:vm';
import { build, type Plugin } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { KERNEL_TABLES } from '../../../src/kernel/data/linux-7.3.4';
import type { KernelTables } from '../../../src/kernel/tables';

const ROOT = path.resolve(import.meta.dirname, '../../..');

async function bundledTables(): Promise<KernelTables> {
  const { lazyTables } = (await import(path.join(ROOT, 'scripts/host/lazy-modules.mjs'))) as { lazyTables: Plugin };
  const { outputFiles } = await build({
    entryPoints: [path.join(ROOT, 'src/kernel/data/linux-7.3.4/index.ts')],
    plugins: [lazyTables],
    bundle: true,
    write: false,
    format: 'cjs',
    minify: true,
    logLevel: 'silent',
  });
  const module = { exports: {} as { KERNEL_TABLES: KernelTables } };
  vm.runInThisContext(`(function (module) { ${outputFiles[0]!.text}\n})`)(module);
  return module.exports.KERNEL_TABLES;
}

describe('tables in a bundle', () => {
  it('are those of the sources, row by row and as a whole', async () => {
    const tables = await bundledTables();
    expect(Object.keys(tables).sort()).toEqual(Object.keys(KERNEL_TABLES).sort());
    const { protos } = tables;
    expect(protos['bpf_ktime_get_ns_proto']).toEqual(KERNEL_TABLES.protos['bpf_ktime_get_ns_proto']);
    expect(protos['bpf_ktime_get_ns_proto']).toBe(protos['bpf_ktime_get_ns_proto']);
    for (const missing of ['bpf_ktime_get_ns', 'ret', 'constructor', '__proto__', '']) {
      expect([missing, protos[missing], Object.hasOwn(protos, missing), missing in protos]).toEqual([missing, undefined, false, false]);
    }
    expect(Object.hasOwn(protos, 'bpf_bind_proto') && 'bpf_bind_proto' in protos).toBe(true);
    for (const [name, table] of Object.entries(KERNEL_TABLES)) {
      const bundled: unknown = tables[name as keyof KernelTables];
      expect([name, typeof table === 'object' ? Object.entries(bundled as object) : bundled]).toEqual([
        name,
        typeof table === 'object' ? Object.entries(table as object) : table,
      ]);
    }
  });
});
