// SPDX-License-Identifier: GPL-2.0-only
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** JSON with one entry of the outermost `levels` a line, so that a diff shows facts. */
export function diffable(value: unknown, levels = 1, indent = ''): string {
  const inner = `${indent} `;
  if (levels > 0 && Array.isArray(value)) {
    if (value.length === 0) return '[]';
    return `[\n${value.map((v: unknown) => inner + diffable(v, levels - 1, inner)).join(',\n')}\n${indent}]`;
  }
  if (levels > 0 && value !== null && typeof value === 'object') {
    const entries = Object.entries(value);
    if (entries.length === 0) return '{}';
    return `{\n${entries.map(([k, v]) => `${inner}${JSON.stringify(k)}:${diffable(v, levels - 1, inner)}`).join(',\n')}\n${indent}}`;
  }
  return JSON.stringify(value);
}

export function writeTable(dir: string, name: string, value: unknown, levels = 1): void {
  writeFileSync(join(dir, `${name}.json`), `${diffable(value, levels)}\n`);
}

/** Map as object with sorted keys. */
export function sortedObject<V>(map: ReadonlyMap<string, V>): Record<string, V> {
  return Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}
