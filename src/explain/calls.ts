// SPDX-License-Identifier: GPL-2.0-only
/** Functions that this program may not call, that the kernel lacks, or that get an argument they do not take. */
import { Kind } from '../btf/types';
import { namedTargets } from '../kernel/attach-rules';
import type { InsnNote } from '../object/program';
import { sectionStem } from '../object/secdefs';
import { BASE_TYPE_MASK, RegType } from '../kernel/types';
import { isNonOwningRef, mayBeNull } from '../verifier/state/reg-kinds';
import { plainType } from '../verifier/diag/phrase';
import type { Refusal } from '../verifier/diag';
import { regSpot, trackBack } from './back';
import { kindsThatMayCall, membersThatMayCall, structOpsThatMayCall } from './callers';
import { type Case, told, type Told } from './case';
import { notAPointer, nullPointer, untrustedPointer } from './invalid';
import { structName } from './release';
import { sectionOf } from './sleeping';
import { listed, quoted } from './words';
import { licenceAdvice, licenceDeclared } from './licence';

const MOST = 8;

/** What kernel programs are called that a section stands for, where the stem says little. */
const KINDS: Readonly<Record<string, string>> = {
  socket: 'socket filter',
  tc: 'traffic control (tc)',
  xdp: 'XDP',
  struct_ops: 'struct_ops',
  kprobe: 'kprobe',
  uprobe: 'uprobe',
};

/** Types of struct_ops that are known by another name. */
const OPS_WORDS: Readonly<Record<string, string>> = { sched_ext_ops: 'sched_ext (sched_ext_ops)' };

function thisKind(c: Case): string {
  const stem = sectionStem(sectionOf(c)) ?? c.env.kernel.progTypeName(c.env.progType);
  return KINDS[stem] ?? stem;
}

function some(names: readonly string[]): string {
  return names.length <= MOST ? listed(names) : `${names.slice(0, MOST).join(', ')} and ${names.length - MOST} more`;
}

/** A helper that this program cannot call. */
export function helperUnavailable(c: Case, r: Extract<Refusal, { kind: 'helper-unavailable' }>): Told {
  const { kernel } = c.env;
  if (r.how === 'licence') {
    return told(
      'licence',
      `${r.callee}() is for GPL-compatible programs only`,
      licenceDeclared(c.env.prog.license),
      licenceAdvice(c.env.prog.license),
    );
  }
  if (r.how === 'place') return notInThisPlace(c, r);
  const kinds = kindsThatMayCall((caller) => kernel.helperProto(r.id, caller) !== null);
  const where = kinds.length === 0 ? 'No kind of program may call it in this kernel.' : `Programs that may call it: ${some(kinds)}.`;
  return told(
    'call-forbidden',
    `${r.callee}() may not be called by a ${thisKind(c)} program`,
    where,
    kinds.length === 0
      ? 'Use another function.'
      : `Make it a program of one of these kinds (SEC("${kinds.some((k) => k === 'tc') ? 'tc' : kinds[0]}")), or use a function that a ${thisKind(c)} program may call.`,
  );
}

/** A helper with a list of attach points. */
function notInThisPlace(c: Case, r: Extract<Refusal, { kind: 'helper-unavailable' }>): Told {
  const target = c.env.attach.funcName;
  const names = namedTargets(c.env.kernel, c.env.kernel.anyHelperProto(r.id)?.allowed ?? null);
  const lsm = ' and LSM hooks that may sleep (lsm.s)';
  return told(
    'call-forbidden',
    `${r.callee}() may not be called from ${target === '' ? `this ${thisKind(c)} program` : target}`,
    names.length === 0
      ? `The kernel allows it only at certain attach points; ${target === '' ? 'this' : target} is none of them.`
      : `It may be called in: ${names.join(', ')}${lsm}.`,
    names.length === 0 ? 'Attach where it is allowed.' : `Attach to one of these, for example fentry/${names.at(-1)!}, or to an LSM hook.`,
  );
}

/** A kfunc that this program cannot call. */
export function kfuncUnavailable(c: Case, r: Extract<Refusal, { kind: 'kfunc-unavailable' }>): Told {
  const kfunc = c.callee(c.at)?.kfunc ?? null;
  if (r.how === 'nmi')
    return told(
      'call-forbidden',
      `${r.callee}() may not free this type in a tracing program`,
      'What its special fields hold cannot be freed where a tracing program may run (it may interrupt anything).',
      'Free it in another kind of program, or keep such fields out of the type.',
    );
  if (r.how === 'css-task')
    return told(
      'call-forbidden',
      `${r.callee}() is allowed only in LSM, iterator and sleepable programs`,
      'The iterator could deadlock elsewhere.',
      'Make the program sleepable (.s), an iterator or an LSM program.',
    );
  const ops = c.env.attach.structOps;
  if (kfunc !== null && ops !== null) {
    const members = membersThatMayCall(c, kfunc, ops.typeName);
    if (members.length > 0) {
      return told(
        'call-forbidden',
        `${r.callee}() may not be called from the operation ${ops.member}`,
        `Operations of ${ops.typeName} that may call it: ${members.length > 12 ? some(members) : members.join(', ')}.`,
        `Move the call to ${members.length === 1 ? `the ${members[0]!} operation` : 'one of these operations'}.`,
      );
    }
  }
  const kinds = kfunc === null ? [] : kindsThatMayCall((caller) => c.env.kernel.kfuncAllowed(kfunc, caller));
  const types = kfunc === null ? [] : structOpsThatMayCall(c, kfunc);
  const all = [
    ...new Set([
      ...(types.length > 0 && !kinds.some((k) => k === 'struct_ops')
        ? [`struct_ops of ${types.map((t) => OPS_WORDS[t] ?? t).join(', ')}`]
        : []),
      ...kinds,
    ]),
  ];
  return told(
    'call-forbidden',
    `${r.callee}() may not be called by a ${thisKind(c)} program`,
    all.length === 0 ? 'It is registered for no kind of program that this tool knows.' : `Programs that may call it: ${some(all)}.`,
    all.length === 0
      ? 'Use another function.'
      : `Move the call to a program of one of these kinds${kinds.some((k) => k === 'fentry') ? ', for example fentry or tp_btf' : ''}, or use a function that ${thisKind(c)} programs may call.`,
  );
}

/** A kfunc that this kernel does not have. */
export function kfuncMissing(c: Case, callee: string): Told {
  const note = c.env.prog.notes.get(c.at);
  const name = callee !== '' ? callee : note?.kind === 'kfunc' ? note.name : c.calleeName(c.at);
  return told(
    'call-missing',
    `${name}() is not in this kernel`,
    `The kernel has no kfunc ${name} in its BTF, or none that can be called (Linux ${c.env.kernel.version}).`,
    `Declare it __weak and call it only if bpf_ksym_exists(${name}), or use a function that the kernel has.`,
  );
}

/** A call that libbpf put in place of what it could not resolve; or a number that is no helper. */
export function noSuchHelper(c: Case, id: number): Told {
  const note = c.env.prog.notes.get(c.at);
  if (note?.kind === 'kfunc') return kfuncMissing(c, note.name);
  if (note?.kind === 'map') {
    return told(
      'map-mismatch',
      `The map \`${note.map}\` is used but was not created`,
      'The loader leaves out a map that is not to be created automatically.',
      `Create the map, or use it only where it exists.`,
    );
  }
  if (note?.kind === 'core') return coreRelocation(c, note);
  return told(
    'call-missing',
    `There is no helper with number ${id}`,
    `Linux ${c.env.kernel.version} has helpers up to ${c.env.kernel.helperCount - 1}.`,
    'Use a helper that this kernel has.',
  );
}

/** A field or type of the program that the kernel does not have. */
function coreRelocation(c: Case, { keyword, type: name, member }: Extract<InsnNote, { kind: 'core' }>): Told {
  const struct = name === '' ? 'a type' : `${keyword} ${name}`;
  const inKernel = name !== '' && [Kind.STRUCT, Kind.UNION, Kind.ENUM].some((k) => c.env.kernel.btf.findByNameKind(name, k) > 0);
  const what = member === '' ? struct : `${struct}.${member}`;
  return told(
    'core-relocation',
    `\`${what}\` is not in this kernel`,
    inKernel
      ? `The kernel has a ${struct} of its own, and it has no such member or another layout: the CO-RE relocation cannot be resolved. A type of the program with the same name as a kernel type takes part in CO-RE (preserve_access_index, vmlinux.h).`
      : `The kernel has no ${struct} with this member: the CO-RE relocation cannot be resolved. The type takes part in CO-RE because it is declared where preserve_access_index applies, as in vmlinux.h.`,
    inKernel
      ? `If \`${struct}\` is the program's own type, rename it: two types with the same name clash; if it is the kernel's, check with bpf_core_field_exists() before the access.`
      : `If \`${struct}\` is the program's own type, keep it out of preserve_access_index, or give it another name; if it is the kernel's, check with bpf_core_type_exists() before the access.`,
  );
}

/** An object that a list or tree owns already is handed over; null if nothing on the path handed it over before. */
function ownedElsewhere(c: Case, name: string, variable: string | null): Told | null {
  const step = c.path.findLastIndex((s, i) => i + 1 < c.path.length && s.held.entries.length > c.path[i + 1]!.held.entries.length);
  const giver = step < 0 ? '' : c.calleeName(c.path[step]!.insn);
  if (giver === '') return null;
  const { insn } = c.path[step]!;
  return told(
    'not-held',
    `${quoted(variable, 'The object')} is not owned by the program where ${name}() takes it`,
    `${giver}() at ${c.where(insn)} handed the object over, so a collection owns it now; the pointer that is left is a borrowed, non-owning one, and ${name}() needs an object that the program owns.`,
    `Hand it over once, or take it out of the collection first.`,
    [c.event('call', insn, `${giver}() hands the object over`, variable, true)],
  );
}

/** An argument of a type that the callee does not take. */
export function badArgument(c: Case, arg: number, callee: string, needs: string): Told {
  const name = callee || c.calleeName(c.at);
  const reg = c.reg(arg);
  const variable = c.argument(arg, name);
  const elsewhere = reg !== undefined && isNonOwningRef(reg.type) ? ownedElsewhere(c, name, variable) : null;
  if (elsewhere !== null) return elsewhere;
  const trace = trackBack(c.env.insns, c.path, c.path.length - 1, regSpot(c.path, c.regno(arg)));
  const made = trace.links.find((l) => l.kind !== 'move' && l.kind !== 'spill' && l.kind !== 'fill');
  const is = reg === undefined ? 'something else' : plainType(reg.type);
  const cause =
    made === undefined
      ? []
      : [
          c.event(
            made.kind === 'load' ? 'loaded' : made.kind === 'call' ? 'call' : 'set',
            made.insn,
            made.kind === 'call' ? `${c.calleeName(made.insn)}() returns it` : 'the value is made here',
            variable,
            true,
          ),
        ];
  return told(
    'wrong-argument',
    `${quoted(variable, `Argument ${Math.abs(arg)}`)} of ${name}() is ${is}`,
    `${name}() needs ${needs}, but the argument is ${is}.`,
    `Pass ${needs}.`,
    cause,
  );
}

/** A helper got a register of a type that it does not accept. */
export function wrongType(c: Case, arg: number, callee: string, accepted: readonly number[]): Told {
  const reg = c.reg(arg);
  const name = callee || c.calleeName(c.at);
  if (reg !== undefined && reg.base === RegType.PTR_TO_BTF_ID && accepted.some((t) => (t & BASE_TYPE_MASK) === RegType.PTR_TO_BTF_ID)) {
    return mayBeNull(reg.type) ? nullPointer(c, arg, `${name}() takes it`, '') : untrustedPointer(c, arg, name, structName(reg), true);
  }
  // the type would do, were it not for NULL
  if (reg !== undefined && mayBeNull(reg.type) && accepted.some((t) => (t & BASE_TYPE_MASK) === reg.base))
    return nullPointer(c, arg, `${name}() takes it`, '');
  const wanted = [...new Set(accepted.map(plainType))];
  if (reg !== undefined && reg.type === RegType.SCALAR_VALUE && !accepted.includes(RegType.SCALAR_VALUE)) {
    const trace = trackBack(c.env.insns, c.path, c.path.length - 1, regSpot(c.path, c.regno(arg)));
    return notAPointer(c, trace, reg, ` ${name}() needs ${listed(wanted, 'or')} there.`);
  }
  return badArgument(c, arg, callee, listed(wanted, 'or'));
}

/** A pointer to another struct than the callee takes. */
export function wrongStruct(c: Case, arg: number, callee: string, wanted: string, have: string): Told {
  const reg = c.reg(arg);
  if (reg !== undefined && reg.type === RegType.SCALAR_VALUE) {
    const trace = trackBack(c.env.insns, c.path, c.path.length - 1, regSpot(c.path, c.regno(arg)));
    return notAPointer(c, trace, reg, ` ${callee}() needs a pointer to struct ${wanted}.`);
  }
  const is = have === '' ? (reg === undefined ? 'something else' : plainType(reg.type)) : `a struct ${have}`;
  const variable = c.argument(arg, callee);
  return told(
    'wrong-argument',
    `${quoted(variable, `Argument ${Math.abs(arg)}`)} of ${callee}() is not a struct ${wanted}`,
    `${callee}() takes a pointer to struct ${wanted}, but the argument is ${is === '' ? 'something else' : is}.`,
    `Pass a pointer to struct ${wanted}, as the kernel gives it.`,
  );
}

/** A kfunc or function with a prototype that cannot be called. */
export function prototype(name: string): Told {
  return told(
    'wrong-argument',
    `${name === '' ? 'The function' : `${name}()`} has a prototype that cannot be called`,
    'A parameter or the result has a type that the verifier does not support.',
    'Use parameters that are numbers or pointers to types that are known.',
  );
}
