// SPDX-License-Identifier: GPL-2.0-only
/** What editors show of a load: constants with their places and what never runs because of them, programs that wait for a decision, refused maps. */
import { neverBecause } from '../graph/constant-branches';
import { type Declaration, declarationsOf } from '../object/dwarf-globals';
import { ERRNO } from '../object/errno';
import type { LoadedObject, Program, ProgramError } from '../object/program';
import type { ConstantView } from '../protocol/constants';
import type { ContextGraph, SourcePlace } from '../protocol/graph';
import type { FailedProgram } from '../protocol/model';
import type { AnalyzeRequest } from './requests';

/** Lines that are told of one constant. */
const MOST_LINES = 50;

/** Where the globals of all parts are declared; read when first asked for. */
export class Declarations {
  private known: ReadonlyMap<string, Declaration> | null = null;

  constructor(private readonly request: Pick<AnalyzeRequest, 'object' | 'parts'>) {}

  /** Null if nothing says so. */
  place(kind: Declaration['kind'], name: string): SourcePlace | null {
    if (this.known === null) {
      const { object, parts = [] } = this.request;
      const all = [object, ...parts.map((part) => part.bytes)].flatMap(declarationsOf);
      this.known = new Map(all.reverse().map((declaration) => [`${declaration.kind} ${declaration.name}`, declaration]));
    }
    const found = this.known.get(`${kind} ${name}`);
    return found === undefined ? null : { file: found.file, line: found.line, column: 0, text: '' };
  }
}

/** A program that was not handed over. */
export function failedProgram(failed: ProgramError, declarations: Declarations): FailedProgram {
  const { refusedMap, undecided } = failed;
  return {
    program: failed.name,
    section: failed.section,
    message: failed.message,
    absent: failed.absent ?? null,
    ...(refusedMap === undefined ? {} : { errno: ERRNO[refusedMap.objection.errno], map: refusedMap.map }),
    ...(undecided === undefined ? {} : { undecided }),
    place: refusedMap === undefined ? declarations.place('function', failed.name) : declarations.place('variable', refusedMap.map),
  };
}

const lineKey = (place: SourcePlace): string => `${place.file}:${place.line}`;

/** The constants of an object, and what never runs because of them: told program by program, so that no graph is kept for it. */
export class Constants {
  private readonly live = new Set<string>();
  private readonly never = new Map<string, Map<string, SourcePlace>>();

  constructor(private readonly object: LoadedObject) {}

  /** A verified program. */
  add(prog: Program, graph: ContextGraph): void {
    if (this.object.constants.length === 0) return;
    for (const node of graph.nodes)
      for (const insn of node.instructions) if (insn.source !== null && insn.visit !== 'unreachable') this.live.add(lineKey(insn.source));
    for (const [constant, places] of neverBecause(prog, graph, (map, offset) => this.constantAt(map, offset))) {
      const known = this.never.get(constant) ?? new Map<string, SourcePlace>();
      for (const place of places) known.set(lineKey(place), place);
      this.never.set(constant, known);
    }
  }

  views(declarations: Declarations): ConstantView[] {
    return this.object.constants.map(({ name, type, parts }) => ({
      name,
      type,
      parts,
      place: declarations.place('variable', name),
      never: [...(this.never.get(name)?.values() ?? [])]
        .filter((place) => !this.live.has(lineKey(place)))
        .sort((a, b) => a.line - b.line)
        .slice(0, MOST_LINES),
    }));
  }

  private constantAt(map: string, offset: number): string | null {
    const { constants, maps } = this.object;
    return constants.find((c) => maps[c.map]?.name === map && offset >= c.offset && offset < c.offset + c.size)?.name ?? null;
  }
}
