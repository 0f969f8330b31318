// SPDX-License-Identifier: GPL-2.0-only
/** What a loader decides, said on the command line or in a file beside the object; and programs of several files. */
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { built, checkRows, cli } from './run';

const LOADER = path.join('test', 'loader', 'loader.bpf.o');
const part = (name: string): string => path.join('test', 'linked', name);
const verdicts = (...args: string[]): Record<string, string> => Object.fromEntries(checkRows(...args).map((r) => [r.program, r.verdict]));

let temp = '';
beforeAll(() => {
  temp = mkdtempSync(path.join(os.tmpdir(), 'bpf-context-loader-'));
  copyFileSync(LOADER, path.join(temp, 'loader.bpf.o'));
});
afterAll(() => rmSync(temp, { recursive: true, force: true }));

describe.skipIf(!built)('what a loader decides', () => {
  it('is left as compiled: section names of other loaders are taken for what they mean, and said to be', () => {
    const rows = checkRows(LOADER);
    expect(Object.fromEntries(rows.map((r) => [r.program, [r.verdict, r.progType, r.assumptions.length]]))).toEqual({
      guarded: ['accept', 'sched_cls', 0],
      old_name: ['accept', 'xdp', 1],
      old_classifier: ['accept', 'sched_cls', 1],
      traced: ['error', '', 0],
      unnamed: ['error', '', 0],
    });
    expect(rows.find((r) => r.program === 'old_name')!.assumptions[0]).toContain('section xdp_prog means xdp');
  });

  it('values decide which branches live; any value means all of them', () => {
    expect(verdicts('--program', 'guarded', '--set', 'careless=true', LOADER)).toEqual({ guarded: 'reject' });
    const [row] = checkRows('--program', 'guarded', '--set', 'careless=any', LOADER);
    expect([row!.verdict, row!.assumptions]).toEqual(['reject', ['careless may have any value']]);
    expect(row!.message).toContain("R1 invalid mem access 'map_value_or_null'");
    const set = ['limit=-7', 'mode=ON', 'config.port=0xffff', 'config.hosts[2]=9', 'title=abcdefg'];
    const [fine] = checkRows('--program', 'guarded', ...set.flatMap((s) => ['--set', s]), LOADER);
    expect([fine!.verdict, fine!.assumptions]).toEqual([
      'accept',
      ['limit = -7', 'mode = ON', 'config.port = 0xffff', 'config.hosts[2] = 9', 'title = abcdefg'],
    ]);
  });

  it('says what does not fit, and gives no verdict', () => {
    const ran = cli('check', '--set', 'limt=3', LOADER);
    const words = 'there is no constant limt; there are limit, careless, mode, config, title';
    expect([ran.status, ran.stdout, ran.stderr]).toEqual([2, '', `What is assumed does not fit loader.bpf.o: ${words}\n`]);
  });

  it('types and targets', () => {
    const rows = checkRows('--type', 'unnamed=cgroup_skb/egress', '--attach', 'traced=tcp_sendmsg', LOADER);
    const shown = rows.filter((r) => ['unnamed', 'traced'].includes(r.program)).sort((a, b) => (a.program < b.program ? -1 : 1));
    expect(shown.map((r) => [r.program, r.verdict, r.progType, r.assumptions])).toEqual([
      ['traced', 'accept', 'tracing', ['attached to tcp_sendmsg']],
      ['unnamed', 'accept', 'cgroup_skb', ['type cgroup_skb/egress']],
    ]);
    expect(cli('check', '--attach', 'unnamed=x', LOADER).stderr).toContain('means nothing without a type; its section handler names none');
  });

  it('a file beside the object holds them for good; options win over it; it can be left aside', () => {
    const object = path.join(temp, 'loader.bpf.o');
    const file = path.join(temp, 'loader.bpf-load.json');
    writeFileSync(
      file,
      JSON.stringify({
        values: { careless: 'any' },
        programs: { traced: { load: false }, unnamed: { type: 'tc' } },
        maps: { numbers: { maxEntries: 4 } },
      }),
    );
    const rows = checkRows(object);
    expect(rows.map((r) => [r.program, r.verdict])).toEqual([
      ['guarded', 'reject'],
      ['old_name', 'accept'],
      ['old_classifier', 'accept'],
      ['unnamed', 'accept'],
    ]);
    expect(rows[0]!.assumptions).toEqual(['numbers: max_entries 4', 'careless may have any value']);
    expect(verdicts('--program', 'guarded', '--set', 'careless=false', object)).toEqual({ guarded: 'accept' });
    expect(verdicts('--program', 'guarded', '--no-load-file', object)).toEqual({ guarded: 'accept' });
    writeFileSync(file, '{ "values": { "careless": [] } }');
    expect(cli('check', object).stderr).toBe(`${file} cannot be used: 1:27: values.careless: a number, true, false or a text is wanted\n`);
  });
});

describe.skipIf(!built)('a program of several files', () => {
  it('is linked and verified as one', () => {
    const rows = checkRows('--link', part('part_a.bpf.o'), part('part_b.bpf.o'));
    expect(rows.map((r) => [r.object, r.program, r.verdict])).toEqual([
      ['part_a.bpf.o', 'first', 'accept'],
      ['part_a.bpf.o', 'second', 'accept'],
    ]);
    expect(rows.map((r) => r.processedInsns)).toEqual(checkRows(part('linked.bpf.o')).map((r) => r.processedInsns));
  });

  it('a lone part says so, and which files it is to be linked with', () => {
    const ran = cli('check', part('part_a.bpf.o'));
    expect(ran.status).toBe(2);
    expect(ran.stderr).toMatch(/first: '\w+' is defined in another file: this is a part of a program, which is to be linked/);
    expect(ran.stderr).toContain(
      'part_a.bpf.o is one of 2 parts; link them: check --link test/linked/part_a.bpf.o test/linked/part_b.bpf.o\n',
    );
  });

  it('its other files stand in the load file of its first', () => {
    for (const name of ['part_a.bpf.o', 'part_b.bpf.o']) copyFileSync(part(name), path.join(temp, name));
    // of an object the objects are taken, whatever the file calls their sources
    writeFileSync(path.join(temp, 'part_a.bpf-load.json'), '{\n  // the parser\n  "files": ["part_b.bpf.c"]\n}\n');
    const rows = checkRows(path.join(temp, 'part_a.bpf.o'));
    expect(rows.map((r) => [r.program, r.verdict])).toEqual([
      ['first', 'accept'],
      ['second', 'accept'],
    ]);
  });

  it('what cannot be linked is named', () => {
    const ran = cli('check', '--link', part('part_a.bpf.o'), part('other_license.bpf.o'));
    expect([ran.status, ran.stderr]).toEqual([
      2,
      "part_a.bpf.o cannot be read: non-identical contents of section 'license' are not supported\n    in other_license.bpf.o at byte 80\n",
    ]);
  });
});

describe.skipIf(!built)('a map that the kernel refuses', () => {
  const map = (name: string): string => path.join('test', 'maps', 'objects', `${name}.bpf.o`);

  it('gives its errno and what is wrong', () => {
    const [row] = checkRows(map('lpm_preallocated'));
    expect(row).toMatchObject({
      program: 'p',
      verdict: 'error',
      errno: 22,
      message: "map 'm': failed to create: -EINVAL: an LPM trie needs BPF_F_NO_PREALLOC in map_flags",
    });
  });

  it('tells why the types are lost that the program then misses', () => {
    const ran = cli('check', map('lock_in_percpu_array'));
    expect(ran.stdout).toContain("map 'm' has to have BTF in order to use bpf_spin_lock");
    expect(ran.stdout).toContain(
      "  note: map 'm' is created without the types of its key and value (-EOPNOTSUPP): its value holds a bpf_spin_lock, which a per-CPU array cannot have\n",
    );
  });
});
