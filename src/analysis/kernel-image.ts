// SPDX-License-Identifier: GPL-2.0-only
/**
 * A kernel's types as they lie in memory once they are read: decompressed, with their indexes, and its configuration. One file that is read at
 * a stroke.
 *
 * ```
 *  0   magic, version of the format, length of the head, checksum of all that follows (u32 each, little-endian)
 *  16  head: JSON, a list of [name, offset in the body, bytes]
 *  …   body, from the next multiple of 8 on; each part begins at a multiple of 8
 * ```
 */
import { type BtfIndex, type ParsedBtf, parseBtf } from '../btf/parse';
import { checksum } from './checksum';

const MAGIC = 0x4b465042;
/** To be raised with every change of the format, of what an index says and of how names are hashed. */
const VERSION = 2;
const PREFIX = 16;

/** Types of vmlinux and of the modules. */
export interface KernelTypes {
  readonly btf: ParsedBtf;
  readonly modules: readonly ParsedBtf[];
}

/** What an image holds. */
export interface KernelData extends KernelTypes {
  /** Text of the configuration, for those who ask. */
  readonly config: () => string;
}

/** The part that is the configuration; a module's name has no space. */
const CONFIG = ' config';

const aligned = (n: number): number => (n + 7) & ~7;

const INDEX = ['offsets', 'heads', 'next', 'flavours'] as const;

function partsOf(prefix: string, btf: ParsedBtf): [string, Uint8Array][] {
  const index = btf.index();
  return [
    [`${prefix}`, btf.bytes],
    ...INDEX.map((name): [string, Uint8Array] => {
      const { buffer, byteOffset, byteLength } = index[name];
      return [`${prefix} ${name}`, new Uint8Array(buffer, byteOffset, byteLength)];
    }),
  ];
}

/** The image of a kernel. */
export function packImage({ btf, modules, config }: KernelData): Uint8Array {
  const parts = [partsOf('', btf), ...modules.map((m) => partsOf(m.name, m))].flat();
  parts.push([CONFIG, new TextEncoder().encode(config())]);
  let length = 0;
  const head = parts.map(([name, bytes]) => {
    const at = length;
    length = aligned(at + bytes.length);
    return [name, at, bytes.length] as const;
  });
  const text = new TextEncoder().encode(JSON.stringify(head));
  const body = aligned(PREFIX + text.length);
  const image = new Uint8Array(body + length);
  image.set(text, PREFIX);
  for (const [i, [, bytes]] of parts.entries()) image.set(bytes, body + head[i]![1]);
  const view = new DataView(image.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, VERSION, true);
  view.setUint32(8, text.length, true);
  view.setUint32(12, checksum(image.subarray(PREFIX)), true);
  return image;
}

/**
 * What is in an image; null for one that is damaged, cut off or of another format. The image stays in use.
 * @param isSound that the checksum was seen to fit
 */
export function readImage(image: Uint8Array, isSound = false): KernelData | null {
  if (image.length < PREFIX || image.byteOffset % 8 !== 0) return null;
  const view = new DataView(image.buffer, image.byteOffset, image.length);
  if (view.getUint32(0, true) !== MAGIC || view.getUint32(4, true) !== VERSION) return null;
  if (!isSound && view.getUint32(12, true) !== checksum(image.subarray(PREFIX))) return null;
  const length = view.getUint32(8, true);
  const head = JSON.parse(new TextDecoder().decode(image.subarray(PREFIX, PREFIX + length))) as [string, number, number][];
  const body = image.byteOffset + aligned(PREFIX + length);
  const places = new Map(head.map(([name, at, bytes]) => [name, [body + at, bytes] as const]));
  const buffer = image.buffer as ArrayBuffer;
  const words = <T>(name: string, of: new (buffer: ArrayBuffer, at: number, count: number) => T): T => {
    const [at, bytes] = places.get(name)!;
    return new of(buffer, at, bytes >> 2);
  };
  const parsed = (name: string, base: ParsedBtf | null): ParsedBtf => {
    const [at, bytes] = places.get(name)!;
    const index: BtfIndex = {
      offsets: words(`${name} offsets`, Uint32Array),
      heads: words(`${name} heads`, Int32Array),
      next: words(`${name} next`, Int32Array),
      flavours: words(`${name} flavours`, Int32Array),
    };
    return parseBtf(new Uint8Array(buffer, at, bytes), { name: name === '' ? 'vmlinux' : name, isKernel: true, base, index });
  };
  const btf = parsed('', null);
  const names = head.map(([name]) => name).filter((name) => name !== '' && !name.includes(' '));
  const [at, bytes] = places.get(CONFIG)!;
  return {
    btf,
    modules: names.map((name) => parsed(name, btf)),
    config: () => new TextDecoder().decode(new Uint8Array(buffer, at, bytes)),
  };
}
