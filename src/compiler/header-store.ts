// SPDX-License-Identifier: GPL-2.0-only
/** Supplied headers on the disk: written once for each kernel, into a folder named after their content. */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** Folder below the store's for headers that were made of a project's templates. */
export const TEMPLATES = 'template';

/** Where the supplied headers lie. */
export interface SuppliedHeaders {
  /** Folder of all of them. */
  readonly folder: string;
  /** Kernel release that they are of. */
  readonly version: string;
  /** Why there are none. */
  readonly error?: string;
}

/** Asks for the texts by path; what they are made of is another room's. */
export type HeaderSource = () => Promise<{ readonly version: string; readonly files: ReadonlyMap<string, string> }>;

/** Writes a text that others may read at the same time: all of it or nothing is there. */
async function place(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const temporary = `${file}.${randomBytes(6).toString('hex')}`;
  await writeFile(temporary, text);
  await rename(temporary, file);
}

/** Keeps one set of headers for each kernel under a folder. */
export class HeaderStore {
  private readonly known = new Map<string, Promise<SuppliedHeaders>>();

  constructor(readonly folder: string) {}

  /**
   * The headers under a key that stands for their content (`keyOf`), made by `source` if they are not there. Rejects with what `source`
   * or the disk says.
   */
  get(key: string, source: HeaderSource): Promise<SuppliedHeaders> {
    let made = this.known.get(key);
    if (made === undefined) {
      made = this.make(key, source);
      this.known.set(key, made);
      made.catch(() => this.known.delete(key));
    }
    return made;
  }

  private async make(key: string, source: HeaderSource): Promise<SuppliedHeaders> {
    const folder = path.join(this.folder, 'headers', key);
    const done = path.join(folder, 'kernel-release');
    if (existsSync(done)) return { folder, version: (await readFile(done, 'utf8')).trim() };
    const { version, files } = await source();
    const temporary = `${folder}.${randomBytes(6).toString('hex')}`;
    await mkdir(temporary, { recursive: true });
    for (const [name, text] of files) await place(path.join(temporary, name), text);
    await writeFile(path.join(temporary, 'kernel-release'), `${version}\n`);
    await rename(temporary, folder).catch(async (error: unknown) => {
      await rm(temporary, { recursive: true, force: true });
      // another process was faster
      if (!existsSync(done)) throw error;
    });
    return { folder, version };
  }

  /** A folder from which `name` is found as a build would make it of a template, with nothing known of the build. */
  async filled(name: string, template: string): Promise<string> {
    const text = fromTemplate(await readFile(template, 'utf8'));
    const folder = path.join(this.folder, TEMPLATES, keyOf([name, text]));
    const file = path.join(folder, name);
    if (path.resolve(file).startsWith(folder + path.sep) && !existsSync(file)) await place(file, text);
    return folder;
  }

  /** A file that has the text of another as it is in the editor, not saved. */
  async unsaved(file: string, text: string): Promise<string> {
    const at = path.join(this.folder, 'unsaved', `${keyOf([file])}${path.extname(file)}`);
    await place(at, text);
    return at;
  }

  /** See {@link renamingText}. */
  async renaming(names: readonly string[]): Promise<string> {
    const file = path.join(this.folder, 'alias', `own-${keyOf(names)}.h`);
    if (!existsSync(file)) await place(file, renamingText(names));
    return file;
  }

  /** A folder from which each name is found and leads to its target: for includes that spell another path than a header has. */
  async aliases(targets: readonly (readonly [name: string, target: string])[]): Promise<string> {
    const folder = path.join(this.folder, 'alias', keyOf(targets.flat()));
    for (const [name, target] of targets) {
      const file = path.join(folder, name);
      if (path.resolve(file).startsWith(folder + path.sep) && !existsSync(file)) await place(file, `#include "${target}"\n`);
    }
    return folder;
  }
}

/** A file to be included first, after which `vmlinux.h` has another name for each of these. */
export function renamingText(names: readonly string[]): string {
  const defines = names.map((name) => `#define ${name} ${name}___kernel\n`).join('');
  return `${defines}#include <vmlinux.h>\n${names.map((name) => `#undef ${name}\n`).join('')}`;
}

/** What a configuring build would fill in is 0, and what it would switch on is off. */
export function fromTemplate(text: string): string {
  return text
    .replace(/^([ \t]*)#[ \t]*cmakedefine01[ \t]+(\w+).*$/gm, '$1#define $2 0')
    .replace(/^[ \t]*#[ \t]*cmakedefine[ \t]+(\w+).*$/gm, '/* $1 is not set */')
    .replace(/@\w+@|\$\{\w+\}/g, '0');
}

/** A name for a folder that stands for its parts. */
export function keyOf(parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\n');
  return hash.digest('hex').slice(0, 20);
}
