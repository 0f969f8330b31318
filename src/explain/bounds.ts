// SPDX-License-Identifier: GPL-2.0-only
/** Accesses outside of what is proved, sizes and offsets without bounds. */
import { successors } from '../graph/cfg';
import { CALL, Class, classOf, Jmp, jmpOp, usesReg } from '../isa/opcode';
import { RegType } from '../kernel/types';
import type { CauseEvent } from '../protocol/explanation';
import { isConst, smaxBig, sminBig, umaxBig } from '../verifier/domain';
import type { Refusal } from '../verifier/diag';
import type { RegState } from '../verifier/state/reg';
import { isPointer, regSpot, trackBack, type Trace } from './back';
import { type Case, told, type Told } from './case';
import { decided, variableOf } from './invalid';
import { addedVariable, assignedVariable, quoted, returnedVariable } from './words';

const HUGE = 1n << 31n;

/** A conditional jump of the path, with the index of its step. */
interface Check {
  readonly step: number;
  readonly insn: number;
}

/** Conditional jumps on the path, newest first. */
function* checks(c: Case): Generator<Check> {
  for (let i = c.path.length - 2; i >= 0; i--) {
    const { insn } = c.path[i]!;
    const { code } = c.env.insns[insn]!;
    const cls = classOf(code);
    if ((cls === Class.JMP || cls === Class.JMP32) && code !== CALL && successors(c.env.insns, insn, null).length > 1)
      yield { step: i, insn };
  }
}

/** The check that proved what is known of a packet: where the pointer's range became what it is. */
function packetCheck(c: Case): CauseEvent[] {
  for (const { step, insn } of checks(c)) {
    const frame = c.path[step]!.frames.at(-1)!;
    const { dst, src, code } = c.env.insns[insn]!;
    if (!usesReg(code)) continue;
    const pair = [frame.regs[dst]!.base, frame.regs[src]!.base];
    if (pair.includes(RegType.PTR_TO_PACKET_END) || (pair.includes(RegType.PTR_TO_PACKET) && pair.includes(RegType.PTR_TO_PACKET_META))) {
      return [c.event('checked', insn, 'this bounds check is the last on the path', null, true)];
    }
  }
  return [];
}

/** Checks of a scalar: jumps on a register that holds the same value, newest first, at most two. */
function scalarChecks(c: Case, id: number): CauseEvent[] {
  const found: CauseEvent[] = [];
  for (const { step, insn } of checks(c)) {
    const frame = c.path[step]!.frames.at(-1)!;
    const { dst, code } = c.env.insns[insn]!;
    const reg = frame.regs[dst]!;
    if (reg.type !== RegType.SCALAR_VALUE || (id !== 0 && (reg.id & 0x3fffffff) !== (id & 0x3fffffff))) continue;
    if (id === 0) continue;
    const op = jmpOp(code);
    const signed = op === Jmp.JSGT || op === Jmp.JSLT || op === Jmp.JSGE || op === Jmp.JSLE;
    const narrow = classOf(code) === Class.JMP32;
    found.unshift(
      c.event(
        'checked',
        insn,
        signed
          ? 'this signed check bounds it from one side only'
          : narrow
            ? 'this compares 32 bits only'
            : 'this check is the last on the value',
        null,
        found.length === 0,
      ),
    );
    if (found.length === 2) break;
  }
  return found;
}

/** Where the variable part of a pointer or a scalar comes from. */
function scalarOrigin(c: Case, trace: Trace): CauseEvent[] {
  const made = trace.links.find((l) => l.kind === 'load' || l.kind === 'call') ?? trace.links.at(-1);
  if (made === undefined) return [];
  const name = c.assigned(made.insn);
  return [
    c.event(
      made.kind === 'call' ? 'call' : made.kind === 'load' ? 'loaded' : 'set',
      made.insn,
      made.kind === 'call'
        ? isPointer(made.after)
          ? `${c.calleeName(made.insn)}() returns the pointer`
          : `${c.calleeName(made.insn)}() returns it, without a bound`
        : 'the value comes from here',
      name,
    ),
  ];
}

/** The last instruction that added something variable to a pointer: the register that was added and its step. */
function added(c: Case, trace: Trace): { step: number; insn: number; regno: number; reg: RegState } | null {
  for (const link of trace.links) {
    if (link.kind !== 'compute') continue;
    const { code, src } = c.env.insns[link.insn]!;
    if (!usesReg(code)) continue;
    const frame = c.path[link.step]!.frames[trace.spot.depth];
    const reg = frame?.regs[src];
    if (reg === undefined || reg.type !== RegType.SCALAR_VALUE || isConst(reg.val)) continue;
    return { step: link.step, insn: link.insn, regno: src, reg };
  }
  return null;
}

/** What a pointer points into. */
function areaOf(reg: RegState): string {
  switch (reg.base) {
    case RegType.PTR_TO_PACKET:
    case RegType.PTR_TO_PACKET_META:
      return 'the packet';
    case RegType.PTR_TO_MAP_VALUE:
      return `the value of ${reg.map.name === '' ? 'an inner map' : `map ${reg.map.name}`}`;
    case RegType.PTR_TO_MAP_KEY:
      return `the key of map ${reg.map.name}`;
    case RegType.PTR_TO_STACK:
      return 'the stack';
    case RegType.PTR_TO_CTX:
      return 'the context';
    default:
      return 'the memory';
  }
}

/** An access outside of a region. */
export function outside(c: Case, r: Extract<Refusal, { kind: 'outside' }>): Told {
  const reg = c.reg(r.arg);
  const trace = trackBack(c.env.insns, c.path, c.path.length - 1, regSpot(c.path, c.regno(r.arg)));
  const plus = added(c, trace);
  const area = reg === undefined ? 'the memory' : areaOf(reg);
  const packet = area === 'the packet';
  const index = plus === null ? null : addedVariable(c.text(plus.insn));
  const most = reg === undefined ? 0n : umaxBig(reg.val) + BigInt(r.off) + BigInt(r.size);
  const bounded = reg !== undefined && umaxBig(reg.val) < HUGE;
  const cause: CauseEvent[] = [];
  if (packet) cause.push(...packetCheck(c));
  if (plus !== null) {
    const from = trackBack(c.env.insns, c.path, plus.step, { kind: 'reg', index: plus.regno, depth: trace.spot.depth });
    cause.push(
      ...scalarOrigin(c, from).slice(0, 1),
      ...scalarChecks(c, plus.reg.id),
      c.event('set', plus.insn, 'it is added to the pointer', index, !packet),
    );
  }
  if (cause.length === 0) cause.push(...scalarOrigin(c, trace));
  const proved = packet
    ? `Only ${r.limit} bytes of the packet are proved present by a bounds check on this path; `
    : `${area.charAt(0).toUpperCase()}${area.slice(1)} is ${r.limit} bytes long; `;
  const first =
    reg !== undefined && isConst(reg.val)
      ? `offset ${sminBig(reg.val) + BigInt(r.off)}`
      : `an offset up to ${bounded ? String(most - BigInt(r.size)) : 'any value'}`;
  const reach = `this access of ${r.size} byte${r.size === 1 ? '' : 's'} at ${first} ${reg !== undefined && isConst(reg.val) ? 'needs' : 'may need'} ${bounded ? `${most} bytes` : 'far more'}.`;
  const inLoop = loops(c, c.at) ? ' The offset grows with each iteration of the loop; the check before it does not cover all of them.' : '';
  const fixed = reg !== undefined && isConst(reg.val);
  const least = reg === undefined ? -1n : sminBig(reg.val) + BigInt(r.off);
  switch (r.how) {
    case 'negative':
    case 'low':
      if (least >= 0n) return pastEnd(c, area, proved, reach, r, cause);
      return told(
        'out-of-bounds',
        `${quoted(index, 'The offset')} ${fixed ? 'is' : 'may be'} negative: the access ${fixed ? 'starts' : 'may start'} before ${area}`,
        `The access starts ${fixed ? 'at' : 'as low as'} offset ${least}, before the start of ${area}.`,
        fixed
          ? `Use an offset inside ${area}.`
          : `Make ${quoted(index, 'what is added')} unsigned, or refuse values below 0 before ${c.where(c.at)}.`,
        cause,
      );
    case 'unbounded':
      return told(
        'out-of-bounds',
        `${quoted(index, 'The offset')} has no upper bound where ${area} is accessed`,
        `${proved}${reach}${inLoop}`,
        `Check an upper bound on ${quoted(index, 'the offset')} before ${c.where(c.at)}, or mask it: & (size - 1).`,
        cause,
      );
    default:
      return pastEnd(c, area, proved, `${reach}${inLoop}`, r, cause, packet, bounded ? most : null, inLoop !== '');
  }
}

/** The end of the access lies, or may lie, past the end of the region. */
function pastEnd(
  c: Case,
  area: string,
  proved: string,
  reach: string,
  r: Extract<Refusal, { kind: 'outside' }>,
  cause: readonly CauseEvent[],
  packet = area === 'the packet',
  most: bigint | null = null,
  inLoop = false,
): Told {
  const reg = c.reg(r.arg);
  const fixed = reg !== undefined && isConst(reg.val);
  const need = most ?? (fixed ? sminBig(reg.val) + BigInt(r.off) + BigInt(r.size) : null);
  const where = c.where(c.at);
  const check = `Before ${where}, check that ${need === null ? 'the bytes' : `${need} bytes`} from the start are before data_end (one comparison with data_end on this path${inLoop ? ', inside the loop' : ''}).`;
  const smaller = fixed ? `Stay within its ${r.limit} bytes.` : `Check the offset against ${r.limit} - ${r.size} before ${where}.`;
  return told(
    'out-of-bounds',
    `The access ${fixed ? 'reaches' : 'may reach'} past the end of ${packet ? 'what is proved of the packet' : area}`,
    `${proved}${reach}`,
    packet ? check : smaller,
    cause,
  );
}

/** Whether an instruction was met more than once on the path. */
function loops(c: Case, insn: number): boolean {
  return (c.env.aux.scc[insn] ?? 0) !== 0 || c.path.filter((s) => s.insn === insn).length > 1;
}

/** A size argument that is negative, zero or unbounded. */
export function sizeRange(c: Case, r: Extract<Refusal, { kind: 'size-range' }>): Told {
  const callee = c.calleeName(c.at);
  const regno = c.regno(r.arg);
  const reg = c.reg(r.arg);
  const variable = c.argument(r.arg, callee);
  const trace = trackBack(c.env.insns, c.path, c.path.length - 1, regSpot(c.path, regno));
  const cause = [...scalarOrigin(c, trace), ...scalarChecks(c, reg?.id ?? 0)];
  if (!cause.some((e) => e.event === 'checked')) cause.push(...comparisons(c, trace));
  const name = quoted(variable, `The size (R${regno})`);
  const range =
    reg === undefined
      ? ''
      : ` What is known here: from ${sminBig(reg.val)} to ${sminBig(reg.val) < 0n ? smaxBig(reg.val) : umaxBig(reg.val)}.`;
  const single = reg !== undefined && isConst(reg.val);
  if (r.how === 'negative' && single)
    return told(
      'unbounded-value',
      `${name} is ${sminBig(reg.val)} where ${callee}() takes it as a size`,
      'As a size a negative value is huge.',
      `Pass a size of 0 or more.`,
      cause,
    );
  if (r.how === 'negative')
    return told(
      'unbounded-value',
      `${name} may be negative where ${callee}() takes it as a size`,
      `The value is signed and not bounded from below: as a size a negative value is huge.${range}`,
      `Make ${quoted(variable, 'it')} unsigned, or also refuse values < 0 before ${c.where(c.at)}.`,
      cause,
    );
  if (r.how === 'zero')
    return told(
      'unbounded-value',
      `${name} ${single ? 'is' : 'may be'} 0 where ${callee}() needs at least one byte`,
      `The length argument ${single ? 'is' : 'may be'} zero on this path.${single ? '' : range}`,
      `Make the call only with at least one byte: check ${quoted(variable, 'the size')} against 0 before it.`,
      cause,
    );
  return told(
    'unbounded-value',
    `${name} has no upper bound where ${callee}() takes it as a size`,
    `Nothing on this path bounds the length.${range}`,
    `Check it against the size of the buffer before ${c.where(c.at)} (if (len > sizeof(buf)) …), or mask it: len &= const.`,
    cause,
  );
}

/** Comparisons of the value that leads to a register, by following it back to each jump. */
function comparisons(c: Case, trace: Trace): CauseEvent[] {
  const steps = new Set(trace.links.map((l) => l.step));
  const oldest = Math.min(...steps, c.path.length);
  for (const { step, insn } of checks(c)) {
    if (step < oldest) break;
    const { dst, code } = c.env.insns[insn]!;
    const other = trackBack(c.env.insns, c.path, step, { kind: 'reg', index: dst, depth: c.path[step]!.depth - 1 });
    const shared = other.links.find((l) => l.kind === 'load' || l.kind === 'call');
    if (shared === undefined || !trace.links.some((l) => l.step === shared.step)) continue;
    const op = jmpOp(code);
    const signed = op === Jmp.JSGT || op === Jmp.JSLT || op === Jmp.JSGE || op === Jmp.JSLE;
    return [
      c.event('checked', insn, signed ? 'this signed check proves one side only' : 'this check does not bound it enough', null, true),
    ];
  }
  return [];
}

/** A return value outside of what the program may return. */
export function returnRange(c: Case, r: Extract<Refusal, { kind: 'return-range' }>): Told {
  const trace = trackBack(c.env.insns, c.path, c.path.length - 1, regSpot(c.path, c.regno(r.arg)));
  const made = trace.links.find((l) => l.kind !== 'move' && l.kind !== 'fill' && l.kind !== 'spill') ?? trace.links[0];
  const reg = c.reg(r.arg);
  const name = made === undefined ? null : returnedName(c, trace);
  const isOne = reg !== undefined && isConst(reg.val);
  // an int that is returned as its 32 bits
  const raw = reg === undefined ? 0n : sminBig(reg.val);
  const one = r.min < 0 && raw >= HUGE && raw < HUGE * 2n ? raw - HUGE * 2n : raw;
  const value = reg === undefined ? '' : isOne ? `the value ${one}` : `any value from ${sminBig(reg.val)} to ${smaxBig(reg.val)}`;
  const out = one > BigInt(r.max) && r.max === 0 && r.min < 0;
  const what = r.where === 'callback' ? 'This callback' : r.where === 'async' ? 'This asynchronous callback' : 'This program';
  const sign =
    r.max === 0 && r.min < 0 && (!isOne || out)
      ? 'A positive value is not allowed: return 0 or a negative errno such as -EPERM'
      : r.min === r.max
        ? `Return ${r.min}`
        : `Return a value from ${r.min} to ${r.max}`;
  const target = c.env.attach.funcName;
  return told(
    'return-value',
    `${quoted(name, 'The return value')} may be outside of what ${r.where === 'program' ? 'the program' : 'the callback'} may return`,
    `${what}${target === '' ? '' : ` (${target})`} may return ${r.min === r.max ? `only ${r.min}` : `${r.min} to ${r.max}`}; on this path it returns ${value}${isOne && out ? ', which is positive' : ''}.`,
    `${sign}${isOne ? '' : ', and check the range before the return'}.`,
    made === undefined
      ? []
      : [
          c.event(
            made.kind === 'load' ? 'loaded' : made.kind === 'call' ? 'call' : 'set',
            made.insn,
            isOne
              ? `returns ${one}`
              : made.kind === 'call'
                ? `${c.calleeName(made.insn)}() returns it`
                : 'the returned value comes from here',
            name,
            true,
          ),
        ],
  );
}

/** The global or variable that a return statement returns by its line. */
function returnedName(c: Case, trace: Trace): string | null {
  for (const link of trace.links) {
    const line = c.text(link.insn);
    const returned = returnedVariable(line);
    if (returned !== null) return returned;
    const set = assignedVariable(line);
    if (set !== null) return set;
  }
  return null;
}

/** Bytes of the stack are read that were never written. */
export function unwrittenStack(c: Case, r: Extract<Refusal, { kind: 'stack-unwritten' }>): Told {
  const callee = c.calleeName(c.at);
  const variable = r.arg === -100 || callee === '' ? null : c.argument(r.arg, callee);
  const at = r.off - r.start;
  return told(
    'not-initialised',
    `${quoted(variable, 'A variable on the stack')} is read before it is written`,
    `Byte ${at} of the ${r.size} that are read at fp${r.start} was never written on this path${callee === '' ? '' : ` and ${callee}() would read it`}: a member that was not set, or padding (a hole).`,
    `Set all of ${quoted(variable, 'it')} before ${c.where(c.at)}, including the padding: = {} or __builtin_memset().`,
    decided(c, 1),
  );
}

/** Something else about an offset of a pointer. */
export function pointerOffset(c: Case, r: Extract<Refusal, { kind: 'pointer-offset' }>): Told {
  const reg = c.reg(r.arg);
  const trace = trackBack(c.env.insns, c.path, c.path.length - 1, regSpot(c.path, c.regno(r.arg)));
  const moved = trace.links.find((l) => l.kind === 'compute');
  const callee = c.calleeName(c.at);
  const name = callee === '' ? variableOf(c, trace) : c.argument(r.arg, callee);
  const off =
    reg === undefined || !isConst(reg.val) || r.how !== 'changed'
      ? ''
      : ` It is ${sminBig(reg.val)} bytes away from the start of the object.`;
  const cause =
    moved === undefined
      ? trace.links.slice(-1).map((l) => c.event(l.kind === 'call' ? 'call' : 'set', l.insn, 'the pointer comes from here', name, true))
      : [c.event('set', moved.insn, 'the pointer is moved here', name, true)];
  const made = trace.links.find((l) => l.kind === 'call');
  const container =
    reg !== undefined && r.how === 'changed' && made !== undefined && callee !== ''
      ? ` Use container_of() to get from the member back to the start of the object that contains it.`
      : '';
  const how =
    r.how === 'variable'
      ? 'at an offset that is not constant'
      : r.how === 'negative'
        ? 'at a negative offset'
        : 'at an offset from the start of the object';
  return told(
    'pointer-arithmetic',
    `${quoted(name, 'A pointer')} is used ${how}`,
    `${callee === '' ? 'The access' : `${callee}()`} needs the pointer ${r.how === 'changed' ? 'as it was, at offset 0' : 'at a constant offset that is not negative'}.${off}`,
    `${r.how === 'variable' ? 'Use a constant offset.' : 'Use the pointer to the start of the object.'}${container}`,
    cause,
  );
}
