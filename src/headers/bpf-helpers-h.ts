// SPDX-License-Identifier: GPL-2.0-only
/**
 * `bpf_helper_defs.h`, `bpf_helpers.h` and `bpf_endian.h`: the interface of libbpf's headers (`tools/lib/bpf`), written anew. Helpers come
 * from the table of the kernel.
 */
import { COUNTING, family, guarded, list, unless } from './families';

/** C name → return type and parameters, as the kernel's documentation of helpers spells them. */
export type HelperPrototypes = Readonly<Record<string, readonly [ret: string, params: string]>>;

/** What a program calls a type that the kernel's documentation spells in its own way. */
const FOR_PROGRAMS: readonly (readonly [RegExp, string])[] = [
  [/\b([us])(8|16|32|64)\b/g, '__$1$2'],
  [/\bsize_t\b/g, 'unsigned long'],
  [/\bstruct bpf_map\b/g, 'void'],
  [/\bstruct sk_buff\b/g, 'struct __sk_buff'],
  [/\bstruct sk_msg_buff\b/g, 'struct sk_msg_md'],
  [/\bstruct xdp_buff\b/g, 'struct xdp_md'],
];

/** With a helper's name: leaves out its declaration. */
export const WITHOUT = 'BPF_CONTEXT_WITHOUT_';

/** @param names helpers by number, `bpf_unspec` first */
export function helperDefinitions(names: readonly string[], prototypes: HelperPrototypes): string {
  const structs = new Set<string>();
  const lines: string[] = [];
  names.forEach((name, id) => {
    const prototype = prototypes[name];
    if (prototype === undefined) return;
    const [ret, params] = prototype.map((text) => FOR_PROGRAMS.reduce((t, [from, to]) => t.replace(from, to), text)) as [string, string];
    for (const m of `${ret} ${params}`.matchAll(/\bstruct \w+/g)) structs.add(m[0]);
    // a program of the time before the helper may declare it itself
    lines.push(
      `#ifndef ${WITHOUT}${name}\nstatic ${ret}${ret.endsWith('*') ? '' : ' '}(* const ${name})(${params}) = (void *) ${id};\n#endif\n`,
    );
  });
  return `/* Helpers of the kernel, by their number. Generated. */\n${[...structs].map((s) => `${s};\n`).join('')}\n${lines.join('')}`;
}

function variadic(name: string, before: string, call: string): string {
  return `#define ${name}(${before}fmt, args...) ({ \\
	static const char ___fmt[] = fmt; \\
	unsigned long long ___param[___bpf_narg(args)]; \\
	_Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \\"-Wint-conversion\\"") \\
	___bpf_fill(___param, args); \\
	_Pragma("GCC diagnostic pop") \\
	${call}; \\
})
`;
}

/** A loop over an open-coded iterator; the destructor runs when the loop is left in any way. */
function iteratorLoop(head: string, type: string, create: string, step: string): string {
  return `#define ${head} \\
	for (struct bpf_iter_${type} ___it __attribute__((aligned(8), cleanup(bpf_iter_${type}_destroy))), \\
	     *___p __attribute__((unused)) = (${create}, (void)bpf_iter_${type}_destroy, (void *)0); \\
	     ${step};)
`;
}

const QUALIFIERS: readonly (readonly [string, string])[] = [
  ['__noinline', '__attribute__((noinline))'],
  ['__weak', '__attribute__((weak))'],
  ['__hidden', '__attribute__((visibility("hidden")))'],
  ['__kconfig', '__attribute__((section(".kconfig")))'],
  ['__ksym', '__attribute__((section(".ksyms")))'],
  ...['kptr_untrusted', 'kptr', 'percpu_kptr', 'uptr'].map((tag): [string, string] => [
    `__${tag}`,
    `__attribute__((btf_type_tag("${tag}")))`,
  ]),
  ...['ctx', 'nonnull', 'nullable', 'trusted', 'untrusted', 'arena'].map((tag): [string, string] => [
    `__arg_${tag}`,
    `__attribute__((btf_decl_tag("arg:${tag}")))`,
  ]),
];

const SMALL: readonly (readonly [string, string])[] = [
  ['likely', '#define likely(x) (__builtin_expect(!!(x), 1))'],
  ['unlikely', '#define unlikely(x) (__builtin_expect(!!(x), 0))'],
  ['NULL', '#define NULL ((void *)0)'],
  ['KERNEL_VERSION', '#define KERNEL_VERSION(a, b, c) (((a) << 16) + ((b) << 8) + ((c) > 255 ? 255 : (c)))'],
  ['barrier', '#define barrier() asm volatile("" ::: "memory")'],
  ['barrier_var', '#define barrier_var(var) asm volatile("" : "+r"(var))'],
  ['__bpf_unreachable', '#define __bpf_unreachable() __builtin_trap()'],
];

export function bpfHelpersHeader(): string {
  const parts = [
    '#include "bpf_helper_defs.h"\n',
    '#define __uint(name, val) int (*name)[val]\n#define __type(name, val) typeof(val) *name\n#define __array(name, val) typeof(val) *name[]\n',
    COUNTING,
    '#define __ulong(name, val) enum { ___bpf_apply(__unique_value, __COUNTER__) = val } name\n',
    // the attribute is ignored on an extern, which is a way to say that it lies in .maps
    '#define SEC(name) _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \\"-Wignored-attributes\\"") __attribute__((section(name), used)) _Pragma("GCC diagnostic pop")\n',
    '#undef __always_inline\n#define __always_inline inline __attribute__((always_inline))\n',
    ...QUALIFIERS.map(([name, text]) => unless(name, `#define ${name} ${text}`)),
    ...SMALL.map(([name, text]) => unless(name, text)),
    // __builtin_offsetof is folded before CO-RE sees the field
    '#undef offsetof\n#define offsetof(type, member) ((unsigned long)&((type *)0)->member)\n',
    '#undef container_of\n#define container_of(ptr, type, member) ({ void *___m = (void *)(ptr); ((type *)(___m - offsetof(type, member))); })\n',
    `#if defined(__bpf__)
/* One call with a constant index: registers are set here, so that no two ways can meet at the call. */
static __always_inline void bpf_tail_call_static(void *ctx, const void *map, const __u32 slot)
{
	if (!__builtin_constant_p(slot))
		__bpf_unreachable();
	asm volatile("r1 = %[ctx]\\n\\tr2 = %[map]\\n\\tr3 = %[slot]\\n\\tcall 12"
		     : : [ctx] "r"(ctx), [map] "r"(map), [slot] "i"(slot) : "r0", "r1", "r2", "r3", "r4", "r5");
}
#endif
enum libbpf_pin_type { LIBBPF_PIN_NONE, LIBBPF_PIN_BY_NAME };
enum libbpf_tristate { TRI_NO = 0, TRI_YES = 1, TRI_MODULE = 2 };
#define bpf_ksym_exists(sym) ({ _Static_assert(!__builtin_constant_p(!!sym), #sym " should be marked as __weak"); !!sym; })
`,
    '#define ___bpf_fill0(arr, p, x) do {} while (0)\n#define ___bpf_fill1(arr, p, x) arr[p] = x\n',
    family(2, 12, (n) => `___bpf_fill${n}(arr, p, x, args...) arr[p] = x; ___bpf_fill${n - 1}(arr, p + 1, args)`),
    '#define ___bpf_fill(arr, args...) ___bpf_apply(___bpf_fill, ___bpf_narg(args))(arr, 0, args)\n',
    variadic('BPF_SEQ_PRINTF', 'seq, ', 'bpf_seq_printf(seq, ___fmt, sizeof(___fmt), ___param, sizeof(___param))'),
    variadic('BPF_SNPRINTF', 'out, out_size, ', 'bpf_snprintf(out, out_size, ___fmt, ___param, sizeof(___param))'),
    variadic('__bpf_vprintk', '', 'bpf_trace_vprintk(___fmt, sizeof(___fmt), ___param, sizeof(___param))'),
    variadic('bpf_stream_printk', 'stream_id, ', 'bpf_stream_vprintk(stream_id, ___fmt, ___param, sizeof(___param))'),
    '#ifdef BPF_NO_GLOBAL_DATA\n#define BPF_PRINTK_FMT_MOD\n#else\n#define BPF_PRINTK_FMT_MOD static const\n#endif\n',
    '#define __bpf_printk(fmt, ...) ({ BPF_PRINTK_FMT_MOD char ____fmt[] = fmt; bpf_trace_printk(____fmt, sizeof(____fmt), ##__VA_ARGS__); })\n',
    // bpf_trace_printk takes three values, more go through bpf_trace_vprintk
    `#define ___bpf_pick_printk(...) ___bpf_nth(_, ##__VA_ARGS__, ${list(9, () => '__bpf_vprintk')}, ${list(4, () => '__bpf_printk')})\n`,
    '#define bpf_printk(fmt, args...) ___bpf_pick_printk(args)(fmt, ##args)\n',
    `struct bpf_iter_num;
extern int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end) __weak __ksym;
extern int *bpf_iter_num_next(struct bpf_iter_num *it) __weak __ksym;
extern void bpf_iter_num_destroy(struct bpf_iter_num *it) __weak __ksym;
`,
    unless(
      'bpf_for_each',
      iteratorLoop(
        'bpf_for_each(type, cur, args...)',
        '##type##',
        'bpf_iter_##type##_new(&___it, ##args)',
        '((cur) = bpf_iter_##type##_next(&___it))',
      ).replace('bpf_iter_##type## ', 'bpf_iter_##type '),
    ),
    unless(
      'bpf_for',
      iteratorLoop(
        'bpf_for(i, start, end)',
        'num',
        'bpf_iter_num_new(&___it, (start), (end))',
        '({ int *___t = bpf_iter_num_next(&___it); (___t && ((i) = *___t, (i) >= (start) && (i) < (end))); })',
      ),
    ),
    unless('bpf_repeat', iteratorLoop('bpf_repeat(N)', 'num', 'bpf_iter_num_new(&___it, 0, (N))', 'bpf_iter_num_next(&___it)')),
  ];
  return guarded('__BPF_HELPERS__', parts.join(''));
}

/** What `bpf_helpers.h` had before libbpf 1.0, for programs of that time. */
export function legacyMapHeader(): string {
  return guarded(
    '__BPF_CONTEXT_MAP_DEF',
    'struct bpf_map_def {\n\tunsigned int type;\n\tunsigned int key_size;\n\tunsigned int value_size;\n\tunsigned int max_entries;\n\tunsigned int map_flags;\n};\n',
  );
}

/** Loads from a packet as classic BPF has them: LLVM's intrinsics `llvm.bpf.load.*`, which need a `struct __sk_buff *` first. */
export function packetLoadsHeader(): string {
  const loads = ['byte', 'half', 'word'].map(
    (w) => `unsigned long long load_${w}(void *skb, unsigned long long off) asm("llvm.bpf.load.${w}");\n`,
  );
  return guarded('__BPF_LEGACY__', loads.join(''));
}

const SWAPS = [
  ['htons', 'ntohs', 16],
  ['htonl', 'ntohl', 32],
  ['cpu_to_be64', 'be64_to_cpu', 64],
] as const;

export function bpfEndianHeader(): string {
  const bytes = (bits: number): string => list(bits / 8, (i) => `(((__u${bits})(x) >> ${(i - 1) * 8} & 0xff) << ${bits - i * 8})`, ' | ');
  const little = SWAPS.map(([to, from, bits]) =>
    [to, from]
      .map((f) => `#define __bpf_${f}(x) __builtin_bswap${bits}(x)\n#define __bpf_constant_${f}(x) ___bpf_swab${bits}(x)\n`)
      .join(''),
  ).join('');
  const big = SWAPS.map(([to, from]) =>
    [to, from].map((f) => `#define __bpf_${f}(x) (x)\n#define __bpf_constant_${f}(x) (x)\n`).join(''),
  ).join('');
  const own = SWAPS.flatMap(([to, from]) => [to, from])
    .map((f) => `#define bpf_${f}(x) (__builtin_constant_p(x) ? __bpf_constant_${f}(x) : __bpf_${f}(x))\n`)
    .join('');
  const swab = [16, 32, 64].map((bits) => `#define ___bpf_swab${bits}(x) ((__u${bits})(${bytes(bits)}))\n`).join('');
  return guarded('__BPF_ENDIAN__', `${swab}#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__\n${little}#else\n${big}#endif\n${own}`);
}
