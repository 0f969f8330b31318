// SPDX-License-Identifier: GPL-2.0-only
/**
 * After a feature was added or its probe changed: finds all features of the known kernels anew, and writes them into their tables; everything
 * else stays as it is.
 *
 *     npx tsx scripts/kernel/restate.ts 7.3.4=LINUX 6.12.118=LINUX 6.1.192=LINUX
 *
 * A kernel that is not named has no source: what those around it agree on is taken, else what its file of facts says
 * (`scripts/kernel/facts`); there a feature that nothing decided is noted as the older neighbour has it.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync, constants as zlib } from 'node:zlib';
import { BUNDLE_FILES } from '../../src/kernel/bundle';
import type { Feature, Features } from '../../src/kernel/features';
import { KERNELS, VERIFIED_KERNEL, type KernelRelease } from '../../src/kernel/releases';
import type { KernelTables } from '../../src/kernel/tables';
import { parseKernelConfig } from '../../src/object/object-kernel';
import { ROOT } from '../corpus/bundle';
import { scriptArgs } from '../options';
import type { Facts } from './between/facts';
import { findFeatures } from './features';
import { KernelSource } from './source';
import { diffable } from './tables-out';

const UNDECIDED = 'taken from the kernel before; no program decides it yet';
const { positionals } = scriptArgs(
  {
    usage: ['npx tsx scripts/kernel/restate.ts VERSION=LINUX...'],
    about: 'Finds all features of the known kernels anew, and writes them into their tables. LINUX is the source of a version.',
    positionals: [1, Infinity],
  },
  {},
);
const sources = new Map(positionals.map((given) => given.split('=') as [string, string]));

function mediaFile(kernel: KernelRelease, name: string): string {
  return join(ROOT, ...kernel.media, name);
}

const unpacked = (file: string): string => brotliDecompressSync(readFileSync(file)).toString();

function pack(file: string, text: string): void {
  const bytes = Buffer.from(text);
  const params = { [zlib.BROTLI_PARAM_QUALITY]: 11, [zlib.BROTLI_PARAM_LGWIN]: 24, [zlib.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  writeFileSync(file, brotliCompressSync(bytes, { params }));
}

function fromSource(kernel: KernelRelease, root: string): Features {
  return findFeatures(new KernelSource(root, parseKernelConfig(unpacked(mediaFile(kernel, BUNDLE_FILES.config)))));
}

/** What the neighbours agree on, else what is known of the kernel; its file of facts loses features that are no more. */
function fromFacts(kernel: KernelRelease, older: Features, newer: Features): Features {
  const file = join(ROOT, 'scripts/kernel/facts', `${kernel.version}.json`);
  const facts = JSON.parse(readFileSync(file, 'utf8')) as Facts;
  const known = Object.fromEntries(Object.entries(facts.features).filter(([key]) => key in newer));
  const entries = (Object.keys(newer) as Feature[]).map((key): [Feature, boolean] => {
    if (known[key] === undefined && older[key] !== newer[key]) known[key] = { value: older[key], by: UNDECIDED };
    return [key, known[key]?.value ?? older[key]];
  });
  writeFileSync(file, `${JSON.stringify({ ...facts, features: known }, null, 1)}\n`);
  return Object.fromEntries(entries) as Record<Feature, boolean>;
}

function stated(kernel: KernelRelease): Features {
  if (kernel === VERIFIED_KERNEL) {
    return JSON.parse(readFileSync(join(ROOT, `src/kernel/data/linux-${kernel.version}/features.json`), 'utf8')) as Features;
  }
  return (JSON.parse(unpacked(mediaFile(kernel, BUNDLE_FILES.tables))) as KernelTables).features;
}

function state(kernel: KernelRelease, features: Features): void {
  const before: Partial<Features> = stated(kernel);
  for (const [key, value] of Object.entries(features)) {
    const was = before[key as Feature];
    if (was !== value) console.log(`${kernel.version} ${key}: ${value}${was === undefined ? '' : `, was ${was}`}`);
  }
  if (kernel === VERIFIED_KERNEL) {
    writeFileSync(join(ROOT, `src/kernel/data/linux-${kernel.version}/features.json`), `${diffable(features)}\n`);
    return;
  }
  const file = mediaFile(kernel, BUNDLE_FILES.tables);
  pack(file, JSON.stringify({ ...(JSON.parse(unpacked(file)) as KernelTables), features }));
}

const found = new Map(
  KERNELS.flatMap((k) => {
    const root = sources.get(k.version);
    if (root !== undefined && !existsSync(root)) throw new Error(`${root} is not there`);
    return root === undefined ? [] : [[k.version, fromSource(k, root)] as const];
  }),
);
for (const [i, kernel] of KERNELS.entries()) {
  const own = found.get(kernel.version);
  if (own !== undefined) state(kernel, own);
  else {
    const newer = found.get(KERNELS[i - 1]?.version ?? '');
    const older = found.get(KERNELS[i + 1]?.version ?? '');
    if (older === undefined || newer === undefined) throw new Error(`where is the source of ${kernel.version}, or of those around it?`);
    state(kernel, fromFacts(kernel, older, newer));
  }
}
