// SPDX-License-Identifier: GPL-2.0-only
/** What the view keeps over reloads, beside what the host keeps. It is read back from outside, so nothing in it is taken on trust. */
import { type LensId, LENSES } from '../lens/types';
import { ROW_MODES, type RowMode } from '../model/rows';

/** Raised when what is kept means something else than before: what an older or newer version kept is not read. */
export const MEMORY_VERSION = 1;

export interface ViewMemory {
  readonly version: typeof MEMORY_VERSION;
  /** File, as the host said it. */
  readonly uri: string;
  readonly program: string;
  readonly rows: RowMode;
  readonly inspector: boolean;
  readonly legend: boolean;
  readonly selected: number | null;
  readonly zoom: number | null;
  readonly pan: { readonly x: number; readonly y: number } | null;
  /** Ids of blocks that show only their head. */
  readonly folded: readonly string[];
  readonly lens: LensId;
  /** Key of the resource that Follow is about, '' for none. */
  readonly followed: string;
  /** Names of closed sections of the inspector. */
  readonly closedSections: readonly string[];
  /** Width of the inspector, px. */
  readonly inspectorWidth: number;
  /** Policy compared with, '' for none. */
  readonly compare: string;
  /** Overview of all functions. */
  readonly all: boolean;
}

/** What the host says of a panel that has no memory. */
export interface Start {
  readonly uri: string;
  readonly program: string;
}

/** Memory of a panel that is new. */
export function freshMemory({ uri, program }: Start): ViewMemory {
  return {
    version: MEMORY_VERSION,
    uri,
    program,
    rows: 'key',
    inspector: true,
    legend: true,
    selected: null,
    zoom: null,
    pan: null,
    folded: [],
    lens: 'contexts',
    followed: '',
    closedSections: [],
    inspectorWidth: 330,
    compare: '',
    all: false,
  };
}

/** Longest text and list that is taken back, and how large numbers may be: zoom as a factor, pan and widths in px. */
const MAX = { text: 4096, list: 20_000, zoom: 16, pan: 1e7, width: 4000, insn: 0x7fffffff } as const;

type Check<T> = (v: unknown) => v is T;

const isText: Check<string> = (v): v is string => typeof v === 'string' && v.length <= MAX.text;
const isFlag: Check<boolean> = (v): v is boolean => typeof v === 'boolean';
const isNumber = (v: unknown, low: number, high: number): v is number => typeof v === 'number' && v >= low && v <= high;
const isTexts: Check<readonly string[]> = (v): v is readonly string[] => Array.isArray(v) && v.length <= MAX.list && v.every(isText);
const orNull =
  <T>(check: Check<T>): Check<T | null> =>
  (v): v is T | null =>
    v === null || check(v);
const oneOf =
  <T extends string>(values: readonly T[]): Check<T> =>
  (v): v is T =>
    (values as readonly unknown[]).includes(v);
const isPoint: Check<{ readonly x: number; readonly y: number }> = (v): v is { x: number; y: number } => {
  if (typeof v !== 'object' || v === null) return false;
  const { x, y } = v as { x?: unknown; y?: unknown };
  return isNumber(x, -MAX.pan, MAX.pan) && isNumber(y, -MAX.pan, MAX.pan);
};

const CHECKS: { readonly [K in Exclude<keyof ViewMemory, 'version' | 'uri'>]: Check<ViewMemory[K]> } = {
  program: isText,
  rows: oneOf(ROW_MODES),
  inspector: isFlag,
  legend: isFlag,
  selected: orNull((v): v is number => Number.isInteger(v) && isNumber(v, 0, MAX.insn)),
  zoom: orNull((v): v is number => isNumber(v, 0.001, MAX.zoom)),
  pan: orNull(isPoint),
  folded: isTexts,
  lens: oneOf(LENSES),
  followed: isText,
  closedSections: isTexts,
  inspectorWidth: (v): v is number => isNumber(v, 0, MAX.width),
  compare: isText,
  all: isFlag,
};

/**
 * Memory of an earlier life of a panel. Of another version, or no memory at all: a fresh one. A member that is damaged is as it is in a
 * fresh one; members that nobody knows are dropped. The file is always the one that the host says.
 */
export function readMemory(known: unknown, start: Start): ViewMemory {
  const fresh = freshMemory(start);
  if (typeof known !== 'object' || known === null || (known as { version?: unknown }).version !== MEMORY_VERSION) return fresh;
  const kept = Object.entries(CHECKS).flatMap(([name, check]) => {
    const value = Object.hasOwn(known, name) ? (known as Record<string, unknown>)[name] : undefined;
    return (check as Check<unknown>)(value) ? [[name, value] as const] : [];
  });
  return { ...fresh, ...Object.fromEntries(kept) };
}

/** What the host wrote into the page of a new panel. */
export function readStart(raw: string | undefined): Start {
  let start: unknown = null;
  try {
    start = JSON.parse(raw ?? '');
  } catch {
    // a page without it: nothing is known
  }
  const { uri, program } = (typeof start === 'object' && start !== null ? start : {}) as { uri?: unknown; program?: unknown };
  return { uri: typeof uri === 'string' ? uri : '', program: typeof program === 'string' ? program : '' };
}
