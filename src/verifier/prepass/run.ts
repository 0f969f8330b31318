// SPDX-License-Identifier: GPL-2.0-only
import { isKfuncCall } from '../../isa/insn';
import type { Constant } from '../../kernel/constants';
import { Fact } from '../aux';
import type { VerifierEnv } from '../env';
import { addKfunc } from '../kfuncs/collect';
import { checkAttach } from './attach';
import { checkBtfInfo, prepareBtfInfo } from './btf-info';
import { findCallSites } from './call-sites';
import { checkCfg } from './cfg';
import { computeConstRegs } from './const-regs';
import { pruneDeadBranches } from './dead-branches';
import { markFastcallPatterns } from './fastcall';
import { computeLiveRegisters } from './live-regs';
import { computePostorder } from './postorder';
import { checkAndResolveInsns } from './resolve';
import { computeScc } from './scc';
import { addSubprogs, checkSubprogs, refuseUnprivilegedCalls } from './subprogs';
import { findStretches, packFlow } from './successors';
import { sortSubprogsTopo } from './topo';

/**
 * Everything that the kernel does to a program before it executes the first instruction, in its order (`kernel/bpf/verifier.c: bpf_check`):
 * finds subprograms, checks instructions and the control flow, binds maps and kfuncs, settles the attach target, folds constants and
 * computes liveness. Fills `env.subprogs`, `env.aux`, `env.usedMaps`, `env.attach`, `env.topoOrder`; rewrites branches that are decided.
 */
export function runPrepasses(env: VerifierEnv): void {
  setFlags(env);
  findCallSites(env);
  prepareBtfInfo(env);
  addSubprogs(env);
  if (!env.kernel.features['prepass.kfuncsLast']) addKfuncs(env);
  checkSubprogs(env);
  env.breathe();
  checkBtfInfo(env);
  if (env.diag !== null) env.diag.hasLines = true;
  env.breathe();
  const { features } = env.kernel;
  if (!features['prepass.attachLast']) checkAttach(env);
  checkAndResolveInsns(env);
  if (features['prepass.kfuncsLast']) addKfuncs(env);
  env.breathe();
  checkCfg(env);
  let flow = packFlow(env);
  env.breathe();
  computePostorder(env, flow);
  const loops = mayLoop(env);
  let stretches = findStretches(env, flow);
  if (features['prepass.attachLast']) checkAttach(env);
  env.breathe();
  computeConstRegs(env, flow, stretches);
  const pruned = features['prepass.constantBranches'] && pruneDeadBranches(env);
  if (pruned) {
    flow = packFlow(env);
    computePostorder(env, flow);
    stretches = findStretches(env, flow);
  }
  env.breathe();
  sortSubprogsTopo(env);
  // a loop that was cut off has a number too
  if (loops) computeScc(env, flow);
  else env.sccCount = 1;
  env.breathe();
  computeLiveRegisters(env, flow, stretches);
  markFastcallPatterns(env);
}

/** Whether an instruction may be in a loop, that of a call which runs a callback included. */
function mayLoop(env: VerifierEnv): boolean {
  return env.flowsBack.includes(1) || env.callSites.some((at) => env.aux.has(at, Fact.CALLS_CALLBACK));
}

function setFlags(env: VerifierEnv): void {
  const flags = env.prog.progFlags | env.options.flags;
  const has = (name: Constant): boolean => (flags & env.kernel.constant(name)) !== 0;
  env.strictAlignment = has('BPF_F_STRICT_ALIGNMENT') && !has('BPF_F_ANY_ALIGNMENT');
  env.testStateFreq = env.bpfCapable && has('BPF_F_TEST_STATE_FREQ');
  env.testRegInvariants = has('BPF_F_TEST_REG_INVARIANTS');
}

function addKfuncs(env: VerifierEnv): void {
  for (const i of env.callSites) {
    const insn = env.insns[i]!;
    if (!isKfuncCall(insn)) continue;
    env.insnIdx = i;
    if (!env.bpfCapable) refuseUnprivilegedCalls(env, i, 'kernel function call', 'calling kernel functions');
    addKfunc(env, insn);
  }
}
