// SPDX-License-Identifier: GPL-2.0-only
/** What cannot be read, linked or resolved costs the programs that need it, never the file (`test/parts-lost`). */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseElf } from '../../../src/object/elf';
import { resultOf, ROOT } from '../../support/verify';

function outcome(file: string): {
  verdicts: Record<string, string>;
  lost: Record<string, string>;
  assumed: Record<string, readonly string[]>;
} {
  const result = resultOf(file, readFileSync(path.join(ROOT, 'test/parts-lost', file)));
  return {
    verdicts: Object.fromEntries(result.programs.map((p) => [p.program, p.verdict])),
    lost: Object.fromEntries(result.failed.map((f) => [f.program, f.message])),
    assumed: Object.fromEntries(result.programs.map((p) => [p.program, p.assumptions ?? []])),
  };
}

describe('functions outside of .text', () => {
  const { verdicts, lost, assumed } = outcome('outside.bpf.o');

  it('are linked where programs call them', () => {
    expect(lost).toEqual({});
    expect(verdicts).toEqual({
      calls_rare: 'accept',
      calls_near: 'accept',
      called: 'accept',
      calls_program: 'accept',
      calls_neighbour: 'accept',
      calls_nobody: 'accept',
    });
  });

  it('and that is said: of the file, and of the programs that call them', () => {
    const file = "the rest of the file is left out, which libbpf would not load: program 'near' of section xdp is static and not supported";
    expect(assumed['calls_nobody']).toEqual([file]);
    expect(assumed['called']).toEqual([file]);
    const linked = (what: string): readonly string[] => [file, `${what} linked as cilium/ebpf does: libbpf links functions of .text only`];
    expect(assumed['calls_rare']).toEqual(linked("'rare' of section .text.unlikely"));
    expect(assumed['calls_near']).toEqual(linked("'near' of section xdp"));
    expect(assumed['calls_program']).toEqual(linked("'called' of section tc/ingress"));
    expect(assumed['calls_neighbour']).toEqual(linked("'called' of section tc/ingress"));
  });
});

describe('externs that nobody can give', () => {
  it('cost the programs that need them, each with its reason', () => {
    const { verdicts, lost, assumed } = outcome('externs.bpf.o');
    expect(verdicts).toEqual({ has_config: 'accept', needs_nothing: 'accept' });
    expect(lost).toEqual({
      needs_config: "extern 'CONFIG_NO_SUCH_THING' (strong): not resolved",
      needs_strange_config: "extern (kcfg) 'CONFIG_STRANGE': type is unsupported",
      needs_kfunc: "extern (func ksym) 'bpf_no_such_kfunc': not found in kernel or module BTFs",
      needs_other_file: expect.stringContaining("'elsewhere' is defined in another file") as string,
    });
    expect(assumed['needs_nothing']![0]).toMatch(/^the rest of the file is left out, which libbpf would not load: extern/);
  });
});

describe('functions and references that cannot be read', () => {
  it('cost their programs, with the place', () => {
    const { verdicts, lost } = outcome('broken.o');
    expect(verdicts).toEqual({ calls_whole: 'accept' });
    expect(lost).toEqual({
      no_size: "corrupted program 'no_size', offset 0, size 0: assembly gives its size with .size no_size, .-no_size (in tc at byte 96)",
      half: "corrupted program 'half', offset 16, size 12 (in tc at byte 112)",
      too_long: 'program at offset 32 crosses section boundary (in tc at byte 128)',
      strange_data: "prog 'strange_data': bad map relo against '.strange' in section '.strange' (in .reltc at byte 512)",
      calls_half: expect.stringMatching(
        /^prog 'calls_half': no function at instruction 0 of \.text, which it calls; what is there cannot be read: corrupted program 'half_of_text'/,
      ) as string,
    });
  });

  it('a damaged table of relocations costs no more', () => {
    const bytes = new Uint8Array(readFileSync(path.join(ROOT, 'test/parts-lost/outside.bpf.o')));
    // the symbol of the relocation of calls_rare
    const table = parseElf(bytes).sections.find((section) => section.name === '.relxdp')!;
    bytes.set([0xff, 0xff, 0xff, 0x7f], table.offset + 12);
    const { programs, failed } = resultOf('damaged.o', bytes);
    expect(failed.map((f) => [f.program, f.message])).toEqual([
      ['calls_rare', `prog 'calls_rare': symbol #2147483647 not found for relo #0 (in .relxdp at byte ${table.offset})`],
    ]);
    expect(programs.map((p) => p.verdict)).toEqual(['accept', 'accept', 'accept', 'accept', 'accept']);
  });
});
