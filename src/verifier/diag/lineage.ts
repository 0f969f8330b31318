// SPDX-License-Identifier: GPL-2.0-only
/** Which events of a path explain a refusal. Facts: `kernel/bpf/diagnostics.c: diag_build_lineage, diag_history_start_idx`. */
import { Alu, aluOp, Class, classOf } from '../../isa/opcode';
import type { Insn } from '../../isa/insn';
import { type Change, type Event, type EventLog, type Place, touches } from './event';
import type { Scope } from './failure';

const KEEPING: ReadonlySet<number> = new Set([
  Alu.ADD,
  Alu.SUB,
  Alu.MUL,
  Alu.OR,
  Alu.AND,
  Alu.LSH,
  Alu.RSH,
  Alu.ARSH,
  Alu.XOR,
  Alu.NEG,
  Alu.END,
]);

/** Whether a change makes a new value of the old one, so that the old one's history goes on (`diag_mod_keeps_lineage`). */
export function keepsLineage(insns: readonly Insn[], change: Change): boolean {
  if (change.reason !== 'write' || change.place.kind !== 'reg') return false;
  const { code } = insns[change.insn]!;
  const cls = classOf(code);
  return (cls === Class.ALU || cls === Class.ALU64) && KEEPING.has(aluOp(code));
}

/** Indices of the changes that made the value at a place, followed back through where it came from to where it was made. */
function lineage(log: EventLog, insns: readonly Insn[], place: Place): ReadonlySet<number> {
  const found = new Set<number>();
  let at = place;
  for (let i = log.size - 1; i >= 0; i--) {
    const event = log.at(i);
    if (event.kind !== 'change' || !touches(event.place, at)) continue;
    found.add(i);
    if (event.origin !== null) at = event.origin;
    else if ((event.reason === 'write' || event.reason === 'spill') && !keepsLineage(insns, event)) break;
  }
  return found;
}

/** Index of the latest event that `matches`, 0 if there is none or `stops` comes first. */
function latest(log: EventLog, matches: (event: Event) => boolean, stops: (event: Event) => boolean = () => false): number {
  for (let i = log.size - 1; i >= 0; i--) {
    const event = log.at(i);
    if (matches(event)) return i;
    if (stops(event)) return 0;
  }
  return 0;
}

/** Indices of the events to tell, in order. */
export function selectEvents(log: EventLog, insns: readonly Insn[], scope: Scope): number[] {
  let start = 0;
  let isTold: (event: Event, index: number) => boolean;
  switch (scope.kind) {
    case 'value': {
      const told = lineage(log, insns, scope.place);
      for (const i of told) start = i;
      isTold = (_, i) => told.has(i);
      break;
    }
    case 'reference':
      start = latest(log, (e) => e.kind === 'reference' && e.taken && e.id === scope.id);
      isTold = (e) => e.kind === 'reference' && e.id === scope.id;
      break;
    case 'region': {
      const ofRegion = (e: Event): e is Event & { kind: 'region' } => e.kind === 'region' && e.region === scope.region;
      // from the outermost entry on
      if (scope.depth > 0) {
        start = latest(
          log,
          (e) => ofRegion(e) && e.entered && e.depth === 1,
          (e) => ofRegion(e) && !e.entered && e.depth === 0,
        );
      }
      isTold = ofRegion;
      break;
    }
  }
  const selected: number[] = [];
  for (let i = start; i < log.size; i++) {
    const event = log.at(i);
    if (event.kind === 'branch' || isTold(event, i)) selected.push(i);
  }
  return selected;
}
