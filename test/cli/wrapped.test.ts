// SPDX-License-Identifier: GPL-2.0-only
/** Objects inside of something else, on the command line: archives, and LLVM's intermediate code as bytes and as text. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findClang } from '../../src/compiler/clang';
import { built, checkRows, cli } from './run';

const SOURCE = `
#define SEC(name) __attribute__((section(name), used))
struct xdp_md { unsigned data, data_end; };
SEC("xdp") int pass(struct xdp_md *ctx) { return 2; }
SEC("xdp") int reads(struct xdp_md *ctx) { return *(unsigned char *)(long)ctx->data; }
char _license[] SEC("license") = "GPL";
`;
/** A source that includes nothing: its 64-bit address of a packet is what clang makes of the 32-bit field. */
const EXPECTED = { pass: 'accept', reads: 'reject' };

const clang = await findClang('');
let temp = '';
const file = (name: string): string => path.join(temp, name);
function clangMakes(name: string, ...args: string[]): void {
  const ran = spawnSync(clang!, ['-target', 'bpf', '-O2', '-g', ...args, '-o', file(name), file('one.bpf.c')], { encoding: 'utf8' });
  if (ran.status !== 0) throw new Error(ran.stderr);
}
const verdicts = (name: string): Record<string, string> =>
  Object.fromEntries(
    checkRows(file(name))
      .map((r) => [r.program, r.verdict] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );

/** An archive as `ar rcs` makes one: names of up to 15 characters, even offsets. */
function archive(...members: readonly string[]): Buffer {
  const parts = [Buffer.from('!<arch>\n')];
  for (const name of members) {
    const bytes = readFileSync(file(name));
    const field = (text: string, width: number): string => text.padEnd(width);
    const head = `${field(`${name}/`, 16)}${field('0', 12)}${field('0', 6)}${field('0', 6)}${field('644', 8)}${field(String(bytes.length), 10)}\`\n`;
    parts.push(Buffer.from(head, 'latin1'), bytes, ...(bytes.length % 2 === 1 ? [Buffer.from('\n')] : []));
  }
  return Buffer.concat(parts);
}

beforeAll(() => {
  temp = mkdtempSync(path.join(os.tmpdir(), 'bpf-context-wrapped-'));
  if (clang === null) return;
  writeFileSync(file('one.bpf.c'), SOURCE);
  clangMakes('one.o', '-c');
  clangMakes('one.bc', '-emit-llvm', '-c');
  clangMakes('one.ll', '-emit-llvm', '-S');
});
afterAll(() => rmSync(temp, { recursive: true, force: true }));

describe.skipIf(!built || clang === null)('objects inside of something else', () => {
  it('intermediate code, as bytes and as text, is what the object is', () => {
    expect(verdicts('one.o')).toEqual(EXPECTED);
    expect(verdicts('one.bc')).toEqual(EXPECTED);
    expect(verdicts('one.ll')).toEqual(EXPECTED);
  });

  it('intermediate code of another machine is said to be, and costs no other file', () => {
    writeFileSync(file('other.ll'), 'target triple = "x86_64-pc-linux-gnu"\ndefine i32 @f() {\n  ret i32 0\n}\n');
    const ran = cli('check', file('other.ll'), file('one.o'));
    expect(ran.stderr + ran.stdout).toContain('LLVM code for another machine than BPF');
    expect(ran.stdout).toContain('pass');
  });

  it('each object of an archive is there, by the archive and its name', () => {
    copyFileSync(file('one.o'), file('two.o'));
    writeFileSync(file('lib.a'), archive('one.o', 'two.o'));
    const rows = checkRows(file('lib.a'));
    expect(rows.map((r) => [path.basename(r.file), r.program, r.verdict]).sort()).toEqual([
      ['lib.a(one.o)', 'pass', 'accept'],
      ['lib.a(one.o)', 'reads', 'reject'],
      ['lib.a(two.o)', 'pass', 'accept'],
      ['lib.a(two.o)', 'reads', 'reject'],
    ]);
  });
});
