// SPDX-License-Identifier: GPL-2.0-only
/** Which other parts a program has whose object needs some. A bundle of its own: most objects are whole. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { findParts, partSymbols, type PartSymbols } from '../analysis/parts';
import { readRegularFile } from '../analysis/read-file';

/** Objects of a folder that are looked at for parts, and the largest of them, bytes. */
const MOST_CANDIDATES = 500;
const LARGEST_CANDIDATE = 32 << 20;

/** What an object offers and needs; null for what cannot be read as one. */
function symbolsIn(file: string): PartSymbols | null {
  try {
    return partSymbols(file, readRegularFile(file, LARGEST_CANDIDATE));
  } catch {
    return null;
  }
}

/** How the other parts of a program are named, for an object that needs some; '' if nothing is known. */
export function partsHint(file: string, bytes: Uint8Array): string {
  const own = partSymbols(path.resolve(file), bytes);
  if (own === null || own.needs.size === 0) return '';
  const folder = path.dirname(path.resolve(file));
  const candidates = readdirSync(folder)
    .filter((name) => name.endsWith('.o') && path.join(folder, name) !== own.name)
    .sort()
    .slice(0, MOST_CANDIDATES)
    .flatMap((name): PartSymbols[] => {
      const at = path.join(folder, name);
      const symbols = symbolsIn(at);
      return symbols === null ? [] : [symbols];
    });
  const { parts, missing, ambiguous } = findParts(own, candidates);
  const names = (files: readonly string[]): string => files.map((f) => path.relative('.', f)).join(' ');
  const lines = ambiguous.map(({ symbol, files }) => `  '${symbol}' is defined in several files: ${names(files)}`);
  if (missing.length > 0) lines.push(`  no object of this folder defines ${missing.map((symbol) => `'${symbol}'`).join(', ')}`);
  const found =
    parts.length > 1
      ? [`${file} is one of ${parts.length} parts; link them: check --link ${names(parts)}`]
      : [`${file} is a part of a program`];
  return [...found, ...lines].join('\n');
}
