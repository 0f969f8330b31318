// SPDX-License-Identifier: GPL-2.0-only
/** Contexts of tracing programs and of those that have no struct of their own. Facts: `kernel/trace/bpf_trace.c`, `kernel/bpf/syscall.c`, `drivers/media/rc/bpf-lirc.c`. */
import { RegType } from '../../../kernel/types';
import { btfCtxAccess } from './btf-args';
import { byTable, exact, fieldBytes, narrow, SCALAR, type CtxQuery, type CtxRule } from './rules';

/** `8 * MAX_BPF_FUNC_ARGS`. */
const ARGS_BYTES = 96;
/** `PERF_MAX_TRACE_SIZE`. */
const TRACE_BYTES = 8192;
/** `U16_MAX`. */
const SYSCALL_BYTES = 65535;

/** A load of whole words of arguments (`bpf_tracing_ctx_access`). */
function isArgLoad(q: CtxQuery): boolean {
  return q.off >= 0 && q.off < ARGS_BYTES && !q.write && q.off % q.size === 0;
}

/** Registers; may be written where the kernel has that (`kprobe_prog_is_valid_access`). */
export const kprobe: CtxRule = (q) => {
  if (q.write && !q.env.kernel.features['ctx.kprobeWrite']) return null;
  const end = fieldBytes(q.env, 'pt_regs', '').end;
  return q.off >= 0 && q.off < end && q.off % q.size === 0 && q.off + q.size <= end ? SCALAR : null;
};

/**
 * The record behind the eight bytes that are the kernel's own (`tp_prog_is_valid_access`). The offset is compared with a size, so a negative
 * one counts as beyond those bytes.
 */
export const tracepoint: CtxRule = (q) =>
  (q.off >= 8 || q.off < 0) && q.off < TRACE_BYTES && !q.write && q.off % q.size === 0 ? SCALAR : null;

/** `raw_tp_prog_is_valid_access`. */
export const rawTracepoint: CtxRule = (q) => (isArgLoad(q) ? SCALAR : null);

/** The first argument is a buffer that may be written (`raw_tp_writable_prog_is_valid_access`). */
export const rawTracepointWritable: CtxRule = (q) => {
  if (q.off !== 0) return rawTracepoint(q);
  return q.size === 8 && !q.write ? { ...SCALAR, regType: RegType.PTR_TO_TP_BUFFER } : null;
};

/** Arguments typed by BTF (`bpf_tracing_btf_ctx_access`). */
export const tracing: CtxRule = (q) => (isArgLoad(q) ? btfCtxAccess(q) : null);

/** LSM hooks come without the checks on offset and direction (`lsm_verifier_ops`). */
export const lsm: CtxRule = btfCtxAccess;

/** `pe_prog_is_valid_access`. */
export const perfEvent = byTable({
  struct: 'bpf_perf_event_data',
  rows: [{ fields: ['sample_period', 'addr'], read: narrow(8) }],
  other: { read: exact(8) },
});

/** Memory of the caller (`syscall_prog_is_valid_access`). */
export const syscall: CtxRule = (q) => {
  const aligned = q.env.kernel.features['ctx.syscallUnaligned'] || q.off % q.size === 0;
  return q.off >= 0 && q.off < SYSCALL_BYTES && aligned ? SCALAR : null;
};

/** One word (`lirc_mode2_is_valid_access`). */
export const lirc: CtxRule = (q) => (!q.write && q.off === 0 && q.size === 4 ? SCALAR : null);
