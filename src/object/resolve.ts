// SPDX-License-Identifier: GPL-2.0-only
/** Finding the externs of an object in a kernel. Rules: `tools/lib/bpf/libbpf.c: bpf_object__resolve_externs`. */
import { Kind, type Btf } from '../btf/types';
import { skipModifiers } from '../btf/util';
import { typesCompatible } from './core/compat';
import { essentialName } from './core/names';
import { LoadFailure } from './failure';
import type { ObjectKernel } from './object-kernel';
import { kconfigContents } from './kconfig';
import type { Extern, OpenObject } from './model';

/** What an extern turned out to be. */
export type Resolved =
  /** A configuration value: see the `.kconfig` map. */
  | { readonly kind: 'kconfig' }
  /** A variable or function that the kernel's BTF describes. */
  | { readonly kind: 'typed'; readonly btf: Btf; readonly id: number }
  /** A symbol known by address only. */
  | { readonly kind: 'address'; readonly address: bigint }
  /** A weak symbol that the kernel does not have. */
  | { readonly kind: 'missing' }
  /** A symbol that must be there and is not: programs that refer to it cannot be loaded. */
  | { readonly kind: 'failed'; readonly failure: LoadFailure };

/** All externs of an object, in its order. */
export interface ResolvedExterns {
  readonly externs: readonly Resolved[];
  /** Contents of the `.kconfig` map, or null. */
  readonly kconfig: Uint8Array | null;
  /** BTFs of kfuncs, by `off` of the call; 0 stands for vmlinux (null). Empty if only vmlinux is used. */
  readonly fdArray: readonly (Btf | null)[];
}

/** An extern that the kernel must supply. */
type Ksym = Extract<Extern['what'], { readonly kind: 'ksym' }>;

/** Stands for the address of a symbol when no addresses are known; ksym number n lies n pages further on. */
const MADE_UP_ADDRESS = 0xffffffff_81000000n;

/** Resolves all externs. What cannot be resolved is a failure of the programs that refer to it, though libbpf would load nothing of the object. */
export function resolveExterns(object: OpenObject, kernel: ObjectKernel): ResolvedExterns {
  const { kconfigMap, maps, elf } = object;
  const kconfig = kconfigMap < 0 ? null : kconfigContents(object.externs, kernel, maps[kconfigMap]!.valueSize, elf.littleEndian);
  const fdArray: (Btf | null)[] = [null];
  const externs = object.externs.map((extern, index): Resolved => {
    if (extern.what.kind === 'kconfig') {
      const failure = kconfig?.failed.get(extern);
      return failure === undefined ? { kind: 'kconfig' } : { kind: 'failed', failure };
    }
    if (extern.what.kind === 'unusable') {
      return { kind: 'failed', failure: new LoadFailure(extern.what.reason) };
    }
    if (extern.what.kind === 'undefined') {
      const words = `'${extern.name}' is defined in another file: this is a part of a program, which is to be linked`;
      return { kind: 'failed', failure: new LoadFailure(`${words} (libbpf: ${extern.what.reason})`, '', 'files') };
    }
    return kernelExtern(object, kernel, extern, extern.what, index, fdArray);
  });
  for (const resolved of externs) {
    if (resolved.kind === 'typed' && resolved.btf !== kernel.btf && !fdArray.includes(resolved.btf)) {
      fdArray.push(resolved.btf);
    }
  }
  return { externs, kconfig: kconfig?.contents ?? null, fdArray: fdArray.length > 1 ? fdArray : [] };
}

/** A symbol of the kernel; one that it lacks is a failure of the programs that refer to it. */
function kernelExtern(
  object: OpenObject,
  kernel: ObjectKernel,
  extern: Extern,
  what: Ksym,
  index: number,
  fdArray: (Btf | null)[],
): Resolved {
  try {
    if (what.typeId === 0) {
      return untyped(extern, kernel, index);
    }
    const resolved = what.func ? typedFunction(object.btf!, extern, kernel) : typedVariable(object.btf!, extern, kernel);
    if (resolved.kind === 'typed' && what.func && resolved.btf !== kernel.btf && !fdArray.includes(resolved.btf)) {
      fdArray.push(resolved.btf);
    }
    return resolved;
  } catch (error) {
    if (error instanceof LoadFailure) {
      return { kind: 'failed', failure: error };
    }
    throw error;
  }
}

function untyped(extern: Extern, kernel: ObjectKernel, index: number): Resolved {
  if (kernel.ksymAddresses === undefined) {
    const known = [Kind.FUNC, Kind.VAR].some((kind) => findInKernel(kernel, extern.name, kind) !== null);
    return extern.weak && !known ? { kind: 'missing' } : { kind: 'address', address: MADE_UP_ADDRESS + BigInt(index) * 4096n };
  }
  const address = kernel.ksymAddresses.get(extern.name);
  if (address !== undefined) {
    return { kind: 'address', address };
  }
  if (!extern.weak) {
    throw new LoadFailure(`extern '${extern.name}' (strong): not resolved`, '', null, { what: 'variable', name: extern.name });
  }
  return { kind: 'missing' };
}

/** The first BTF of the kernel, vmlinux before modules, that itself defines a name (`find_ksym_btf_id`). */
export function findInKernel(kernel: ObjectKernel, name: string, kind: Kind): { readonly btf: Btf; readonly id: number } | null {
  for (const btf of [kernel.btf, ...kernel.modules]) {
    const id = btf === kernel.btf ? btf.findByNameKind(name, kind) : (btf.ownIdsByName(name, kind)[0] ?? -1);
    if (id > 0) {
      return { btf, id };
    }
  }
  return null;
}

function typedVariable(local: Btf, extern: Extern, kernel: ObjectKernel): Resolved {
  const found = findInKernel(kernel, extern.name, Kind.VAR);
  if (found === null) {
    if (extern.weak) {
      return { kind: 'missing' };
    }
    throw new LoadFailure(`extern (var ksym) '${extern.name}': not found in kernel BTF`, '', null, { what: 'variable', name: extern.name });
  }
  const variable = found.btf.type(found.id)!;
  const target = variable.kind === Kind.VAR ? skipModifiers(found.btf, variable.type) : 0;
  const { typeId } = extern.what as { typeId: number };
  if (!typesCompatible({ btf: local, id: typeId }, { btf: found.btf, id: target })) {
    throw new LoadFailure(
      `extern (var ksym) '${extern.name}': incompatible types, expected [${typeId}] ${local.type(typeId)?.name ?? ''}, ` +
        `but kernel has [${target}] ${found.btf.type(target)?.name ?? ''}`,
    );
  }
  return { kind: 'typed', ...found };
}

function typedFunction(local: Btf, extern: Extern, kernel: ObjectKernel): Resolved {
  const found = findInKernel(kernel, essentialName(extern.name), Kind.FUNC);
  if (found === null) {
    if (extern.weak) {
      return { kind: 'missing' };
    }
    throw new LoadFailure(`extern (func ksym) '${extern.name}': not found in kernel or module BTFs`, extern.name);
  }
  const fn = found.btf.type(found.id)!;
  const proto = fn.kind === Kind.FUNC ? fn.type : 0;
  const { typeId } = extern.what as { typeId: number };
  if (!typesCompatible({ btf: local, id: typeId }, { btf: found.btf, id: proto })) {
    if (extern.weak) {
      return { kind: 'missing' };
    }
    throw new LoadFailure(`extern (func ksym) '${extern.name}': func_proto [${typeId}] incompatible with ${found.btf.name} [${proto}]`);
  }
  return { kind: 'typed', ...found };
}
