// SPDX-License-Identifier: GPL-2.0-only
/** Sources of projects on the command line: one project for each kind of build, none of them built. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findClang, findOnPath } from '../../src/compiler/clang';
import { built, cli, ROOT } from './run';

const [clang, make] = await Promise.all([findClang(''), findOnPath(['make'])]);

/** Source, what `--how` says that it is compiled by, its programs. */
const PROJECTS: readonly (readonly [source: string, by: string, programs: readonly string[]])[] = [
  ['make/src/count.bpf.c', 'Makefile:15', ['count_unlink']],
  ['functions/bpf/count.bpf.c', 'Makefile:14', ['count_unlink']],
  ['meson/bpf/count.bpf.c', 'bpf/meson.build:4 (of another BPF source)', ['count_unlink']],
  ['cmake/bpf/count.bpf.c', 'CMakeLists.txt:4 (of another BPF source)', ['count_unlink']],
  ['cargo/src/bpf/count.bpf.c', 'build.rs:7 (of another BPF source)', ['count_unlink']],
  ['bpf2go/counter.c', 'main.go:4', ['count_packets']],
  ['generated/bpf/flows.c', 'internal/gen.go:4', ['flows']],
  ['database/bpf/count.bpf.c', 'build/compile_commands.json', ['limit']],
  ['sched_ext/scheds/c/scx_first.bpf.c', 'our own arguments and folders of this project', ['first_select_cpu', 'first_enqueue']],
  ['parts/bpf/l7/reads.c', 'our own arguments, as a part of bpf/agent.c', ['count_read', 'count_open']],
];

describe.skipIf(!built || clang === null)('sources of projects', () => {
  let top = '';
  beforeAll(() => {
    top = mkdtempSync(path.join(os.tmpdir(), 'bpf-context-sources-'));
    cpSync(path.join(ROOT, 'test/projects'), top, { recursive: true });
  });
  afterAll(() => rmSync(top, { recursive: true, force: true }));

  it('of each kind of build are compiled and verified', () => {
    const names = PROJECTS.map(([source]) => path.join(top, source));
    const ran = cli('check', '--how', '--format', 'jsonl', ...names);
    const rows = ran.stdout
      .split('\n')
      .filter((l) => l !== '')
      .map((l) => JSON.parse(l) as { file: string; program: string; verdict: string });
    const by = (name: string): string | undefined =>
      ran.stderr
        .split('\n')
        .find((l) => l.startsWith(`${name}: compiled by: `))
        ?.slice(`${name}: compiled by: `.length);
    expect(names.map((name, i) => [PROJECTS[i]![0], by(name), rows.filter((r) => r.file === name).map((r) => r.program)])).toEqual(
      PROJECTS,
    );
    expect(rows.filter((r) => r.verdict !== 'accept')).toEqual([]);
    expect(ran.status).toBe(0);
  });

  it.skipIf(make === null)('are compiled as make says, when it is asked', () => {
    const file = path.join(top, 'asked/prog/limit.bpf.c');
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(
      file,
      '#include <linux/bpf.h>\n#include <bpf/bpf_helpers.h>\nSEC("xdp") int limit(struct xdp_md *ctx) { return LIMIT == 7 ? XDP_PASS : *(int *)0; }\n',
    );
    writeFileSync(
      path.join(top, 'asked/Makefile'),
      'FLAGS := $(shell echo -DLIMIT=`expr 3 + 4`)\nprog/limit.bpf.o: prog/limit.bpf.c\n\ttouch was-built; clang -target bpf $(FLAGS) -c $< -o $@\n',
    );
    const unasked = cli('check', '--how', file);
    expect(unasked.stderr).toContain('LIMIT taken as 0, which only the build knows');
    const asked = cli('check', '--ask-make', '--how', file);
    expect(asked.stderr).toContain(`make -n in ${path.join(top, 'asked')}\n`);
    expect(asked.stderr).toContain(`${file}: compiled by: Makefile, as make -n says\n`);
    expect(asked.stderr).not.toContain('taken as 0');
    expect(asked.status).toBe(0);
    expect(existsSync(path.join(top, 'asked/was-built'))).toBe(false);
  });

  it('a map that the kernel refuses has its place in the source', () => {
    const file = path.join(top, 'refused.bpf.c');
    writeFileSync(
      file,
      '#include <linux/bpf.h>\n#include <bpf/bpf_helpers.h>\nstruct {\n\t__uint(type, BPF_MAP_TYPE_LPM_TRIE);\n\t__uint(max_entries, 1);\n\t__type(key, __u64);\n\t__type(value, __u32);\n} trie SEC(".maps");\nSEC("tc") int p(void *ctx) { __u64 k = 0; return bpf_map_lookup_elem(&trie, &k) != 0; }\n',
    );
    const ran = cli('check', file);
    expect(ran.stderr).toBe(
      `refused.bpf.c:8: ${file}: p: map 'trie': failed to create: -EINVAL: an LPM trie needs BPF_F_NO_PREALLOC in map_flags\n`,
    );
    expect(ran.status).toBe(2);
    const [row] = cli('check', '--format', 'jsonl', file).stdout.split('\n');
    expect(JSON.parse(row!)).toMatchObject({ verdict: 'error', errno: 22, source: { file: 'refused.bpf.c', line: 8 } });
  });

  it('vmlinux-h writes the types of the kernel, which compile alone', () => {
    const { status, stdout } = cli('vmlinux-h');
    expect(status).toBe(0);
    const text = `${stdout}\n_Static_assert(sizeof(struct list_head) == 16, "size");\n`;
    const flags = ['-target', 'bpf', '-x', 'c', '-fsyntax-only', '-Wall', '-'];
    expect(spawnSync(clang!, flags, { input: text, encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
    expect(cli('vmlinux-h', 'a.h').status).toBe(2);
    const none = cli('vmlinux-h', '--kernel-btf', path.join(top, 'none'));
    expect(none.status).toBe(2);
    expect(none.stderr).toContain('--kernel-btf');
  });
});
