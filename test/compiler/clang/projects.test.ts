// SPDX-License-Identifier: GPL-2.0-only
/** The projects of `test/projects`, opened as the editor would: nothing is built, nothing is run but clang. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { headersKey, headerTexts } from '../../../src/analysis/headers';
import { findClang } from '../../../src/compiler/clang';
import { HeaderStore } from '../../../src/compiler/header-store';
import { type HowCompiled, placeWords, sourceWords, suppliedUsed, suppliedWords, vmlinuxUsed } from '../../../src/compiler/how';
import { compileMessage } from '../../../src/compiler/message';
import { type Opened, ProjectCompiler } from '../../../src/compiler/project-compiler';
import { loadObject } from '../../../src/object/load';
import { choiceOf, kernelOf } from '../../support/kernel';

const clang = await findClang('');

/** Headers of libbpf that were used: this machine's, where it has libbpf's development files, or those supplied; never the project's. */
function libbpfHeaders(how: HowCompiled): string[] {
  const machine = how.headers.filter((h) => h.startsWith('/usr/include/')).map((h) => h.slice('/usr/include/'.length));
  return [...machine, ...suppliedUsed(how).map((h) => h.replace(/^libbpf\//, ''))];
}

describe.skipIf(clang === null)('a project as it is (needs clang)', () => {
  const kernel = kernelOf();
  let top = '';
  let compiler: ProjectCompiler;
  let asked = 0;
  const headers = {
    key: () => headersKey(choiceOf()),
    source: () => {
      asked++;
      return Promise.resolve(headerTexts(kernel, choiceOf()));
    },
  };
  beforeAll(() => {
    top = mkdtempSync(path.join(os.tmpdir(), 'bpf-context-open-'));
    cpSync(path.join(import.meta.dirname, '../../projects'), path.join(top, 'projects'), { recursive: true });
    compiler = new ProjectCompiler(new HeaderStore(path.join(top, 'store')));
  });
  afterAll(() => rmSync(top, { recursive: true, force: true }));

  const open = (name: string, more: Partial<Parameters<ProjectCompiler['compile']>[0]> = {}): Promise<Opened> => {
    const file = path.join(top, 'projects', name);
    const workspace = path.join(top, 'projects', name.split('/')[0]!);
    return compiler.compile({
      clang: '',
      file,
      text: readFileSync(file, 'utf8'),
      args: [],
      timeoutMs: 60_000,
      workspace,
      headers,
      useBuild: true,
      ...more,
    });
  };
  const programs = ({ result }: Opened): string[] => {
    if (result.kind !== 'ok') throw new Error(JSON.stringify(result, null, 1));
    return loadObject(result.object, 'x.bpf.o', kernel.object).programs.map((p) => p.name);
  };

  it.each([
    ['make/src/count.bpf.c', 'make', 'Makefile:15', ['count_unlink']],
    ['meson/bpf/count.bpf.c', 'meson', 'bpf/meson.build:4', ['count_unlink']],
    ['cmake/bpf/count.bpf.c', 'cmake', 'CMakeLists.txt', ['count_unlink']],
    ['cargo/src/bpf/count.bpf.c', 'cargo', 'build.rs:7', ['count_unlink']],
    ['bpf2go/counter.c', 'bpf2go', 'main.go:4', ['count_packets']],
    ['generated/bpf/flows.c', 'bpf2go', 'internal/gen.go:4', ['flows']],
    ['functions/bpf/count.bpf.c', 'make', 'bpf/Makefile:14', ['count_unlink']],
    ['database/bpf/count.bpf.c', 'compile_commands', 'build/compile_commands.json', ['limit']],
  ])('%s: what only its build says is found', async (name, kind, place, names) => {
    const opened = await open(name);
    expect(programs(opened)).toEqual(names);
    const how = opened.how!;
    expect(how.setup.build).toMatchObject({ kind });
    expect(placeWords(how, how.setup.build!)).toContain(place);
    expect(how.args).toContain('-DLIMIT_OF_THE_BUILD=7');
    expect(how.tries).toBe(1);
  });

  it('says what it cannot know when build files are not to be read', async () => {
    const opened = await open('make/src/count.bpf.c', { useBuild: false });
    expect(opened.how!.setup.build).toBeNull();
    expect(
      opened.result.kind === 'failed'
        ? compileMessage(path.join(top, 'projects/make/src/count.bpf.c'), opened.result, opened.how).text
        : '',
    ).toMatch(/^\d+:\d+: .*LIMIT_OF_THE_BUILD/);
  });

  it('finds the folder of a scheduler’s headers, and remembers it', async () => {
    const first = await open('sched_ext/scheds/c/scx_first.bpf.c');
    expect(programs(first)).toEqual(['first_select_cpu', 'first_enqueue']);
    expect(first.how!.setup.folders).toEqual([path.join(top, 'projects/sched_ext/scheds/include')]);
    expect(first.how!.tries).toBe(2);
    expect(vmlinuxUsed(first.how!)).toMatchObject({ supplied: true });
    expect(libbpfHeaders(first.how!)).toContain('bpf/bpf_tracing.h');
    expect((await open('sched_ext/scheds/c/scx_first.bpf.c')).how!.tries).toBe(1);
  });

  it('finds a header by the end of its path, and takes this machine’s headers', async () => {
    const opened = await open('found/prog/drop.bpf.c');
    expect(programs(opened)).toEqual(['drop_all']);
    // the include is in quotes, so the folder shadows nothing else
    expect(opened.how!.setup).toMatchObject({ folders: [], quoted: [path.join(top, 'projects/found/lib')] });
  });

  it('fills a template of the build with nothing, and says so', async () => {
    const opened = await open('found/prog/config.bpf.c');
    expect(programs(opened)).toEqual(['configured']);
    expect(suppliedWords(opened.how!)).toContain('config.h of the project’s template with 0 for what the build would fill in');
  });

  it('says in a sentence which header is missing and what makes it, and nothing else', async () => {
    const opened = await open('found/prog/lost.bpf.c');
    if (opened.result.kind !== 'failed') throw new Error('it compiles');
    expect(opened.how!.missing).toMatchObject({ name: 'gen/tables.h', line: 4, madeBy: { line: 5, target: 'gen/tables.h' } });
    const message = compileMessage(path.join(top, 'projects/found/prog/lost.bpf.c'), opened.result, opened.how);
    expect(message).toEqual({
      whole: true,
      text: 'gen/tables.h is not found. The build has not run. make gen/tables.h makes it (Makefile:5).',
    });
  });

  it('a folder of the project that has headers of libbpf’s names does not shadow libbpf’s', async () => {
    const opened = await open('shadow/modern/watch.bpf.c');
    expect(programs(opened)).toEqual(['watch']);
    expect(suppliedWords(opened.how!)).toContain('driver_config.h of the project’s template');
    expect(libbpfHeaders(opened.how!)).toContain('bpf/bpf_helpers.h');
    expect(opened.how!.headers).not.toContain(path.join(top, 'projects/shadow/driver/bpf/bpf_helpers.h'));
  });

  it('lets all types of the kernel stand in for its own headers', async () => {
    const opened = await open('kernel/trace_kern.c');
    expect(programs(opened)).toEqual(['on_connect', 'classify']);
    expect(opened.how!.setup.kernel).toBe(true);
    expect(suppliedWords(opened.how!)).toContain('all types of the kernel in place of its own headers');
  });

  it('takes the source’s own struct where vmlinux.h has one of the name', async () => {
    const opened = await open('own/twice.bpf.c');
    expect(programs(opened)).toEqual(['filter']);
    expect(opened.how!.setup.own?.names).toEqual(['vlan_hdr']);
  });

  it('compiles the source that a part is included by, with the part’s text as it is in the editor', async () => {
    const whole = path.join(top, 'projects/parts/bpf/agent.c');
    const part = await open('parts/bpf/l7/reads.c');
    expect(programs(part)).toEqual(['count_read', 'count_open']);
    expect(part.how).toMatchObject({ through: whole });
    expect(sourceWords(part.how!)).toBe('our own arguments, as a part of bpf/agent.c');
    const text = readFileSync(path.join(top, 'projects/parts/bpf/l7/reads.c'), 'utf8');
    const edited = await open('parts/bpf/l7/reads.c', { text: text.replaceAll('count_read', 'count_every_read') });
    expect(programs(edited)).toEqual(['count_every_read', 'count_open']);
    const broken = await open('parts/bpf/l7/reads.c', { text: text.replace('totals()', 'total()') });
    expect(broken.how!.through).toBeNull();
    expect(broken.result.kind).toBe('failed');
    expect((await open('parts/bpf/agent.c')).how!.through).toBeNull();
  });

  it('finds macros that only the build gives: the machine’s, one with a value, one whose value only the build knows', async () => {
    const opened = await open('macros/bpf/limits.bpf.c');
    expect(programs(opened)).toEqual(['limited']);
    expect(opened.how!.setup).toMatchObject({ extra: ['-DBUILD_MACHINE_AMD64', '-DLIMIT_OF_READS=12'], zero: ['RELEASE_NUMBER'] });
    expect(suppliedWords(opened.how!)).toContain('RELEASE_NUMBER taken as 0, which only the build knows');
  });

  it('finds a header that came after the project was listed', async () => {
    const late = path.join(top, 'projects/late');
    mkdirSync(path.join(late, 'prog'), { recursive: true });
    mkdirSync(path.join(late, 'lib/net'), { recursive: true });
    writeFileSync(
      path.join(late, 'prog/late.bpf.c'),
      '#include <linux/bpf.h>\n#include <bpf/bpf_helpers.h>\n#include "net/answer.h"\nSEC("xdp") int decide(struct xdp_md *ctx) { return ANSWER; }\n',
    );
    expect((await open('late/prog/late.bpf.c')).result.kind).toBe('failed');
    writeFileSync(path.join(late, 'lib/net/answer.h'), '#define ANSWER XDP_DROP\n');
    expect(programs(await open('late/prog/late.bpf.c'))).toEqual(['decide']);
  });

  it('makes the headers of a kernel once', () => {
    expect(asked).toBe(1);
  });
});
