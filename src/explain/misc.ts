// SPDX-License-Identifier: GPL-2.0-only
/** Refusals that one function explains each. */
import { Kind } from '../btf/types';
import { skipModsAndTypedefs } from '../btf/util';
import { RegType } from '../kernel/types';
import { Op } from '../policy/types';
import type { Refusal } from '../verifier/diag';
import { plainType } from '../verifier/diag/phrase';
import { regSpot, trackBack } from './back';
import { type Case, told, type Told } from './case';
import { leak, throwChain } from './held';
import { decided, memberName } from './invalid';
import { structName } from './release';
import { quoted } from './words';

type Of<K extends Refusal['kind']> = Extract<Refusal, { kind: K }>;

/** Offset and bytes of an access. */
interface Access {
  readonly off: number;
  readonly size: number;
}

/** The register that a load or store goes through. */
function through(c: Case): number {
  const { code, src, dst } = c.env.insns[c.at]!;
  return (code & 7) === 1 ? src : dst;
}

export function readOnly(c: Case, arg: number): Told {
  const reg = c.reg(arg);
  const callee = c.calleeName(c.at);
  const what =
    reg === undefined
      ? 'This memory'
      : reg.base === RegType.PTR_TO_BTF_ID
        ? `struct ${structName(reg)} of the kernel`
        : plainType(reg.type);
  return told(
    'read-only-memory',
    `${quoted(callee === '' ? null : c.argument(arg, callee), 'Memory')} is written that may only be read`,
    `${what.charAt(0).toUpperCase()}${what.slice(1)} is read-only here${callee === '' ? '' : `, and ${callee}() would write to it`}.`,
    'Write to memory of the program (stack or map value), or use the function that the kernel has for the change.',
  );
}

export function constant(c: Case, arg: number): Told {
  const callee = c.calleeName(c.at);
  const trace = trackBack(c.env.insns, c.path, c.path.length - 1, regSpot(c.path, c.regno(arg)));
  const made = trace.links.find((l) => l.kind !== 'move');
  return told(
    'constant-needed',
    `${quoted(c.argument(arg, callee), `Argument ${Math.abs(arg)}`)} of ${callee}() must be a constant`,
    'Its value has to be known when the program is loaded; on this path it is variable.',
    'Pass a number or sizeof(), not a variable.',
    made === undefined
      ? []
      : [
          c.event(
            made.kind === 'load' ? 'loaded' : made.kind === 'call' ? 'call' : 'set',
            made.insn,
            'the value comes from here',
            null,
            true,
          ),
        ],
  );
}

export function speculation(): Told {
  return told(
    'privilege-needed',
    'The access could be misused by speculation',
    'Without CAP_PERFMON the kernel guards against speculative execution: this arithmetic cannot be guarded.',
    'Load the program with CAP_PERFMON, or use constant offsets.',
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

export function packetToGlobal(name: string): Told {
  return told(
    'global-function',
    `A packet pointer is passed to ${name}(), which may change the packet`,
    `${name}() is a global function that may move the packet, so a pointer into it would be lost while it runs.`,
    `Pass the context, and load data in ${name}().`,
  );
}

/** A call of a global function with arguments that do not fit. */
export function globalArguments(c: Case, r: Of<'subprog-arguments'>, inner: Told | null): Told {
  const callee = r.callee;
  const arg = r.inner !== null && 'arg' in r.inner && r.inner.arg !== undefined ? c.regno(r.inner.arg) : 1;
  const reg = c.reg(arg);
  const variable = c.argument(arg, callee);
  const struct = reg !== undefined && reg.base === RegType.PTR_TO_BTF_ID ? structName(reg) : '';
  if (struct !== '') {
    return told(
      'global-function',
      `${quoted(variable, 'A kernel pointer')} is passed to the global function \`${callee}\` as plain memory`,
      `${callee}() is a global function, verified on its own by its prototype. Its parameter has no tag, so it is taken as plain memory that may be written; a pointer to struct ${struct} of the kernel is not that.`,
      `Tag the parameter of ${callee}() with __arg_trusted (__arg_nullable if it may be NULL), or make the function static.`,
      inner?.cause ?? [],
    );
  }
  return told(
    'global-function',
    `The arguments of ${callee}() do not fit its prototype`,
    `${callee}() is a global function: a call has to pass what its prototype says, whatever the function does with it.${inner === null ? '' : ` ${inner.summary}.`}`,
    inner?.suggestion ?? `Pass what the prototype says, or make ${callee}() static.`,
    inner?.cause ?? [],
  );
}

export function constString(c: Case, r: Of<'const-string'>): Told {
  const why = {
    writable: 'The string lies in memory that may be written.',
    map: 'Strings are taken from array maps that are read only.',
    unterminated: 'It has no terminating 0 within the value.',
  }[r.how];
  return told(
    'constant-needed',
    `${c.calleeName(c.at)}() needs a constant string`,
    why,
    'Use a string literal: static const char fmt[] = "…";',
  );
}

export function format(c: Case): Told {
  return told(
    'wrong-argument',
    `The format string of ${c.calleeName(c.at)}() is not valid`,
    'A conversion is unknown, or the arguments do not fit the format.',
    'Use the conversions that the kernel knows (%d %u %x %ld %llu %s %p …), one for each argument.',
  );
}

export function voidHook(c: Case): Told {
  return told(
    'return-value',
    'The hook returns nothing, so no value can be set',
    `${c.env.attach.funcName} is a hook without a return value.`,
    'Remove the call.',
  );
}

export function returnStack(): Told {
  return told(
    'stale-pointer',
    'A pointer to the stack of a function is returned to its caller',
    'The stack of the function is gone after it returns.',
    'Let the caller pass the memory.',
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

export function packetWrite(c: Case): Told {
  return told(
    'read-only-memory',
    'A packet is written that may only be read',
    `Programs of the type ${c.env.kernel.progTypeName(c.env.progType)} may not write to the packet here.`,
    'Use a program that may (xdp, tc), or change the packet by a helper.',
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

export function returnType(c: Case, arg: number, where: string): Told {
  const reg = c.reg(arg);
  const trace = trackBack(c.env.insns, c.path, c.path.length - 1, regSpot(c.path, c.regno(arg)));
  const made = trace.links.find((l) => l.kind !== 'move');
  return told(
    'return-value',
    `${where === 'callback' ? 'The callback' : where === 'global' ? 'The global function' : 'The program'} returns ${reg === undefined ? 'something else than a number' : plainType(reg.type)}`,
    'A number has to be returned.',
    'Return a number on every path.',
    made === undefined
      ? []
      : [
          c.event(
            made.kind === 'call' ? 'call' : made.kind === 'load' ? 'loaded' : 'set',
            made.insn,
            'the returned value comes from here',
            null,
            true,
          ),
        ],
  );
}

export function stackOutside(c: Case, r: Of<'stack-outside'>): Told {
  return told(
    'out-of-bounds',
    'The access leaves the stack',
    `${r.size} bytes at ${r.off < 0 ? `fp${r.off}` : `offset ${r.off}`} are not all within the 512 bytes of the stack.`,
    'Check the index, and keep local variables within 512 bytes; use a per-CPU array for more.',
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

export function fieldDirect(name: string): Told {
  return told(
    'field-access',
    `A ${name} is accessed directly`,
    'Special fields are read and written only by the functions made for them.',
    name.includes('kptr') ? 'Use bpf_kptr_xchg(), or read the whole pointer.' : `Use the functions for ${name}.`,
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

/** Everything that is left when the program is left. */
export function leaks(c: Case, r: Of<'leak'>): Told | null {
  if (r.held !== undefined) return leak(c, r.held, r.way === 0 ? Op.EXIT : r.way);
  const all = c.held.entries.filter((h) => h.cls.exitRegion === '' && (h.forbids & r.way) !== 0);
  return all.length === 0 ? null : leak(c, all[0]!, r.way, all);
}

export function leaveInside(c: Case, r: Of<'leave-inside'>): Told {
  return leak(c, r.held, r.way);
}

export function lockNeeded(c: Case, field: string): Told {
  return told(
    'lock-needed',
    `${c.calleeName(c.at)}() is called without the lock of its ${field}`,
    'The spin lock beside the list or tree, in the same map value or object, has to be held.',
    `Call bpf_spin_lock() on it before ${c.where(c.at)}.`,
  );
}

export function tailCall(r: Of<'tail-call'>): Told {
  const why = {
    callback: 'A tail call would never return to the loop or iterator that runs the callback.',
    'ref-argument': 'A program with an argument that it owns cannot be left by a tail call.',
    maps: 'The tail calls at this place use different maps.',
    stack: `The frames before it already take ${r.depth ?? 0} bytes of stack; at most 256 are allowed where tail calls are made.`,
    'stack-arguments': 'Functions with arguments on the stack cannot make tail calls.',
  }[r.how];
  return told(
    'call-graph',
    'A tail call is not allowed here',
    why,
    r.how === 'stack' ? 'Make the tail call in the main function, or use less stack.' : 'Make the tail call elsewhere.',
  );
}

export function ldAbs(how: Of<'ld-abs'>['how']): Told {
  const why = {
    program: 'Only socket filters, tc and similar programs have these instructions.',
    callback: 'They may leave the program, which a callback cannot.',
    context: 'They need the context in R6.',
  }[how];
  return told('bad-instruction', 'BPF_LD_ABS or BPF_LD_IND is not allowed here', why, 'Use bpf_skb_load_bytes().');
}

/** bpf_throw where it is not possible. */
export function thrown(c: Case, r: Of<'throw'>): Told {
  if (r.how === 'direct-call')
    return {
      ...told('exception', 'The exception callback is called directly', 'Only bpf_throw() calls it.', 'Call another function.'),
      at: r.at,
    };
  const callback = c.functionName(r.at);
  const start = c.env.subprogs[c.subprogAt(r.at)]?.start ?? -1;
  const load = c.env.insns.findIndex((insn, i) => insn.code === 0x18 && insn.src === 4 && i + insn.imm + 1 === start);
  let made = -1;
  if (load >= 0) for (let i = load + 2; i < c.env.insns.length && made < 0; i++) if (c.callee(i) !== null) made = i;
  const cause = [
    ...(made < 0 ? [] : [c.event('callback', made, `${c.calleeName(made)}() takes ${callback}() as a callback`, callback)]),
    c.event('call', r.at, `${c.calleeName(r.at)}() throws`, null, true),
    ...throwChain(c, r.at).slice(1),
  ];
  return {
    ...told(
      'exception',
      `bpf_throw() cannot be called in the callback \`${callback}\``,
      'An exception must not leave the kernel function that runs the callback.',
      made < 0 ? 'Do not throw here.' : 'Leave it with a return value, and throw after the call that runs it.',
      cause,
    ),
    at: r.at,
  };
}

export function callbackFunction(how: Of<'callback-function'>['how']): Told {
  const why = {
    types: 'The program has no type information of its functions.',
    global: 'A callback has to be a static function.',
    main: 'The program itself cannot be its callback.',
  }[how];
  return told(
    'call-graph',
    'A function cannot be a callback',
    why,
    how === 'global' ? 'Make it static.' : 'Use a static function of the program.',
  );
}

export function ksym(c: Case, name: string): Told {
  return told(
    'call-missing',
    `${name === '' ? 'A variable' : `\`${name}\``} is not in this kernel`,
    `The kernel has no symbol of that name with type information (Linux ${c.env.kernel.version}).`,
    'Declare it __weak and use it only where it exists (bpf_ksym_exists).',
  );
}

export function functionPrototype(c: Case, name: string): Told {
  const fn = name !== '' ? name : c.functionName(c.at);
  const { btf } = c.env.given;
  const id = btf?.findByNameKind(fn, Kind.FUNC) ?? -1;
  const func = id > 0 ? btf!.type(id) : undefined;
  const proto = func?.kind === Kind.FUNC ? skipModsAndTypedefs(btf!, func.type) : undefined;
  const count = proto?.kind === Kind.FUNC_PROTO ? proto.params.length : null;
  return told(
    'global-function',
    `The prototype of \`${fn}\` cannot be verified on its own`,
    `A global function is verified by its prototype: parameters must be numbers, or pointers to types of known size, to the context, or tagged (__arg_ctx, __arg_trusted, __arg_nonnull, __arg_nullable, __arg_arena)${count !== null && count > 5 ? `; it has ${count} parameters` : ''}.`,
    'Change or tag the parameter, or make the function static.',
  );
}

export function exceptionCallback(r: Of<'exception-callback'>): Told {
  const why = {
    void: 'It returns nothing; it has to return a number.',
    arguments: 'It takes one number.',
    several: 'Several are named.',
    missing: 'It is not in the program.',
    static: 'It has to be a global function.',
  }[r.how];
  return told(
    'exception',
    `The exception callback${r.name === undefined ? '' : ` \`${r.name}\``} cannot be used`,
    why,
    'Declare it as int callback(u64 cookie), global, once.',
  );
}

/** An arena pointer in a program that names no arena. */
export function arenaUnused(c: Case): Told {
  const arena = c.env.prog.maps.find((m) => c.env.kernel.mapTypeName(m.type) === 'arena');
  return told(
    'arena',
    `An arena pointer is used, but the program refers to no arena map`,
    `${arena === undefined ? 'The object has no arena map' : `No instruction of the program loads the arena map \`${arena.name}\`: it is not referenced, so the program has no associated arena`}.`,
    arena === undefined
      ? 'Declare a map of the type BPF_MAP_TYPE_ARENA and refer to it.'
      : `Refer to the map once in the program, for example asm volatile("" :: "r"(&${arena.name}));`,
  );
}

export function jumpTable(c: Case, how: Of<'jump-table'>['how']): Told {
  const why = {
    bounds: 'The index of an indirect jump is not proved to be inside of its table.',
    type: 'The register of the indirect jump holds no address of an instruction.',
    empty: 'There is no jump table for this function.',
    outside: 'The table leads outside of its function.',
  }[how];
  return told(
    'control-flow',
    'An indirect jump cannot be followed',
    why,
    'Bound the value that is switched on, or compile without jump tables (-fno-jump-tables).',
    decided(c, 1),
  );
}
