// SPDX-License-Identifier: GPL-2.0-only
/** Functions of the program: global ones, callbacks, tail calls, what they return. */
import { Kind } from '../btf/types';
import { skipModsAndTypedefs } from '../btf/util';
import { RegType } from '../kernel/types';
import { plainType } from '../verifier/diag/phrase';
import { regSpot, trackBack } from './back';
import { told, type Case, type Told, type Of } from './case';
import { decided } from './invalid';
import { structName } from './release';
import { quoted } from './words';

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

export function returnStack(): Told {
  return told(
    'stale-pointer',
    'A pointer to the stack of a function is returned to its caller',
    'The stack of the function is gone after it returns.',
    'Let the caller pass the memory.',
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
