// SPDX-License-Identifier: GPL-2.0-only
/** `bpf_tracing.h` and `usdt.bpf.h`: the interface of libbpf's headers (`tools/lib/bpf`), written anew. */
import { COUNTING, family, guarded, list, unless } from './families';

/** How an architecture passes arguments: names of `struct pt_regs`' members. Facts: each psABI and `arch/*\/include/asm/ptrace.h`. */
interface Registers {
  /** Suffix of `__TARGET_ARCH_`, and the compiler's own macro. */
  readonly target: string;
  readonly compiler: string;
  /** Type that a context is read as. */
  readonly cast: string;
  readonly params: readonly string[];
  /** Of system calls, where they differ. */
  readonly syscall: readonly string[];
  readonly ret: string;
  readonly fp: string;
  readonly rc: string;
  readonly sp: string;
  readonly ip: string;
  /** The handler of a system call is called with the registers themselves, not with a pointer to them. */
  readonly plainSyscall?: boolean;
}

const numbered = (name: string, from: number, count: number): string[] => Array.from({ length: count }, (_, i) => `${name}[${from + i}]`);
const PT_REGS = 'const struct pt_regs *';
const ARM64_PARAMS = numbered('regs', 0, 8);
const RISCV_PARAMS = ['a0', 'a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'a7'];

const X86_KERNEL: Registers = {
  target: 'x86',
  compiler: '__x86_64__',
  cast: PT_REGS,
  params: ['di', 'si', 'dx', 'cx', 'r8', 'r9'],
  syscall: ['di', 'si', 'dx', 'r10', 'r8', 'r9'],
  ret: 'sp',
  fp: 'bp',
  rc: 'ax',
  sp: 'sp',
  ip: 'ip',
};
/** User space calls the same registers otherwise. */
const X86_USER: Registers = {
  ...X86_KERNEL,
  params: ['rdi', 'rsi', 'rdx', 'rcx', 'r8', 'r9'],
  syscall: ['rdi', 'rsi', 'rdx', 'r10', 'r8', 'r9'],
  ret: 'rsp',
  fp: 'rbp',
  rc: 'rax',
  sp: 'rsp',
  ip: 'rip',
};
const OTHERS: readonly Registers[] = [
  {
    target: 'arm64',
    compiler: '__aarch64__',
    cast: 'const struct user_pt_regs *',
    params: ARM64_PARAMS,
    syscall: ['orig_x0', ...ARM64_PARAMS.slice(1, 6)],
    ret: 'regs[30]',
    fp: 'regs[29]',
    rc: 'regs[0]',
    sp: 'sp',
    ip: 'pc',
  },
  {
    target: 'riscv',
    compiler: '__riscv',
    cast: 'const struct user_regs_struct *',
    params: RISCV_PARAMS,
    syscall: ['orig_a0', ...RISCV_PARAMS.slice(1, 6)],
    ret: 'ra',
    fp: 's0',
    rc: 'a0',
    sp: 'sp',
    ip: 'pc',
  },
  {
    target: 's390',
    compiler: '__s390__',
    cast: 'const user_pt_regs *',
    params: numbered('gprs', 2, 5),
    syscall: ['orig_gpr2', ...numbered('gprs', 3, 5)],
    ret: 'gprs[14]',
    fp: 'gprs[11]',
    rc: 'gprs[2]',
    sp: 'gprs[15]',
    ip: 'psw.addr',
  },
  {
    target: 'powerpc',
    compiler: '__powerpc__',
    cast: PT_REGS,
    params: numbered('gpr', 3, 8),
    syscall: ['orig_gpr3', ...numbered('gpr', 4, 5)],
    ret: 'link',
    fp: '__unsupported__',
    rc: 'gpr[3]',
    sp: 'gpr[1]',
    ip: 'nip',
    plainSyscall: true,
  },
  {
    target: 'loongarch',
    compiler: '__loongarch__',
    cast: PT_REGS,
    params: numbered('regs', 4, 8),
    syscall: numbered('regs', 4, 6),
    ret: 'regs[1]',
    fp: 'regs[22]',
    rc: 'regs[4]',
    sp: 'regs[3]',
    ip: 'csr_era',
    plainSyscall: true,
  },
  {
    target: 'arm',
    compiler: '__arm__',
    cast: PT_REGS,
    params: numbered('uregs', 0, 4),
    syscall: numbered('uregs', 0, 7),
    ret: 'uregs[14]',
    fp: 'uregs[11]',
    rc: 'uregs[0]',
    sp: 'uregs[13]',
    ip: 'uregs[12]',
    plainSyscall: true,
  },
  {
    target: 'mips',
    compiler: '__mips__',
    cast: PT_REGS,
    params: numbered('regs', 4, 8),
    syscall: numbered('regs', 4, 6),
    ret: 'regs[31]',
    fp: 'regs[30]',
    rc: 'regs[2]',
    sp: 'regs[29]',
    ip: 'cp0_epc',
    plainSyscall: true,
  },
];

function registers(r: Registers): string {
  const define = (name: string, member: string): string => `#define __PT_${name}_REG ${member}\n`;
  const whole = [
    ['RET', r.ret],
    ['FP', r.fp],
    ['RC', r.rc],
    ['SP', r.sp],
    ['IP', r.ip],
  ] as const;
  return [
    unless('__PT_REGS_CAST', `#define __PT_REGS_CAST(x) ((${r.cast})(x))`),
    ...r.params.map((m, i) => define(`PARM${i + 1}`, m)),
    ...r.syscall.map((m, i) => define(`PARM${i + 1}_SYSCALL`, m)),
    ...whole.map(([name, member]) => define(name, member)),
    r.plainSyscall === true ? unless('PT_REGS_SYSCALL_REGS', '#define PT_REGS_SYSCALL_REGS(ctx) ctx') : '',
  ].join('');
}

/** Parameters that `PT_REGS_PARMn` knows, and those of system calls. */
const PARAMS = 8;
const SYSCALL_PARAMS = 7;
const ACCESS = [...Array.from({ length: PARAMS }, (_, i) => `PARM${i + 1}`), 'RET', 'FP', 'RC', 'SP', 'IP'];

function access(): string {
  const absent = [
    ...Array.from({ length: PARAMS }, (_, i) => `PARM${i + 1}`),
    ...Array.from({ length: SYSCALL_PARAMS }, (_, i) => `PARM${i + 1}_SYSCALL`),
  ];
  return [
    ...absent.map((name) => unless(`__PT_${name}_REG`, `#define __PT_${name}_REG __unsupported__`)),
    ...ACCESS.map(
      (name) =>
        `#define PT_REGS_${name}(x) (__PT_REGS_CAST(x)->__PT_${name}_REG)\n#define PT_REGS_${name}_CORE(x) BPF_CORE_READ(__PT_REGS_CAST(x), __PT_${name}_REG)\n`,
    ),
    family(1, SYSCALL_PARAMS, (n) => `PT_REGS_PARM${n}_SYSCALL(x) (__PT_REGS_CAST(x)->__PT_PARM${n}_SYSCALL_REG)`),
    family(1, SYSCALL_PARAMS, (n) => `PT_REGS_PARM${n}_CORE_SYSCALL(x) BPF_CORE_READ(__PT_REGS_CAST(x), __PT_PARM${n}_SYSCALL_REG)`),
    unless('PT_REGS_SYSCALL_REGS', '#define PT_REGS_SYSCALL_REGS(ctx) ((struct pt_regs *)PT_REGS_PARM1(ctx))'),
    `#if defined(bpf_target_powerpc)
#define BPF_KPROBE_READ_RET_IP(ip, ctx) ({ (ip) = (ctx)->link; })
#define BPF_KRETPROBE_READ_RET_IP BPF_KPROBE_READ_RET_IP
#elif defined(bpf_target_arm64)
#define BPF_KPROBE_READ_RET_IP(ip, ctx) ({ (ip) = PT_REGS_RET(ctx); })
#define BPF_KRETPROBE_READ_RET_IP BPF_KPROBE_READ_RET_IP
#else
#define BPF_KPROBE_READ_RET_IP(ip, ctx) ({ bpf_probe_read_kernel(&(ip), sizeof(ip), (void *)PT_REGS_RET(ctx)); })
#define BPF_KRETPROBE_READ_RET_IP(ip, ctx) ({ bpf_probe_read_kernel(&(ip), sizeof(ip), (void *)(PT_REGS_FP(ctx) + sizeof(ip))); })
#endif
`,
  ].join('');
}

/** Tells the target, and names the registers of it. */
function targets(): string {
  const all = [X86_KERNEL, ...OTHERS];
  const chain = (condition: (r: Registers) => string): string =>
    all.map((r, i) => `#${i === 0 ? 'if' : 'elif'} ${condition(r)}\n#define bpf_target_${r.target}\n#define bpf_target_defined\n`).join('');
  const x86 = `#if defined(bpf_target_x86)\n#if defined(__KERNEL__) || defined(__VMLINUX_H__)\n${registers(X86_KERNEL)}#else\n${registers(X86_USER)}#endif\n`;
  return `${chain((r) => `defined(__TARGET_ARCH_${r.target})`)}#else\n${chain((r) => `defined(${r.compiler})`)}#endif\n#endif\n${x86}${OTHERS.map((r) => `#elif defined(bpf_target_${r.target})\n${registers(r)}`).join('')}#endif\n`;
}

const WITHOUT_TARGET = `#ifndef __BPF_TARGET_MISSING
#define __BPF_TARGET_MISSING "GCC error \\"Must specify a BPF target arch via __TARGET_ARCH_xxx\\""
#endif
#define ___bpf_no_target ({ _Pragma(__BPF_TARGET_MISSING); 0l; })
${ACCESS.map((name) => `#define PT_REGS_${name}(x) ___bpf_no_target\n#define PT_REGS_${name}_CORE(x) ___bpf_no_target\n`).join('')}${family(1, SYSCALL_PARAMS, (n) => `PT_REGS_PARM${n}_SYSCALL(x) ___bpf_no_target`)}${family(1, SYSCALL_PARAMS, (n) => `PT_REGS_PARM${n}_CORE_SYSCALL(x) ___bpf_no_target`)}`;

/** `name(ctx)` that calls a function of the program's own with typed arguments. */
function wrapper(macro: string, context: string, values: string, before = '', extra = ''): string {
  return `#define ${macro}(name, args...) \\
name(${context} *ctx); \\
${extra}static __always_inline typeof(name(0)) ____##name(${context} *ctx, ##args); \\
typeof(name(0)) name(${context} *ctx) \\
{ \\
	${before}_Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \\"-Wint-conversion\\"") \\
	return ____##name(${values}(args)); \\
	_Pragma("GCC diagnostic pop") \\
} \\
static __always_inline typeof(name(0)) ____##name(${context} *ctx, ##args)
`;
}

/** `name0() … nameN(…)`: `first`, then one value for each argument that the program names. */
function values(name: string, first: string, max: number, value: (i: number) => string): string {
  return `#define ${name}0() ${first}\n${family(1, max, (n) => `${name}${n}(${['x', ...(n > 1 ? ['args...'] : [])].join(', ')}) ${name}${n - 1}(${n > 1 ? 'args' : ''}), ${value(n)}`)}#define ${name}(args...) ___bpf_apply(${name}, ___bpf_narg(args))(args)\n`;
}

/** An argument of `BPF_PROG2`: a value of one or two registers, taken from the context as it lies there. */
const STRUCT_ARGUMENTS = [
  unless('___bpf_nth2', `#define ___bpf_nth2(_, ${list(24, (i) => `_${i}`)}, N, ...) N`),
  unless('___bpf_narg2', `#define ___bpf_narg2(...) ___bpf_nth2(_, ##__VA_ARGS__, ${list(25, (i) => String(Math.ceil((25 - i) / 2)))})`),
  '#define ___bpf_treg_cnt(t) ((sizeof(t) + 7) / 8)\n',
  '#define ___bpf_reg_cnt0() (0)\n#define ___bpf_reg_cnt1(t, x) ___bpf_treg_cnt(t)\n',
  family(2, 12, (n) => `___bpf_reg_cnt${n}(t, x, args...) (___bpf_reg_cnt${n - 1}(args) + ___bpf_treg_cnt(t))`),
  '#define ___bpf_reg_cnt(args...) ___bpf_apply(___bpf_reg_cnt, ___bpf_narg2(args))(args)\n',
  `#define ___bpf_union_arg(t, x, n) __builtin_choose_expr(sizeof(t) == 16, ({ union { unsigned long long z[2]; t x; } ___t = { .z = { ctx[n], ctx[n + 1] } }; ___t.x; }), ${[8, 4, 2, 1].map((size) => `__builtin_choose_expr(sizeof(t) == ${size}, ({ union { __u${size * 8} z[1]; t x; } ___t = { .z = { ctx[n] } }; ___t.x; }), `).join('')}(void)0)))))\n`,
  '#define ___bpf_ctx_arg0(n, args...)\n#define ___bpf_ctx_arg1(n, t, x) , ___bpf_union_arg(t, x, n - ___bpf_reg_cnt1(t, x))\n',
  family(
    2,
    12,
    (n) =>
      `___bpf_ctx_arg${n}(n, t, x, args...) , ___bpf_union_arg(t, x, n - ___bpf_reg_cnt${n}(t, x, args)) ___bpf_ctx_arg${n - 1}(n, args)`,
  ),
  '#define ___bpf_ctx_arg(args...) ___bpf_apply(___bpf_ctx_arg, ___bpf_narg2(args))(___bpf_reg_cnt(args), args)\n',
  '#define ___bpf_ctx_decl0()\n#define ___bpf_ctx_decl1(t, x) , t x\n',
  family(2, 12, (n) => `___bpf_ctx_decl${n}(t, x, args...) , t x ___bpf_ctx_decl${n - 1}(args)`),
  '#define ___bpf_ctx_decl(args...) ___bpf_apply(___bpf_ctx_decl, ___bpf_narg2(args))(args)\n',
  `#define BPF_PROG2(name, args...) \\
name(unsigned long long *ctx); \\
static __always_inline typeof(name(0)) ____##name(unsigned long long *ctx ___bpf_ctx_decl(args)); \\
typeof(name(0)) name(unsigned long long *ctx) \\
{ \\
	return ____##name(ctx ___bpf_ctx_arg(args)); \\
} \\
static __always_inline typeof(name(0)) ____##name(unsigned long long *ctx ___bpf_ctx_decl(args))
`,
].join('');

const U64 = '(unsigned long long)';

export function bpfTracingHeader(): string {
  const syscall =
    'struct pt_regs *regs = LINUX_HAS_SYSCALL_WRAPPER ? (struct pt_regs *)PT_REGS_PARM1(ctx) : ctx; if (LINUX_HAS_SYSCALL_WRAPPER) { _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \\"-Wint-conversion\\"") return ____##name(___bpf_syswrap_args(args)); _Pragma("GCC diagnostic pop") } ';
  const parts = [
    '#include "bpf_helpers.h"\n',
    targets(),
    '#if defined(bpf_target_defined)\nstruct pt_regs;\n',
    access(),
    `#else\n${WITHOUT_TARGET}#endif\n`,
    COUNTING,
    values('___bpf_ctx_cast', 'ctx', 12, (n) => `ctx[${n - 1}]`),
    wrapper('BPF_PROG', 'unsigned long long', '___bpf_ctx_cast'),
    STRUCT_ARGUMENTS,
    'struct pt_regs;\n',
    values('___bpf_kprobe_args', 'ctx', PARAMS, (n) => `${U64}PT_REGS_PARM${n}(ctx)`),
    wrapper('BPF_KPROBE', 'struct pt_regs', '___bpf_kprobe_args'),
    values('___bpf_kretprobe_args', 'ctx', 1, () => `${U64}PT_REGS_RC(ctx)`),
    wrapper('BPF_KRETPROBE', 'struct pt_regs', '___bpf_kretprobe_args'),
    values('___bpf_syscall_args', 'ctx', SYSCALL_PARAMS, (n) => `${U64}PT_REGS_PARM${n}_SYSCALL(regs)`),
    values('___bpf_syswrap_args', 'ctx', SYSCALL_PARAMS, (n) => `${U64}PT_REGS_PARM${n}_CORE_SYSCALL(regs)`),
    wrapper('BPF_KSYSCALL', 'struct pt_regs', '___bpf_syscall_args', syscall, 'extern _Bool LINUX_HAS_SYSCALL_WRAPPER __kconfig; \\\n'),
    '#define BPF_KPROBE_SYSCALL BPF_KSYSCALL\n#define BPF_UPROBE(name, args...) BPF_KPROBE(name, ##args)\n#define BPF_URETPROBE(name, args...) BPF_KRETPROBE(name, ##args)\n',
  ];
  return guarded('__BPF_TRACING_H__', parts.join(''));
}

/** Layout and names that libbpf's `usdt.c` fills in at attach time. */
const USDT = `#include <linux/errno.h>
#include "bpf_helpers.h"
#include "bpf_tracing.h"
#ifndef BPF_USDT_MAX_SPEC_CNT
#define BPF_USDT_MAX_SPEC_CNT 256
#endif
#ifndef BPF_USDT_MAX_IP_CNT
#define BPF_USDT_MAX_IP_CNT (4 * BPF_USDT_MAX_SPEC_CNT)
#endif
#define BPF_USDT_MAX_ARG_CNT 12
enum __bpf_usdt_arg_type { BPF_USDT_ARG_CONST, BPF_USDT_ARG_REG, BPF_USDT_ARG_REG_DEREF, BPF_USDT_ARG_SIB };
struct __bpf_usdt_arg_spec {
	__u64 val_off;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	enum __bpf_usdt_arg_type arg_type: 8;
	__u16 idx_reg_off: 12;
	__u16 scale_bitshift: 4;
	__u8 __reserved: 8;
#else
	__u8 __reserved: 8;
	__u16 idx_reg_off: 12;
	__u16 scale_bitshift: 4;
	enum __bpf_usdt_arg_type arg_type: 8;
#endif
	short reg_off;
	_Bool arg_signed;
	char arg_bitshift;
};
struct __bpf_usdt_spec {
	struct __bpf_usdt_arg_spec args[BPF_USDT_MAX_ARG_CNT];
	__u64 usdt_cookie;
	short arg_cnt;
};
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, BPF_USDT_MAX_SPEC_CNT);
	__type(key, int);
	__type(value, struct __bpf_usdt_spec);
} __bpf_usdt_specs SEC(".maps") __weak;
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, BPF_USDT_MAX_IP_CNT);
	__type(key, long);
	__type(value, __u32);
} __bpf_usdt_ip_to_spec_id SEC(".maps") __weak;
extern const _Bool LINUX_HAS_BPF_COOKIE __kconfig;

/* What the loader knows of the probe that was hit, NULL if nothing. */
static __always_inline struct __bpf_usdt_spec *___bpf_usdt_spec(struct pt_regs *ctx)
{
	int id;

	if (LINUX_HAS_BPF_COOKIE) {
		id = bpf_get_attach_cookie(ctx);
	} else {
		long ip = PT_REGS_IP(ctx);
		int *found = bpf_map_lookup_elem(&__bpf_usdt_ip_to_spec_id, &ip);

		if (!found)
			return NULL;
		id = *found;
	}
	return id < 0 ? NULL : bpf_map_lookup_elem(&__bpf_usdt_specs, &id);
}

__weak __hidden int bpf_usdt_arg_cnt(struct pt_regs *ctx)
{
	struct __bpf_usdt_spec *spec = ___bpf_usdt_spec(ctx);

	return spec ? spec->arg_cnt : -ESRCH;
}

static __always_inline struct __bpf_usdt_arg_spec *___bpf_usdt_arg_spec(struct __bpf_usdt_spec *spec, __u64 arg_num)
{
	if (arg_num >= BPF_USDT_MAX_ARG_CNT)
		return NULL;
	barrier_var(arg_num);
	return arg_num >= spec->arg_cnt ? NULL : &spec->args[arg_num];
}

static __always_inline int bpf_usdt_arg_size(struct pt_regs *ctx, __u64 arg_num)
{
	struct __bpf_usdt_spec *spec = ___bpf_usdt_spec(ctx);
	struct __bpf_usdt_arg_spec *arg;

	if (!spec)
		return -ESRCH;
	arg = ___bpf_usdt_arg_spec(spec, arg_num);
	return arg ? (int)((unsigned int)(64 - arg->arg_bitshift) / 8) : -ENOENT;
}

__weak __hidden int bpf_usdt_arg(struct pt_regs *ctx, __u64 arg_num, long *res)
{
	struct __bpf_usdt_spec *spec = ___bpf_usdt_spec(ctx);
	struct __bpf_usdt_arg_spec *arg;
	unsigned long val = 0, index = 0;
	int err = 0;

	*res = 0;
	if (!spec)
		return -ESRCH;
	arg = ___bpf_usdt_arg_spec(spec, arg_num);
	if (!arg)
		return -ENOENT;
	if (arg->arg_type == BPF_USDT_ARG_CONST) {
		val = arg->val_off;
	} else {
		if (arg->arg_type > BPF_USDT_ARG_SIB)
			return -EINVAL;
		err = bpf_probe_read_kernel(&val, sizeof(val), (void *)ctx + arg->reg_off);
		if (err)
			return err;
		if (arg->arg_type == BPF_USDT_ARG_SIB) {
			err = bpf_probe_read_kernel(&index, sizeof(index), (void *)ctx + arg->idx_reg_off);
			if (err)
				return err;
			index <<= arg->scale_bitshift;
		}
		if (arg->arg_type != BPF_USDT_ARG_REG) {
			err = bpf_probe_read_user(&val, sizeof(val), (void *)(val + index + arg->val_off));
			if (err)
				return err;
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
			val >>= arg->arg_bitshift;
#endif
		}
	}
	val <<= arg->arg_bitshift;
	*res = arg->arg_signed ? (long)val >> arg->arg_bitshift : (long)(val >> arg->arg_bitshift);
	return 0;
}

__weak __hidden long bpf_usdt_cookie(struct pt_regs *ctx)
{
	struct __bpf_usdt_spec *spec = ___bpf_usdt_spec(ctx);

	return spec ? (long)spec->usdt_cookie : 0;
}
`;

export function usdtHeader(): string {
  return guarded(
    '__USDT_BPF_H__',
    USDT +
      values('___bpf_usdt_args', 'ctx', 12, (n) => `({ long _x; bpf_usdt_arg(ctx, ${n - 1}, &_x); _x; })`) +
      wrapper('BPF_USDT', 'struct pt_regs', '___bpf_usdt_args'),
  );
}
