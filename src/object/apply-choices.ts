// SPDX-License-Identifier: GPL-2.0-only
/** Putting what a person decided in a loader's place into an object that has been opened. */
import { AS_COMPILED, ChoiceError, type ChoiceProblem, type LoadChoices, type MapChoice, type ProgramChoice } from './choices';
import { ciliumSizes, foreignRole } from './foreign';
import { isLegacyMaps, LEGACY_MAPS } from './legacy-maps';
import { isMapInMap } from './mapdef';
import type { ObjectFunction, ObjectMap, OpenObject } from './model';
import { findSecDef } from './secdefs';
import { applyValue, constantsOf } from './values';

/** One choice that does not fit. Never leaves this file. */
class Misfit extends Error {
  constructor(
    message: string,
    /** Property of the entry that it is about, '' for its name. */
    readonly property = '',
  ) {
    super(message);
  }
}

/** A choice for something that is not in the object. */
class Lacking extends Misfit {}

/** Takes each entry of a section, and gathers what does not fit. */
class Fitting {
  readonly problems: ChoiceProblem[] = [];

  /** `shared`: the choices are for several objects, so that what is in another one is left aside. */
  constructor(readonly shared: boolean) {}

  each<T, R>(
    section: 'values' | 'programs' | 'maps',
    entries: Readonly<Record<string, T>> = {},
    take: (name: string, choice: T) => R,
  ): R[] {
    return Object.entries(entries).flatMap(([name, choice]) => {
      try {
        return [take(name, choice)];
      } catch (error) {
        if (!(error instanceof Misfit)) throw error;
        if (this.shared && error instanceof Lacking) return [];
        const { message, property } = error;
        const path = property === '' ? [section, name] : [section, name, property];
        this.problems.push(property === '' && section !== 'values' ? { path, message, name: true } : { path, message });
        return [];
      }
    });
  }
}

/**
 * Applies choices, and what section names of other loaders mean. What concerns one program goes into its `assumptions`.
 * Throws {@link ChoiceError} for choices that do not fit the object.
 * @returns what concerns all programs, in words
 */
export function applyChoices(object: OpenObject, choices: LoadChoices): string[] {
  const programs = new Map(object.functions.filter((fn) => !fn.subprog).map((fn) => [fn.name, fn]));
  const fitting = new Fitting(choices.shared === true);
  fitting.each('programs', choices.programs, (name, choice) =>
    decideProgram(object, programs.get(name) ?? lacking('program', name, [...programs.keys()]), choice),
  );
  for (const fn of programs.values()) {
    if (fn.secDef === null) takeForeign(object, fn);
  }
  const conventions = [
    ...(object.maps.some((map) => isLegacyMaps(map.section)) ? [LEGACY_MAPS] : []),
    ...(choices.loader === 'cilium/ebpf' ? ciliumSizes(object.maps) : []),
  ];
  if (choices === AS_COMPILED) return conventions;
  const words = [...conventions, ...decideMaps(object, choices, fitting), ...decideValues(object, choices, fitting)];
  if (fitting.problems.length > 0) throw new ChoiceError(fitting.problems);
  return words;
}

function lacking(what: string, name: string, known: readonly string[], property = ''): never {
  const Kind = property === '' ? Lacking : Misfit;
  throw new Kind(
    `there is no ${what} ${name}; ${known.length === 0 ? 'the object has none' : `there are ${known.slice(0, 20).join(', ')}`}`,
    property,
  );
}

function decideProgram(object: OpenObject, fn: ObjectFunction, { type, attach }: ProgramChoice): void {
  if (type !== undefined) {
    const secDef = findSecDef(type);
    if (secDef === null)
      throw new Misfit(`${fn.name}: ${type} is no section name that libbpf knows, such as xdp, tc, kprobe, fentry.s`, 'type');
    fn.role = type;
    fn.secDef = secDef;
    fn.assumptions.push(`type ${type}`);
  }
  if (attach !== undefined) {
    if (fn.secDef === null) takeForeign(object, fn);
    if (fn.secDef === null)
      throw new Misfit(`${fn.name}: what it is attached to means nothing without a type; its section ${fn.section} names none`, 'attach');
    fn.role = `${fn.role.split('/')[0]!}/${attach}`;
    fn.secDef = findSecDef(fn.role) ?? fn.secDef;
    fn.assumptions.push(`attached to ${attach}`);
  }
}

/** What libbpf does not know of a program, and other loaders do. */
function takeForeign(object: OpenObject, fn: ObjectFunction): void {
  const meant = foreignRole(object.btf, fn);
  if (meant === null) return;
  fn.role = meant.role;
  fn.secDef = findSecDef(meant.role);
  if (meant.words !== '') fn.assumptions.push(meant.words);
  if (meant.candidates.length > 0) fn.candidates = meant;
}

function decideMaps(object: OpenObject, { maps }: LoadChoices, fitting: Fitting): string[] {
  const known = object.maps.filter((candidate) => candidate.origin === 'user');
  return fitting
    .each('maps', maps, (name, choice) => {
      const map = known.find((candidate) => candidate.name === name);
      return decideMap(
        object,
        map ??
          lacking(
            'map',
            name,
            known.map((candidate) => candidate.name),
          ),
        choice,
      );
    })
    .flat();
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
        'inner',
      );
    if (!isMapInMap(map.type)) throw new Misfit(`${map.name}: only maps of maps have an inner map`, 'inner');
    map.inner = { ...like, name: `${map.name}.inner` };
    words.push(`${map.name}: inner maps are like ${inner}`);
  }
  return words;
}

function decideValues(object: OpenObject, { values = {} }: LoadChoices, fitting: Fitting): string[] {
  const { btf, maps } = object;
  if (Object.keys(values).length === 0) return [];
  const constants = constantsOf(btf, maps);
  for (const map of maps) {
    if (map.origin === 'rodata' && map.data !== null) map.data = Uint8Array.from(map.data);
  }
  return fitting.each('values', values, (path, value) => {
    if (btf === null) throw new Misfit('the object has no BTF, which says where its constants are');
    const applied = applyValue(btf, maps, constants, path, value, object.elf.littleEndian);
    if ('problem' in applied) throw applied.absent === true ? new Lacking(applied.problem) : new Misfit(applied.problem);
    if (applied.any !== null) maps[applied.map]!.any.push(applied.any);
    return applied.assumed;
  });
}
