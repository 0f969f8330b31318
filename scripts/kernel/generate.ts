// SPDX-License-Identifier: GPL-2.0-only
/**
 * Makes the tables and compressed type information of one kernel:
 *
 *     npx tsx scripts/kernel/generate.ts --source TREE --btf DIR --config FILE [--kallsyms FILE]
 *         [--out src/kernel/data/linux-7.3.4] [--media DIR [--tables-only]]
 *
 * With `--out` the tables are JSON that becomes part of the program (the default kernel); without it they are packed into DIR beside the types
 * (`--tables-only`: without the types, which take a minute).
 * FILE is `/proc/kallsyms` of the running kernel with all its modules loaded; without it nothing is known of functions that have no address.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scriptArgs } from '../options';
import { brotliCompressSync, constants as zlib } from 'node:zlib';
import { btfFiles } from '../../src/analysis/kernel-folder';
import { parseBtf } from '../../src/btf/parse';
import { Kind, type Btf } from '../../src/btf/types';
import { BUNDLE_FILES, packModules } from '../../src/kernel/bundle';
import type { ChoiceTable } from '../../src/kernel/choice';
import type { KernelTables } from '../../src/kernel/tables';
import { parseKernelConfig } from '../../src/object/object-kernel';
import { errorInjection, faultableTracepoints, lsmHooks, rawTracepointArgs, safeMembers } from './attach';
import { collectChoices, FunctionIndex } from './choices';
import { readDefines, readEnums, type Constants } from './constants';
import { helperNames, helperProtos, packetChanging } from './helpers';
import { findFeatures } from './features';
import { BtfLists } from './lists';
import { iteratorTable, kfuncHookTypes, kfuncTables, structOpsTable, typeTables, type Owners } from './registrations';
import { relocateModule } from './relocate';
import { sleepableLists } from './sleepable';
import { KernelSource } from './source';
import { functionsWithoutSymbol } from './symbols';
import { sortedObject, writeTables } from './tables-out';
import { TypeSpelling } from './type-spelling';

const { values: args } = scriptArgs(
  {
    usage: ['npx tsx scripts/kernel/generate.ts --source TREE --btf DIR --config FILE [options]'],
    about: 'Makes the tables and compressed type information of one kernel.',
    needs: ['source', 'btf', 'config'],
  },
  {
    source: { type: 'string', value: 'TREE', default: '', help: 'source of the kernel' },
    btf: { type: 'string', value: 'DIR', default: '', help: 'its type information and that of its modules' },
    config: { type: 'string', value: 'FILE', default: '', help: 'its configuration' },
    out: { type: 'string', value: 'DIR', help: 'write the tables as JSON that becomes part of the program (the default kernel)' },
    kallsyms: { type: 'string', value: 'FILE', help: '/proc/kallsyms of it, with all modules loaded' },
    media: { type: 'string', value: 'DIR', help: 'write what is shipped: types, and without --out the tables' },
    'tables-only': { type: 'boolean', default: false, help: 'without the types, which take a minute' },
  },
);
const warn = (text: string): void => void process.stderr.write(`${text}\n`);
const configText = readFileSync(args.config, 'utf8');
const source = new KernelSource(args.source, parseKernelConfig(configText));
const makefile = source.raw('Makefile');
const version = ['VERSION', 'PATCHLEVEL', 'SUBLEVEL'].map((k) => new RegExp(`^${k} = (\\d+)`, 'm').exec(makefile)?.[1] ?? '0').join('.');

const btfDir = args.btf;
const btf = btfFiles(btfDir);
const vmlinuxBytes = readFileSync(btf.vmlinux);
const vmlinux = parseBtf(vmlinuxBytes, { name: 'vmlinux', isKernel: true });
const moduleBytes = new Map(
  btf.modules.map(({ name, file }): [string, Uint8Array] => [name, relocateModule(name, readFileSync(file), vmlinux, vmlinuxBytes)]),
);
const modules = [...moduleBytes].map(([name, bytes]) => parseBtf(bytes, { name, isKernel: true, base: vmlinux }));

function ownerOfType(name: string, kind: Kind): string | null | undefined {
  if (vmlinux.findByNameKind(name, kind) > 0) return null;
  return modules.find((m: Btf) => m.findByNameKind(name, kind) > 0)?.name;
}
const owners: Owners = { func: (n) => ownerOfType(n, Kind.FUNC), struct: (n) => ownerOfType(n, Kind.STRUCT) };

const files = source.tableFiles();
/** Indices of the lists that X macros make. */
const xEnums: Constants = new Map();
for (const kind of ['SOCK', 'TRACING']) {
  const names = source.raw('include/linux/btf_ids.h').matchAll(new RegExp(`\\bBTF_${kind}_TYPE\\((BTF_${kind}_TYPE_\\w+),`, 'g'));
  [...names].forEach((m, i) => xEnums.set(m[1]!, BigInt(i)));
}
const lists = new BtfLists(source, files, xEnums);
const types = new TypeSpelling(source);
const progAndMap = typeTables(source, lists);
const structOps = structOpsTable(source, owners, warn);
const iterators = iteratorTable(source, types, lists, owners, warn);

const choices = new Map<string, ChoiceTable>();
const functions = new FunctionIndex(source, files);
const roots = [
  ...[...progAndMap.progs.values()].map((p) => p.callbacks['get_func_proto'] ?? ''),
  ...[...structOps.values()].map((s) => s.callbacks['get_func_proto'] ?? ''),
  ...[...iterators.values()].map((i) => i.getFuncProto),
];
for (const fn of roots) collectChoices(fn, functions, choices);

const listTable = new Map<string, readonly string[]>();
for (const l of lists.all) {
  if (listTable.has(l.name)) warn(`${l.file}: a second list ${l.name}`);
  listTable.set(
    l.name,
    l.members.map((m) => m.name),
  );
}
const lsm = lsmHooks(source);
listTable.set(
  'bpf_lsm_hooks',
  [...lsm.keys()].map((h) => `bpf_lsm_${h}`),
);
listTable.set(
  'void_lsm_hooks',
  [...lsm].filter(([, [ret]]) => ret === 'void').map(([h]) => `bpf_lsm_${h}`),
);
listTable.set('error_injection', errorInjection(source));
listTable.set('kfunc_hook_types', kfuncHookTypes(source));
for (const [name, members] of sleepableLists(source)) listTable.set(name, members);
if (args.kallsyms !== undefined) {
  for (const [name, members] of functionsWithoutSymbol(readFileSync(args.kallsyms, 'utf8'), vmlinux, modules)) listTable.set(name, members);
}

const constants: Constants = new Map();
const uapi = source.text('include/uapi/linux/bpf.h');
readEnums(uapi, constants);
readDefines(uapi, constants);
helperNames(source).forEach((n, i) => constants.set(`BPF_FUNC_${n.slice(4)}`, BigInt(i)));

const protos = helperProtos(source, types, lists);
const kfuncs = kfuncTables(source, lists, owners, warn);

const tables: KernelTables = {
  version,
  features: findFeatures(source),
  helpers: helperNames(source),
  packetChanging: packetChanging(source, choices),
  protos: sortedObject(protos),
  choices: sortedObject(choices),
  kfuncSets: sortedObject(kfuncs.sets),
  kfuncs: sortedObject(kfuncs.members),
  dtors: sortedObject(kfuncs.dtors),
  progTypes: Object.fromEntries(progAndMap.progs),
  mapTypes: Object.fromEntries(progAndMap.maps),
  structOps: sortedObject(structOps),
  iterators: sortedObject(iterators),
  lists: sortedObject(listTable),
  lsm: Object.fromEntries(lsm),
  tracepoints: { rawArgs: Object.fromEntries(rawTracepointArgs(source)), faultable: faultableTracepoints(source) },
  safeMembers: Object.fromEntries(safeMembers(source)),
  constants: Object.fromEntries([...constants].map(([k, v]) => [k, v.toString()])),
};
if (args.out !== undefined) writeTables(args.out, tables);

const handedOut = JSON.stringify([...choices.values()].flatMap((t) => [...Object.values(t.cases), t.other]));
const used = new Set([...handedOut.matchAll(/"(\w*_proto\w*)"/g)].map((m) => m[1]!));
for (const p of used) {
  if (!protos.has(p) && !choices.has(p) && p !== 'bpf_iter_get_func_proto') warn(`no definition of ${p}: absent from this kernel`);
}
for (const p of protos.keys()) if (!used.has(p)) warn(`nobody hands out ${p}`);

if (args.media !== undefined) {
  mkdirSync(args.media, { recursive: true });
  const write = (name: string, bytes: Uint8Array): void => {
    const packed = brotliCompressSync(bytes, {
      params: { [zlib.BROTLI_PARAM_QUALITY]: 11, [zlib.BROTLI_PARAM_LGWIN]: 24, [zlib.BROTLI_PARAM_SIZE_HINT]: bytes.length },
    });
    writeFileSync(join(args.media!, name), packed);
    warn(`${name}: ${bytes.length} → ${packed.length} bytes`);
  };
  // the default kernel's tables are part of the program
  if (args.out === undefined) write(BUNDLE_FILES.tables, Buffer.from(JSON.stringify(tables)));
  if (args['tables-only']) process.exit(0);
  write(BUNDLE_FILES.vmlinux, vmlinuxBytes);
  write(BUNDLE_FILES.modules, packModules(moduleBytes));
  write(
    BUNDLE_FILES.config,
    Buffer.from(
      configText
        .split('\n')
        .filter((l) => /^CONFIG_/.test(l))
        .join('\n') + '\n',
    ),
  );
}
