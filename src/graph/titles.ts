// SPDX-License-Identifier: GPL-2.0-only
/** Names of held resources for people. */
import { Flag, RegType } from '../kernel/types';
import type { RegState } from '../verifier/state/reg';
import { SlotType } from '../verifier/state/stack';
import type { Held } from '../verifier/state/held';
import type { GraphInput } from './input';
import { operationOf } from './operation';
import type { FrameSnapshot } from './insn-record';

function structName(reg: RegState): string {
  const type = reg.btf.type(reg.btfId);
  return type === undefined || type.name === '' ? 'object' : type.name;
}

function titleOfSlot(kind: SlotType, reg: RegState): string {
  switch (kind) {
    case SlotType.ITER:
      return `iterator ${structName(reg).replace(/^bpf_iter_/, '')}`;
    case SlotType.DYNPTR:
      return 'dynptr';
    case SlotType.IRQ_FLAG:
      return 'saved IRQ flags';
    default:
      return titleOfReg(reg);
  }
}

function titleOfReg(reg: RegState): string {
  switch (reg.base) {
    case RegType.PTR_TO_BTF_ID:
      return structName(reg);
    case RegType.PTR_TO_MEM:
      return (reg.type & Flag.MEM_RINGBUF) === 0 ? 'memory' : 'ring buffer record';
    case RegType.PTR_TO_SOCKET:
    case RegType.PTR_TO_SOCK_COMMON:
    case RegType.PTR_TO_TCP_SOCK:
      return 'socket';
    default:
      return '';
  }
}

function findInFrame(frame: FrameSnapshot, id: number): string {
  for (const reg of frame.regs) {
    if (reg.id === id && reg.type !== RegType.SCALAR_VALUE) {
      const title = titleOfReg(reg);
      if (title !== '') return title;
    }
  }
  for (const slot of frame.stack) {
    if (slot.reg.id === id && slot.top !== SlotType.MISC) {
      const title = titleOfSlot(slot.top, slot.reg);
      if (title !== '') return title;
    }
  }
  return '';
}

/** Name of what took the resource, e.g. `bpf_task_from_pid`. */
export function takerName(input: GraphInput, insn: number): string {
  const code = input.env.insns[insn];
  if (code === undefined) return 'entry of the program';
  const called = operationOf(input.env, insn).callee;
  return called === null || called.name === '' ? input.insnShown(insn) : called.name;
}

/**
 * Words for a resource: what the pointer or stack slot with its id is, else the class's title, else who took it.
 * Looks at the recorded states, so it needs no names in the verifier.
 */
export function titleOf(input: GraphInput, held: Held): string {
  if (held.id !== 0 && (held.cls.token === 'pointer' || held.cls.token === 'stack-slot')) {
    for (const record of input.recorder.insns) {
      if (record === undefined) continue;
      for (const snapshot of record.kept) {
        if (snapshot.held.byId(held.id) === undefined) continue;
        for (const frame of snapshot.frames) {
          const title = findInFrame(frame, held.id);
          if (title !== '') return title;
        }
      }
    }
  }
  if (held.cls.name !== 'ref' && held.cls.title !== '') return held.cls.title;
  return `reference of ${takerName(input, held.insn)}`;
}
