// SPDX-License-Identifier: GPL-2.0-only
/** The supplied headers against the kernel that they are of, by asking the compiler. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { headerTexts, headersKey } from '../../../src/analysis/headers';
import { Kind, type Btf } from '../../../src/btf/types';
import { isAnyEnum, isComposite } from '../../../src/btf/util';
import { findClang } from '../../../src/compiler/clang';
import { choiceOf, kernelOf } from '../../support/kernel';

const clang = await findClang('');
const kernel = kernelOf();
const { files } = headerTexts(kernel, choiceOf());

/** Assertions about all named structs: size, and offset of each member that is no bit field, also inside anonymous ones. */
function assertions(btf: Btf): { text: string; structs: number; members: number } {
  const out: string[] = [];
  const all = Array.from({ length: btf.endId - btf.startId }, (_, i) => btf.type(btf.startId + i)).filter(
    (t) => t !== undefined && (isComposite(t) || isAnyEnum(t)) && t.name !== '',
  );
  const times = new Map<string, number>();
  for (const t of all) times.set(t!.name, (times.get(t!.name) ?? 0) + 1);
  let structs = 0;
  let members = 0;
  for (let id = btf.startId; id < btf.endId; id++) {
    const type = btf.type(id);
    if (type === undefined || !isComposite(type) || times.get(type.name) !== 1) continue;
    const name = `${type.kind === Kind.UNION ? 'union' : 'struct'} ${type.name}`;
    out.push(`_Static_assert(sizeof(${name}) == ${type.size}, "size of ${name}");`);
    structs++;
    const inside = (parent: number, bits: number): void => {
      const composite = btf.type(parent);
      if (composite === undefined || !isComposite(composite)) return;
      for (const m of composite.members) {
        if (m.name === '') inside(m.type, bits + m.bitOffset);
        else if (m.bitfieldSize === 0) {
          out.push(`_Static_assert(__builtin_offsetof(${name}, ${m.name}) == ${(bits + m.bitOffset) / 8}, "${name}.${m.name}");`);
          members++;
        }
      }
    };
    inside(id, 0);
  }
  return { text: out.join('\n'), structs, members };
}

describe('the texts', () => {
  it('are the same whenever they are made, and have a key of the BTF', () => {
    expect([...headerTexts(kernel, choiceOf()).files]).toEqual([...files]);
    expect(headersKey(choiceOf())).toMatch(/^[0-9a-f]{20}$/);
  });

  it('number the helpers as the kernel does', () => {
    const text = files.get('libbpf/bpf/bpf_helper_defs.h')!;
    expect(text).toContain('static void *(* const bpf_map_lookup_elem)(void *map, const void *key) = (void *) 1;');
    expect(text).toContain('static long (* const bpf_sk_assign)(void *ctx, void *sk, __u64 flags) = (void *) 124;');
    expect(text.match(/^#?\s*static /gm)!.length).toBe(kernel.profile.helperCount - 1);
  });
});

describe.skipIf(clang === null)('the compiler (needs clang)', () => {
  let dir = '';
  const run = (text: string, args: string[]): string => {
    const r = spawnSync(
      clang!,
      ['-target', 'bpf', '-O2', '-g', '-x', 'c', '-', '-fsyntax-only', '-Wall', '-Wno-unknown-attributes', ...args],
      { input: text, encoding: 'utf8', cwd: dir },
    );
    return r.stderr;
  };
  const ours = ['libbpf', 'uapi', 'libc'].flatMap((f) => ['-idirafter', f]);
  beforeAll(() => {
    dir = mkdtempSync(path.join(os.tmpdir(), 'bpf-context-headers-'));
    for (const [name, text] of files) {
      mkdirSync(path.dirname(path.join(dir, name)), { recursive: true });
      writeFileSync(path.join(dir, name), text);
    }
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  it.each([[[]], [['-fms-extensions']], [['-std=gnu23']]])(
    'takes vmlinux.h without a word: every size and offset is the BTF’s (%j)',
    (args) => {
      const { text, structs, members } = assertions(kernel.profile.btf);
      expect(structs).toBeGreaterThan(9000);
      expect(members).toBeGreaterThan(60_000);
      expect(run(`#include "vmlinux/vmlinux.h"\n${text}\n`, args)).toBe('');
    },
  );

  it('sees a wrong offset, if there were one', () => {
    expect(run('#include "vmlinux/vmlinux.h"\n_Static_assert(__builtin_offsetof(struct task_struct, pid) == 1, "pid");\n', [])).toMatch(
      /static assertion failed/,
    );
  });

  it('takes all other headers together, without any of this machine’s', () => {
    const names = [...files.keys()].filter((f) => /^(uapi|libc)\//.test(f)).map((f) => f.slice(f.indexOf('/') + 1));
    expect(names.length).toBeGreaterThan(90);
    expect(run(names.map((n) => `#include <${n}>\n`).join(''), ['-nostdlibinc', ...ours])).toBe('');
  });

  it.each([[[]], [['-fms-extensions', '-Wno-microsoft']]])('takes each of them alone (%j)', (args) => {
    const names = [...files.keys()].filter((f) => f.endsWith('.h') && !/^(vmlinux|kernel)\b/.test(f));
    expect(names.length).toBeGreaterThan(95);
    const alone = path.join(dir, 'alone');
    mkdirSync(alone, { recursive: true });
    const sources = names.map((name, i) => {
      // libbpf's are made to come after the types of the kernel's interface
      const before = name.startsWith('libbpf/') ? '#include <linux/bpf.h>\n#include <asm/ptrace.h>\n' : '';
      writeFileSync(path.join(alone, `${i}.c`), `${before}#include "../${name}"\n`);
      return path.join('alone', `${i}.c`);
    });
    const flags = ['-target', 'bpf', '-D__TARGET_ARCH_x86', '-O2', '-fsyntax-only', '-Wall', '-Wno-unknown-attributes', '-nostdlibinc'];
    const r = spawnSync(clang!, [...flags, ...ours, ...args, ...sources], { encoding: 'utf8', cwd: dir });
    expect(r.stderr).toBe('');
    expect(r.status).toBe(0);
  });

  it('finds in them what XDP and tc programs use', () => {
    const text = `#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <linux/icmp.h>
#include <linux/in.h>
#include <linux/pkt_cls.h>
#include <linux/version.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>
_Static_assert(sizeof(struct iphdr) == 20 && sizeof(struct ipv6hdr) == 40 && sizeof(struct tcphdr) == 20 && sizeof(struct udphdr) == 8 && sizeof(struct ethhdr) == 14, "headers");
_Static_assert(ETH_P_IP == 0x0800 && IPPROTO_TCP == 6 && TC_ACT_SHOT == 2 && XDP_DROP == 1 && BPF_F_NO_PREALLOC == 1 && INADDR_ANY == 0, "constants");
_Static_assert(bpf_htons(0x1234) == 0x3412 && LINUX_VERSION_CODE == KERNEL_VERSION(7, 3, 4), "values");
`;
    expect(run(text, ['-nostdlibinc', ...ours])).toBe('');
  });

  it('reads chains, arguments, bit fields and USDT arguments through them', () => {
    const text = `#include "vmlinux/vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include <bpf/usdt.bpf.h>
#include <linux/if_ether.h>
#include <linux/errno.h>
#include <linux/version.h>
_Static_assert(ETH_P_IPV6 == 0x86DD && EPERM == 1, "macros beside vmlinux.h");
SEC("kprobe") int BPF_KPROBE(k, struct task_struct *t, int x) { return BPF_CORE_READ(t, real_parent, mm, exe_file, f_inode, i_sb, s_dev) + x; }
SEC("kretprobe") int BPF_KRETPROBE(kr, long ret) { return ret; }
SEC("ksyscall/openat") int BPF_KSYSCALL(s, int dfd, const char *name) { return dfd + (name != 0); }
SEC("fentry") int BPF_PROG(f, struct sock *sk, int n) { return BPF_CORE_READ_BITFIELD_PROBED(sk, sk_userlocks) + n; }
SEC("fexit") int BPF_PROG2(f2, struct sock *, sk, int, n) { return n + bpf_core_field_exists(sk->sk_uid) + bpf_core_enum_value(enum pid_type, PIDTYPE_TGID); }
SEC("usdt") int BPF_USDT(u, int a, char *b) { return a + (b != 0); }
SEC("tp") int loop(void *ctx) { int i, sum = 0; bpf_for(i, 0, 9) sum += i; bpf_repeat(3) sum++; bpf_printk("%d %d %d %d", sum, 1, 2, 3); return sum; }
`;
    expect(run(text, ['-nostdlibinc', '-D__TARGET_ARCH_x86', ...ours])).toBe('');
  });
});
