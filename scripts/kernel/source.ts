// SPDX-License-Identifier: GPL-2.0-only
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decideConditionals, stripComments, type Config } from './preprocess';

/** Directories whose C files may define tables. Architectures other than x86 are left out. */
const ROOTS = [
  'arch/x86',
  'block',
  'crypto',
  'drivers',
  'fs',
  'init',
  'io_uring',
  'ipc',
  'kernel',
  'lib',
  'mm',
  'net',
  'security',
  'tools/testing/selftests/bpf/test_kmods',
  'virt',
];
const NEEDLE =
  /BTF_KFUNCS_START|BTF_SET8?_START|BTF_ID_LIST|bpf_func_proto|struct bpf_struct_ops |bpf_iter_reg |bpf_map_ops |bpf_verifier_ops |register_btf_|register_bpf_struct_ops/;

/** A kernel source tree, read through the preprocessor. */
export class KernelSource {
  readonly #files = new Map<string, string>();
  #relevant: readonly string[] | null = null;

  constructor(
    readonly root: string,
    readonly config: Config,
  ) {}

  /** File without comments and without branches that the configuration turns off. */
  text(path: string): string {
    let t = this.#files.get(path);
    if (t === undefined) {
      t = decideConditionals(stripComments(readFileSync(join(this.root, path), 'utf8')), this.config);
      this.#files.set(path, t);
    }
    return t;
  }

  exists(path: string): boolean {
    return existsSync(join(this.root, path));
  }

  /** The file as it is. */
  raw(path: string): string {
    return readFileSync(join(this.root, path), 'utf8');
  }

  /** C files that hold tables, sorted by path. */
  tableFiles(): readonly string[] {
    if (this.#relevant === null) {
      const found: string[] = [];
      for (const root of ROOTS) {
        for (const path of this.walk(root, (n) => n.endsWith('.c'))) if (NEEDLE.test(this.raw(path))) found.push(path);
      }
      this.#relevant = found.sort();
    }
    return this.#relevant;
  }

  /** Files below a directory, by name; none if this kernel has no such directory. */
  *walk(dir: string, match: (name: string) => boolean): Generator<string> {
    if (!existsSync(join(this.root, dir))) return;
    for (const e of readdirSync(join(this.root, dir), { withFileTypes: true })) {
      if (e.isDirectory()) yield* this.walk(`${dir}/${e.name}`, match);
      else if (e.isFile() && match(e.name)) yield `${dir}/${e.name}`;
    }
  }
}

/** One `struct TYPE NAME = { … };` of a file. */
export interface CObject {
  readonly file: string;
  readonly name: string;
  /** Designated members, `.a = b`, as text. */
  readonly members: ReadonlyMap<string, string>;
  /** The whole text between the outer braces. */
  readonly body: string;
}

/** End (exclusive) of the bracketed text that opens at `open`. */
export function matching(text: string, open: number): number {
  const pairs: Record<string, string> = { '(': ')', '{': '}', '[': ']' };
  const stack: string[] = [];
  for (let i = open; i < text.length; i++) {
    const c = text[i]!;
    if (c === '"') {
      for (i++; i < text.length && text[i] !== '"'; i++) if (text[i] === '\\') i++;
      continue;
    }
    const close = pairs[c];
    if (close !== undefined) stack.push(close);
    else if (c === stack.at(-1)) {
      stack.pop();
      if (stack.length === 0) return i + 1;
    }
  }
  throw new Error(`unbalanced bracket at ${open}`);
}

/** Text split at top-level commas. */
export function splitCommas(text: string): string[] {
  const parts: string[] = [];
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (c === '(' || c === '{' || c === '[') i = matching(text, i) - 1;
    else if (c === '"') {
      for (i++; i < text.length && text[i] !== '"'; i++) if (text[i] === '\\') i++;
    } else if (c === ',') {
      parts.push(text.slice(start, i).trim());
      start = i + 1;
    }
  }
  const last = text.slice(start).trim();
  if (last !== '') parts.push(last);
  return parts;
}

/** All initialised objects of a struct type in a file. */
export function objectsOf(file: string, text: string, structName: string): CObject[] {
  const found: CObject[] = [];
  const re = new RegExp(`\\bstruct\\s+${structName}\\s+(\\w+)(?:\\s+__\\w+)*\\s*=\\s*\\{`, 'g');
  for (const m of text.matchAll(re)) {
    const open = m.index + m[0].length - 1;
    const body = text.slice(open + 1, matching(text, open) - 1);
    const members = new Map<string, string>();
    for (const part of splitCommas(body)) {
      const d = /^\.(\w+)\s*=\s*([\s\S]*)$/.exec(part);
      if (d) members.set(d[1]!, d[2]!.replace(/\s+/g, ' ').trim());
    }
    found.push({ file, name: m[1]!, members, body });
  }
  return found;
}
