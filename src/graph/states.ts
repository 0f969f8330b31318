// SPDX-License-Identifier: GPL-2.0-only
/** States of one instruction as the inspector shows them. Made on demand, so that recording stays cheap. */
import { RegType } from '../kernel/types';
import { Op } from '../policy/types';
import type { ContextCell, FrameView, InsnStates, RegView, SlotView, StateView } from '../protocol/model';
import type { HeldTable } from '../verifier/state/held';
import { SLOT_TYPE_CHARS, SlotType, type StackSlot } from '../verifier/state/stack';
import type { GraphInput } from './input';
import { LineTable } from './lines';
import { givenBackOn, passOf } from './path';
import { forbiddenNames } from '../policy/ops';
import { ownerName } from './names';
import { isRegion, titleOf } from './titles';
import type { Because, HeldResource } from '../protocol/graph';
import { type Cause, whySentence } from './why';
import { type FrameSnapshot, heldKey, type Snapshot } from './insn-record';

function carriedKey(table: HeldTable, id: number, parentId: number): string | null {
  const held = table.byId(id) ?? table.byId(parentId);
  return held === undefined ? null : heldKey(held, table);
}

function registers(input: GraphInput, frame: FrameSnapshot, depth: number, held: HeldTable): { registers: RegView[]; unreadable: string } {
  const views: RegView[] = [];
  const missing: number[] = [];
  frame.regs.forEach((reg, i) => {
    if (reg.type === RegType.NOT_INIT) missing.push(i);
    else views.push({ name: `r${i}`, text: input.regText(reg, depth), carries: reg.type === RegType.SCALAR_VALUE ? null : carriedKey(held, reg.id, reg.parentId) });
  });
  return { registers: views, unreadable: missing.length === 0 ? '' : `${ranges(missing)} not readable` };
}

/** `r0–r5, r8` */
function ranges(numbers: readonly number[]): string {
  const parts: string[] = [];
  for (let i = 0; i < numbers.length; ) {
    let j = i;
    while (numbers[j + 1] === numbers[j]! + 1) j++;
    parts.push(j === i ? `r${numbers[i]!}` : `r${numbers[i]!}–r${numbers[j]!}`);
    i = j + 1;
  }
  return parts.join(', ');
}

function slotView(input: GraphInput, slot: StackSlot, index: number, depth: number, held: HeldTable): SlotView | null {
  let bytes = '';
  let used = false;
  for (let i = 0; i < 8; i++) {
    const kind = slot.kind(i);
    bytes += SLOT_TYPE_CHARS[kind]!;
    if (kind !== SlotType.INVALID && kind !== SlotType.POISON) used = true;
  }
  if (!used) return null;
  const special = slot.top === SlotType.SPILL || slot.top === SlotType.ITER || slot.top === SlotType.DYNPTR || slot.top === SlotType.IRQ_FLAG;
  let text = '';
  if (slot.top === SlotType.ITER) {
    const state = ['', 'active', 'drained'][slot.reg.iterState] ?? '';
    const name = slot.reg.btf === null ? 'iterator' : `iter ${(slot.reg.btf.type(slot.reg.btfId)?.name ?? '').replace(/^bpf_iter_/, '')}`;
    text = `${name} ${state}`.trim();
  } else if (slot.top === SlotType.IRQ_FLAG) text = 'saved IRQ flags';
  else if (slot.top === SlotType.DYNPTR) text = 'dynptr';
  else if (slot.top === SlotType.SPILL) text = input.regText(slot.reg, depth);
  return {
    offset: -8 * (index + 1),
    bytes,
    text,
    carries: special && slot.reg.type !== RegType.SCALAR_VALUE ? carriedKey(held, slot.reg.id, slot.reg.parentId) : null,
  };
}

function contextCells(input: GraphInput, held: HeldTable): ContextCell[] {
  const cells = new Map<string, ContextCell>();
  for (const cls of input.env.policy.classes) {
    if ((cls.forbids & (Op.FAULT | Op.SLEEP | Op.CALL)) === 0) continue;
    const depth = held.count(cls.name);
    const known = cells.get(cls.letter);
    if (known === undefined) cells.set(cls.letter, { letter: cls.letter, colour: cls.colour, kind: cls.name, title: cls.title, depth });
    else cells.set(cls.letter, { ...known, depth: known.depth + depth });
  }
  return [...cells.values()];
}

/** Whether a class is a region without an object, and whether it is one of saved IRQ flags. */
function shapeOf(input: GraphInput, kind: string): { region: boolean; flags: boolean } {
  const cls = input.env.policy.classes.find((c) => c.name === kind);
  return { region: cls === undefined || isRegion(cls), flags: cls?.token === 'stack-slot' };
}

/** Where the program's own permission to sleep comes from, in words. */
function ownPermission(input: GraphInput, snapshot: Snapshot): string {
  if (snapshot.inSleepable) return input.env.sleepable ? 'program is sleepable' : 'callback may sleep';
  if (snapshot.frames.some((f) => f.isAsync)) return 'callback never sleeps';
  return 'program is not sleepable';
}

/** Section of the sleepable variant, '' if the type has none. */
function sleepableSection(section: string): string {
  const kind = section.replace(/^\?/, '').split('/')[0] ?? '';
  return ['fentry', 'fexit', 'fmod_ret', 'lsm', 'iter', 'uprobe', 'uretprobe', 'usdt', 'tp', 'tracepoint', 'raw_tp', 'tp_btf', 'struct_ops'].includes(kind)
    ? `${kind}.s`
    : '';
}

/** The states of one instruction, capped as recorded. */
export function insnStates(input: GraphInput, insn: number): InsnStates {
  const record = input.recorder.insns[insn];
  const lines = new LineTable(input.env.prog.sourceLines);
  if (record === undefined) return { insn, total: 0, states: [] };

  const givenBack = new Map<string, number[]>();
  input.recorder.insns.forEach((r, index) => {
    if (r === undefined) return;
    for (const key of r.gives) givenBack.set(key, [...(givenBack.get(key) ?? []), index]);
  });
  const subprogName = (n: number): string => input.env.subprogs[n]?.name || (n === 0 ? input.env.prog.name : `subprog_${n}`);

  const states = record.kept.map((snapshot): StateView => {
    const table = snapshot.held;
    const held = new Map<string, HeldResource>();
    for (const e of table.entries) {
      const key = heldKey(e, table);
      const known = held.get(key);
      const parent = table.byId(e.parentId);
      if (known !== undefined) held.set(key, { ...known, depth: known.depth + 1 });
      else
        held.set(key, {
          id: e.id,
          key,
          kind: e.cls.name,
          letter: e.cls.letter,
          colour: e.cls.colour,
          title: titleOf(input, e),
          takenAt: e.insn,
          takenPlaces: [e.insn],
          object: parent === undefined ? null : ownerName(input, parent),
          forbids: forbiddenNames(e.forbids),
          inStates: 1,
          depth: 1,
        });
    }
    const list = [...held.values()];
    const causes: Cause[] = list
      .filter((h) => h.forbids.includes('fault') || h.forbids.includes('sleep'))
      .map((h) => ({
        title: h.title,
        object: h.object,
        kind: h.kind,
        ...shapeOf(input, h.kind),
        takenAt: h.takenAt,
        source: lines.at(h.takenAt),
        forbidsSleep: h.forbids.includes('sleep'),
        forbidsCall: h.forbids.includes('call'),
        depth: h.depth,
      }));
    const given = givenBackOn(input, snapshot.trail);
    const maySleep = snapshot.inSleepable && (table.forbids & Op.SLEEP) === 0;
    const guilty = list.filter((h) => h.forbids.includes('sleep'));
    const ends = guilty.length === 1 ? (givenBack.get(guilty[0]!.key) ?? []) : [];
    const because: Because[] = causes.map((c) => ({ kind: '', takenAt: c.takenAt, text: c.title }));
    const frames = snapshot.frames
      .map((frame, depth): FrameView => ({
        frame: depth,
        function: subprogName(frame.subprogno),
        ...registers(input, frame, depth, table),
        stack: frame.stack.map((slot, i) => slotView(input, slot, i, depth, table)).filter((s) => s !== null),
      }))
      .reverse();
    return {
      frames,
      held: list,
      contexts: contextCells(input, table),
      ownPermission: ownPermission(input, snapshot),
      maySleep,
      mayFault: maySleep && (table.forbids & Op.FAULT) === 0,
      because,
      given: given.map(({ resource, at }) => ({ resource, at })),
      pass: passOf(snapshot.trail),
      why: whySentence({
        ownSleepable: snapshot.inSleepable,
        section: input.env.prog.section.replace(/^\?/, '').split('/')[0] ?? '',
        where: snapshot.frames.some((f) => f.isAsync) ? 'callback' : 'main',
        sleepableSection: sleepableSection(input.env.prog.section),
        causes,
        harmless: list.filter((h) => h.forbids.length === 0).map((h) => ({ title: h.title, id: h.id })),
        ended: given.filter((g) => guilty.length > 0 && g.resource.kind === guilty[0]!.kind && guilty.every((x) => g.within.includes(x.key))).map((g) => ({ object: g.resource.object, takenAt: g.resource.takenAt, takenSource: lines.at(g.resource.takenAt), at: g.at, source: lines.at(g.at) })),
        until: ends.map((i) => ({ insn: i, source: lines.at(i) })),
      }),
    };
  });
  return { insn, total: record.count, states };
}
