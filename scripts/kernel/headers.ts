// SPDX-License-Identifier: GPL-2.0-only
/**
 * Makes the tables behind the headers that the extension supplies: prototypes of the helpers, and what each header of the UAPI declares.
 * Types are named only: their layout comes from the BTF of the kernel at hand.
 *
 *     npx tsx scripts/kernel/headers.ts --source TREE --out src/headers/data
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scriptArgs } from '../options';
import type { UapiHeader } from '../../src/headers/uapi';
import { stripComments } from './preprocess';
import { diffable } from './tables-out';

const { values: args } = scriptArgs(
  {
    usage: ['npx tsx scripts/kernel/headers.ts --source TREE --out DIR'],
    about: 'Makes the tables behind the headers that the extension supplies.',
    needs: ['source', 'out'],
  },
  {
    source: { type: 'string', value: 'TREE', default: '', help: 'source of the kernel' },
    out: { type: 'string', value: 'DIR', default: '', help: 'where the tables go: src/headers/data' },
  },
);
const source = args.source;

/** Headers of the UAPI that BPF programs include. */
const HEADERS = [
  'asm-generic/int-ll64.h',
  'asm-generic/errno.h',
  'asm-generic/errno-base.h',
  'asm-generic/fcntl.h',
  'asm-generic/ioctl.h',
  'asm-generic/socket.h',
  'asm/ptrace.h',
  'asm/ptrace-abi.h',
  'asm/socket.h',
  'asm/errno.h',
  'linux/audit.h',
  'linux/bpf.h',
  'linux/bpf_common.h',
  'linux/bpf_perf_event.h',
  'linux/btf.h',
  'linux/capability.h',
  'linux/const.h',
  'linux/errno.h',
  'linux/fcntl.h',
  'linux/filter.h',
  'linux/fs.h',
  'linux/icmp.h',
  'linux/icmpv6.h',
  'linux/if.h',
  'linux/if_arp.h',
  'linux/if_ether.h',
  'linux/if_link.h',
  'linux/if_packet.h',
  'linux/if_tunnel.h',
  'linux/if_vlan.h',
  'linux/in.h',
  'linux/in6.h',
  'linux/input-event-codes.h',
  'linux/input.h',
  'linux/ip.h',
  'linux/ipv6.h',
  'linux/kernel.h',
  'linux/limits.h',
  'linux/lirc.h',
  'linux/lwtunnel.h',
  'linux/mman.h',
  'linux/mpls.h',
  'linux/netfilter.h',
  'linux/netfilter_ipv4.h',
  'linux/netfilter_ipv6.h',
  'linux/netlink.h',
  'linux/perf_event.h',
  'linux/pkt_cls.h',
  'linux/pkt_sched.h',
  'linux/ptrace.h',
  'linux/rtnetlink.h',
  'linux/sched.h',
  'linux/sctp.h',
  'linux/seg6.h',
  'linux/seg6_local.h',
  'linux/socket.h',
  'linux/stat.h',
  'linux/stddef.h',
  'linux/tcp.h',
  'linux/time.h',
  'linux/time_types.h',
  'linux/tls.h',
  'linux/types.h',
  'linux/udp.h',
  'linux/uio.h',
  'linux/un.h',
  'linux/unistd.h',
  'linux/veth.h',
  'linux/virtio_net.h',
  'linux/vm_sockets.h',
  'linux/xfrm.h',
  'linux/wait.h',
  'linux/ethtool.h',
  'linux/if_bonding.h',
  'linux/if_addr.h',
  'linux/neighbour.h',
  'linux/taskstats.h',
  'linux/tc_act/tc_bpf.h',
  'linux/net_tstamp.h',
  'linux/if_macsec.h',
  'linux/if_xdp.h',
  'linux/igmp.h',
  'linux/inet_diag.h',
  'linux/sock_diag.h',
  'asm/unistd.h',
  'linux/signal.h',
  'asm/signal.h',
  'asm-generic/signal-defs.h',
  'linux/hidraw.h',
  'linux/hid.h',
  'linux/prctl.h',
  'linux/fsverity.h',
];
/** Where a header of the UAPI lies in the source. */
const ROOTS = ['include/uapi', 'arch/x86/include/uapi', 'include/uapi/asm-generic'];
/** Longest macro that is kept, characters: longer ones are code. */
const MAX_BODY = 400;

function find(name: string): string | null {
  const places = [...ROOTS.map((r) => join(source, r, name)), join(source, 'include/uapi/asm-generic', name.replace(/^asm\//, ''))];
  return places.find((p) => existsSync(p)) ?? null;
}

/** Whether a conditional's text is about the side that a little-endian BPF program outside the kernel is not on. */
function isOff(condition: string): boolean {
  if (
    /^ifdef\s+__KERNEL__|defined\s*\(?\s*__KERNEL__|^ifdef\s+__i386__|^if\s+0\b|__BIG_ENDIAN|^ifdef\s+__ASSEMBL|^ifdef\s+__cplusplus|^ifdef\s+CONFIG_|defined\s*\(?CONFIG_/.test(
      condition,
    )
  ) {
    return !/!\s*defined|__LITTLE_ENDIAN/.test(condition);
  }
  return /^ifndef\s+(__LITTLE_ENDIAN_BITFIELD|__x86_64__)/.test(condition);
}

/** Lines that are not switched off; which of two neutral branches counts is not decided here, both are kept. */
function activeLines(text: string): string[] {
  const stack: boolean[] = [];
  const out: string[] = [];
  for (const line of text.replace(/\\\n/g, ' ').split('\n')) {
    const d = /^\s*#\s*(if|ifdef|ifndef|elif|else|endif)\b\s*(.*)$/.exec(line);
    if (d === null) {
      if (!stack.includes(true)) out.push(line);
      continue;
    }
    const word = d[1]!;
    if (word === 'endif') stack.pop();
    else if (word === 'else') stack.push(!(stack.pop() ?? false) && false);
    else if (word === 'elif') {
      stack.pop();
      stack.push(isOff(`if ${d[2]!}`));
    } else stack.push(isOff(`${word} ${d[2]!}`));
  }
  return out;
}

function read(name: string): UapiHeader | null {
  const file = find(name);
  if (file === null) {
    console.warn(`${name}: not in the source`);
    return null;
  }
  const lines = activeLines(stripComments(readFileSync(file, 'utf8')));
  const macros: [string, string | null, string][] = [];
  const includes: string[] = [];
  const seen = new Set<string>();
  for (const line of lines) {
    const include = /^\s*#\s*include\s*[<"]([^>"]+)[>"]/.exec(line);
    if (include !== null) includes.push(include[1]!);
    const m = /^\s*#\s*define\s+(\w+)(\([^)]*\))?\s*(.*)$/.exec(line);
    if (m === null || seen.has(m[1]!)) continue;
    const body = m[3]!.replace(/\s+/g, ' ').trim();
    // a guard, or a macro that hides a keyword from others
    if (body === '' || body.length > MAX_BODY || /_H_*$/.test(m[1]!) || body === m[1]) continue;
    seen.add(m[1]!);
    macros.push([m[1]!, m[2]?.replace(/\s+/g, '') ?? null, body]);
  }
  const code = lines.filter((l) => !/^\s*#/.test(l)).join('\n');
  const types = new Set<string>();
  const enumerators = new Set<string>();
  for (const m of code.matchAll(/^[ \t]*(?:typedef\s+)?(struct|union|enum)\s+(\w+)\s*\{/gm)) types.add(`${m[1]!} ${m[2]!}`);
  for (const m of code.matchAll(/^enum\s*\{\s*(\w+)/gm)) enumerators.add(m[1]!);
  for (const m of code.matchAll(/^typedef\b[^;{]*?\b(\w+)\s*(?:__bitwise\s*)?;/gm)) types.add(m[1]!);
  for (const m of code.matchAll(/^\}\s*(?:__attribute__\(\(\w+\)\)\s*)?(\w+)\s*;/gm)) types.add(m[1]!);
  // asm/types.h is another name of it here
  if (name === 'linux/types.h') includes.push('asm-generic/int-ll64.h');
  return {
    includes: includes.filter((i) => HEADERS.includes(i) || ['asm/byteorder.h', 'linux/swab.h', 'asm/unistd_64.h'].includes(i)),
    types: [...types],
    enumerators: [...enumerators],
    macros,
  };
}

/** `__NR_x` of the 64-bit system calls. */
function systemCalls(): UapiHeader {
  const table = readFileSync(join(source, 'arch/x86/entry/syscalls/syscall_64.tbl'), 'utf8');
  const rows = [...table.matchAll(/^(\d+)\s+(?:common|64)\s+(\w+)/gm)];
  return { includes: [], types: [], enumerators: [], macros: rows.map((m): [string, null, string] => [`__NR_${m[2]!}`, null, m[1]!]) };
}

/** `ret name(args)` of each helper in the comment of `linux/bpf.h` that documents them. */
function helperPrototypes(): Record<string, readonly [ret: string, params: string]> {
  const out: Record<string, [string, string]> = {};
  for (const m of readFileSync(join(source, 'include/uapi/linux/bpf.h'), 'utf8').matchAll(
    /^ \* ((?:const )?(?:struct )?\w+ \**)(bpf_\w+)\((.*)\)$/gm,
  )) {
    // a helper that several types of programs have, each with its own context, takes any
    const known = out[m[2]!];
    if (known === undefined) out[m[2]!] = [m[1]!.trim(), m[3]!];
    else known[1] = ['void *ctx', ...known[1].split(', ').slice(1)].join(', ');
  }
  return out;
}

/** Headers of the kernel's own code whose macros programs use that are compiled as a part of it. */
const INTERNAL = [
  ...['socket', 'net', 'skbuff', 'netdevice', 'if_vlan', 'fs', 'dcache', 'kdev_t', 'sched', 'mm_types', 'pid', 'tcp', 'filter', 'tty'].map(
    (n) => `linux/${n}.h`,
  ),
  ...['sock', 'tcp', 'tcp_states', 'ip', 'ipv6', 'inet_sock', 'inet_connection_sock', 'request_sock', 'inet_ecn', 'dst'].map(
    (n) => `net/${n}.h`,
  ),
];

/** Macros of the kernel's own headers that are constants or paths to a member; what is code there is no part of a program. */
function internalMacros(): [name: string, params: string | null, body: string][] {
  const out = new Map<string, [string, string | null, string]>();
  for (const name of INTERNAL) {
    for (const line of activeLines(stripComments(readFileSync(join(source, 'include', name), 'utf8')))) {
      const m = /^\s*#\s*define\s+(\w+)\s+(\S.*)$/.exec(line);
      const body = m?.[2]!.replace(/\s+/g, ' ').trim() ?? '';
      const member = /^\w+(\.\w+)+$/.test(body);
      const constant = /^[A-Z]/.test(m?.[1] ?? '') && /^[\w\s()<>|&+*~,x-]+$/.test(body) && !/\b[a-z]\w*\s*\(|\bsizeof\b/.test(body);
      if (m !== null && (member || constant) && body !== m[1] && !out.has(m[1]!)) out.set(m[1]!, [m[1]!, null, body]);
    }
  }
  return [...out.values()];
}

const headers: Record<string, UapiHeader> = {};
for (const name of HEADERS) {
  const header = read(name);
  if (header !== null) headers[name] = header;
}
headers['asm/unistd_64.h'] = systemCalls();
writeFileSync(join(args.out, 'uapi.json'), `${diffable(headers, 2)}\n`);
writeFileSync(join(args.out, 'kernel-macros.json'), `${diffable({ macros: internalMacros() }, 2)}\n`);
writeFileSync(join(args.out, 'helper-prototypes.json'), `${diffable(helperPrototypes())}\n`);
