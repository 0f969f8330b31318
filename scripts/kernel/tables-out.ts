// SPDX-License-Identifier: GPL-2.0-only
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KernelTables } from '../../src/kernel/tables';

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

/** Tables that hold tables: one more level has a line for each entry. */
const DEEP: Readonly<Partial<Record<keyof KernelTables, number>>> = {
  choices: 3,
  structOps: 3,
  kfuncs: 2,
  lists: 2,
  tracepoints: 2,
  safeMembers: 2,
};

/** One JSON file a table, named as the table with dashes. */
export function writeTables(dir: string, tables: KernelTables): void {
  mkdirSync(dir, { recursive: true });
  for (const [name, value] of Object.entries(tables) as [keyof KernelTables, unknown][]) {
    const file = `${name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}.json`;
    writeFileSync(join(dir, file), `${diffable(value, DEEP[name] ?? 1)}\n`);
  }
}

/** Map as object with sorted keys. */
export function sortedObject<V>(map: ReadonlyMap<string, V>): Record<string, V> {
  return Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}
