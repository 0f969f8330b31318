// SPDX-License-Identifier: GPL-2.0-only
/** What BPF programs include of a C library and of the kernel's `asm/`, as far as it means something without a system: for machines without. */

const FUNCTIONS = `typedef __SIZE_TYPE__ size_t;
void *memcpy(void *to, const void *from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
`;

/** Facts: `include/linux/socket.h`, `include/linux/net.h`. */
const SOCKETS = `#define AF_UNSPEC 0
#define AF_UNIX 1
#define AF_LOCAL 1
#define AF_INET 2
#define AF_INET6 10
#define AF_NETLINK 16
#define AF_PACKET 17
#define AF_VSOCK 40
#define AF_XDP 44
#define SOCK_STREAM 1
#define SOCK_DGRAM 2
#define SOCK_RAW 3
#define SOCK_SEQPACKET 5
`;

const swap = (name: string, bits: number): string => `#define ${name}(x) ((__u${bits})__builtin_bswap${bits}((__u${bits})(x)))\n`;
const SIZES = [16, 32, 64] as const;

function byteOrder(): string {
  const conversions = (little: string, big: string): string =>
    SIZES.map((n) => {
      const one = (order: string, how: string): string =>
        [`__cpu_to_${order}${n}`, `__${order}${n}_to_cpu`, `__constant_cpu_to_${order}${n}`, `__constant_${order}${n}_to_cpu`]
          .map((f) => `#define ${f}(x) ${how === '' ? '(x)' : `${how}${n}(x)`}\n`)
          .join('');
      return one('le', little) + one('be', big);
    }).join('');
  const network = [
    ['htons', 'ntohs', 16],
    ['htonl', 'ntohl', 32],
  ] as const;
  const constants = network
    .map(([to, from, n]) => `#define __constant_${to}(x) __cpu_to_be${n}(x)\n#define __constant_${from}(x) __be${n}_to_cpu(x)\n`)
    .join('');
  return `#include <linux/types.h>\n#include <linux/swab.h>\n#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__\n#define __LITTLE_ENDIAN_BITFIELD\n#define __LITTLE_ENDIAN 1234\n${conversions('', '__swab')}#else\n#define __BIG_ENDIAN_BITFIELD\n#define __BIG_ENDIAN 4321\n${conversions('__swab', '')}#endif\n${constants}`;
}

const NETWORK = [
  ['htons', 16],
  ['ntohs', 16],
  ['htonl', 32],
  ['ntohl', 32],
]
  .map(([name, n]) => `#ifndef ${name}\n#define ${name}(x) __cpu_to_be${n}(x)\n#endif\n`)
  .join('');

function once(name: string, text: string): [string, string] {
  const guard = `__BPF_CONTEXT_LIBC_${name.replace(/\W/g, '_').toUpperCase()}`;
  return [name, `#ifndef ${guard}\n#define ${guard}\n${text}#endif\n`];
}

/** Texts by name. `gnu/stubs-32.h` is asked for by the C library of 64-bit systems when the target is neither. */
export function libcHeaders(version: string): Map<string, string> {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  const forward = (name: string, ...to: string[]): [string, string] => once(name, to.map((t) => `#include <${t}>\n`).join(''));
  return new Map([
    once('gnu/stubs-32.h', ''),
    once('string.h', FUNCTIONS),
    once('strings.h', FUNCTIONS),
    forward('errno.h', 'linux/errno.h'),
    once('stdlib.h', '#include <stddef.h>\n'),
    once('stdio.h', '#include <stddef.h>\n'),
    once('unistd.h', '#include <sys/types.h>\n'),
    once('assert.h', '#define static_assert _Static_assert\n#define assert(x) ((void)0)\n'),
    once('sys/cdefs.h', ''),
    once(
      'sys/types.h',
      '#include <linux/types.h>\n#include <stddef.h>\n#include <stdint.h>\ntypedef int pid_t;\ntypedef unsigned int uid_t;\ntypedef unsigned int gid_t;\ntypedef long ssize_t;\n',
    ),
    once('sys/socket.h', `#include <linux/socket.h>\n${SOCKETS}`),
    once('sys/param.h', '#define MIN(a, b) ((a) < (b) ? (a) : (b))\n#define MAX(a, b) ((a) > (b) ? (a) : (b))\n'),
    once('netinet/in.h', `#include <sys/socket.h>\n#include <linux/in.h>\n#include <linux/in6.h>\n#include <asm/byteorder.h>\n${NETWORK}`),
    forward('arpa/inet.h', 'netinet/in.h'),
    forward('netinet/ip.h', 'linux/ip.h'),
    forward('netinet/tcp.h', 'linux/tcp.h'),
    forward('netinet/udp.h', 'linux/udp.h'),
    forward('net/if.h', 'linux/if.h'),
    forward('endian.h', 'asm/byteorder.h'),
    once('linux/swab.h', `#include <linux/types.h>\n${SIZES.map((n) => swap(`__swab${n}`, n) + swap(`___constant_swab${n}`, n)).join('')}`),
    once('asm/byteorder.h', byteOrder()),
    ...['asm/types.h', 'asm-generic/types.h', 'asm/posix_types.h', 'linux/posix_types.h', 'asm/bitsperlong.h'].map((name) =>
      forward(name, 'linux/types.h'),
    ),
    once('linux/compiler.h', ''),
    once(
      'linux/version.h',
      `#define LINUX_VERSION_CODE ${(major << 16) + (minor << 8) + Math.min(patch, 255)}\n#define KERNEL_VERSION(a, b, c) (((a) << 16) + ((b) << 8) + ((c) > 255 ? 255 : (c)))\n#define LINUX_VERSION_MAJOR ${major}\n#define LINUX_VERSION_PATCHLEVEL ${minor}\n#define LINUX_VERSION_SUBLEVEL ${patch}\n`,
    ),
  ]);
}
