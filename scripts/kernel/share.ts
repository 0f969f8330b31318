// SPDX-License-Identifier: GPL-2.0-only
/**
 * Writes, for a package, the types of each kernel as what differs from the default kernel's, and those column by column (`src/btf/delta.ts`), beside them
 * in `media/kernel`.
 */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync, constants as zlib } from 'node:zlib';
import { decodeDelta, encodeDelta, noTypes } from '../../src/btf/delta';
import { BUNDLE_FILES, SHARED_TYPES } from '../../src/kernel/bundle';
import { KERNELS, VERIFIED_KERNEL } from '../../src/kernel/releases';

const ROOT = join(import.meta.dirname, '../..');
const file = (media: readonly string[], name: string): string => join(ROOT, ...media, name);
const TYPES = join(ROOT, 'src/btf');
const SOURCES = readdirSync(TYPES)
  .filter((name) => /^delta.*\.ts$/.test(name))
  .map((name) => join(TYPES, name));

const newestTypes = brotliDecompressSync(readFileSync(file(VERIFIED_KERNEL.media, BUNDLE_FILES.vmlinux)));
for (const kernel of KERNELS) {
  const { media, version } = kernel;
  const [own, shared] = [file(media, BUNDLE_FILES.vmlinux), file(media, SHARED_TYPES)];
  const newest = Math.max(...[own, file(VERIFIED_KERNEL.media, BUNDLE_FILES.vmlinux), ...SOURCES].map((f) => statSync(f).mtimeMs));
  if (existsSync(shared) && statSync(shared).mtimeMs >= newest) continue;
  const types = brotliDecompressSync(readFileSync(own));
  const base = kernel === VERIFIED_KERNEL ? noTypes() : newestTypes;
  const delta = encodeDelta(base, types);
  if (!types.equals(decodeDelta(base, delta))) throw new Error(`the types of ${version} do not come back`);
  const params = { [zlib.BROTLI_PARAM_QUALITY]: 11, [zlib.BROTLI_PARAM_LGWIN]: 24, [zlib.BROTLI_PARAM_SIZE_HINT]: delta.length };
  const packed = brotliCompressSync(delta, { params });
  writeFileSync(shared, packed);
  console.log(`types of ${version}: ${packed.length} bytes instead of ${statSync(own).size}`);
}
