// SPDX-License-Identifier: GPL-2.0-only
/** What the loader knows of an object between opening it and making programs of it. */
import type { ParsedBtf } from '../btf/parse';
import type { TypeTable } from '../btf/table';
import type { BtfOf, Kind } from '../btf/types';
import type { Insn } from '../isa/insn';
import type { BtfExt } from './btfext';
import type { ElfFile } from './elf';
import type { SecDef } from './secdefs';
import type { ByteRange } from './ranges';

/** A relocation of one instruction; `insn` is its index in the function that it belongs to. */
export type Reloc = { readonly insn: number } & (
  | { readonly kind: 'map'; readonly map: number }
  /** `offset`: bytes of the symbol in its section. */
  | { readonly kind: 'data'; readonly map: number; readonly offset: number }
  | { readonly kind: 'extern-load' | 'extern-call'; readonly extern: number }
  /** `section`: number of the code section that the function is in. */
  | { readonly kind: 'call' | 'subprog-address'; readonly section: number; readonly offset: number }
  | { readonly kind: 'jump-table'; readonly offset: number; readonly size: number }
  /** What cannot be made sense of: a program with this instruction is lost. */
  | { readonly kind: 'unusable'; readonly reason: string }
);

/** A function of the object: entry program or subprogram. */
export interface ObjectFunction {
  readonly name: string;
  /** Section name without a leading `?`. */
  readonly section: string;
  readonly sectionIndex: number;
  /** Instruction slots from the start of the section. */
  readonly start: number;
  readonly insns: readonly Insn[];
  /** False for `SEC("?…")`. */
  readonly autoload: boolean;
  readonly global: boolean;
  /** A global function of hidden visibility: its BTF becomes static. */
  readonly hidden: boolean;
  /** Called by programs, no program itself: it lives in `.text`, or is static, which libbpf does not take elsewhere. */
  readonly subprog: boolean;
  /** The section name that says type and attach target: `section`, or what a loader decided in its place. */
  role: string;
  /** What `role` means. */
  secDef: SecDef | null;
  /** The types that it may have, where only its argument says; absent if one is known. */
  candidates?: { readonly candidates: readonly string[]; readonly struct: string };
  /** What was decided for this program, in words. */
  readonly assumptions: string[];
  /** Ascending by instruction. */
  readonly relocs: Reloc[];
}

/** A function that is lost; `subprog` as in {@link ObjectFunction}. */
export interface UnreadableFunction {
  readonly name: string;
  /** Section name without a leading `?`. */
  readonly section: string;
  readonly subprog: boolean;
  readonly reason: string;
}

/** How a map came to be. */
export type MapOrigin = 'user' | 'data' | 'bss' | 'rodata' | 'percpu' | 'kconfig' | 'struct_ops';

/** A map before it is numbered; it may still change while the object is opened. */
export interface ObjectMap {
  readonly name: string;
  /** ELF section. */
  readonly section: string;
  readonly origin: MapOrigin;
  readonly sectionIndex: number;
  /** Bytes from the start of the section. */
  readonly sectionOffset: number;
  /** Bytes in the section (map definitions). */
  readonly sectionSize: number;
  type: number;
  keySize: number;
  valueSize: number;
  maxEntries: number;
  flags: number;
  extra: bigint;
  /** Only meaningful with `BPF_F_NUMA_NODE`. */
  readonly numaNode: number;
  btfKey: number;
  btfValue: number;
  pinned: boolean;
  /** False for `?.struct_ops`: not created. */
  readonly autocreate: boolean;
  inner: ObjectMap | null;
  data: Uint8Array | null;
  /** Bytes of `data` that may have any value. */
  readonly any: ByteRange[];
  readonly structOps: {
    /** Id of the struct in the object's BTF. */
    readonly typeId: number;
    /** Function by index of the member that points to it. */
    readonly functions: Map<number, ObjectFunction>;
  } | null;
}

/** A symbol that the kernel must supply. */
export interface Extern {
  readonly name: string;
  readonly symbolIndex: number;
  readonly weak: boolean;
  /** Id of the VAR or FUNC in the object's BTF. */
  readonly btfId: number;
  readonly what:
    | {
        readonly kind: 'kconfig';
        readonly type: KconfigType;
        readonly signed: boolean;
        readonly size: number;
        readonly align: number;
        /** Bytes from the start of the `.kconfig` map. */
        readonly offset: number;
      }
    | {
        readonly kind: 'ksym';
        readonly func: boolean;
        /** Id of its type without modifiers, 0 if untyped. */
        readonly typeId: number;
      }
    | {
        /** In no section of the types that libbpf looks at: another file of the program defines it. */
        readonly kind: 'undefined';
        /** What libbpf says. */
        readonly reason: string;
      }
    | { /** Its declaration is none that libbpf takes. */ readonly kind: 'unusable'; readonly reason: string };
}

/** What values a configuration variable takes. */
export type KconfigType = 'char' | 'bool' | 'int' | 'tristate' | 'chars';

/** A decl tag of this form on a program names its exception callback. */
export const EXCEPTION_TAG = 'exception_callback:';

/** An object that has been opened: everything that does not depend on the kernel. */
export interface OpenObject {
  /** File name without folder. */
  readonly file: string;
  /** Object name as libbpf derives it (at most 15 characters, up to the first dot). */
  readonly name: string;
  readonly elf: ElfFile;
  readonly license: string;
  /** From section `version`, or null. */
  readonly version: number | null;
  readonly parsedBtf: ParsedBtf | null;
  /** The object's BTF with libbpf's fix-ups. */
  readonly btf: TypeTable | null;
  readonly btfExt: BtfExt | null;
  /** Sorted by section and place. */
  readonly functions: readonly ObjectFunction[];
  /** Functions that cannot be cut out of their section, and why. */
  readonly unreadable: readonly UnreadableFunction[];
  /** Why libbpf would not open the file, of which only a part is lost here. */
  readonly refusals: string[];
  /** Section number of `.text`, 0 if there is none. */
  readonly textIndex: number;
  readonly maps: readonly ObjectMap[];
  readonly externs: readonly Extern[];
  /** Indices in `maps`, -1 if there is none. */
  readonly arenaMap: number;
  readonly kconfigMap: number;
  /** Bytes of the global variables that live in the arena. */
  readonly arenaBytes: number;
  readonly jumpTables: Uint8Array | null;
  /** Decl tags that name the exception callback of a program. */
  readonly exceptionTags: readonly BtfOf<Kind.DECL_TAG>[];
  readonly warnings: string[];
}

/** The function that holds an instruction slot of a section, or null (`tools/lib/bpf/libbpf.c: find_prog_by_sec_insn`). */
export function findFunction(functions: readonly ObjectFunction[], sectionIndex: number, slot: number): ObjectFunction | null {
  let low = 0;
  let high = functions.length - 1;
  while (low < high) {
    const middle = low + ((high - low + 1) >> 1);
    const candidate = functions[middle]!;
    if (candidate.sectionIndex < sectionIndex || (candidate.sectionIndex === sectionIndex && candidate.start <= slot)) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  const found = functions[low];
  return found !== undefined && found.sectionIndex === sectionIndex && slot >= found.start && slot < found.start + found.insns.length
    ? found
    : null;
}
