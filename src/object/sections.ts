// SPDX-License-Identifier: GPL-2.0-only
import { SectionType, type ElfSection } from './elf';

function isDwarf(name: string): boolean {
  return name.startsWith('.debug_');
}

/** Sections that neither loader nor linker looks at (`tools/lib/bpf/libbpf.c: ignore_elf_section`, `linker.c: is_ignored_sec`). */
export function isIgnored(section: ElfSection): boolean {
  const { name } = section;
  return (
    section.type === SectionType.STRTAB ||
    section.type === SectionType.LLVM_ADDRSIG ||
    (section.type === SectionType.PROGBITS && section.size === 0 && name === '.text') ||
    isDwarf(name) ||
    (name.startsWith('.rel') && (isDwarf(name.slice(4)) || name === '.rel.BTF' || name === '.rel.BTF.ext'))
  );
}
