// SPDX-License-Identifier: GPL-2.0-only
/** Putting what a person decided in a loader's place into an object that has been opened. */
import { AS_COMPILED, type LoadChoices, type MapChoice, type ProgramChoice } from './choices';
import { foreignSection } from './foreign';
import { isMapInMap } from './mapdef';
import type { ObjectFunction, ObjectMap, OpenObject } from './model';
import { findSecDef } from './secdefs';
import { applyValue, constantsOf } from './values';

/** A choice that does not fit the object: the text names it. */
export class ChoiceError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ChoiceError';
  }
}

/**
 * Applies choices, and what section names of other loaders mean. What concerns one program goes into its `assumptions`.
 * @returns what concerns all programs, in words
 */
export function applyChoices(object: OpenObject, choices: LoadChoices): string[] {
  const programs = new Map(object.functions.filter((fn) => !fn.subprog).map((fn) => [fn.name, fn]));
  for (const [name, choice] of Object.entries(choices.programs ?? {})) {
    decideProgram(programs.get(name) ?? lacking('program', name, [...programs.keys()]), choice);
  }
  for (const fn of programs.values()) {
    if (fn.secDef === null) takeForeign(fn);
  }
  if (choices === AS_COMPILED) return [];
  return [...decideMaps(object, choices), ...decideValues(object, choices)];
}

function lacking(what: string, name: string, known: readonly string[]): never {
  throw new ChoiceError(
    `there is no ${what} ${name}; ${known.length === 0 ? 'the object has none' : `there are ${known.slice(0, 20).join(', ')}`}`,
  );
}

function decideProgram(fn: ObjectFunction, { type, attach }: ProgramChoice): void {
  if (type !== undefined) {
    const secDef = findSecDef(type);
    if (secDef === null)
      throw new ChoiceError(`${fn.name}: ${type} is no section name that libbpf knows, such as xdp, tc, kprobe, fentry.s`);
    fn.role = type;
    fn.secDef = secDef;
    fn.assumptions.push(`type ${type}`);
  }
  if (attach !== undefined) {
    if (fn.secDef === null) takeForeign(fn);
    if (fn.secDef === null)
      throw new ChoiceError(`${fn.name}: what it is attached to means nothing without a type; its section ${fn.section} names none`);
    fn.role = `${fn.role.split('/')[0]!}/${attach}`;
    fn.secDef = findSecDef(fn.role) ?? fn.secDef;
    fn.assumptions.push(`attached to ${attach}`);
  }
}

/** A section name of another loader. */
function takeForeign(fn: ObjectFunction): void {
  const meant = foreignSection(fn.section);
  if (meant === null) return;
  fn.role = meant;
  fn.secDef = findSecDef(meant);
  fn.assumptions.push(`section ${fn.section} means ${meant}, as for loaders before libbpf 1.0 and cilium/ebpf; libbpf does not know it`);
}

function decideMaps(object: OpenObject, { maps = {} }: LoadChoices): string[] {
  return Object.entries(maps).flatMap(([name, choice]) => {
    const map = object.maps.find((candidate) => candidate.origin === 'user' && candidate.name === name);
    const known = object.maps.filter((candidate) => candidate.origin === 'user').map((candidate) => candidate.name);
    return decideMap(object, map ?? lacking('map', name, known), choice);
  });
}

function decideMap(object: OpenObject, map: ObjectMap, { inner, ...sizes }: MapChoice): string[] {
  const words: string[] = [];
  for (const [what, value] of Object.entries(sizes) as ['maxEntries' | 'keySize' | 'valueSize', number][]) {
    map[what] = value;
    // types of another size mean nothing any more, as bpf_map__set_key_size() has it
    if (what === 'keySize') map.btfKey = 0;
    if (what === 'valueSize') map.btfValue = 0;
    words.push(`${map.name}: ${{ maxEntries: 'max_entries', keySize: 'key_size', valueSize: 'value_size' }[what]} ${value}`);
  }
  if (inner !== undefined) {
    const like =
      object.maps.find((candidate) => candidate.name === inner && candidate !== map) ??
      lacking(
        'map',
        inner,
        object.maps.map((m) => m.name),
      );
    if (!isMapInMap(map.type)) throw new ChoiceError(`${map.name}: only maps of maps have an inner map`);
    map.inner = { ...like, name: `${map.name}.inner` };
    words.push(`${map.name}: inner maps are like ${inner}`);
  }
  return words;
}

function decideValues(object: OpenObject, { values = {} }: LoadChoices): string[] {
  const { btf, maps } = object;
  const entries = Object.entries(values);
  if (entries.length === 0) return [];
  if (btf === null) throw new ChoiceError('the object has no BTF, which says where its constants are');
  const constants = constantsOf(btf, maps);
  for (const map of maps) {
    if (map.origin === 'rodata' && map.data !== null) map.data = Uint8Array.from(map.data);
  }
  return entries.map(([path, value]) => {
    const applied = applyValue(btf, maps, constants, path, value);
    if ('problem' in applied) throw new ChoiceError(applied.problem);
    if (applied.any !== null) maps[applied.map]!.any.push(applied.any);
    return applied.assumed;
  });
}
