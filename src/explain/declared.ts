// SPDX-License-Identifier: GPL-2.0-only
/** Refusals because of how things are declared: maps, fields, attach targets, licences, type information. */
import { type Btf, Kind } from '../btf/types';
import { showName, skipModsAndTypedefs } from '../btf/util';
import { plainStem, sectionStem } from '../object/secdefs';
import type { Refusal } from '../verifier/diag';
import type { BpfMap } from '../verifier/state/map';
import { type Case, told, type Told } from './case';
import { sectionOf } from './sleeping';
import { containedType, listed, quoted } from './words';
import { licenceAdvice, licenceDeclared } from './licence';
import { sleepableTargets } from './offers';

/** The member of a map's value that begins at an offset. */
function memberAt(map: BpfMap, off: number): { name: string; type: string; struct: string } | null {
  const { btf, btfValueTypeId } = map.def;
  const type = btf === null ? undefined : skipModsAndTypedefs(btf, btfValueTypeId);
  if (btf === null || type?.kind !== Kind.STRUCT) return null;
  const member = type.members.find((m) => m.bitOffset === off * 8);
  return member === undefined ? null : { name: member.name, type: typeWords(btf, member.type), struct: type.name };
}

function typeWords(btf: Btf, id: number): string {
  return btf.type(id)?.name || showName(btf, id);
}

/** Lists of the program's BTF whose element type is missing: `contains:item:link` on a variable, and no struct item. */
function missingElement(c: Case): { variable: string; element: string } | null {
  const { btf } = c.env.given;
  if (btf === null) return null;
  for (let id = btf.startId; id < btf.endId; id++) {
    const type = btf.type(id);
    if (type === undefined || (type.kind !== Kind.VAR && type.kind !== Kind.STRUCT)) continue;
    for (const tag of btf.declTags(id)) {
      const element = containedType(tag.name);
      if (element !== null && btf.findByNameKind(element, Kind.STRUCT) < 0) return { variable: type.name, element };
    }
  }
  return null;
}

/** Special fields that are called otherwise than their struct. */
const FIELD_WORDS: Readonly<Record<string, string>> = {
  spin_lock: 'struct bpf_spin_lock',
  res_spin_lock: 'struct bpf_res_spin_lock',
  kptr: 'kptr',
  'referenced kptr': 'referenced kptr',
};

/** A special field that is not where the program expects it. */
export function mapField(c: Case, r: Extract<Refusal, { kind: 'map-field' }>): Told {
  const callee = c.calleeName(c.at);
  const struct = FIELD_WORDS[r.field] ?? `struct ${r.field}`;
  const map = r.map === null ? 'the object' : `map \`${r.map.name}\``;
  const lost = r.map?.def.withoutTypes;
  if (r.how === 'no-types' && lost != null) {
    return told(
      'map-without-types',
      `${map.charAt(0).toUpperCase()}${map.slice(1)} is created without its types, so its ${struct} is not known`,
      `The map has types, but ${lost.reason} (-${lost.errno}); the loader then creates it without them.`,
      `Mend that; then the map keeps its types and the kernel finds the ${struct}.`,
    );
  }
  if (r.how === 'no-types') {
    return told(
      'map-without-types',
      `${map.charAt(0).toUpperCase()}${map.slice(1)} is declared without types, so its ${struct} is not known`,
      `The map is declared with sizes only (key_size, value_size) and has no BTF type information; the kernel finds a ${struct} in a value only by its type.`,
      `Declare the map with __type(key, …) and __type(value, …) in place of the sizes.`,
    );
  }
  const gone = missingElement(c);
  if (gone !== null) {
    return told(
      'field-missing',
      `The type \`${gone.element}\` that \`${gone.variable}\` contains is missing from the BTF`,
      `\`${gone.variable}\` is a list or tree that contains struct ${gone.element}, but the program's BTF type information does not have that struct: it is never used, so the compiler left it out, and the kernel does not recognise the special fields beside it (the lock, too).`,
      `Use struct ${gone.element} where the compiler keeps its type, for example bpf_core_type_id_local(struct ${gone.element}) as bpf_obj_new() does.`,
    );
  }
  const member = r.map === null ? null : memberAt(r.map, r.off);
  const isWhat = member === null ? '' : ` The member \`${member.name}\` at that offset has the type ${member.type}.`;
  return told(
    'field-missing',
    `${map.charAt(0).toUpperCase()}${map.slice(1)} has no ${struct} ${r.how === 'offset' ? 'at the place that is passed' : 'in its value'}`,
    `${callee}() needs the address of a ${struct} in the value.${isWhat}`,
    member === null
      ? `Add a member of the type ${struct} to the value and pass its address.`
      : `Declare the member \`${member.name}\` as ${struct}.`,
  );
}

/** A node that is not where the list or tree expects it. */
export function nodeOffset(c: Case, r: Extract<Refusal, { kind: 'node-offset' }>): Told {
  const callee = c.calleeName(c.at);
  return told(
    'field-missing',
    `${quoted(c.argument(r.arg, callee), 'The node')} is not the node that this list or tree contains`,
    r.wanted === ''
      ? `There is no ${r.field} at offset ${r.off} of the object.`
      : `The list or tree contains struct ${r.wanted} by its ${r.field} at offset ${r.at}; the node that is passed is at offset ${r.off}.`,
    `Pass the member that __contains() names.`,
  );
}

const MAP_PROGRAM: Readonly<Record<Extract<Refusal, { kind: 'map-program' }>['how'], readonly [string, string]>> = {
  graph: ['Lists and trees cannot be used in tracing programs.', 'Use the map in another kind of program.'],
  'spin-lock': ['A spin lock cannot be used in programs of this kind.', 'Use an atomic operation, or a map without a lock.'],
  'struct-ops': ['A struct_ops map holds programs and cannot be used by one.', 'Remove the reference to the map.'],
  sleepable: [
    'Sleepable programs can use only array, hash, ring buffer and local storage maps.',
    'Use one of these kinds of maps, or a program that does not sleep.',
  ],
  storage: ['A program can have one cgroup storage of each type.', 'Use one map for both.'],
  arena: ['A program can use one arena.', 'Put everything into one arena.'],
  'insn-array': ['The instruction array names instructions that are not there.', 'Rebuild the object.'],
  direct: ['Values of this kind of map cannot be addressed directly.', 'Look the value up with bpf_map_lookup_elem().'],
  'direct-offset': ['The offset is outside of the value.', 'Use an offset inside the value.'],
};

/** A map that does not go with the program. */
export function mapProgram(c: Case, r: Extract<Refusal, { kind: 'map-program' }>): Told {
  const [why, fix] = MAP_PROGRAM[r.how];
  return told('map-mismatch', `Map \`${r.map.name}\` (${c.env.kernel.mapTypeName(r.map.type)}) cannot be used in this program`, why, fix);
}

/** A map that does not go with a function. */
export function mapType(c: Case, r: Extract<Refusal, { kind: 'map-type' }>): Told {
  const callee = r.callee || c.calleeName(c.at);
  const type = r.map === null ? 'this kind' : c.env.kernel.mapTypeName(r.map.type);
  const accepted = r.accepted == null ? '' : `${callee}() takes maps of the type ${listed([...r.accepted], 'or')}.`;
  return told(
    'map-mismatch',
    `${callee === '' ? 'The access' : `${callee}()`} does not take the map${r.map === null ? '' : ` \`${r.map.name}\``} (${type})`,
    accepted === '' ? `Maps of the type ${type} have functions of their own.` : accepted,
    'Use a map of a fitting type, or the function that belongs to this one.',
  );
}

const FAULTABLE = 'only faultable tracepoints, such as sys_enter, may have sleepable programs';

/** The program cannot be attached where its section says. */
export function attach(c: Case, r: Extract<Refusal, { kind: 'attach' }>): Told {
  const section = sectionOf(c);
  const stem = sectionStem(section) ?? section;
  const plain = plainStem(section) ?? stem;
  const unslept = `SEC("${plain}${section.slice(stem.length)}")`;
  const ops = c.env.attach.structOps;
  switch (r.how) {
    case 'not-sleepable':
      return told(
        'attach-target',
        `${r.name} is not sleepable: a ${stem} program cannot be attached to it`,
        `A sleepable program can be attached only to ${sleepableTargets(c.env.kernel)}.`,
        `Use ${unslept} and do not sleep, or attach to another target.`,
      );
    case 'tracepoint-sleeps':
      return told(
        'attach-target',
        `The tracepoint ${r.name} may not sleep: it is not faultable`,
        `${r.name} runs in atomic context; ${FAULTABLE}.`,
        `Use ${unslept} and do not sleep.`,
      );
    case 'type-sleeps':
      return told(
        'attach-target',
        'Programs of this type cannot be sleepable',
        `${stem} programs may never sleep.`,
        'Load it without BPF_F_SLEEPABLE.',
      );
    case 'syscall-sleeps':
      return told(
        'attach-target',
        'A syscall program has to be sleepable',
        'Programs of this type always run in a task that may sleep.',
        'Load it with BPF_F_SLEEPABLE, as SEC("syscall") does.',
      );
    case 'not-modifiable':
      return told(
        'attach-target',
        `The return value of ${r.name}() cannot be modified`,
        'fmod_ret programs can be attached only to functions that allow error injection and to security_ functions.',
        'Use fentry, fexit or an LSM hook.',
      );
    case 'denied':
      return told(
        'attach-target',
        `No tracing program can be attached to ${r.name}()`,
        'The kernel keeps a list of functions that a program must not interrupt.',
        'Attach to another function.',
      );
    case 'noreturn':
      return told(
        'attach-target',
        `${r.name}() never returns, so nothing can run after it`,
        'fexit, fsession and fmod_ret programs need a return.',
        `Use SEC("fentry/${r.name}").`,
      );
    case 'hook-disabled':
      return told(
        'attach-target',
        `The LSM hook ${r.name} is not open to programs`,
        'The kernel keeps a list of hooks that programs must not have.',
        'Use another hook.',
      );
    case 'no-hook':
      return told(
        'attach-target',
        `${r.name} is no LSM hook`,
        'An LSM program is attached to a function bpf_lsm_NAME.',
        'Use the name of a hook.',
      );
    case 'return-size':
      return told(
        'attach-target',
        `${r.name}() returns more than 8 bytes`,
        'Programs that see a return value can be attached only to functions that return at most 8 bytes.',
        `Use SEC("fentry/${r.name}").`,
      );
    case 'no-address':
      return told(
        'attach-target',
        `${r.name}() has no address in this kernel`,
        'It is in the BTF, but it was inlined or left out.',
        'Attach to a function that exists.',
      );
    case 'member-unsupported': {
      const sleepy = c.env.sleepable;
      const members = ops === null ? '' : ` of ${ops.typeName}`;
      return told(
        'attach-target',
        sleepy ? `The operation ${r.name} may not sleep` : `The operation ${r.name} takes no program`,
        sleepy
          ? `Only operations that the kernel calls where it may sleep take sleepable programs (struct_ops.s); ${r.name}${members} is none of them.`
          : `The kernel does not let a program implement ${r.name}${members}.`,
        sleepy ? `Use ${unslept} and do not sleep.` : 'Leave this operation out.',
      );
    }
    case 'member':
      return told(
        'attach-target',
        `${r.name} has no such operation for a program`,
        'The member of the struct is not a function pointer.',
        'Use a member that is a function.',
      );
    case 'struct-ops':
      return told(
        'attach-target',
        `${r.name === '' ? 'The struct' : `struct ${r.name}`} is no struct_ops of this kernel`,
        'The kernel has no such struct_ops, or the program names none.',
        'Put the program into a map SEC(".struct_ops") of a type that the kernel has.',
      );
    case 'replace':
      return told(
        'attach-target',
        'An extension can only replace a function of a program',
        `${r.name} is a function of the kernel.`,
        'Name a global function of another BPF program.',
      );
    case 'none':
      return told(
        'attach-target',
        'The program does not say what it is attached to',
        `SEC("${section}") names no target, or the kernel has none of that name.`,
        `Name it in the section: SEC("${plain}/function").`,
      );
    case 'kind':
      return told(
        'attach-target',
        `${r.name} is not what a ${stem} program can be attached to`,
        'The target is of another kind than the section says.',
        'Use the section that belongs to the target.',
      );
  }
}

/** Licences and capabilities. */
export function licence(c: Case, name: string): Told {
  return told(
    'licence',
    'The license of the program does not allow this',
    `${licenceDeclared(c.env.prog.license)} ${name === 'lsm' ? 'LSM programs need' : name === 'struct_ops' ? 'Struct_ops programs need' : name === '' ? 'Kfuncs need' : `Reading struct ${name} of the kernel needs`} a GPL-compatible program.`,
    licenceAdvice(c.env.prog.license),
  );
}

export function capability(name: string, callee: string): Told {
  return told(
    'privilege-needed',
    `${callee === '' ? 'This' : `${callee}()`} needs ${name === '' ? 'more capabilities' : name}`,
    'Whoever loads the program lacks the capability that this kind of program, access or call needs.',
    `Load it with ${name === '' ? 'CAP_BPF, and CAP_PERFMON or CAP_NET_ADMIN as the type asks' : name}.`,
  );
}

/** Constants that name types. */
export function typeId(callee: string, how: string): Told {
  const why: Readonly<Record<string, string>> = {
    range: 'The type id is not that of a known type.',
    'no-types': 'The program has no BTF.',
    'no-struct': 'The type is not a struct.',
    'too-large': 'The type is too large for a per-CPU object.',
    scalars: 'A per-CPU object may have scalar members only.',
  };
  return told(
    'field-missing',
    `${callee}() gets a type that it does not take`,
    why[how] ?? '',
    'Pass bpf_core_type_id_local() of a struct of the program.',
  );
}
