// SPDX-License-Identifier: GPL-2.0-only
/** Small damage to a program: what a person gets wrong. */
import { isLdImm64 } from '../../../src/isa/insn';
import { CALL, Class, classOf, EXIT, Jmp, Mode, modeOf, withOp, withSize } from '../../../src/isa/opcode';
import { type FuzzProgram, type Item, without } from '../program';
import type { Random } from '../random';
import { JMP_OPS, SIZE } from './asm';

/** Any bits in the place of a field. */
function raw(item: Item, random: Random): Item {
  const { insn } = item;
  switch (random.pick(['code', 'dst', 'src', 'off', 'high'] as const)) {
    case 'code':
      return { ...item, insn: { ...insn, code: random.below(256) } };
    case 'dst':
      return { ...item, insn: { ...insn, dst: random.below(16) } };
    case 'src':
      return isLdImm64(insn) ? item : { ...item, insn: { ...insn, src: random.below(16) } };
    case 'high':
      return isLdImm64(insn) ? { ...item, high: random.constant() } : item;
    default:
      return item.to === undefined ? { ...item, insn: { ...insn, off: random.between(-32768, 32767) } } : item;
  }
}

function changed(item: Item, random: Random): Item {
  const { insn } = item;
  const cls = classOf(insn.code);
  const isJump = cls === Class.JMP || cls === Class.JMP32;
  const isMemory = cls === Class.LDX || cls === Class.ST || cls === Class.STX;
  if (random.chance(0.04)) return raw(item, random);
  switch (random.pick(['imm', 'reg', 'off', 'code'] as const)) {
    case 'imm':
      return insn.code === CALL || isLdImm64(insn)
        ? item
        : { ...item, insn: { ...insn, imm: random.chance(0.5) ? insn.imm + random.pick([-8, -1, 1, 8]) : random.constant() } };
    case 'reg':
      return insn.code === CALL || insn.code === EXIT
        ? item
        : {
            ...item,
            insn: random.chance(0.5)
              ? { ...insn, dst: random.below(11) }
              : insn.src === 0
                ? insn
                : { ...insn, src: isLdImm64(insn) ? insn.src : random.below(11) },
          };
    case 'off':
      return isMemory ? { ...item, insn: { ...insn, off: insn.off + random.pick([-8, -4, -1, 1, 4, 8]) } } : item;
    default:
      if ([CALL, EXIT, Class.JMP | Jmp.JA, Class.JMP32 | Jmp.JA].includes(insn.code)) return item;
      if (isJump) return { ...item, insn: { ...insn, code: withOp(insn.code, random.pick(JMP_OPS)) } };
      if (isMemory && modeOf(insn.code) !== Mode.ATOMIC)
        return { ...item, insn: { ...insn, code: withSize(insn.code, SIZE[random.pick([1, 2, 4, 8])]!) } };
      return cls === Class.ALU || cls === Class.ALU64 ? { ...item, insn: { ...insn, code: insn.code ^ 3 } } : item;
  }
}

/** One to three changes: an instruction less, one altered, two swapped, one doubled, a jump elsewhere. */
export function mutate(program: FuzzProgram, random: Random): FuzzProgram {
  let result = program;
  for (let n = random.between(1, 3); n > 0; n--) {
    const f = random.below(result.functions.length);
    const fn = result.functions[f]!;
    const i = random.below(fn.items.length);
    const item = fn.items[i]!;
    const replace = (items: readonly Item[]): FuzzProgram => ({
      ...result,
      functions: result.functions.map((x, k) => (k === f ? { ...x, items } : x)),
    });
    switch (
      random.weighted([
        [4, 'drop'],
        [4, 'change'],
        [1, 'swap'],
        [1, 'retarget'],
      ] as const)
    ) {
      case 'drop':
        result = without(result, (a, b) => a !== f || b !== i);
        break;
      case 'change':
        result = replace(fn.items.map((x, k) => (k === i ? changed(x, random) : x)));
        break;
      case 'swap':
        if (i + 2 < fn.items.length) result = replace(fn.items.map((x, k) => (k === i ? fn.items[i + 1]! : k === i + 1 ? item : x)));
        break;
      default:
        if (item.targets !== undefined)
          result = replace(
            fn.items.map((x, k) =>
              k === i ? { ...x, targets: x.targets!.map((t) => (random.chance(0.3) ? random.below(fn.items.length) : t)) } : x,
            ),
          );
        else if (item.to !== undefined)
          result = replace(fn.items.map((x, k) => (k === i ? { ...x, to: random.below(fn.items.length) } : x)));
    }
  }
  return result;
}
