// SPDX-License-Identifier: GPL-2.0-only
/** Who explains what: one line for each kind of refusal. */
import { MAX_STACK } from '../isa/opcode';
import type { Refusal } from '../verifier/diag';
import { told, type Case, type Told } from './case';
import * as bounds from './bounds';
import * as calls from './calls';
import * as declared from './declared';
import * as functions from './functions';
import * as invalid from './invalid';
import * as leak from './leak';
import * as locks from './locks';
import * as loops from './loops';
import * as memory from './memory';
import * as shape from './shape';
import * as sleeping from './sleeping';
import * as stackObjects from './stack-objects';
import * as throwing from './throwing';
import * as values from './values';

type Kind = Refusal['kind'];
type Having<R, K> = R extends { readonly kind: infer Own } ? (K extends Own ? R : never) : never;
type Of<K extends Kind> = Having<Refusal, K>;
type Explainers = { readonly [K in Kind]: (c: Case, r: Of<K>) => Told | null };

const EXPLAINERS: Explainers = {
  unreadable: (c, r) => invalid.unreadable(c, r.arg, r.callee),
  deref: (c, r) => invalid.badDereference(c, r.arg),
  'read-only': (c, r) => memory.readOnly(c, r.arg),
  constant: (c, r) => values.constant(c, r.arg),
  speculation: () => values.speculation(),
  atomic: (c, r) => memory.atomic(c, r.arg),
  'null-argument': (c, r) => invalid.nullPointer(c, r.arg, `${r.callee || c.calleeName(c.at)}() takes it`, ''),
  'not-owned': (c, r) => locks.notOwned(c, r.arg, r.callee),
  'packet-argument': (c, r) => calls.badArgument(c, r.arg, r.callee, 'memory outside of the packet (this helper must not access packets)'),
  'argument-written': (c, r) => calls.badArgument(c, r.arg, r.callee, 'memory of the program that may be written'),
  argument: (c, r) => calls.badArgument(c, r.arg, r.callee, r.needs),
  'argument-type': (c, r) => calls.wrongType(c, r.arg, r.callee, r.accepted),
  'argument-struct': (c, r) => calls.wrongStruct(c, r.arg, r.callee, r.wanted, r.have),
  untrusted: (c, r) => invalid.untrustedPointer(c, r.arg, r.callee, r.wanted, r.rcu),
  'subprog-argument': (_, r) => functions.packetToGlobal(r.name),
  'subprog-arguments': (c, r) => functions.globalArguments(c, r, r.inner === null ? null : explainers(c, r.inner)),
  'const-string': (c, r) => values.constString(c, r),
  format: (c) => values.format(c),
  'void-hook': (c) => functions.voidHook(c),
  'return-stack': () => functions.returnStack(),
  'mixed-pointers': (c) => memory.mixedPointers(c),
  'packet-write': (c) => memory.packetWrite(c),
  'pointer-leak': (_, r) => memory.pointerLeak(r.where),
  'size-range': (c, r) => bounds.sizeRange(c, r),
  'pointer-offset': (c, r) => bounds.pointerOffset(c, r),
  'pointer-math': (c, r) => shape.pointerMath(c, r),
  'return-type': (c, r) => functions.returnType(c, r.arg, r.where),
  'return-range': (c, r) => bounds.returnRange(c, r),
  outside: (c, r) => bounds.outside(c, r),
  'stack-outside': (c, r) => memory.stackOutside(c, r),
  'stack-unwritten': (c, r) => bounds.unwrittenStack(c, r),
  'struct-access': (c, r) => memory.structAccess(c, r),
  misaligned: (c, r) => memory.misaligned(c, r),
  'struct-write': (c, r) => memory.structWrite(c, r),
  'other-space': (c, r) => memory.otherSpace(c, r),
  'context-access': (c, r) => memory.contextAccess(c, r),
  'field-direct': (_, r) => memory.fieldDirect(r.name),
  'kptr-type': (c, r) => calls.badArgument(c, r.arg, '', `a pointer to struct ${r.wanted} that may be stored in the field`),
  'kptr-store': (_, r) => memory.kptrStore(r.how),
  spill: (_, r) => memory.spill(r.how),
  'map-direction': (_, r) => memory.mapDirection(r.map.name, r.write),
  'read-only-map': (_, r) => memory.mapDirection(r.map.name, true),
  leak: (c, r) => leak.leaks(c, r),
  'leave-inside': (c, r) => leak.leaveInside(c, r),
  'enter-again': (c, r) => locks.regionOrder(c, r),
  'lock-in-callback': (c, r) => locks.regionOrder(c, r),
  'leave-order': (c, r) => locks.regionOrder(c, r),
  'not-entered': (c, r) => locks.regionOrder(c, r),
  'lock-state': (c, r) => locks.lock(c, r),
  'lock-needed': (c, r) => locks.lockNeeded(c, r),
  dynptr: (c, r) => stackObjects.stackObject(c, r),
  iterator: (c, r) => stackObjects.stackObject(c, r),
  'irq-flag': (c, r) => stackObjects.stackObject(c, r),
  sleep: (c, r) => sleeping.mayNotSleep(c, r),
  'call-inside': (c, r) => sleeping.calledInside(c, r),
  'needs-rcu': (c, r) => sleeping.needsRcu(c, r.callee),
  'call-in-callback': (_, r) =>
    told(
      'context-forbidden',
      `${r.callee}() may not be called in this callback`,
      'The callback runs while the tree is changed.',
      'Do it before or after the call that runs the callback.',
    ),
  'kfunc-prototype': (_, r) => calls.prototype(r.callee),
  'no-such-helper': (c, r) => calls.noSuchHelper(c, r.id),
  'helper-unavailable': (c, r) => calls.helperUnavailable(c, r),
  'kfunc-unavailable': (c, r) => calls.kfuncUnavailable(c, r),
  'kfunc-missing': (c, r) => calls.kfuncMissing(c, r.callee ?? ''),
  'device-bound': () =>
    told(
      'call-forbidden',
      'Metadata kfuncs need a program that is bound to a device',
      'They read what one network device says of a packet.',
      'Load the program with BPF_F_XDP_DEV_BOUND_ONLY and the interface.',
    ),
  trap: () =>
    told(
      'not-initialised',
      'The program runs into undefined behaviour',
      'The compiler put a trap there, because a variable is used before it has a value.',
      "Give every variable a value; look at the compiler's warnings.",
    ),
  'tail-call': (_, r) => functions.tailCall(r),
  'ld-abs': (_, r) => functions.ldAbs(r.how),
  throw: (c, r) => throwing.thrown(c, r),
  'callback-function': (_, r) => functions.callbackFunction(r.how),
  'map-field': (c, r) => declared.mapField(c, r),
  'node-offset': (c, r) => declared.nodeOffset(c, r),
  'other-map': (_, r) =>
    told(
      'map-mismatch',
      `The ${r.name} is in a value of map \`${r.other.name}\`, but map \`${r.map.name}\` is passed`,
      'The object and the map must belong together; for inner maps, they must come from one look-up.',
      'Pass the map that the value was looked up in.',
    ),
  'map-type': (c, r) => declared.mapType(c, r),
  'map-program': (c, r) => declared.mapProgram(c, r),
  'type-id': (_, r) => declared.typeId(r.callee, r.how),
  ksym: (c, r) => values.ksym(c, r.name),
  'function-prototype': (c, r) => functions.functionPrototype(c, r.name),
  'abnormal-return': (_, r) =>
    told(
      'type-information',
      `${r.name} is used in a function that does not return int`,
      'It may leave the function with a value of its own; type information must say that it returns int.',
      'Let the function return int.',
    ),
  'exception-callback': (_, r) => throwing.exceptionCallback(r),
  attach: (c, r) => declared.attach(c, r),
  licence: (c, r) => declared.licence(c, r.name),
  capability: (_, r) => declared.capability(r.name, r.callee),
  'arena-unused': (c) => values.arenaUnused(c),
  'type-records': () =>
    told(
      'type-information',
      'The records of functions or lines do not fit the program',
      "The tables of the object's .BTF.ext name instructions or types that are not there.",
      'Build the object again; leave its sections as the compiler and libbpf make them.',
    ),
  'control-flow': (c, r) => shape.flow(c, r),
  'bad-instruction': (c, r) => shape.instruction(c, r.name, r.at),
  'bad-operand': (c, r) => shape.instruction(c, r.name, undefined),
  unsupported: (_, r) =>
    told('unsupported', `The kernel does not support ${r.name}`, 'It refuses what it cannot follow.', 'Do without it.'),
  limit: (_, r) => told('too-large', `The program has too many ${r.name}`, 'The kernel limits their number.', 'Split the program.'),
  'jump-table': (c, r) => functions.jumpTable(c, r.how),
  recursion: (_, r) => ({
    ...told(
      'call-graph',
      `Functions call each other in a circle: ${r.callee}() is called again`,
      'The depth of calls has to be known.',
      'Use a loop, or bpf_loop(), in place of recursion.',
    ),
    at: r.at,
  }),
  'infinite-loop': (c) => loops.endless(c),
  'too-many-insns': (c) => loops.tooLarge(c, '1,000,000 instructions'),
  'too-many-jumps': (c) => loops.tooLarge(c, '8,192 branches that wait'),
  'call-depth': (_, r) =>
    told(
      'stack-too-deep',
      `Calls are nested ${r.depth} deep`,
      'At most 8 functions may be nested.',
      'Inline some of them (static __always_inline).',
    ),
  'stack-size': (_, r) =>
    told(
      'stack-too-deep',
      `${r.name === '' ? 'The call chain needs' : `${r.name}() needs`} ${r.depth} bytes of stack`,
      `At most ${MAX_STACK} bytes are allowed.`,
      'Put large variables into a per-CPU array.',
    ),
};

/** Explains a refusal. Null if nothing more is known than the message. */
export function explainers(c: Case, refusal: Refusal): Told | null {
  const explain = EXPLAINERS[refusal.kind] as (c: Case, r: Refusal) => Told | null;
  return explain(c, refusal);
}
