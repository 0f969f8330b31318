// SPDX-License-Identifier: GPL-2.0-only
/** `BTF_ID_LIST`, `BTF_SET` and `BTF_KFUNCS` of the tree. */
import type { KernelSource } from './source';

/** Headers that define the `…_xxx` lists used with X macros. */
const X_MACRO_HEADERS = ['include/linux/btf_ids.h', 'include/net/xdp.h'];

export interface BtfList {
  readonly file: string;
  readonly name: string;
  readonly macro: string;
  /** Member names in order; '' for an unused slot. */
  readonly members: readonly { readonly name: string; readonly flags: string }[];
}

/** Replaces `#define M(…) BODY`, `LIST_xxx`, `#undef M` by the entries that they make. */
function expandXMacros(source: KernelSource, text: string): string {
  return text.replace(
    /#\s*define\s+(\w+)\(([^)]*)\)[ \t]*([^\n]*)\n\s*(\w+_xxx)\b/g,
    (whole, macro: string, params: string, body: string, list: string) => {
      const names = params.split(',').map((p) => p.trim());
      for (const header of X_MACRO_HEADERS) {
        const definition = new RegExp(`#define ${list}\\b((?:[^\\n]*\\\\\\n)*[^\\n]*)`).exec(source.raw(header));
        if (!definition) continue;
        const calls = definition[1]!.replace(/\\\n/g, ' ').matchAll(new RegExp(`\\b${macro}\\(([^)]*)\\)`, 'g'));
        return [...calls]
          .map((c) => {
            const args = c[1]!.split(',').map((a) => a.trim());
            return body.replace(/\b\w+\b/g, (w) => (names.includes(w) ? args[names.indexOf(w)]! : w));
          })
          .join('\n');
      }
      return whole;
    },
  );
}

/** Every list of a file. */
export function listsOf(source: KernelSource, file: string): BtfList[] {
  const text = expandXMacros(source, source.text(file));
  const found: BtfList[] = [];
  /** The list being read: none or one. */
  const open: { name: string; macro: string; members: { name: string; flags: string }[] }[] = [];
  const close = (): void => {
    for (const list of open.splice(0)) found.push({ file, ...list });
  };
  const re =
    /\b(BTF_ID_LIST_GLOBAL_SINGLE|BTF_ID_LIST_SINGLE|BTF_ID_LIST_GLOBAL|BTF_ID_LIST|BTF_SET_START_GLOBAL|BTF_SET_START|BTF_SET8_START|BTF_KFUNCS_START|BTF_SET_END|BTF_SET8_END|BTF_KFUNCS_END|BTF_ID_FLAGS|BTF_ID)\s*\(([^)]*)\)|\bBTF_ID_UNUSED\b/g;
  let end = 0;
  for (const m of text.matchAll(re)) {
    const macro = m[1];
    // A list without end marker goes on only while entries follow each other.
    if (open[0]?.macro.startsWith('BTF_ID_LIST') && /[^\s;]/.test(text.slice(end, m.index))) close();
    end = m.index + m[0].length;
    if (/^\s*#\s*define\b/.test(text.slice(text.lastIndexOf('\n', m.index) + 1, m.index))) continue;
    if (macro === undefined) {
      open[0]?.members.push({ name: '', flags: '' });
      continue;
    }
    const args = m[2]!.split(',').map((a) => a.trim());
    if (macro === 'BTF_ID' || macro === 'BTF_ID_FLAGS') {
      open[0]?.members.push({
        name: args[1]!,
        flags: (args[2] ?? '').replace(/\s+/g, ' ').replaceAll(' | ', '|'),
      });
    } else if (macro.endsWith('_END')) close();
    else if (macro.endsWith('_SINGLE')) {
      close();
      found.push({ file, name: args[0]!, macro, members: [{ name: args[2]!, flags: '' }] });
    } else {
      close();
      open.push({ name: args[0]!, macro, members: [] });
    }
  }
  close();
  return found;
}

/** All lists of the tree, and a resolver of `&list[i]` for an expression in a file. */
export class BtfLists {
  readonly all: readonly BtfList[];
  readonly #enums: ReadonlyMap<string, bigint>;

  constructor(source: KernelSource, files: readonly string[], enums: ReadonlyMap<string, bigint>) {
    this.all = files.flatMap((f) => listsOf(source, f));
    this.#enums = enums;
  }

  /** Name behind `&list[i]`, `*list` or `list[i]`; '*' for the poison pointer, null if unknown. */
  resolve(file: string, expression: string): string | null {
    const e = expression.trim();
    if (e === 'BPF_PTR_POISON') return '*';
    const m = /^[&*]?(\w+)(?:\[(\w+)\])?$/.exec(e);
    if (!m) return null;
    const list = this.all.find((l) => l.name === m[1] && l.file === file) ?? this.all.find((l) => l.name === m[1]);
    if (!list) return null;
    const index = m[2] === undefined ? 0 : /^\d+$/.test(m[2]) ? Number(m[2]) : Number(this.#enums.get(m[2]) ?? -1n);
    return list.members[index]?.name ?? null;
  }
}
