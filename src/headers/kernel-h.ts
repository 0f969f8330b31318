// SPDX-License-Identifier: GPL-2.0-only
/**
 * What stands in for the kernel's own headers (`linux/ptrace.h`, `net/sock.h`), which need a configured tree: all types from the BTF, and
 * macros from a table.
 */
import { WITHOUT } from './bpf-helpers-h';
import { guarded, unless } from './families';

/** Macros of the kernel's own headers: name, parameters in parentheses or null, replacement. */
export interface KernelMacros {
  readonly macros: readonly (readonly [name: string, params: string | null, body: string])[];
}

/** Headers of the interface that nearly every file of the kernel includes through others. */
const COMMON = [
  ...['types', 'errno', 'stddef', 'version', 'bpf', 'socket', 'in', 'in6', 'ip', 'ipv6', 'tcp', 'udp', 'icmp', 'icmpv6'].map(
    (n) => `linux/${n}.h`,
  ),
  ...['if_ether', 'if_vlan', 'if_packet', 'pkt_cls', 'perf_event', 'stat', 'fcntl', 'limits', 'sched', 'time'].map((n) => `linux/${n}.h`),
  'asm-generic/socket.h',
  'asm/byteorder.h',
  'string.h',
];

const SMALL: readonly (readonly [string, string])[] = [
  ['NULL', '((void *)0)'],
  ['likely(x)', '__builtin_expect(!!(x), 1)'],
  ['unlikely(x)', '__builtin_expect(!!(x), 0)'],
  ['__always_inline', 'inline __attribute__((always_inline))'],
  ['__inline', 'inline'],
  ['noinline', '__attribute__((noinline))'],
  ['__packed', '__attribute__((packed))'],
  ['__aligned(x)', '__attribute__((aligned(x)))'],
  ['__maybe_unused', '__attribute__((unused))'],
  ['__user', ''],
  ['__rcu', ''],
  ['__percpu', ''],
  ['__force', ''],
  ['__iomem', ''],
  ['__must_check', ''],
  ['offsetof(type, member)', '__builtin_offsetof(type, member)'],
  ['ARRAY_SIZE(a)', '(sizeof(a) / sizeof((a)[0]))'],
  ['BIT(n)', '(1UL << (n))'],
  ['BIT_ULL(n)', '(1ULL << (n))'],
  ['U8_MAX', '((u8)~0U)'],
  ['U16_MAX', '((u16)~0U)'],
  ['U32_MAX', '((u32)~0U)'],
  ['U64_MAX', '((u64)~0ULL)'],
  ['READ_ONCE(x)', '(*(const volatile typeof(x) *)&(x))'],
  ['WRITE_ONCE(x, v)', '(*(volatile typeof(x) *)&(x) = (v))'],
  ['min(a, b)', '((a) < (b) ? (a) : (b))'],
  ['max(a, b)', '((a) > (b) ? (a) : (b))'],
  ['min_t(type, a, b)', '((type)(a) < (type)(b) ? (type)(a) : (type)(b))'],
  ['max_t(type, a, b)', '((type)(a) > (type)(b) ? (type)(a) : (type)(b))'],
  ['htons(x)', '__cpu_to_be16(x)'],
  ['ntohs(x)', '__be16_to_cpu(x)'],
  ['htonl(x)', '__cpu_to_be32(x)'],
  ['ntohl(x)', '__be32_to_cpu(x)'],
  ...[16, 32, 64].flatMap((n): [string, string][] => [
    [`cpu_to_be${n}(x)`, `__cpu_to_be${n}(x)`],
    [`be${n}_to_cpu(x)`, `__be${n}_to_cpu(x)`],
  ]),
];

/** Functions that the kernel's own headers define; a program may have one of the name itself. */
const INLINE: readonly (readonly [name: string, text: string])[] = [
  ['div64_u64', 'u64 div64_u64(u64 a, u64 b) { return a / b; }'],
  ['ip_is_fragment', 'bool ip_is_fragment(const struct iphdr *iph) { return (iph->frag_off & __cpu_to_be16(0x3fff)) != 0; }'],
];

/** Text of the header that is included before everything in a program that wants the kernel's own headers. */
export function kernelHeader(table: KernelMacros): string {
  const own = SMALL.map(([name, body]) => unless(name.replace(/\(.*/, ''), `#define ${name} ${body}`));
  const macros = table.macros.map(([name, params, body]) => unless(name, `#define ${name}${params ?? ''} ${body}`));
  const inline = INLINE.map(([name, text]) => unless(`${WITHOUT}${name}`, `static __always_inline ${text}\n`));
  return guarded(
    '__BPF_CONTEXT_KERNEL_H',
    ['#include <vmlinux.h>\n', ...COMMON.map((c) => `#include <${c}>\n`), ...own, ...macros, ...inline].join(''),
  );
}
