// SPDX-License-Identifier: GPL-2.0-only
/** What files, folders and pipes around the command line may do to it: one line that says so, the documented status, everything else done. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUNDLE_FILES } from '../../src/kernel/bundle';
import { KERNELS } from '../../src/kernel/releases';
import { hostileObject, HOSTILE } from '../support/hostile';
import { count, longObject, objectOf, RETURN_NOTHING } from '../support/objects';
import { built, cli, CLI, ROOT, type Ran } from './run';

const linux = process.platform === 'linux';
const root = process.getuid?.() === 0;
/** A character that acts on whoever shows it. */
// line breaks are ours
const ACTS = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

interface Fault {
  readonly name: string;
  readonly args: (at: (name: string) => string) => string[];
  readonly status: number;
  /** Text that the one line on the standard error has. */
  readonly says: string | RegExp;
  /** What the standard output says all the same. */
  readonly stdout?: string | RegExp;
  readonly skip?: boolean;
}

const OK = 'ok.o: ok: accepted under linux-7.3';

/** `ok.o` is accepted, `bad.o` rejected. The order of files shows that those after the faulty one are done. */
const FAULTS: readonly Fault[] = [
  {
    name: 'a file that is not there',
    args: (at) => ['check', at('none.o'), at('ok.o')],
    status: 2,
    says: /none\.o cannot be read: there is no such file$/,
    stdout: OK,
  },
  {
    name: 'a folder as a file',
    args: (at) => ['check', at('folder'), at('ok.o')],
    status: 2,
    says: 'cannot be read: it is a folder, not a regular file',
    stdout: OK,
  },
  { name: 'a folder named as C', args: (at) => ['check', at('folder.bpf.c'), at('ok.o')], status: 2, says: 'it is a folder', stdout: OK },
  {
    name: 'a named pipe that nobody writes',
    args: (at) => ['check', at('pipe'), at('ok.o')],
    status: 2,
    says: 'it is a named pipe, not a regular file',
    stdout: OK,
    skip: !linux,
  },
  {
    name: 'an endless device',
    args: (at) => ['check', '/dev/zero', at('ok.o')],
    status: 2,
    says: 'it is a device, not a regular file',
    stdout: OK,
    skip: !linux,
  },
  {
    name: 'a sparse giant',
    args: (at) => ['check', at('giant.o'), at('ok.o')],
    status: 2,
    says: 'it is larger than 64 MiB (1.5 GiB), which is the most that is read',
    stdout: OK,
  },
  {
    name: 'a file that may not be read',
    args: (at) => ['check', at('secret.o'), at('ok.o')],
    status: 2,
    says: 'permission denied',
    stdout: OK,
    skip: root || !linux,
  },
  {
    name: 'a link to itself',
    args: (at) => ['check', at('circle.o'), at('ok.o')],
    status: 2,
    says: 'symbolic links',
    stdout: OK,
    skip: !linux,
  },
  {
    name: 'a file on the way',
    args: (at) => ['check', path.join(at('ok.o'), 'x.o'), at('ok.o')],
    status: 2,
    says: 'a part of its path is no folder',
    stdout: OK,
  },
  {
    name: 'a name that is too long',
    args: (at) => ['check', at('n'.repeat(5000)), at('ok.o')],
    status: 2,
    says: /its name is too long|no such file/,
    stdout: OK,
  },
  { name: 'an empty name', args: (at) => ['check', '', at('ok.o')], status: 2, says: 'there is no such file', stdout: OK },
  { name: 'a log folder that is a file', args: (at) => ['check', '--log-dir', at('ok.o'), at('ok.o')], status: 2, says: '--log-dir' },
  {
    name: 'a log folder under a file',
    args: (at) => ['check', '--log-dir', path.join(at('ok.o'), 'x'), at('ok.o')],
    status: 2,
    says: 'there is a file of that name, or on the way to it',
  },
  {
    name: 'a log folder that may not be written',
    args: (at) => ['check', '--log-dir', at('readonly'), at('ok.o')],
    status: 2,
    says: 'permission denied',
    skip: root || !linux,
  },
  {
    name: 'a log folder where nothing can be made',
    args: (at) => ['check', '--log-dir', '/proc/x', at('ok.o')],
    status: 2,
    says: '--log-dir /proc/x: ',
    skip: !linux,
  },
  {
    name: 'a folder where a log would be',
    args: (at) => ['check', '--log-dir', at('taken'), at('ok.o'), at('bad.o')],
    status: 2,
    says: /ok\.o\.ok\.log cannot be written: it is a folder/,
    stdout: /ok: accepted[\s\S]*bad: rejected/,
  },
  {
    name: 'a dump on a full disk',
    args: (at) => ['check', '--dump-insns', at('full'), at('ok.o'), at('bad.o')],
    status: 2,
    says: /ok\.o\.ok\.insns cannot be written: the disk is full/,
    stdout: /ok: accepted[\s\S]*bad: rejected/,
    skip: !linux,
  },
  {
    name: 'a dump folder that is a file',
    args: (at) => ['check', '--dump-insns', at('ok.o'), at('ok.o')],
    status: 2,
    says: '--dump-insns',
  },
  {
    name: 'a folder as policy',
    args: (at) => ['check', '--policy', at('folder.bpf-policy.json'), at('ok.o')],
    status: 2,
    says: 'it is a folder, not a regular file',
  },
  {
    name: 'a policy that is not there',
    args: (at) => ['check', '--policy', at('none.bpf-policy.json'), at('ok.o')],
    status: 2,
    says: 'there is no such file',
  },
  {
    name: 'a giant policy',
    args: (at) => ['check', '--policy', at('giant.bpf-policy.json'), at('ok.o')],
    status: 2,
    says: 'it is larger than 1 MiB',
  },
  {
    name: 'a folder as overlay',
    args: (at) => ['check', '--overlay', at('folder'), at('ok.o')],
    status: 2,
    says: 'it is a folder, not a regular file',
  },
  {
    name: 'a device as overlay',
    args: (at) => ['check', '--overlay', '/dev/zero', at('ok.o')],
    status: 2,
    says: 'it is a device',
    skip: !linux,
  },
  {
    name: 'a folder as kernel BTF',
    args: (at) => ['check', '--kernel-btf', at('folder'), at('ok.o')],
    status: 2,
    says: 'it is a folder without vmlinux or vmlinux.btf',
  },
  {
    name: 'a kernel that there is not',
    args: (at) => ['check', '--kernel', '5.4', at('ok.o')],
    status: 2,
    says: `there is no kernel "5.4": ${KERNELS.map((k) => `${k.series} (${k.version})`).join(', ')}, or a folder`,
  },
  {
    name: 'a folder that is no kernel',
    args: (at) => ['check', '--kernel', at('folder'), at('ok.o')],
    status: 2,
    says: 'it is no folder of a kernel, which "bpf-context kernel add" makes: vmlinux.btf.br, modules.btf.br, config.br, tables.json.br missing',
  },
  {
    name: 'a folder of a kernel whose files are broken',
    args: (at) => ['check', '--kernel', at('broken'), at('ok.o')],
    status: 2,
    says: 'cannot be used as the kernel: ',
  },
  {
    name: 'a kernel BTF that is none',
    args: (at) => ['check', '--kernel-btf', at('ok.o'), at('ok.o')],
    status: 2,
    says: "cannot be used as the kernel's BTF: ",
  },
  {
    name: 'a giant as kernel BTF',
    args: (at) => ['check', '--kernel-btf', at('giant.o'), at('ok.o')],
    status: 2,
    says: 'it is larger than 64 MiB',
  },
  {
    name: 'a folder as policy to compare',
    args: (at) => ['compare', '--policies', `linux-7.3,${at('folder.bpf-policy.json')}`, at('ok.o')],
    status: 2,
    says: 'it is a folder',
  },
  {
    name: 'a compiler that is a folder',
    args: (at) => ['check', '--clang', at('folder'), at('fine.bpf.c'), at('ok.o')],
    status: 2,
    says: 'EACCES',
    stdout: OK,
    skip: !linux,
  },
  {
    name: 'a compiler that is killed',
    args: (at) => ['check', '--clang', at('killed'), at('fine.bpf.c'), at('ok.o')],
    status: 2,
    says: 'clang was ended by signal SIGKILL',
    stdout: OK,
    skip: !linux,
  },
  { name: 'an unknown option', args: () => ['check', '--nonsense', 'x.o'], status: 2, says: "Unknown option '--nonsense'" },
  { name: 'no file', args: () => ['check'], status: 2, says: 'no FILE given' },
  { name: 'no command', args: () => [], status: 2, says: 'no command given' },
];

describe.skipIf(!built)('the command line and its surroundings', () => {
  let dir = '';
  const at = (name: string): string => path.join(dir, name);
  beforeAll(() => {
    dir = mkdtempSync(path.join(os.tmpdir(), 'bpf-context-faults-'));
    for (const folder of ['folder', 'folder.bpf.c', 'folder.bpf-policy.json', 'readonly', 'full', 'd1', 'd2']) mkdirSync(at(folder));
    chmodSync(at('readonly'), 0o555);
    writeFileSync(at('ok.o'), objectOf([{ name: 'ok' }]));
    writeFileSync(at('bad.o'), objectOf([{ name: 'bad', insns: RETURN_NOTHING }]));
    writeFileSync(at('long.o'), objectOf([{ name: 'long', insns: count(9_000) }]));
    mkdirSync(at('broken'));
    for (const file of Object.values(BUNDLE_FILES)) writeFileSync(path.join(at('broken'), file), 'nothing');
    mkdirSync(path.join(at('taken'), 'ok.o.ok.log'), { recursive: true });
    for (const d of ['d1', 'd2'])
      writeFileSync(path.join(at(d), 'same.o'), objectOf([{ name: 'a_b' }, { name: 'twice' }, { name: 'twice' }]));
    writeFileSync(at('hostile.o'), hostileObject());
    writeFileSync(at('fine.bpf.c'), 'int x;\n');
    writeFileSync(at('secret.o'), '', { mode: 0 });
    for (const giant of ['giant.o', 'giant.bpf-policy.json']) {
      writeFileSync(at(giant), '');
      truncateSync(at(giant), 3 << 29);
    }
    writeFileSync(at('killed'), '#!/bin/sh\nkill -KILL $$\n', { mode: 0o755 });
    if (!linux) return;
    symlinkSync(at('circle.o'), at('circle.o'));
    symlinkSync('/dev/full', path.join(at('full'), 'ok.o.ok.insns'));
    execFileSync('mkfifo', [at('pipe')]);
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  const plain = (r: Ran): void => {
    expect(r.stderr).not.toMatch(/\n\s+at |Error:|node:internal/);
    expect(r.stderr).not.toMatch(ACTS);
  };

  for (const fault of FAULTS) {
    it.skipIf(fault.skip === true)(`${fault.name}: ${fault.status}`, () => {
      const r = cli(...fault.args(at));
      plain(r);
      expect(r.stderr.trim()).toMatch(fault.says);
      expect(r.stderr.trim().split('\n')).toHaveLength(1);
      expect(r.status).toBe(fault.status);
      if (fault.stdout === undefined) expect(r.stdout).toBe('');
      else expect(r.stdout).toMatch(fault.stdout);
    });
  }

  it('says its version', () =>
    expect(cli('--version')).toMatchObject({ status: 0, stdout: expect.stringMatching(/^bpf-context \d+\.\d+\.\d+\n$/) as unknown }));

  const shell = (command: string): Ran => {
    const r = spawnSync('bash', ['-c', command], { cwd: dir, encoding: 'utf8', env: { ...process.env, NODE: process.execPath, CLI } });
    return { status: r.status, stdout: r.stdout, stderr: r.stderr };
  };

  it.skipIf(!linux)('a full disk under its output: 2, in one line', () => {
    for (const format of ['text', 'jsonl', 'json']) {
      const r = shell(`"$NODE" "$CLI" check --format ${format} ok.o > /dev/full`);
      plain(r);
      expect(r).toMatchObject({ status: 2, stderr: 'bpf-context: the output cannot be written: the disk is full\n' });
    }
  });

  it.skipIf(!linux)('a reader that goes away: the status of that, never of a verdict that was not', () => {
    const r = shell('"$NODE" "$CLI" check --log-level 2 --jobs 1 bad.o $(yes hostile.o | head -40) | head -c 1; echo "${PIPESTATUS[0]}"');
    plain(r);
    expect(r.stdout.split('\n')[0]).toMatch(/^.?141$/);
  });

  describe.skipIf(!linux)('logs are written while they are made', () => {
    const left = (folder: string): string[] => readdirSync(at(folder)).sort();

    it('a disk that fills up meanwhile costs that log, and nothing else', () => {
      const r = shell('(ulimit -f 512; "$NODE" "$CLI" check --log-dir filling long.o bad.o)');
      plain(r);
      expect(r.status).toBe(2);
      expect(r.stderr).toBe('bpf-context: filling/long.o.long.log cannot be written: it would be larger than a file may be here\n');
      expect(r.stdout).toMatch(/long: accepted[\s\S]*bad: rejected/);
      expect(left('filling')).toEqual(['bad.o.bad.log']);
    });

    it('printed, they wait for their reader, and leave nothing when it goes away', () => {
      mkdirSync(at('tmp'));
      const all = shell('TMPDIR=tmp "$NODE" "$CLI" check --log-level 2 long.o | (sleep 1; cat) > printed');
      expect(all).toEqual({ status: 0, stdout: '', stderr: '' });
      const printed = readFileSync(at('printed'), 'utf8');
      expect(printed.length).toBeGreaterThan(2 << 20);
      expect(printed.slice(0, 400)).toMatch(/^long\.o: long: accepted[^\n]*\nfunc#0 @0\n/);
      expect(printed.slice(-200)).toMatch(/\nprocessed \d+ insns [^\n]*\n\n$/);
      const cut = shell('TMPDIR=tmp "$NODE" "$CLI" check --log-level 2 long.o | head -c 1; echo "${PIPESTATUS[0]}"');
      plain(cut);
      expect(cut.stdout).toMatch(/141\n$/);
      expect(left('tmp')).toEqual([]);
    });

    it('whoever ends the run finds no half log', () => {
      writeFileSync(at('endless.o'), longObject());
      mkdirSync(at('ended'));
      const r = shell(
        '"$NODE" "$CLI" check --log-dir ended endless.o & until ls -A ended | grep -q .; do sleep 0.1; done; kill $!; wait $!; echo $?',
      );
      plain(r);
      expect(r.stdout).toBe('143\n');
      expect(left('ended')).toEqual([]);
    });

    it('a limit keeps what was said until then', () => {
      const r = cli('check', '--timeout', '1', '--log-dir', at('limit'), at('endless.o'), '--program', 'long_0');
      plain(r);
      expect(r).toMatchObject({ status: 3, stdout: expect.stringContaining('verification took longer than 1 s') as unknown });
      expect(readFileSync(path.join(at('limit'), 'endless.o.long_0.log'), 'utf8')).toMatch(/^0: \(b7\) r0 = 0/m);
    });
  });

  it.skipIf(!linux)('a name that is no UTF-8 is opened, and shown with its bytes', () => {
    const r = shell(`cp ok.o $'caf\\xe9.o' && "$NODE" "$CLI" check $'caf\\xe9.o' && "$NODE" "$CLI" check --format jsonl $'caf\\xe9.o'`);
    plain(r);
    expect(r.stdout.split('\n')[0]).toBe('caf\\xe9.o: ok: accepted under linux-7.3, 2 instructions, not sleepable');
    expect(JSON.parse(r.stdout.split('\n')[1]!)).toMatchObject({ file: 'caf\\xe9.o', verdict: 'accept' });
  });

  it('logs and dumps of equal names stand beside each other', () => {
    const out = at('logs');
    const r = cli('check', '--log-dir', out, '--dump-insns', out, at('d1/same.o'), at('d2/same.o'));
    plain(r);
    expect(r.status).toBe(0);
    const logs = readdirSync(out).filter((n) => n.endsWith('.log'));
    // what is told apart by its place has brackets in its name, which no file name needs
    expect(logs.sort()).toEqual(
      [1, 2].flatMap((n) => ['a_b', 'twice__socket__1_', 'twice__socket__2_'].map((p) => `same.o.${p}${n === 1 ? '' : '-2'}.log`)).sort(),
    );
    expect(readdirSync(out).filter((n) => n.endsWith('.insns'))).toHaveLength(logs.length);
    expect(existsSync(path.join(dir, 'etc'))).toBe(false);
  });

  it('rows can be told apart: the path as given, programs of one name by section and place', () => {
    const rows = cli('check', '--format', 'jsonl', at('d1/same.o'), at('d2/same.o'))
      .stdout.trim()
      .split('\n')
      .map((l) => JSON.parse(l) as { file: string; object: string; program: string });
    expect(rows.map((r) => r.file)).toEqual([...Array<string>(3).fill(at('d1/same.o')), ...Array<string>(3).fill(at('d2/same.o'))]);
    expect(rows.slice(0, 3).map((r) => r.program)).toEqual(['a_b', 'twice (socket #1)', 'twice (socket #2)']);
    expect(new Set(rows.map((r) => r.object))).toEqual(new Set(['same.o']));
  });

  describe('names in a file are data', () => {
    const forms = [
      ['check'],
      ['check', '--format', 'jsonl'],
      ['check', '--format', 'json'],
      ['check', '--log-level', '2'],
      ['check', '--graph', 'dot'],
      ['check', '--graph', 'json'],
      ['compare', '--policies', 'linux-7.3,forbid-fault'],
      ['compare', '--policies', 'linux-7.3,forbid-fault', '--format', 'markdown'],
      ['compare', '--policies', 'linux-7.3,forbid-fault', '--format', 'jsonl'],
    ];
    for (const args of forms) {
      it(args.join(' '), () => {
        const r = cli(...args, at('hostile.o'));
        plain(r);
        expect(r.stdout).not.toMatch(ACTS);
        // a line that a name has made would begin with it
        expect(r.stdout).not.toMatch(/^ok\.o/m);
      });
    }
    it('JSON keeps them as they are', () => {
      const rows = JSON.parse(cli('check', '--format', 'json', at('hostile.o')).stdout) as { program: string; section: string }[];
      expect(rows.map((r) => r.program).sort()).toEqual(
        [...Object.values(HOSTILE), 'same (socket #1)', 'same (socket #2)', 'same (tc)', 'elsewhere'].sort(),
      );
      expect(rows.find((r) => r.program === 'elsewhere')?.section).toBe('tc/\u001b[2J\n');
    });
    it('Markdown shows them as code', () => {
      const { stdout } = cli('compare', '--policies', 'linux-7.3,forbid-fault', '--format', 'markdown', at('hostile.o'));
      expect(stdout).toContain(
        '| ```**b** [c](command:workbench.action.terminal.new) ![i](https://evil.example/t.png) `x` ``y`` \\| z``` |',
      );
      expect(stdout).toContain('| `nl\\nok.o: p: accepted under linux-7.3, 2 instructions, not sleepable` |');
    });
    it('a file name is one too', () => {
      if (!linux) return;
      const name = 'x\nok.o: ok: accepted\u001b[1m.o';
      writeFileSync(at(name), objectOf([{ name: 'ok' }]));
      for (const args of [
        ['check'],
        ['compare', '--policies', 'linux-7.3,forbid-fault'],
        ['compare', '--policies', 'linux-7.3,forbid-fault', '--format', 'markdown'],
      ]) {
        const r = spawnSync(process.execPath, [CLI, ...args, name, `none${name}`], { cwd: dir, encoding: 'utf8' });
        expect(`${r.stdout}${r.stderr}`).not.toMatch(ACTS);
        expect(`${r.stdout}${r.stderr}`).not.toMatch(/^ok\.o/m);
        expect(r.status).toBe(2);
      }
    });
  });

  it('runs in a folder without anything', () => {
    expect(
      spawnSync(process.execPath, [CLI, 'check', path.join(ROOT, 'examples/contexts.bpf.o')], { cwd: '/', encoding: 'utf8' }).status,
    ).toBe(1);
  });
});
