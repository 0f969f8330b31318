// SPDX-License-Identifier: GPL-2.0-only
import { isLdImm64 } from '../../isa/insn';
import { CALL } from '../../isa/opcode';
import type { VerifierEnv } from '../env';
import { insnText } from '../log/insn';
import { insnPadding } from '../log/state';
import { callSummary } from './call-summary';
import { def32, defUse } from './def-use';
import { LiveStack } from '../engine/live-stack';
import { computeStackLiveness } from './stack-liveness';
import type { Flow } from './successors';

/**
 * Registers that may still be read, before each instruction, into `aux.liveRegsBefore`, and 32-bit definitions whose upper half is read,
 * into `aux.zextDst`. Runs the stack-liveness pass on the way (`kernel/bpf/liveness.c: bpf_compute_live_registers`).
 */
export function computeLiveRegisters(env: VerifierEnv, flow: Flow): void {
  const count = env.insns.length;
  const use = new Int32Array(count);
  const def = new Int32Array(count);
  const caller = env.caller();
  for (let i = 0; i < count; i++) {
    const insn = env.insns[i]!;
    const du = defUse(insn, insn.code === CALL ? (callSummary(env, insn, caller)?.numParams ?? -1) : -1);
    use[i] = du.use;
    def[i] = du.def;
  }
  const { features } = env.kernel;
  if (features['liveness.stackAhead']) computeStackLiveness(env, flow);
  else if (features['liveness.dataFlow']) env.liveStack = new LiveStack(env, flow);

  const liveIn = new Int32Array(count);
  const liveOut = new Int32Array(count);
  const { flowsBack } = env;
  for (let changed = true; changed;) {
    changed = false;
    env.breathe();
    for (const idx of env.insnPostorder) {
      let out = 0;
      const end = flow.first[idx + 1]!;
      for (let k = flow.first[idx]!; k < end; k++) out |= liveIn[flow.list[k]!]!;
      const before = (out & ~def[idx]!) | use[idx]!;
      if (out === liveOut[idx] && before === liveIn[idx]) continue;
      liveIn[idx] = before;
      liveOut[idx] = out;
      if (flowsBack[idx] === 1) changed = true;
    }
  }

  const userConv = !arenaWithoutUserConv(env);
  for (let i = 0; i < count; i++) {
    const aux = env.aux[i]!;
    aux.liveRegsBefore = (liveIn[i]! | (liveIn[i]! >>> 16)) & 0xffff;
    const narrow = def32(env.insns[i]!, userConv);
    aux.zextDst = narrow >= 0 && ((liveOut[i]! >>> 16) & (1 << narrow)) !== 0;
  }
  if (env.log.full && features['log.liveRegs']) env.log.append(liveRegsTable(env));
}

function arenaWithoutUserConv(env: VerifierEnv): boolean {
  const { kernel } = env;
  const flag = kernel.constant('BPF_F_NO_USER_CONV');
  return env.usedMaps.some((m) => m.type === kernel.constant('BPF_MAP_TYPE_ARENA') && (m.flags & flag) !== 0);
}

/** The table of the log: loop number, index, digits of live registers, instruction. */
export function liveRegsTable(env: VerifierEnv): string {
  let text = 'Live regs before insn:\n';
  for (let i = 0; i < env.insns.length; i++) {
    const aux = env.aux[i]!;
    let regs = '';
    for (let r = 0; r < 10; r++) regs += (aux.liveRegsBefore & (1 << r)) !== 0 ? String(r) : '.';
    const insn = insnText(env, i);
    text += `${aux.scc > 0 ? `${String(aux.scc).padStart(3)} ` : '    '}${String(i).padStart(3)}: ${regs} ${insn}`;
    if (aux.zextDst && env.kernel.features['log.zext']) text += `${' '.repeat(insnPadding(insn.length))}; zext`;
    text += '\n';
    if (isLdImm64(env.insns[i]!)) i++;
  }
  return text;
}
