// SPDX-License-Identifier: GPL-2.0-only
/** Headers of the kernel's UAPI: names and macros from a table (`scripts/kernel/headers.ts`), layouts from the BTF. */
import { Kind, type Btf } from '../btf/types';
import { CDump } from './c-dump';

/** What one header declares. */
export interface UapiHeader {
  /** Headers that it includes. */
  readonly includes: readonly string[];
  /** `struct x`, `union x`, `enum x`, or the name of a typedef. */
  readonly types: readonly string[];
  /** First constants of enums without a name. */
  readonly enumerators: readonly string[];
  /** Name, parameters in parentheses or null, replacement. */
  readonly macros: readonly (readonly [name: string, params: string | null, body: string])[];
}

const KINDS: Readonly<Record<string, readonly Kind[]>> = { struct: [Kind.STRUCT], union: [Kind.UNION], enum: [Kind.ENUM, Kind.ENUM64] };

function idsOf(btf: Btf, type: string): number[] {
  const [word, tag] = type.split(' ');
  const kinds = tag === undefined ? [Kind.TYPEDEF] : (KINDS[word!] ?? []);
  return kinds.map((kind) => btf.findByNameKind(tag ?? type, kind)).filter((id) => id > 0);
}

/** Ids of the enums without a name, by their first constant. */
function namelessEnums(btf: Btf): Map<string, number> {
  const out = new Map<string, number>();
  for (const kind of [Kind.ENUM, Kind.ENUM64]) {
    for (const id of btf.idsByName('', kind)) {
      const type = btf.type(id);
      const first = type?.kind === Kind.ENUM || type?.kind === Kind.ENUM64 ? type.values[0]?.name : undefined;
      if (first !== undefined && !out.has(first)) out.set(first, id);
    }
  }
  return out;
}

const OFFSETS_HEADER = 'asm/ptrace-abi.h';
/** Bytes from one register to the next. */
const REGISTER_BYTES = 8;

/**
 * `struct pt_regs` as programs outside of the kernel know it: the same layout as in the BTF, other names (`rdi` for `di`). Names and order are those
 * of the offsets in `asm/ptrace-abi.h`, up to `FRAME_SIZE`. '' for a machine that has no such table.
 */
function userRegisters(table: Readonly<Record<string, UapiHeader>>): string {
  const macros = table[OFFSETS_HEADER]?.macros ?? [];
  const size = macros.findIndex(([name]) => name === 'FRAME_SIZE');
  const offsets = macros.slice(0, size).map(([name, , body]) => ({ name: name.toLowerCase(), at: Number(body) }));
  if (size <= 0 || offsets.some(({ at }, i) => at !== i * REGISTER_BYTES)) return '';
  return `struct pt_regs {\n${offsets.map(({ name }) => `\tunsigned long ${name};\n`).join('')}};`;
}

/** Texts of all headers of the table, by name. A type that the BTF lacks is left out. */
export function uapiHeaders(btf: Btf, table: Readonly<Record<string, UapiHeader>>): Map<string, string> {
  const nameless = namelessEnums(btf);
  const registers = userRegisters(table);
  const instead = new Map(registers === '' ? [] : [['struct_pt_regs', registers]]);
  const out = new Map<string, string>();
  for (const [name, header] of Object.entries(table)) {
    const dump = new CDump(btf, { guarded: true, instead });
    for (const type of header.types) for (const id of idsOf(btf, type)) dump.define(id);
    for (const first of header.enumerators) {
      const id = nameless.get(first);
      if (id !== undefined) dump.constants(id);
    }
    const macros = header.macros.map(([macro, params, body]) => `#ifndef ${macro}\n#define ${macro}${params ?? ''} ${body}\n#endif\n`);
    const guard = `__BPF_CONTEXT_${name.replace(/\W/g, '_').toUpperCase()}`;
    const types = dump.take();
    const needsTypes = name !== 'linux/types.h' && !name.startsWith('asm-generic/') && types !== '';
    const includes = [...new Set(header.includes)].filter((i) => i !== 'linux/types.h').map((i) => `#include <${i}>\n`);
    // a program with vmlinux.h has the types already, and includes this for the macros
    const declarations = types === '' ? '' : `#ifndef __VMLINUX_H__\n${needsTypes ? '#include <linux/types.h>\n' : ''}${types}#endif\n`;
    out.set(name, `#ifndef ${guard}\n#define ${guard}\n${includes.join('')}${declarations}${macros.join('')}#endif\n`);
  }
  return out;
}
