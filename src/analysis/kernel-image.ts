// SPDX-License-Identifier: GPL-2.0-only
/**
 * A kernel's types as they lie in memory once they are read: decompressed, with their indexes, and its configuration. One file, read where somebody
 * asks for what lies there.
 *
 * ```
 *  0   magic, version of the format, length of the head, checksum of all that follows (u32 each, little-endian)
 *  16  head: JSON ({@link Head})
 *  …   body, from the next multiple of 8 on; each part begins at a multiple of 8
 * ```
 */
import { type BtfIndex, type BtfLayout, type ParsedBtf, readBefore } from '../btf/parse';
import { ALL_THERE, type Need } from '../btf/pieces';
import { checksum } from './checksum';

const MAGIC = 0x4b465042;
/** To be raised with every change of the format, of what an index says and of how names are hashed. */
const VERSION = 3;
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

/** Bytes of an image, and what has some of them there before they are looked at. */
export interface ImageBytes {
  readonly bytes: Uint8Array;
  readonly need: Need;
}

/** Where something is in the body: offset and bytes. */
type Place = readonly [at: number, bytes: number];

const INDEX = ['offsets', 'heads', 'next', 'flavours'] as const;

/** A BTF in the body: all that is to be known of it before one of its types is asked for. */
interface StoredTypes {
  readonly name: string;
  readonly layout: BtfLayout;
  readonly types: Place;
  readonly index: Readonly<Record<(typeof INDEX)[number], Place>>;
}

/** What the body holds: vmlinux first, then the modules. */
interface Head {
  readonly config: Place;
  readonly btfs: readonly StoredTypes[];
}

const aligned = (n: number): number => (n + 7) & ~7;

/** A body as it grows. */
class Body {
  readonly parts: { readonly at: number; readonly bytes: Uint8Array }[] = [];
  length = 0;

  add({ buffer, byteOffset, byteLength }: ArrayBufferView): Place {
    const at = this.length;
    this.parts.push({ at, bytes: new Uint8Array(buffer, byteOffset, byteLength) });
    this.length = aligned(at + byteLength);
    return [at, byteLength];
  }
}

/** The image of a kernel. */
export function packImage({ btf, modules, config }: KernelData): Uint8Array {
  const body = new Body();
  const stored = (of: ParsedBtf): StoredTypes => {
    const index = of.index();
    const [offsets, heads, next, flavours] = INDEX.map((name) => body.add(index[name])) as [Place, Place, Place, Place];
    return { name: of.name, layout: of.layout, types: body.add(of.bytes), index: { offsets, heads, next, flavours } };
  };
  const head: Head = { btfs: [btf, ...modules].map(stored), config: body.add(new TextEncoder().encode(config())) };
  const text = new TextEncoder().encode(JSON.stringify(head));
  const start = aligned(PREFIX + text.length);
  const image = new Uint8Array(start + body.length);
  image.set(text, PREFIX);
  for (const { at, bytes } of body.parts) image.set(bytes, start + at);
  const view = new DataView(image.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, VERSION, true);
  view.setUint32(8, text.length, true);
  view.setUint32(12, checksum(image.subarray(PREFIX)), true);
  return image;
}

/** Whether two images are the same, by their checksums; of the second only the beginning is there. */
export function sameImage(image: Uint8Array, begun: Uint8Array): boolean {
  return image.length === begun.length && image.subarray(0, PREFIX).every((byte, i) => byte === begun[i]);
}

/** What is in an image; null for one that is damaged, cut off or of another format. The image stays in use. */
export function readImage(image: Uint8Array): KernelData | null {
  if (image.length < PREFIX) return null;
  const sum = new DataView(image.buffer, image.byteOffset, image.length).getUint32(12, true);
  return sum === checksum(image.subarray(PREFIX)) ? readSoundImage({ bytes: image, need: ALL_THERE }) : null;
}

/** {@link readImage} of one whose checksum was seen to fit; of what it holds nothing is looked at before somebody asks for it. */
export function readSoundImage({ bytes: image, need }: ImageBytes): KernelData | null {
  const { buffer, byteOffset } = image;
  if (image.length < PREFIX || byteOffset % 8 !== 0) return null;
  const view = new DataView(buffer, byteOffset, image.length);
  need(byteOffset, PREFIX);
  if (view.getUint32(0, true) !== MAGIC || view.getUint32(4, true) !== VERSION) return null;
  const length = view.getUint32(8, true);
  need(byteOffset + PREFIX, length);
  const head = JSON.parse(new TextDecoder().decode(image.subarray(PREFIX, PREFIX + length))) as Head;
  const body = byteOffset + aligned(PREFIX + length);
  const bytesAt = ([at, bytes]: Place): Uint8Array => new Uint8Array(buffer, body + at, bytes);
  const words = ([at, bytes]: Place): Int32Array => new Int32Array(buffer, body + at, bytes >> 2);
  const types = ({ name, layout, types: place, index }: StoredTypes, base: ParsedBtf | null): ParsedBtf => {
    const [at, bytes] = index.offsets;
    const known: BtfIndex = {
      offsets: new Uint32Array(buffer, body + at, bytes >> 2),
      heads: words(index.heads),
      next: words(index.next),
      flavours: words(index.flavours),
    };
    return readBefore(name, base, { bytes: bytesAt(place), layout, index: known, need });
  };
  const [vmlinux, ...modules] = head.btfs;
  const btf = types(vmlinux!, null);
  return {
    btf,
    modules: modules.map((module) => types(module, btf)),
    config: () => {
      const bytes = bytesAt(head.config);
      need(bytes.byteOffset, bytes.length);
      return new TextDecoder().decode(bytes);
    },
  };
}
