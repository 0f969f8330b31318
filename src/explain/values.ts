// SPDX-License-Identifier: GPL-2.0-only
/** Values that have to be constants, strings, addresses. */
import { regSpot, trackBack } from './back';
import { told, type Case, type Told, type Of } from './case';
import { quoted } from './words';

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

export function speculation(): Told {
  return told(
    'privilege-needed',
    'The access could be misused by speculation',
    'Without CAP_PERFMON the kernel guards against speculative execution: this arithmetic cannot be guarded.',
    'Load the program with CAP_PERFMON, or use constant offsets.',
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

export function ksym(c: Case, name: string): Told {
  return told(
    'call-missing',
    `${name === '' ? 'A variable' : `\`${name}\``} is not in this kernel`,
    `The kernel has no symbol of that name with type information (Linux ${c.env.kernel.version}).`,
    'Declare it __weak and use it only where it exists (bpf_ksym_exists).',
  );
}
