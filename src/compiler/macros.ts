// SPDX-License-Identifier: GPL-2.0-only
/** Macros that a build would give on its command line: read from the condition that asks for them, or from the build's files. */
import { readFile, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { BUILD_FILE } from './makers';
import { foldersUp } from './project';

const MAX_SIZE = 1 << 20;
/** Lines before an `#error` that are looked at. */
const MAX_LINES = 200;
const OWN_MACHINE = /(^|_)(x86(_?64)?|amd64|x64)(_|$)/i;

/**
 * The macro that stands for this machine in the conditions before an `#error`, when it is the last branch of a choice between machines; null if
 * it is none. `line` is 1-based.
 */
export function machineMacro(text: string, line: number): string | null {
  const lines = text.split('\n').slice(Math.max(0, line - MAX_LINES), line - 1);
  const names: string[] = [];
  let depth = 0;
  for (const at of lines.reverse()) {
    const word = /^\s*#\s*(if|ifdef|elif|elifdef|endif)\b(.*)$/.exec(at);
    if (word?.[1] === 'endif') depth++;
    else if (word !== null && depth > 0) depth -= word[1]!.startsWith('if') ? 1 : 0;
    else if (word !== null) {
      names.unshift(...(word[2]!.match(/[A-Za-z_]\w*/g) ?? []).filter((n) => n !== 'defined'));
      if (word[1]!.startsWith('if')) break;
    }
  }
  return names.find((n) => OWN_MACHINE.test(n)) ?? null;
}

/** A macro as a build file gives it. */
export interface BuildMacro {
  readonly name: string;
  /** Null where only the build knows. */
  readonly value: string | null;
  readonly file: string;
  /** 1-based. */
  readonly line: number;
}

/** Files that name `-D` macros beside what {@link BUILD_FILE} knows. */
const ALSO = /\.(go|py|bazel|bzl|gn)$/;

/** Where the build gives each of these macros (`-DNAME` or `-DNAME=VALUE`), looked for from the source's folder up. */
export async function buildMacros(names: readonly string[], file: string, root: string): Promise<BuildMacro[]> {
  const found = new Map<string, BuildMacro>();
  const pattern = new RegExp(
    `-D\\s?(${names.map((n) => n.replace(/\W/g, '')).join('|')})(?![\\w])(?:=([^\\s"'\`,)\\]]*|\\\\?"[^"]*"|'[^']*'))?`,
    'g',
  );
  for (const folder of foldersUp(file, root)) {
    const entries = await readdir(folder).catch(() => []);
    for (const entry of entries.filter((e) => BUILD_FILE.test(e) || ALSO.test(e))) {
      const at = path.join(folder, entry);
      const size = await stat(at).then(
        (s) => s.size,
        () => MAX_SIZE,
      );
      if (size >= MAX_SIZE) continue;
      const lines = (await readFile(at, 'utf8').catch(() => '')).split('\n');
      for (const [i, line] of lines.entries()) {
        if (!line.includes('-D')) continue;
        for (const [, name, value] of line.matchAll(pattern)) {
          if (found.has(name!)) continue;
          const literal = value === undefined ? '1' : /^[\w.+-]+$/.test(value) ? value : null;
          found.set(name!, { name: name!, value: literal, file: at, line: i + 1 });
        }
      }
    }
    if (found.size === names.length) break;
  }
  return [...found.values()];
}
