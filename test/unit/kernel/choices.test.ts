// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { decideConditionals, stripComments } from '../../../scripts/kernel/preprocess';
import { evaluate, readEnums } from '../../../scripts/kernel/constants';
import { collectChoices, FunctionIndex } from '../../../scripts/kernel/choices';
import { splitCommas, type KernelSource } from '../../../scripts/kernel/source';
import type { ChoiceTable } from '../../../src/kernel/choice';

/** A source tree of these files. */
function tree(files: Readonly<Record<string, string>>): FunctionIndex {
  return new FunctionIndex({ text: (path: string) => files[path] } as unknown as KernelSource, Object.keys(files));
}
function choicesOf(files: Readonly<Record<string, string>>, fn: string): Map<string, ChoiceTable> {
  const into = new Map<string, ChoiceTable>();
  collectChoices(fn, tree(files), into);
  return into;
}

describe('preprocessing', () => {
  const config = new Map([
    ['CONFIG_A', 'y'],
    ['CONFIG_M', 'm'],
  ]);
  it('strips comments outside strings', () => {
    expect(stripComments('a /* b\nc */ "/* d */" // e\nf')).toBe('a  \n  "/* d */" \nf');
  });
  it.each([
    ['#ifdef CONFIG_A\nx\n#else\ny\n#endif', 'x'],
    ['#ifdef CONFIG_M\nx\n#else\ny\n#endif', 'y'],
    ['#if IS_ENABLED(CONFIG_M) && !defined(CONFIG_B)\nx\n#endif', 'x'],
    ['#if defined(CONFIG_M_MODULE)\nx\n#endif', 'x'],
    ['#if 0\nx\n#elif CONFIG_A\ny\n#else\nz\n#endif', 'y'],
    ['#ifdef CONFIG_B\n#ifdef CONFIG_A\nx\n#endif\n#else\ny\n#endif', 'y'],
    ['#define F 1\n#ifdef F\nx\n#endif', '#define F 1 x'],
  ])('decides %j', (text, want) => {
    expect(decideConditionals(text, config).split(/\s+/).filter(Boolean).join(' ')).toBe(want);
  });
});

describe('constants', () => {
  it('evaluates expressions and enums', () => {
    const known = new Map([['A', 4n]]);
    expect(evaluate('(1ULL << A) | 0x3 & ~1', known)).toBe(18n);
    expect(evaluate('BIT(2 + 1)', known)).toBe(8n);
    expect(evaluate('A + B', known)).toBeNull();
    readEnums('enum e { X, Y = A, Z, W = Z << 1, };', known);
    expect([known.get('X'), known.get('Z'), known.get('W')]).toEqual([0n, 5n, 10n]);
    expect(splitCommas('a(b, c), {d, "e,f"}, g')).toEqual(['a(b, c)', '{d, "e,f"}', 'g']);
  });
});

describe('choices', () => {
  it('follows switches, fall-through and assignments', () => {
    const weak = 'const struct bpf_func_proto * __weak g(enum bpf_func_id func_id, const struct bpf_prog *prog) { return &weak_proto; }';
    const tables = choicesOf(
      {
        'a.c': weak,
        'b.c': `static const struct bpf_func_proto *f(enum bpf_func_id func_id, const struct bpf_prog *prog)
       {
         const struct bpf_func_proto *p;
         p = g(func_id, prog);
         if (p)
           return p;
         switch (func_id) {
         case BPF_FUNC_a:
         case BPF_FUNC_b:
           return prog->sleepable ? &x_proto : &y_proto;
         case BPF_FUNC_c:
           if (bpf_token_capable(prog->aux->token, CAP_PERFMON))
             return &z_proto;
           fallthrough;
         default:
           return NULL;
         }
       }
       const struct bpf_func_proto *g(enum bpf_func_id func_id, const struct bpf_prog *prog)
       {
         switch (prog->expected_attach_type) {
         case BPF_X:
         case BPF_Y:
           return NULL;
         default:
           return func_id == BPF_FUNC_d && is_special(prog) ? &d_proto : NULL;
         }
       }
       static bool is_special(const struct bpf_prog *prog)
       {
         return prog->type == BPF_PROG_TYPE_LSM || prog->type == BPF_PROG_TYPE_XDP;
       }`,
      },
      'f',
    );
    expect(tables.get('f')).toEqual({
      cases: {
        a: ['or', ['call', 'g'], ['if', ['sleepable'], 'x_proto', 'y_proto']],
        b: ['or', ['call', 'g'], ['if', ['sleepable'], 'x_proto', 'y_proto']],
        c: ['or', ['call', 'g'], ['if', ['cap', 'PERFMON'], 'z_proto', null]],
      },
      other: ['call', 'g'],
    });
    expect(tables.get('g')).toEqual({
      cases: { d: ['if', ['attach', 'BPF_X', 'BPF_Y'], null, ['if', ['type', 'BPF_PROG_TYPE_LSM', 'BPF_PROG_TYPE_XDP'], 'd_proto', null]] },
      other: null,
    });
  });
  it('refuses what it does not understand', () => {
    expect(() =>
      choicesOf({ 'a.c': 'x *f(enum bpf_func_id id, const struct bpf_prog *prog) { return prog->aux->odd ? &a_proto : NULL; }' }, 'f'),
    ).toThrow(/aux/);
  });
});
