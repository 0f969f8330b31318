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
import type { Flow, Stretches } from './successors';

/**
 * Registers that may still be read, before each instruction, into `aux.liveRegsBefore`. Runs the stack-liveness pass on the way
 * (`kernel/bpf/liveness.c: bpf_compute_live_registers`).
 */
export function computeLiveRegisters(env: VerifierEnv, flow: Flow, stretches: Stretches): void {
  const { insns, aux } = env;
  const { features } = env.kernel;
  const use = new Int32Array(insns.length);
  const def = new Int32Array(insns.length);
  const caller = env.caller();
  for (let i = 0; i < insns.length; i++) {
    const insn = insns[i]!;
    const du = defUse(insn, insn.code === CALL ? (callSummary(env, insn, caller)?.numParams ?? -1) : -1);
    use[i] = du.use;
    def[i] = du.def;
  }
  if (features['liveness.stackAhead']) computeStackLiveness(env, flow, stretches);
  else if (features['liveness.dataFlow']) env.liveStack = new LiveStack(env, flow);

  const live = new Int32Array(insns.length);
  for (let changed = true; changed;) {
    env.breathe();
    changed = flowBackwards(env, flow, stretches, use, def, live);
  }
  for (let i = 0; i < insns.length; i++) aux.liveRegsBefore[i] = (live[i]! | (live[i]! >>> 16)) & 0xffff;
  if (env.log.full && features['log.liveRegs']) env.log.append(liveRegsTable(env, flow, live));
}

/** One round over what lives before each instruction; whether something changed before one to which ways lead back. */
function flowBackwards(env: VerifierEnv, flow: Flow, { numbers }: Stretches, use: Int32Array, def: Int32Array, live: Int32Array): boolean {
  const { insnPostorder, flowsBack } = env;
  let changed = false;
  let now = 0;
  for (let i = 0; i < insnPostorder.length; i++) {
    const idx = insnPostorder[i]!;
    // inside a stretch what follows is the instruction before this one in the walk
    if (i === 0 || numbers[insnPostorder[i - 1]!]! >= 0) now = liveAfter(flow, live, idx);
    now = (now & ~def[idx]!) | use[idx]!;
    if (now !== live[idx] && flowsBack[idx] === 1) changed = true;
    live[idx] = now;
  }
  return changed;
}

function liveAfter({ first, list }: Flow, live: Int32Array, idx: number): number {
  let after = 0;
  const end = first[idx + 1]!;
  for (let k = first[idx]!; k < end; k++) after |= live[list[k]!]!;
  return after;
}

function arenaWithoutUserConv(env: VerifierEnv): boolean {
  const { kernel } = env;
  const flag = kernel.constant('BPF_F_NO_USER_CONV');
  return env.usedMaps.some((m) => m.type === kernel.constant('BPF_MAP_TYPE_ARENA') && (m.flags & flag) !== 0);
}

/**
 * The table of the log: loop number, index, digits of live registers, instruction, and whether it defines the lower half of a register whose upper
 * half is read. `live` has both halves of registers, as masks of {@link defUse}.
 */
function liveRegsTable(env: VerifierEnv, flow: Flow, live: Int32Array): string {
  const userConv = !arenaWithoutUserConv(env);
  // of what cannot be reached since branches were decided nothing is known
  const known = new Set(env.insnPostorder);
  let text = 'Live regs before insn:\n';
  for (let i = 0; i < env.insns.length; i++) {
    const scc = env.aux.scc[i]!;
    let regs = '';
    for (let r = 0; r < 10; r++) regs += (env.aux.liveRegsBefore[i]! & (1 << r)) !== 0 ? String(r) : '.';
    const insn = insnText(env, i);
    text += `${scc > 0 ? `${String(scc).padStart(3)} ` : '    '}${String(i).padStart(3)}: ${regs} ${insn}`;
    const narrow = env.kernel.features['log.zext'] && known.has(i) ? def32(env.insns[i]!, userConv) : -1;
    const extended = narrow >= 0 && ((liveAfter(flow, live, i) >>> 16) & (1 << narrow)) !== 0;
    if (extended) text += `${' '.repeat(insnPadding(insn.length))}; zext`;
    text += '\n';
    if (isLdImm64(env.insns[i]!)) i++;
  }
  return text;
}
