// SPDX-License-Identifier: GPL-2.0-only
import type { Btf } from '../btf/types';
import type { Insn } from '../isa/insn';
import type { ConstantInfo } from './constants';
import type { Objection } from './errno';
import type { Missing, Undecided } from './failure';
import { ProgFlag } from './uapi';
import type { ByteRange } from './ranges';

/** A map as libbpf would create it. */
export interface MapDef {
  readonly name: string;
  /** Number that stands for the file descriptor in instructions of this object (unique in the object; 0 for an inner map). */
  readonly fd: number;
  /** `enum bpf_map_type`. */
  readonly type: number;
  /** Bytes. */
  readonly keySize: number;
  /** Bytes. */
  readonly valueSize: number;
  readonly maxEntries: number;
  /** `BPF_F_*` of map creation. */
  readonly flags: number;
  /** `map_extra` (bloom hashes, arena address). */
  readonly extra: bigint;
  /** Type ids in the program's BTF, 0 if none. */
  readonly btfKeyTypeId: number;
  readonly btfValueTypeId: number;
  /** The BTF that the two ids belong to. */
  readonly btf: Btf | null;
  /** For struct_ops maps: the id of the kernel struct (`btf_vmlinux_value_type_id`'s data type), its BTF, and the name. */
  readonly structOps: { readonly typeName: string; readonly kernelTypeId: number; readonly btf: Btf } | null;
  /** Why it is created without the types that the object gives it; absent if it is not. */
  readonly withoutTypes?: Objection | null;
  /** Template of map-in-map. */
  readonly inner: MapDef | null;
  /** Initial contents of a global data section, or null. For `.rodata` and kconfig the contents are frozen before verification. */
  readonly data: Uint8Array | null;
  /** Bytes of `data` that may have any value, though the map is frozen: a person asked for both sides. Absent for none. */
  readonly any?: readonly ByteRange[];
  /** True when libbpf freezes it (`BPF_MAP_FREEZE`) before programs are loaded. */
  readonly frozen: boolean;
  /** For BPF_MAP_TYPE_INSN_ARRAY: target instruction index by entry. */
  readonly insnArray: readonly number[] | null;
  /** ELF section or `.maps`. */
  readonly section: string;
}

/** One record of BTF.ext func_info, in units of instruction slots of the final program. */
export interface FuncInfo {
  readonly insnOff: number;
  readonly typeId: number;
}

/** One record of BTF.ext line_info, in units of instruction slots of the final program. */
export interface LineInfo {
  readonly insnOff: number;
  readonly file: string;
  /** Text of the source line, as recorded by the compiler. */
  readonly text: string;
  /** 1-based. */
  readonly line: number;
  /** 1-based; 0 if unknown. */
  readonly column: number;
  /** True for a record that names strings which its BTF does not have. */
  readonly nameless?: true;
}

/** Where a C variable is while control is in a range of instructions. */
export interface VariablePlace {
  readonly name: string;
  /** From this instruction slot of the final program (on its entry) to before that one. */
  readonly from: number;
  readonly to: number;
  /** Number of the register that holds it; or bytes from r10, negative, and how many of them it takes. */
  readonly place:
    { readonly kind: 'register'; readonly register: number } | { readonly kind: 'stack'; readonly offset: number; readonly size: number };
}

/** What was put into an instruction by relocation: for names in views and for tests. */
export type InsnNote =
  | { readonly kind: 'map'; readonly map: string; readonly offset: number | null }
  | { readonly kind: 'kfunc'; readonly name: string; readonly module: string | null }
  | { readonly kind: 'ksym'; readonly name: string }
  | { readonly kind: 'kconfig'; readonly name: string }
  | { readonly kind: 'subprog'; readonly name: string }
  /**
   * `text` is libbpf's description; `keyword` (`struct`), `type` and `member` (`a.b[3]`, '' for the type itself; as steps: `path`)
   * say what it is about. `offset`: of a field that the kernel has, its bytes from the start of the type there.
   */
  | {
      readonly kind: 'core';
      readonly text: string;
      readonly poisoned: boolean;
      readonly keyword: string;
      readonly type: string;
      readonly member: string;
      readonly path: readonly (string | number)[];
      readonly offset: number | null;
    };

/** A type that a program may have, by the section name that stands for it. */
export interface TypeCandidate {
  readonly section: string;
  readonly progType: number;
  readonly expectedAttachType: number;
}

/** One program, as libbpf would hand it to `BPF_PROG_LOAD`. Deterministic: depends on the object and the kernel's BTF only. */
export interface Program {
  /** File name of the object, without folder. */
  readonly object: string;
  /** C function name. */
  readonly name: string;
  /** SEC() name as in the object. */
  readonly section: string;
  /** `enum bpf_prog_type`. */
  readonly progType: number;
  /** `enum bpf_attach_type`. */
  readonly expectedAttachType: number;
  /** All types that it may have, of which it is given the first: only the struct that it gets says, and several get `struct`. Absent if one is known. */
  readonly mayBe?: { readonly struct: string; readonly types: readonly TypeCandidate[] };
  /** `BPF_F_SLEEPABLE` etc. as passed in `prog_flags`. */
  readonly progFlags: number;
  /** BTF id of the attach target (0 if none) and the BTF that it belongs to. */
  readonly attachBtfId: number;
  readonly attachBtf: Btf | null;
  /** Function, hook, tracepoint or struct_ops member named in SEC(), '' if none. */
  readonly attachTarget: string;
  readonly license: string;
  readonly kernVersion: number;
  /** It runs on a big-endian machine; absent for a little-endian one. */
  readonly bigEndian?: true;
  /** Relocated instructions: own code first, then the subprograms it reaches, in libbpf's order. */
  readonly insns: readonly Insn[];
  readonly notes: ReadonlyMap<number, InsnNote>;
  /** Index from which on code is there only for the exception callback, which type information names; absent if there is none. */
  readonly exceptionCode?: number;
  readonly funcInfo: readonly FuncInfo[];
  readonly lineInfo: readonly LineInfo[];
  /** Where instructions come from, for people: the line records, or the lines of DWARF when there are none. The kernel never sees these. */
  readonly sourceLines: readonly LineInfo[];
  /** Where C variables are, as the compiler said it in DWARF; absent or empty where there is none. The kernel never sees these. */
  readonly variables?: readonly VariablePlace[];
  /** The object's BTF as handed to the kernel (after libbpf's fix-ups: DATASEC offsets, extern and static linkage changes). */
  readonly btf: Btf | null;
  /** Maps of the object; those used by instructions are found by their `fd`. */
  readonly maps: readonly MapDef[];
  /**
   * Module BTFs: `off` of a kfunc call and the second `imm` of a load of a typed ksym are indices into this table,
   * 0 is vmlinux (entry null). Empty if no module is referred to, as libbpf then passes none.
   */
  readonly fdArray: readonly (Btf | null)[];
  /** What of this load somebody decided who is not in the file, in words; absent if nothing was. */
  readonly assumptions?: readonly string[];
  /** True when SEC() says `?` (not loaded automatically). */
  readonly optional: boolean;
}

/** A program that cannot be handed over, and why (libbpf would refuse). */
export interface ProgramError {
  readonly name: string;
  readonly section: string;
  readonly message: string;
  /** Kernel function that it needs and the kernel does not have, if that is why. */
  readonly absent?: string;
  /** What the kernel does not have, if that is why. */
  readonly missing?: Missing;
  /** What a loader would have to say first, if that is why; `role`: the section name that says what is known. */
  readonly undecided?: { readonly what: Undecided; readonly role: string };
  /** The map that the kernel would not create, if that is why. */
  readonly refusedMap?: RefusedMap;
}

/** A map that the kernel would not create. */
export interface RefusedMap {
  readonly map: string;
  readonly objection: Objection;
}

/** What an ELF object holds. */
export interface LoadedObject {
  readonly name: string;
  readonly license: string;
  readonly btf: Btf | null;
  readonly maps: readonly MapDef[];
  readonly programs: readonly Program[];
  readonly failed: readonly ProgramError[];
  /** Functions and variables that another file must define: this one is a part of a program. */
  readonly undefinedSymbols: readonly string[];
  /** Constants that a loader may set, as compiled. */
  readonly constants: readonly ConstantInfo[];
  /** Things worth telling, e.g. unresolved weak symbols. */
  readonly warnings: readonly string[];
}

/** Whether a program is loaded as one that may sleep (`BPF_F_SLEEPABLE`). */
export function isSleepable(prog: Pick<Program, 'progFlags'>): boolean {
  return (prog.progFlags & ProgFlag.SLEEPABLE) !== 0;
}
