// SPDX-License-Identifier: GPL-2.0-only
/** States of one instruction as the inspector shows them. Made on demand, so that recording stays cheap. */
import { RegType } from '../kernel/types';
import { Op } from '../policy/types';
import type { ContextCell, FrameView, InsnStates, RegView, SlotView, StateView } from '../protocol/model';
import type { HeldTable } from '../verifier/state/held';
import { SLOT_TYPE_CHARS, SlotType, type StackSlot } from '../verifier/state/stack';
import { functionName } from './functions';
import type { GraphInput } from './input';
import { type GivenBack, givenBackOn, passOf } from './path';
import { heldView } from './held';
import { forbiddenNames } from '../policy/ops';
import { sectionStem, sleepableStem } from '../object/secdefs';
import type { Because, HeldResource } from '../protocol/graph';
import { resourceName } from '../protocol/words';
import { carriedVariable, parameterName, registerVariable, stackVariable, VariablesAt } from './variables';
import { type Place, type Why, type WhyFacts, whySentence } from './why';
import { type FrameSnapshot, heldKey, type Snapshot } from './insn-record';

function carriedKey(table: HeldTable, id: number, parentId: number): string | null {
  const held = table.byId(id) ?? table.byId(parentId);
  return held === undefined ? null : heldKey(held, table);
}

function registers(
  input: GraphInput,
  frame: FrameSnapshot,
  depth: number,
  held: HeldTable,
  begins: number | null,
  variables: readonly VariablesAt[],
): { registers: RegView[]; unreadable: string } {
  const views: RegView[] = [];
  const missing: number[] = [];
  frame.regs.forEach((reg, i) => {
    if (reg.type === RegType.NOT_INIT) missing.push(i);
    else {
      const carries = reg.type === RegType.SCALAR_VALUE ? null : carriedKey(held, reg.id, reg.parentId);
      const variable =
        variables[depth]!.inRegister(i) ??
        (begins === null ? null : parameterName(input, begins, i)) ??
        (reg.base === RegType.PTR_TO_STACK && i !== 10 ? stackVariable(variables[reg.frameno], reg) : registerVariable(input, held, reg));
      views.push({ number: i, name: `r${i}`, text: input.regText(reg, depth), carries, variable });
    }
  });
  return { registers: views, unreadable: missing.length === 0 ? '' : `${ranges(missing)} not readable` };
}

/** `r0–r5, r8` */
function ranges(numbers: readonly number[]): string {
  const parts: string[] = [];
  for (let i = 0; i < numbers.length;) {
    let j = i;
    while (numbers[j + 1] === numbers[j]! + 1) j++;
    parts.push(j === i ? `r${numbers[i]!}` : `r${numbers[i]!}–r${numbers[j]!}`);
    i = j + 1;
  }
  return parts.join(', ');
}

function slotView(
  input: GraphInput,
  slot: StackSlot,
  index: number,
  depth: number,
  held: HeldTable,
  variables: VariablesAt,
): SlotView | null {
  const offset = -8 * (index + 1);
  let bytes = '';
  let used = false;
  for (let i = 0; i < 8; i++) {
    const kind = slot.kind(i);
    bytes += SLOT_TYPE_CHARS[kind]!;
    if (kind !== SlotType.INVALID && kind !== SlotType.POISON) used = true;
  }
  if (!used) return null;
  const special =
    slot.top === SlotType.SPILL || slot.top === SlotType.ITER || slot.top === SlotType.DYNPTR || slot.top === SlotType.IRQ_FLAG;
  let text = '';
  if (slot.top === SlotType.ITER) {
    const state = ['', 'active', 'drained'][slot.reg.iterState] ?? '';
    const name = slot.reg.btf === null ? 'iterator' : `iter ${(slot.reg.btf.type(slot.reg.btfId)?.name ?? '').replace(/^bpf_iter_/, '')}`;
    text = `${name} ${state}`.trim();
  } else if (slot.top === SlotType.IRQ_FLAG) text = 'saved IRQ flags';
  else if (slot.top === SlotType.DYNPTR) text = 'dynptr';
  else if (slot.top === SlotType.SPILL) text = input.regText(slot.reg, depth);
  return {
    offset,
    bytes,
    text,
    carries: special && slot.reg.type !== RegType.SCALAR_VALUE ? carriedKey(held, slot.reg.id, slot.reg.parentId) : null,
    variable: variables.inSlot(offset) ?? (special && slot.top !== SlotType.SPILL ? carriedVariable(input, held, slot.reg.id) : null),
  };
}

function contextCells(input: GraphInput, held: HeldTable): ContextCell[] {
  const cells = new Map<string, ContextCell>();
  for (const cls of input.env.policy.classes) {
    if (forbiddenNames(cls.forbids).length === 0) continue;
    const depth = held.count(cls.name);
    // locks of all kinds are one region; another class may have the letter of one of them
    const cell = `${cls.letter} ${cls.describe}`;
    const known = cells.get(cell);
    if (known === undefined) cells.set(cell, { letter: cls.letter, colour: cls.colour, kind: cls.name, title: cls.title, depth });
    else cells.set(cell, { ...known, depth: known.depth + depth });
  }
  return [...cells.values()];
}

/** Whose rule decides whether sleeping is allowed when nothing is held. */
function ownRule(input: GraphInput, snapshot: Snapshot): 'main' | 'callback' | 'function' {
  if (snapshot.frames.some((f) => f.isAsync)) return 'callback';
  return input.env.sleepable && !snapshot.inSleepable ? 'function' : 'main';
}

/** Where the program's own permission to sleep comes from, in words. */
function ownPermission(input: GraphInput, snapshot: Snapshot): string {
  if (snapshot.inSleepable) return input.env.sleepable ? 'program is sleepable' : 'callback may sleep';
  return { callback: 'callback never sleeps', function: 'called where sleeping is out', main: 'program is not sleepable' }[
    ownRule(input, snapshot)
  ];
}

/** Section of the program as far as it says whether sleeping is allowed. */
function sectionFacts(input: GraphInput): Pick<WhyFacts, 'section' | 'sleepableSection'> {
  const section = input.env.prog.section.replace(/^\?/, '');
  return { section: sectionStem(section), sleepableSection: sleepableStem(section) };
}

/** Everything that a state holds; what shares a key counts as held several times. */
function heldIn(input: GraphInput, table: HeldTable): HeldResource[] {
  const held = new Map<string, HeldResource>();
  for (const e of table.entries) {
    const key = heldKey(e, table);
    const known = held.get(key);
    held.set(key, known === undefined ? heldView(input, key, e, table.byId(e.parentId)) : { ...known, depth: known.depth + 1 });
  }
  return [...held.values()];
}

/** Why sleeping is allowed or not in one state. `endsOf` says where a resource ends on any path. */
function whyIn(
  input: GraphInput,
  snapshot: Snapshot,
  held: readonly HeldResource[],
  given: readonly GivenBack[],
  endsOf: (key: string) => readonly number[],
): Why {
  const { lines } = input;
  const at = (insn: number): Place => ({ insn, source: lines.at(insn) });
  const isFlags = (kind: string): boolean => input.env.policy.classes.find((c) => c.name === kind)?.token === 'stack-slot';
  const guilty = held.filter((h) => h.forbids.includes('sleep'));
  const ends = guilty.length === 1 ? endsOf(guilty[0]!.key) : [];
  const ended = given.filter(
    (g) => guilty.length > 0 && g.resource.kind === guilty[0]!.kind && guilty.every((x) => g.within.includes(x.key)),
  );
  return whySentence({
    ...sectionFacts(input),
    ownSleepable: snapshot.inSleepable,
    where: ownRule(input, snapshot),
    causes: held
      .filter((h) => h.forbids.includes('fault') || h.forbids.includes('sleep'))
      .map((h) => ({ held: h, flags: isFlags(h.kind), source: lines.at(h.takenAt) })),
    harmless: held.filter((h) => h.forbids.length === 0),
    ended: ended.map((g) => ({ held: g.resource, taken: at(g.resource.takenAt), left: at(g.at) })),
    until: ends.map(at),
  });
}

/** The states of one instruction, capped as recorded. */
export function insnStates(input: GraphInput, insn: number): InsnStates {
  const record = input.recorder.insns[insn];
  if (record === undefined) return { insn, total: 0, states: [] };

  const givenBack = new Map<string, number[]>();
  input.recorder.insns.forEach((r, index) => {
    if (r === undefined) return;
    for (const key of r.gives.keys()) givenBack.set(key, [...(givenBack.get(key) ?? []), index]);
  });

  const states = record.kept.map((snapshot): StateView => {
    const table = snapshot.held;
    const held = heldIn(input, table);
    const given = givenBackOn(input, snapshot.trail);
    const maySleep = snapshot.inSleepable && (table.forbids & Op.SLEEP) === 0;
    const causes = held.filter((h) => h.forbids.includes('fault') || h.forbids.includes('sleep'));
    // a caller is at the call of the next frame
    const variables = snapshot.frames.map((_, depth) => new VariablesAt(input, snapshot.frames[depth + 1]?.callsite ?? insn));
    const frames = snapshot.frames
      .map((frame, depth): FrameView => ({
        frame: depth,
        function: functionName(input.env, frame.subprogno),
        ...registers(input, frame, depth, table, depth === snapshot.frames.length - 1 ? insn : null, variables),
        stack: frame.stack.map((slot, i) => slotView(input, slot, i, depth, table, variables[depth]!)).filter((s) => s !== null),
      }))
      .reverse();
    return {
      frames,
      held,
      contexts: contextCells(input, table),
      ownPermission: ownPermission(input, snapshot),
      maySleep,
      mayFault: maySleep && (table.forbids & Op.FAULT) === 0,
      because: causes.map((c): Because => ({ kind: c.kind, takenAt: c.takenAt, text: resourceName(c) })),
      given: given.map(({ resource, at }) => ({ resource, at })),
      pass: passOf(snapshot.trail),
      why: whyIn(input, snapshot, held, given, (key) => givenBack.get(key) ?? []),
    };
  });
  return { insn, total: record.count, states };
}
