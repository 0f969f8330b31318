// SPDX-License-Identifier: GPL-2.0-only
/** From what the compiler said of one try to the tries that may do better. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { CompilerDiagnostic } from '../protocol/model';
import type { HeaderStore } from './header-store';
import { buildMacros, machineMacro } from './macros';
import { findHeader, type ProjectFiles } from './project';
import type { BuildFlags, Setup, Surroundings } from './setup';
import { WITHOUT } from '../headers/bpf-helpers-h';
import { HEADER_FOLDERS, KERNEL } from '../headers/folders';

/** A header that an include names and no folder has. */
export interface MissingHeader {
  readonly name: string;
  /** File with the include, and its line, 1-based. */
  readonly includer: string;
  readonly line: number;
}

/** What a search knows. */
export interface RepairContext {
  readonly file: string;
  readonly files: ProjectFiles;
  readonly store: HeaderStore;
  readonly around: Surroundings;
  /** Further arguments of builds, best first. */
  readonly builds: readonly BuildFlags[];
  /** Whether build files may be read. */
  readonly useBuild: boolean;
  /** Whether the arguments were chosen: then they are not changed for others. */
  readonly fixed: boolean;
  /** See `OpenRequest`. */
  readonly kernelHeaders: 'auto' | 'standIn' | 'own';
  /** The source, possibly not saved. */
  readonly text: string;
  /** Names that the source itself includes. */
  readonly includes: readonly string[];
}

/** Alternatives tried for one missing header. */
const MAX_PLACES = 4;
const MISSING = /^'([^']+)' file not found/;
/** The machine's own macro, which `-target bpf` does not define and some projects ask for. */
const MACHINE = '-D__x86_64__';
const LIBBPF = /(^|[\\/])bpf_(helpers|helper_defs|tracing|core_read|endian)\.h$/;
/** What clang says when a source counts on the kernel's own types and constants, or when two sets of them meet. */
const WANTS_KERNEL =
  /^(unknown type name '[us](8|16|32|64)'|use of undeclared identifier '([us](8|16|32|64)|[A-Z]\w*)'|incomplete definition of type|redefinition of '\w+'$)/;
/** A name that looks like a macro's and that nothing defines. */
const MACRO = /^(?:use of undeclared identifier|unknown type name|call to undeclared function) '([A-Z][A-Z0-9_]{2,})'/;
const NO_KFUNCS = '-DBPF_NO_KFUNC_PROTOTYPES';

/** The header that the first error is about, null if it is about something else. */
export function missingHeader(diagnostics: readonly CompilerDiagnostic[]): MissingHeader | null {
  const first = diagnostics.find((d) => d.severity === 'error');
  const name = first === undefined ? undefined : MISSING.exec(first.message)?.[1];
  return name === undefined ? null : { name, includer: first!.file, line: first!.line };
}

/** Tails of an include's path: `a/b/c.h` → `b/c.h`, `c.h`. */
function tails(name: string): string[] {
  const parts = name.split('/').filter((p) => p !== '..' && p !== '.');
  return parts.slice(1).map((_, i) => parts.slice(i + 1).join('/'));
}

/** A supplied header of that name, null if there is none. */
export function suppliedHeader(around: Surroundings, name: string): string | null {
  const found = HEADER_FOLDERS.flatMap((f) => (f === 'libbpf' ? [f, 'libbpf/bpf'] : [f]))
    .map((f) => path.join(around.supplied.folder, f, name))
    .find((f) => existsSync(f));
  return found ?? null;
}

/** Top folders of the kernel's `include/`. */
const KERNEL_INCLUDE =
  /^(uapi\/)?(linux|net|asm|asm-generic|generated|trace|kernel|crypto|rdma|scsi|sound|media|video|xen|acpi|soc|keys|vdso)\//;

/** Whether a folder is the `include/` of a kernel's own code, which compiles only in a configured tree. */
function isKernelInclude(folder: string): boolean {
  return existsSync(path.join(folder, 'linux/kconfig.h')) || existsSync(path.join(folder, 'asm/processor.h'));
}

/** Whether the include at a place is in quotes. */
async function isQuoted(missing: MissingHeader, context: RepairContext, includer: string): Promise<boolean> {
  const text = includer === context.file ? context.text : await readFile(includer, 'utf8').catch(() => '');
  return /^[ \t]*#[ \t]*include[ \t]*"/.test(text.split('\n')[missing.line - 1] ?? '');
}

/**
 * The program as a part of the kernel: all types come from `vmlinux.h`, and its own headers, those that the source includes and the one
 * that is missing, lead to the stand-in for them.
 */
async function asKernel(setup: Setup, missing: string | null, context: RepairContext): Promise<Setup[]> {
  if (context.kernelHeaders === 'own') return [];
  const { supplied } = context.around;
  const wanted = setup.kernel ? [] : context.includes;
  const targets = [...new Set([...wanted, ...(missing === null ? [] : [missing])])]
    .filter((name) => KERNEL_INCLUDE.test(name) && (name === missing || suppliedHeader(context.around, name) === null))
    .map((name): [string, string] => [
      name,
      suppliedHeader(context.around, name.replace(/^uapi\//, '')) ?? path.join(supplied.folder, KERNEL),
    ]);
  const stand = targets.length === 0 ? [] : [await context.store.aliases(targets)];
  return [{ ...setup, kernel: true, newest: false, folders: [...setup.folders, ...stand.filter((f) => !setup.folders.includes(f))] }];
}

async function forMissing(setup: Setup, missing: MissingHeader, context: RepairContext): Promise<Setup[]> {
  const { files, store } = context;
  const includer = path.resolve(path.dirname(context.file), missing.includer);
  const add = (folder: string): Setup => ({ ...setup, folders: [...setup.folders, folder] });
  const quoted = await isQuoted(missing, context, includer);
  const places = findHeader(files, missing.name, includer, context.includes);
  // the kernel's own code never includes its common headers in quotes
  const asPart = !quoted && KERNEL_INCLUDE.test(missing.name) ? await asKernel(setup, missing.name, context) : [];
  const out = places
    .filter((p) => !setup.kernel || !isKernelInclude(p.folder))
    .slice(0, MAX_PLACES)
    .map((p) => (quoted ? { ...setup, quoted: [...setup.quoted, p.folder] } : add(p.folder)));
  if (asPart.length > 0 && (setup.kernel || places.some((p) => isKernelInclude(p.folder)))) return [...asPart, ...out];
  for (const tail of tails(missing.name)) {
    const supplied = suppliedHeader(context.around, tail);
    const inProject = findHeader(files, tail, includer)[0]?.file;
    for (const target of [inProject, supplied])
      if (target !== undefined && target !== null) out.push(add(await store.aliases([[missing.name, target]])));
    if (out.length > 0) break;
  }
  // the build would make it of a template
  const [template] = out.length > 0 ? [] : findHeader(files, `${missing.name}.in`, includer);
  if (template !== undefined) {
    // its own includes in quotes are those of the folder where the build puts it, which is as a rule the template's
    const filled = add(await store.filled(missing.name, template.file));
    out.push({ ...filled, quoted: [...filled.quoted, path.dirname(template.file)] });
  }
  return [...out, ...asPart];
}

/** Names that a file of the program defines and `vmlinux.h`, which came before, has too. */
function ownNames(diagnostics: readonly CompilerDiagnostic[]): string[] {
  return diagnostics.flatMap((d, i) => {
    const name = d.severity === 'error' ? /^redefinition of (?:enumerator )?'(\w+)'/.exec(d.message)?.[1] : undefined;
    const before = diagnostics[i + 1];
    return name !== undefined && before?.severity === 'note' && /(^|[\\/])vmlinux[\w-]*\.h$/.test(before.file) ? [name] : [];
  });
}

/** Macros that the build would give: one that an `#error` asks for, and those that nothing defines. */
async function forMacros(setup: Setup, diagnostics: readonly CompilerDiagnostic[], context: RepairContext): Promise<Setup[]> {
  const errors = diagnostics.filter((d) => d.severity === 'error');
  const out: Setup[] = [];
  const [first] = errors;
  if (first !== undefined && !/^(use of|unknown|redefinition|expected|call to) /.test(first.message)) {
    const file = path.resolve(path.dirname(context.file), first.file);
    const text = file === context.file ? context.text : await readFile(file, 'utf8').catch(() => '');
    const name = machineMacro(text, first.line);
    if (name !== null && !setup.extra.includes(`-D${name}`)) out.push({ ...setup, extra: [...setup.extra, `-D${name}`] });
  }
  const names = !context.useBuild ? [] : [...new Set(errors.flatMap((d) => MACRO.exec(d.message)?.[1] ?? []))];
  const macros = names.length === 0 ? [] : await buildMacros(names, context.file, context.files.root);
  if (macros.length > 0) {
    const known = macros.flatMap((m) => (m.value === null ? [] : [`-D${m.name}=${m.value}`]));
    const unknown = macros.flatMap((m) => (m.value === null ? [m.name] : []));
    out.push({ ...setup, extra: [...setup.extra, ...known], zero: [...setup.zero, ...unknown] });
  }
  return out;
}

/** Further tries after a failed one, best first; none when nothing is known that could help. */
export async function repairs(setup: Setup, diagnostics: readonly CompilerDiagnostic[], context: RepairContext): Promise<Setup[]> {
  const missing = missingHeader(diagnostics);
  const out: Setup[] = [];
  if (missing !== null) out.push(...(await forMissing(setup, missing, context)));
  const errors = diagnostics.filter((d) => d.severity === 'error').map((d) => d.message);
  const define = (flag: string): void => {
    if (!setup.extra.includes(flag)) out.push({ ...setup, extra: [...setup.extra, flag] });
  };
  const next = setup.build === null ? -1 : context.builds.indexOf(setup.build);
  const otherBuild: Setup[] = setup.build === null || context.fixed ? [] : [{ ...setup, build: context.builds[next + 1] ?? null }];
  // arguments of another source may be what is wrong
  if (setup.build?.exact === false) out.push(...otherBuild);
  if (missing === null) {
    // a header of libbpf's name that is another's: the project has its own libbpf before it
    const libbpf = path.join(context.around.supplied.folder, 'libbpf');
    const foreign = diagnostics.some((d) => d.severity === 'error' && LIBBPF.test(d.file) && !d.file.startsWith(libbpf));
    if (foreign && !setup.folders.includes(libbpf)) out.push({ ...setup, folders: [libbpf, ...setup.folders] });
    out.push(...(await forMacros(setup, diagnostics, context)));
    // an #error has no other words than its author's
    if (errors.some((e) => /arch|platform|machine|target|endian|byte.?order/i.test(e)) || errors.some((e) => /__x86_64__|pt_regs/.test(e)))
      define(MACHINE);
    if (errors.some((e) => /\bbpf_map_def\b/.test(e)))
      define(`-include${path.join(context.around.supplied.folder, 'libbpf/bpf/bpf_map_def.h')}`);
    if (errors.some((e) => e.startsWith('conflicting types for'))) define(NO_KFUNCS);
    for (const [i, d] of diagnostics.entries()) {
      // a function that one of the supplied headers defines too
      const own = d.severity === 'error' ? /^(?:redefinition of|conflicting types for) '(\w+)'/.exec(d.message)?.[1] : undefined;
      const before = diagnostics[i + 1];
      if (own !== undefined && (own.startsWith('bpf_') || before?.file.endsWith(path.normalize(KERNEL)) === true))
        define(`-D${WITHOUT}${own}`);
    }
    if (!setup.kernel && errors.some((e) => WANTS_KERNEL.test(e)) && context.includes.some((i) => KERNEL_INCLUDE.test(i)))
      out.push(...(await asKernel(setup, null, context)));
    const names = ownNames(diagnostics);
    if (names.length > 0) {
      const all = [...new Set([...(setup.own?.names ?? []), ...names])];
      out.push({ ...setup, own: { names: all, file: await context.store.renaming(all) } });
    }
    out.push(...otherVmlinux(setup, context));
    if (!setup.newest && !setup.kernel) out.push({ ...setup, newest: true });
  }
  if (setup.build?.exact === true) out.push(...otherBuild);
  return out;
}

/** The other `vmlinux.h`: each of the project's, and the supplied one. */
function otherVmlinux(setup: Setup, context: RepairContext): Setup[] {
  const own = findHeader(context.files, 'vmlinux.h', context.file)
    .slice(0, MAX_PLACES)
    .map((p) => p.folder);
  return [null, ...own].filter((folder) => folder !== setup.vmlinux).map((vmlinux) => ({ ...setup, vmlinux }));
}
