// SPDX-License-Identifier: GPL-2.0-only
/**
 * Makes the tables of a kernel of which there is no source, only type information and configuration, from the tables of two kernels around it:
 *
 *     npx tsx scripts/kernel/between.ts --older TABLES --newer TABLES --btf DIR --config FILE --facts FILE [--kallsyms FILE] --media DIR
 *
 * TABLES are `tables.json.br` of the neighbours, those of the newer one generated with this kernel's BTF and configuration. What both say is
 * taken; where only one has a thing, the BTF decides if it can (functions, structs, enumerators, members); everything else must be in FILE,
 * each with how it was found out. What nobody decided ends the run: nothing is guessed.
 */
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { scriptArgs } from '../options';
import { brotliCompressSync, brotliDecompressSync, constants as zlib } from 'node:zlib';
import { parseBtf } from '../../src/btf/parse';
import { BUNDLE_FILES, packModules } from '../../src/kernel/bundle';
import type { KernelTables } from '../../src/kernel/tables';
import { BtfFacts } from './between/btf-facts';
import { mergeTables } from './between/merge';
import { readFacts } from './between/facts';
import { relocateModule } from './relocate';
import { functionsWithoutSymbol } from './symbols';

const { values: args } = scriptArgs(
  {
    usage: ['npx tsx scripts/kernel/between.ts --older TABLES --newer TABLES --btf DIR --config FILE --facts FILE --media DIR [options]'],
    about: 'Makes the tables of a kernel of which there is no source from those of two kernels around it.',
    needs: ['older', 'newer', 'btf', 'config', 'facts', 'media'],
  },
  {
    older: { type: 'string', value: 'TABLES', default: '', help: 'tables.json.br of the older neighbour' },
    newer: {
      type: 'string',
      value: 'TABLES',
      default: '',
      help: "those of the newer one, generated with this kernel's BTF and configuration",
    },
    btf: { type: 'string', value: 'DIR', default: '', help: 'type information of this kernel and its modules' },
    config: { type: 'string', value: 'FILE', default: '', help: 'its configuration' },
    facts: { type: 'string', value: 'FILE', default: '', help: 'what nobody else decides, each with how it was found out' },
    kallsyms: { type: 'string', value: 'FILE', help: '/proc/kallsyms of it, with all modules loaded' },
    media: { type: 'string', value: 'DIR', default: '', help: 'where the kernel goes' },
    'tables-only': { type: 'boolean', default: false, help: 'without the types, which take a minute' },
  },
);
const readTables = (file: string): KernelTables => JSON.parse(brotliDecompressSync(readFileSync(file)).toString()) as KernelTables;

const btfDir = args.btf;
const vmlinuxBytes = readFileSync(join(btfDir, 'vmlinux.btf'));
const vmlinux = parseBtf(vmlinuxBytes, { name: 'vmlinux', isKernel: true });
const moduleBytes = new Map(
  readdirSync(btfDir)
    .filter((f) => f.endsWith('.btf') && f !== 'vmlinux.btf')
    .sort()
    .map((f): [string, Uint8Array] => {
      const name = f.replace(/\.btf$/, '');
      return [name, relocateModule(name, readFileSync(join(btfDir, f)), vmlinux, vmlinuxBytes)];
    }),
);
const modules = [...moduleBytes].map(([name, bytes]) => parseBtf(bytes, { name, isKernel: true, base: vmlinux }));
const facts = readFacts(readFileSync(args.facts, 'utf8'));
const olderBytes = brotliDecompressSync(readFileSync(join(dirname(args.older), BUNDLE_FILES.vmlinux)));
const olderBtf = new BtfFacts([parseBtf(olderBytes, { name: 'vmlinux', isKernel: true })]);
const { tables, open } = mergeTables(readTables(args.older), readTables(args.newer), new BtfFacts([vmlinux, ...modules]), olderBtf, facts);
const noSymbol =
  args.kallsyms === undefined
    ? []
    : [...functionsWithoutSymbol(readFileSync(args.kallsyms, 'utf8'), vmlinux, modules)].sort(([a], [b]) => (a < b ? -1 : 1));

if (open.length > 0) {
  for (const { path, older, newer } of open) process.stderr.write(`${path}\n   ${older}\n → ${newer}\n`);
  process.stderr.write(`${open.length} facts are undecided\n`);
  process.exit(1);
}
mkdirSync(args.media, { recursive: true });
function write(name: string, bytes: Uint8Array): void {
  const params = { [zlib.BROTLI_PARAM_QUALITY]: 11, [zlib.BROTLI_PARAM_LGWIN]: 24, [zlib.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  writeFileSync(join(args.media, name), brotliCompressSync(bytes, { params }));
}
write(BUNDLE_FILES.tables, Buffer.from(JSON.stringify({ ...tables, lists: { ...tables.lists, ...Object.fromEntries(noSymbol) } })));
if (!args['tables-only']) {
  write(BUNDLE_FILES.vmlinux, vmlinuxBytes);
  write(BUNDLE_FILES.modules, packModules(moduleBytes));
  const config = readFileSync(args.config, 'utf8').split('\n');
  write(BUNDLE_FILES.config, Buffer.from(`${config.filter((l) => l.startsWith('CONFIG_')).join('\n')}\n`));
}
