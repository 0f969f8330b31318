// SPDX-License-Identifier: GPL-2.0-only
/** Refusals because of the shape of the program, its instructions, and arithmetic on pointers. */
import { Alu, aluOp, Class, classOf, usesReg } from '../isa/opcode';
import { RegType } from '../kernel/types';
import type { Refusal } from '../verifier/diag';
import { plainType } from '../verifier/diag/phrase';
import { mayBeNull } from '../verifier/state/reg-kinds';
import { regSpot, trackBack } from './back';
import { type Case, told, type Told } from './case';
import { nullPointer } from './invalid';
import { quoted } from './words';

const FLOW: Readonly<Record<Extract<Refusal, { kind: 'control-flow' }>['how'], readonly [string, string, string]>> = {
  unreachable: ['An instruction can never be reached', 'No path from the entry leads to it.', 'Remove it, or give it a way in.'],
  'into-immediate': [
    'A jump leads into the middle of a 64-bit load',
    'The load takes two instruction slots; the second is no instruction.',
    'Jump to its first half.',
  ],
  'jump-out': [
    'A jump leaves the function',
    'Jumps must stay inside of their function.',
    'Jump within the function, or call the other one.',
  ],
  'back-edge': [
    'The program has a loop, which needs CAP_BPF',
    'Without that capability a jump back is not allowed.',
    'Load it with CAP_BPF, or unroll the loop.',
  ],
  'call-out': ['A call leads outside of the program', 'The target is no instruction of the program.', 'Call a function of the program.'],
  'falls-through': [
    'A function ends without a return',
    'Its last instruction is neither an exit nor a jump; the compiler may have met undefined behaviour, such as a path without a return value.',
    'Return a value on every path.',
  ],
};

export function flow(c: Case, r: Extract<Refusal, { kind: 'control-flow' }>): Told {
  const [summary, why, fix] = FLOW[r.how];
  const fn = r.at < 0 ? '' : c.functionName(r.at);
  return told('control-flow', `${summary}${fn === '' ? '' : ` in ${fn}()`}`, why, fix, [], r.at);
}

/** Arithmetic on pointers. */
export function pointerMath(c: Case, r: Extract<Refusal, { kind: 'pointer-math' }>): Told {
  const reg = c.reg(r.arg);
  const trace = trackBack(c.env.insns, c.path, c.path.length - 1, regSpot(c.path, c.regno(r.arg)));
  const made = trace.links.find((l) => l.kind === 'call' || l.kind === 'load');
  const name = made === undefined ? null : c.assigned(made.insn);
  const is = reg === undefined ? 'a pointer' : plainType(reg.type);
  const cause =
    made === undefined ? [] : [c.event(made.kind === 'call' ? 'call' : 'loaded', made.insn, 'the pointer comes from here', name, true)];
  const { code, dst, src } = c.env.insns[c.at]!;
  const other = !usesReg(code) ? undefined : c.reg(r.arg === dst ? src : dst);
  const both = other !== undefined && reg !== undefined && other.type !== RegType.SCALAR_VALUE && reg.type !== RegType.SCALAR_VALUE;
  switch (r.how) {
    case 'null':
      return nullPointer(c, r.arg, 'arithmetic is done on it', ' Adding to NULL would give a pointer that no check recognises.');
    case 'bitwise':
      return both
        ? told(
            'pointer-arithmetic',
            'Two NULL tests were merged into one bitwise operation on the pointers',
            `The compiler combined two tests for NULL into ${quoted(r.name ?? '|=', 'an OR')} of the two pointers, which destroys what the verifier knows of them.`,
            'Test each pointer for NULL on its own, in separate statements, with a barrier() or barrier_var() between them if the compiler merges them again.',
            cause,
          )
        : told(
            'pointer-arithmetic',
            `A bitwise operation is done on ${is}`,
            `${r.name ?? 'The operator'} destroys the pointer: what it points to is no longer known.${both ? '' : ' The compiler may have merged a test for NULL with another one.'}`,
            'Do bitwise operations on numbers; test pointers for NULL in separate statements.',
            cause,
          );
    case 'unbounded':
      return told(
        'unbounded-value',
        'A value without bounds is added to a pointer',
        'What is added has no lower bound: it may be negative, or anything.',
        `Bound it before ${c.where(c.at)}: make it unsigned and check an upper limit, or mask it with & (size - 1).`,
        cause,
      );
    case 'far':
      return told(
        'pointer-arithmetic',
        'A pointer is moved too far from its object',
        'Offsets of pointers must stay within 512 MiB.',
        'Bound what is added.',
        cause,
      );
    case 'narrow':
      return told(
        'pointer-arithmetic',
        '32-bit arithmetic is done on a pointer',
        'The result would have lost the upper half of the address.',
        'Use 64-bit arithmetic (long, u64) on pointers.',
        cause,
      );
    case 'fixed':
      return told(
        'pointer-arithmetic',
        `${quoted(name, 'A pointer')} (${is}) must not be moved`,
        `Pointers of this kind are used as they are: ${is} has no offset.`,
        reg?.base === RegType.PTR_TO_PACKET_END
          ? 'Compare with data_end; compute with data.'
          : 'Keep the pointer, and use the offset in the access itself.',
        cause,
      );
    case 'from-number':
      return told(
        'pointer-arithmetic',
        'A pointer is subtracted from a number',
        'Only numbers can be added to or subtracted from pointers.',
        'Subtract the number from the pointer.',
        cause,
      );
    case 'stack':
      return told(
        'pointer-arithmetic',
        'A value is subtracted from a pointer to the stack',
        'Stack addresses are made by adding to the frame pointer.',
        'Add a negative offset in its place.',
        cause,
      );
    case 'compare':
      return told(
        'pointer-leak',
        'Pointers are compared in a way that shows addresses',
        'Without CAP_PERFMON only tests for NULL and comparisons with the end of a packet are allowed.',
        'Compare with NULL, or load the program with CAP_PERFMON.',
        cause,
      );
    case 'partial':
      return told(
        'pointer-arithmetic',
        'A part of a pointer is copied',
        'A 32-bit copy or sign extension would lose the pointer.',
        'Copy all 64 bits.',
        cause,
      );
    case 'two-pointers':
      if (aluOp(code) === Alu.OR || aluOp(code) === Alu.AND)
        return pointerMath(c, { ...r, how: 'bitwise', name: aluOp(code) === Alu.OR ? '|=' : '&=' });
      return told(
        'pointer-arithmetic',
        'Arithmetic is done on two pointers',
        'The difference of two pointers is known only for pointers into the same packet, and not without CAP_PERFMON.',
        'Keep lengths and offsets as numbers.',
        cause,
      );
    default:
      return told(
        'pointer-arithmetic',
        `${r.name === undefined ? 'This operation' : `The operator ${r.name}`} is not allowed on ${is}`,
        `Only adding and subtracting numbers can be followed on pointers${reg !== undefined && mayBeNull(reg.type) ? ', after a check for NULL' : ''}.`,
        'Do it on a number.',
        cause,
      );
  }
}

/** Texts of refusals that need no more than their kind. */
export function instruction(c: Case, name: string, at: number | undefined): Told {
  const { code, imm } = c.env.insns[at ?? c.at]!;
  const isAlu = classOf(code) === Class.ALU || classOf(code) === Class.ALU64;
  const byZero = !usesReg(code) && imm === 0;
  if (isAlu && byZero && (aluOp(code) === Alu.DIV || aluOp(code) === Alu.MOD)) {
    return told(
      'bad-instruction',
      'A number is divided by the constant 0',
      `The instruction at ${c.where(at ?? c.at)} divides by 0.`,
      'Divide by something else, or leave the branch out that does: it is not dead for the verifier.',
      [],
      at,
    );
  }
  return told(
    'bad-instruction',
    'An instruction is not valid',
    `The instruction at ${c.where(at ?? c.at)}: ${name}.`,
    'Compile the program for a version of BPF that the kernel knows, or correct the assembly.',
    [],
    at,
  );
}
