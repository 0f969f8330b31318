// SPDX-License-Identifier: GPL-2.0-only
/** Memory that may not be read or written in this way. */
import { Kind } from '../btf/types';
import { MAX_STACK } from '../isa/opcode';
import { RegType } from '../kernel/types';
import { plainType } from '../verifier/diag/phrase';
import { regSpot, trackBack } from './back';
import { told, type Case, type Told, type Of } from './case';
import { decided } from './invalid';
import { memberName } from './members';
import { structName } from './release';
import { through } from './fallback';
import { addedVariable, quoted } from './words';
import { traceOf } from './origin';
import { constNum, isConst, smaxBig, sminBig } from '../verifier/domain';
import type { RegState } from '../verifier/state/reg';
import { NO_ARG } from '../verifier/diag/refusal';

/** Offset and bytes of an access. */
interface Access {
  readonly off: number;
  readonly size: number;
}

export function readOnly(c: Case, arg: number): Told {
  const reg = c.reg(arg);
  const callee = c.calleeName(c.at);
  const what =
    reg === undefined
      ? 'This memory'
      : reg.base === RegType.PTR_TO_BTF_ID
        ? `struct ${structName(reg)} of the kernel`
        : reg.base === RegType.PTR_TO_MAP_KEY
          ? 'the key of a map'
          : plainType(reg.type);
  return told(
    'read-only-memory',
    `${quoted(callee === '' ? null : c.argument(arg, callee), 'Memory')} is written that may only be read`,
    `${what.charAt(0).toUpperCase()}${what.slice(1)} is read-only here${callee === '' ? '' : `, and ${callee}() would write to it`}.`,
    reg?.base === RegType.PTR_TO_MAP_KEY
      ? 'Write to memory of the program (stack or map value): a key stays as it is while its element exists.'
      : 'Write to memory of the program (stack or map value), or use the function that the kernel has for the change.',
  );
}

export function atomic(c: Case, arg: number): Told {
  const reg = c.reg(arg);
  return told(
    'wrong-argument',
    'An atomic operation is done on memory that does not take it',
    `${reg === undefined ? 'This memory' : plainType(reg.type)} cannot be changed atomically.`,
    'Use atomic operations on map values and the stack.',
  );
}

/** An index into a local variable that is not bounded to it. */
function variableStack(c: Case, r: Of<'stack-outside'>, reg: RegState): Told {
  const trace = traceOf(c, r.arg);
  const moved = trace.links.find((l) => l.kind === 'compute');
  const index = addedVariable(c.text(moved?.insn ?? c.at)) ?? addedVariable(c.text(c.at));
  const [low, high] = [sminBig(reg.val) + BigInt(r.off), smaxBig(reg.val) + BigInt(r.off)];
  const known = high > 1n << 31n || low < -(1n << 31n) ? 'without bounds' : `from fp${low} to fp${high > 0n ? `+${high}` : high}`;
  return told(
    'out-of-bounds',
    `${quoted(index, 'The index')} may leave the local variable on the stack`,
    `The access of ${r.size} byte${r.size === 1 ? '' : 's'} is at a variable offset, ${known}: it is not proved to stay within the stack.`,
    `Check ${quoted(index, 'the index')} against the size of the variable before ${c.where(c.at)} (both ends, if it is signed), or mask it: & (size - 1).`,
    [
      ...decided(c, 1),
      ...(moved === undefined ? [] : [c.event('set', moved.insn, 'the variable index is added to the address', index, true)]),
    ],
  );
}

export function stackOutside(c: Case, r: Of<'stack-outside'>): Told {
  const reg = r.arg === NO_ARG ? undefined : c.reg(r.arg);
  if (reg?.base === RegType.PTR_TO_STACK && !isConst(reg.val)) return variableStack(c, r, reg);
  const off = reg === undefined ? r.off : constNum(reg.val) + r.off;
  return told(
    'out-of-bounds',
    'The access leaves the stack',
    `${r.size} byte${r.size === 1 ? '' : 's'} at ${off < 0 ? `fp${off}` : `offset ${off}`} ${r.size === 1 ? 'is not' : 'are not all'} within the ${MAX_STACK} bytes of the stack.`,
    `Check the index, and keep local variables within ${MAX_STACK} bytes; use a per-CPU array for more.`,
    decided(c, 1),
  );
}

export function structAccess(c: Case, r: Access): Told {
  const reg = c.reg(through(c));
  const struct = reg === undefined ? '' : structName(reg);
  return told(
    'out-of-bounds',
    `The access is no member of ${struct === '' ? 'the struct' : `struct ${struct}`}`,
    `No member lies at offset ${r.off} with ${r.size} bytes, or none that may be read.`,
    'Access a member by its name and whole; for other memory use bpf_probe_read_kernel() or bpf_core_read().',
  );
}

export function misaligned(c: Case, r: Access): Told {
  const trace = trackBack(c.env.insns, c.path, c.path.length - 1, regSpot(c.path, through(c)));
  const moved = trace.links.find((l) => l.kind === 'compute');
  return told(
    'misaligned-access',
    `An access of ${r.size} bytes is not aligned`,
    `Its offset is not a multiple of ${r.size}.`,
    'Align the member or the index, or read it byte by byte.',
    moved === undefined ? [] : [c.event('set', moved.insn, 'the pointer is moved here', null, true)],
  );
}

export function structWrite(c: Case, r: Of<'struct-write'>): Told {
  const reg = c.reg(r.arg);
  const member = reg === undefined ? '' : memberName(reg, r.off);
  return told(
    'read-only-memory',
    `${member === '' ? 'A member' : `\`${member}\``} of struct ${r.name} may not be written`,
    'The kernel lets programs of this kind write only certain members.',
    'Write a member that is allowed, or use a function of the kernel.',
  );
}

export function otherSpace(c: Case, r: Of<'other-space'>): Told {
  return r.how === 'user'
    ? told(
        'not-a-pointer',
        'A pointer to user memory is followed',
        'Memory of a process cannot be read directly.',
        'Use bpf_probe_read_user() or bpf_copy_from_user().',
      )
    : told(
        'not-a-pointer',
        'A per-CPU pointer is followed',
        `${c.where(c.at)} reads it without saying of which CPU.`,
        'Use bpf_this_cpu_ptr() or bpf_per_cpu_ptr() first.',
      );
}

export function contextAccess(c: Case, r: Of<'context-access'>): Told {
  if (r.released)
    return told(
      'stale-pointer',
      'An argument of the context was released before it is read again',
      'The reference that the program was given is gone.',
      'Keep the pointer in a variable, and do not use it after the release.',
    );
  const info = c.env.kernel.progType(c.env.progType);
  const { proto, funcName } = c.env.attach;
  const type = proto?.btf.type(proto.protoId);
  const args = type?.kind === Kind.FUNC_PROTO ? type.params.length : null;
  const index = r.off / 8;
  const detail =
    args !== null
      ? `${funcName === '' ? 'The target' : `${funcName}()`} has ${args} argument${args === 1 ? '' : 's'}; argument ${Math.floor(index) + 1} (offset ${r.off}, ${r.size} bytes) is ${index >= args ? 'none of them' : 'not read in this way: read it whole, 8 bytes'}.`
      : `A program of the type ${c.env.kernel.progTypeName(c.env.progType)} may not ${r.write ? 'write' : 'read'} ${r.size} bytes at offset ${r.off} of its context${info?.ctxUser ? ` (${info.ctxUser})` : ''}.`;
  return told(
    'context-access',
    `The context may not be ${r.write ? 'written' : 'read'} at offset ${r.off}`,
    detail,
    args !== null
      ? 'Use the arguments that the target has, with their types (BPF_PROG).'
      : 'Access only the members that this kind of program may, whole and aligned.',
  );
}

/** Fields that hold a pointer. */
const POINTER_FIELDS: ReadonlySet<string> = new Set(['kptr', 'percpu_kptr']);

export function fieldDirect(name: string): Told {
  return told(
    'field-access',
    `A ${name} is accessed directly`,
    'Special fields are read and written only by the functions made for them.',
    POINTER_FIELDS.has(name) ? 'Use bpf_kptr_xchg(), or read the whole pointer.' : `Use the functions for ${name}.`,
  );
}

export function kptrStore(how: Of<'kptr-store'>['how']): Told {
  const why = {
    mode: 'A kptr is read and written whole, by plain loads and stores.',
    owned: 'A kptr that owns its object is changed only by bpf_kptr_xchg().',
    user: 'A pointer to user memory in a map is not written by programs.',
    constant: 'Only NULL can be stored as a constant.',
  }[how];
  return told(
    'field-access',
    how === 'user' ? 'A pointer to user memory in a map is written' : 'A kptr field is written in a way that is not allowed',
    why,
    how === 'user'
      ? 'Only user space sets it: leave it out of the program.'
      : how === 'owned'
        ? 'Use old = bpf_kptr_xchg(&v->field, p), and release what it returns.'
        : 'Read it whole, and write it by bpf_kptr_xchg().',
  );
}

export function spill(how: Of<'spill'>['how']): Told {
  const why = {
    fill: 'A part of a pointer on the stack is read.',
    spill: 'A part of a pointer is written to the stack.',
    corrupt: 'A pointer on the stack would be overwritten in part.',
    caller: 'A pointer to the stack is written into the stack of the caller.',
    variable: 'A write at a variable offset may hit a pointer on the stack.',
  }[how];
  return told(
    'pointer-leak',
    'A pointer on the stack is not handled whole',
    why,
    'Read and write pointers on the stack with all 8 bytes, at constant offsets.',
  );
}

export function mapDirection(name: string, write: boolean): Told {
  return told(
    'read-only-memory',
    `Map \`${name}\` may not be ${write ? 'written' : 'read'} by programs`,
    `It is declared or frozen ${write ? 'read' : 'write'}-only for programs (BPF_F_${write ? 'RDONLY' : 'WRONLY'}_PROG; const data is read-only).`,
    write ? 'Remove const, or use another map.' : 'Use another map.',
  );
}

export function packetWrite(c: Case): Told {
  return told(
    'read-only-memory',
    'A packet is written that may only be read',
    `Programs of the type ${c.env.kernel.progTypeName(c.env.progType)} may not write to the packet here.`,
    'Use a program that may (xdp, tc), or change the packet by a helper.',
  );
}

export function mixedPointers(c: Case): Told {
  return told(
    'wrong-argument',
    `${c.where(c.at)} is reached with pointers of different kinds`,
    'One instruction can access memory through one kind of pointer only; here two paths come together with different ones.',
    'Access the memory on each path before they meet.',
    decided(c, 1),
  );
}

export function pointerLeak(where: string): Told {
  const into: Readonly<Record<string, string>> = {
    helper: 'passed to a helper',
    return: 'returned',
    map: 'written to a map',
    ctx: 'written to the context',
    packet: 'written to the packet',
    mem: 'written to memory',
    stack: 'read in part from the stack',
  };
  return told(
    'pointer-leak',
    `A pointer is ${into[where] ?? 'written where it can be seen'}`,
    'It would show an address of the kernel.',
    'Pass a number, not a pointer.',
  );
}
