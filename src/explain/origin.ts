// SPDX-License-Identifier: GPL-2.0-only
/** Where a value comes from, as one event in the program's words. */
import { Kind } from '../btf/types';
import { calledSlot } from '../isa/flow';
import { isFuncRef } from '../isa/insn';
import { Class, classOf, Mode, modeOf } from '../isa/opcode';
import { RegType } from '../kernel/types';
import type { CauseEvent } from '../protocol/explanation';
import { constBig, constNum, isConst } from '../verifier/domain';
import type { RegState } from '../verifier/state/reg';
import { mayBeNull } from '../verifier/state/reg-kinds';
import { isPointer, type Link, regSpot, trackBack, type Trace, valueAt } from './back';
import type { Case } from './case';
import { memberName } from './members';
import { structName } from './release';

/** The way of a register's value at the refusal, newest link first. */
export function traceOf(c: Case, arg: number): Trace {
  return trackBack(c.env.insns, c.path, c.path.length - 1, regSpot(c.path, c.regno(arg)));
}

/** The link that made a value: moves, spills and fills lead on to it. */
export function maker(trace: Trace): Link | undefined {
  return trace.links.find((l) => l.kind !== 'move' && l.kind !== 'spill' && l.kind !== 'fill');
}

const KINDS: Readonly<Record<Link['kind'], CauseEvent['event']>> = {
  call: 'call',
  load: 'loaded',
  lost: 'invalidated',
  move: 'set',
  compute: 'set',
  constant: 'set',
  spill: 'set',
  fill: 'set',
};

/** The kind of event that a link is. */
export function eventKind(link: Link): CauseEvent['event'] {
  return KINDS[link.kind];
}

/** The variable of a data section that begins at an offset; '' if none. */
export function globalAt(reg: RegState, offset: number): string {
  const { btf, btfValueTypeId, data } = reg.map.def;
  const section = data === null || btf === null ? undefined : btf.type(btfValueTypeId);
  if (btf === null || section?.kind !== Kind.DATASEC) return '';
  const found = section.vars.find((v) => offset >= v.offset && offset < v.offset + Math.max(1, v.size));
  return found === undefined ? '' : (btf.type(found.type)?.name ?? '');
}

/** A map in a sentence; inner maps have no name. */
function mapTitle(name: string): string {
  return name === '' ? 'an inner map' : `map \`${name}\``;
}

/** What a register holds in the program's words: `the global variable glock`, `the value of map counts`, `a struct task_struct`; '' for numbers. */
export function thingIn(reg: RegState): string {
  switch (reg.base) {
    case RegType.PTR_TO_MAP_VALUE: {
      const global = isConst(reg.val) ? globalAt(reg, constNum(reg.val)) : '';
      return global === '' ? `the value of ${mapTitle(reg.map.name)}` : `the global variable \`${global}\``;
    }
    case RegType.CONST_PTR_TO_MAP:
      return mapTitle(reg.map.name);
    case RegType.PTR_TO_MAP_KEY:
      return `the key of map \`${reg.map.name}\``;
    case RegType.PTR_TO_CTX:
      return 'the context';
    case RegType.PTR_TO_STACK:
      return isConst(reg.val) ? `the stack at fp${constNum(reg.val)}` : 'the stack';
    case RegType.PTR_TO_PACKET:
    case RegType.PTR_TO_PACKET_META:
      return 'the packet';
    case RegType.PTR_TO_PACKET_END:
      return 'the end of the packet';
    case RegType.PTR_TO_BTF_ID:
      return structName(reg) === '' ? 'a kernel object' : `a struct ${structName(reg)}`;
    default:
      return '';
  }
}

function loadedFrom(c: Case, link: Link, trace: Trace): string {
  const base = valueAt(c.path[link.step], link.from ?? trace.spot);
  if (base === null || !isPointer(base)) return 'loaded from memory';
  const insn = c.env.insns[link.insn]!;
  const member = memberName(base, insn.off);
  if (member !== '') return `loaded from ${structName(base)}->${member}`;
  const global = base.base === RegType.PTR_TO_MAP_VALUE && isConst(base.val) ? globalAt(base, constNum(base.val) + insn.off) : '';
  if (global !== '') return `loaded from the global variable \`${global}\``;
  const thing = thingIn(base);
  return thing === '' ? 'loaded from memory' : `loaded from ${thing}`;
}

function constantWords(c: Case, link: Link): string {
  const insn = c.env.insns[link.insn]!;
  if (isFuncRef(insn)) return `the address of ${c.env.subprogs[c.subprogAt(calledSlot(insn, link.insn))]?.name ?? 'a function'}()`;
  const { after } = link;
  if (after !== null && after.type !== RegType.SCALAR_VALUE) {
    const thing = thingIn(after);
    return thing === '' ? 'the address is set here' : `the address of ${thing}`;
  }
  if (after === null || !isConst(after.val)) return 'the value is set here';
  return constBig(after.val) === 0n ? 'it is 0 (NULL) here' : `it is the number ${constBig(after.val)} here`;
}

/** What a link did, in words. */
export function linkWords(c: Case, link: Link, trace: Trace): string {
  switch (link.kind) {
    case 'call': {
      const callee = c.calleeName(link.insn);
      const null_ = link.after !== null && mayBeNull(link.after.type) ? ', which may be NULL' : '';
      return callee === '' ? 'an instruction returns it' : `${callee}() returns it${null_}`;
    }
    case 'load':
      return loadedFrom(c, link, trace);
    case 'constant':
      return constantWords(c, link);
    case 'compute': {
      const thing = link.after === null ? '' : thingIn(link.after);
      return thing === '' ? 'it is computed here' : `the address is computed: ${thing}`;
    }
    case 'lost':
      return `${c.calleeName(link.insn) || 'this'}${c.calleeName(link.insn) === '' ? '' : '()'} ends the value`;
    default:
      return 'the value comes from here';
  }
}

/** Name of parameter `register` of the function that begins at an instruction, as its type says. */
export function parameterName(c: Case, insn: number, register: number): string | null {
  const { btf, funcInfo } = c.env.prog;
  const record = funcInfo.find((f) => f.insnOff === insn);
  const func = record === undefined ? undefined : btf?.type(record.typeId);
  const proto = func?.kind === Kind.FUNC ? btf?.type(func.type) : undefined;
  const name = proto?.kind === Kind.FUNC_PROTO ? (proto.params[register - 1]?.name ?? '') : '';
  return name === '' ? null : name;
}

/** A number in words: `0 (NULL)`, `the number 7`, `a number`. */
function scalarWords(reg: RegState): string {
  if (!isConst(reg.val)) return 'a number';
  return constBig(reg.val) === 0n ? '0 (NULL)' : `the number ${constBig(reg.val)}`;
}

/** Where a value begins that no instruction makes: an argument of a program, global function or callback; null on the stack's frame. */
export function originOfTrace(c: Case, trace: Trace, guilty = true): CauseEvent | null {
  const first = c.path.find((s) => s.depth - 1 >= trace.spot.depth && s.frames[trace.spot.depth] !== undefined);
  if (first === undefined || trace.spot.kind !== 'reg' || trace.start === '' || trace.start === 'frame') return null;
  const { subprogno } = first.frames[trace.spot.depth]!;
  const insn = c.env.subprogs[subprogno]?.start ?? first.insn;
  const fn = c.env.subprogs[subprogno]?.name ?? 'the function';
  const name = parameterName(c, insn, trace.spot.index);
  const value = first.frames[trace.spot.depth]!.regs[trace.spot.index];
  const thing = value === undefined ? '' : value.type === RegType.SCALAR_VALUE ? scalarWords(value) : thingIn(value);
  const what = `argument ${trace.spot.index} of ${fn}()${thing === '' ? '' : ` is ${thing}`}`;
  return c.event('set', insn, what, name, guilty);
}

/** Where the value of a register comes from; null where nothing says so. */
export function originEvent(c: Case, arg: number, guilty = true): CauseEvent | null {
  if (c.regno(arg) < 0 || c.path.length === 0) return null;
  const trace = traceOf(c, arg);
  const made = maker(trace) ?? (trace.start === '' ? trace.links.at(-1) : undefined);
  if (made === undefined) return originOfTrace(c, trace, guilty);
  const reg = c.reg(arg);
  const variable = made.kind === 'call' || made.kind === 'load' ? c.assigned(made.insn) : null;
  // an offset from the argument of a function says less than the argument
  if (made.kind === 'compute' && reg?.base === RegType.PTR_TO_CTX)
    return originOfTrace(c, trace, guilty) ?? c.event('set', made.insn, linkWords(c, made, trace), null, guilty);
  return c.event(eventKind(made), made.insn, linkWords(c, made, trace), variable, guilty);
}

/** What an instruction reads or writes, for what is refused because of what it is: `reads 4 bytes at offset 20`. */
export function accessWords(c: Case, off: number, size: number): string {
  const insn = c.env.insns[c.at]!;
  const cls = classOf(insn.code);
  const writes = cls === Class.ST || cls === Class.STX;
  const atomic = cls === Class.STX && modeOf(insn.code) === Mode.ATOMIC;
  return `${atomic ? 'changes' : writes ? 'writes' : 'reads'} ${size} byte${size === 1 ? '' : 's'} at offset ${off}`;
}
