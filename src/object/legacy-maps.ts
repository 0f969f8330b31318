// SPDX-License-Identifier: GPL-2.0-only
/**
 * Maps as they were defined before BTF: one struct of numbers for each, in the section `maps` (libbpf before 1.0, bcc, iproute2, aya) or
 * `maps/NAME` (gobpf). All of them begin with the same five: `struct bpf_map_def`, iproute2's `struct bpf_elf_map` (`include/bpf_elf.h`).
 */
import type { ElfFile, ElfSection } from './elf';
import type { ObjectMap } from './model';
import { ObjectError } from './failure';

/** Bytes of type, key size, value size, number of entries and flags. */
const COMMON_BYTES = 20;

/** Whether a section holds such definitions. */
export function isLegacyMaps(name: string): boolean {
  return name === 'maps' || name.startsWith('maps/');
}

/** What is assumed of an object that has them, in words. */
export const LEGACY_MAPS =
  'maps are defined in the old way (section maps), which libbpf 1.0 and later refuse: they are taken as loaders do that know it';

/** The maps of such a section, in order. Throws {@link ObjectError} for a section that defines none, and for one that is cut off. */
export function legacyMaps(elf: ElfFile, section: ElfSection): ObjectMap[] {
  const symbols = elf.symbols
    .filter((symbol) => symbol.section === section.index && symbol.name !== '' && symbol.type !== 3)
    .sort((a, b) => a.value - b.value);
  if (symbols.length === 0) {
    throw new ObjectError(
      `legacy map definitions in '${section.name}' section are not supported by libbpf v1.0+`,
      section.name,
      section.offset,
    );
  }
  const view = new DataView(section.data.buffer, section.data.byteOffset, section.data.length);
  return symbols.map(({ name, value }): ObjectMap => {
    if (value + COMMON_BYTES > view.byteLength) {
      throw new ObjectError(`map '${name}': its definition is cut off`, section.name, section.offset + value);
    }
    const number = (at: number): number => view.getUint32(value + at, elf.littleEndian);
    return {
      name,
      section: section.name,
      origin: 'user',
      sectionIndex: section.index,
      sectionOffset: value,
      sectionSize: COMMON_BYTES,
      type: number(0),
      keySize: number(4),
      valueSize: number(8),
      maxEntries: number(12),
      flags: number(16),
      extra: 0n,
      numaNode: 0,
      btfKey: 0,
      btfValue: 0,
      pinned: false,
      autocreate: true,
      inner: null,
      data: null,
      any: [],
      structOps: null,
    };
  });
}
