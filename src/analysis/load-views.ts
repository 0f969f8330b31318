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

/** A program that was not handed over. Places only where `declarations` are wanted. */
export function failedProgram(failed: ProgramError, declarations: Declarations | null): FailedProgram {
  const { refusedMap, undecided } = failed;
  return {
    program: failed.name,
    section: failed.section,
    message: failed.message,
    absent: failed.absent ?? null,
    ...(refusedMap === undefined ? {} : { errno: ERRNO[refusedMap.objection.errno], map: refusedMap.map }),
    ...(undecided === undefined ? {} : { undecided }),
    ...(declarations === null
      ? {}
      : {
          place: refusedMap === undefined ? declarations.place('function', failed.name) : declarations.place('variable', refusedMap.map),
        }),
  };
}

const lineKey = (place: SourcePlace): string => `${place.file}:${place.line}`;

/** The constants of an object. `verified`: its programs with their graphs. */
export function constantViews(
  object: LoadedObject,
  verified: readonly { readonly prog: Program; readonly graph: ContextGraph }[],
  declarations: Declarations,
): ConstantView[] {
  const { constants } = object;
  if (constants.length === 0) return [];
  const constantAt = (map: string, offset: number): string | null =>
    constants.find((c) => object.maps[c.map]?.name === map && offset >= c.offset && offset < c.offset + c.size)?.name ?? null;
  const live = new Set(
    verified.flatMap(({ graph }) =>
      graph.nodes.flatMap((node) =>
        node.instructions.flatMap((insn) => (insn.source !== null && insn.visit !== 'unreachable' ? [lineKey(insn.source)] : [])),
      ),
    ),
  );
  const never = new Map<string, Map<string, SourcePlace>>();
  for (const { prog, graph } of verified) {
    for (const [constant, places] of neverBecause(prog, graph, constantAt)) {
      const known = never.get(constant) ?? new Map<string, SourcePlace>();
      for (const place of places) if (!live.has(lineKey(place))) known.set(lineKey(place), place);
      never.set(constant, known);
    }
  }
  return constants.map(({ name, type, parts }) => ({
    name,
    type,
    parts,
    place: declarations.place('variable', name),
    never: [...(never.get(name)?.values() ?? [])].sort((a, b) => a.line - b.line).slice(0, MOST_LINES),
  }));
}
