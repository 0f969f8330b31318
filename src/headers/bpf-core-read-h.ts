// SPDX-License-Identifier: GPL-2.0-only
/** `bpf_core_read.h`: the interface of libbpf's header (`tools/lib/bpf/bpf_core_read.h`), written anew. */
import { family, guarded, list, unless } from './families';

/** Longest chain `a->b->c…` that is read. */
const LONGEST = 10;

/** Numbers of the built-ins' second argument, from LLVM's `BPFCORE.h`. */
const ENUMS = `enum bpf_field_info_kind { BPF_FIELD_BYTE_OFFSET = 0, BPF_FIELD_BYTE_SIZE = 1, BPF_FIELD_EXISTS = 2, BPF_FIELD_SIGNED = 3, BPF_FIELD_LSHIFT_U64 = 4, BPF_FIELD_RSHIFT_U64 = 5 };
enum bpf_type_id_kind { BPF_TYPE_ID_LOCAL = 0, BPF_TYPE_ID_TARGET = 1 };
enum bpf_type_info_kind { BPF_TYPE_EXISTS = 0, BPF_TYPE_SIZE = 1, BPF_TYPE_MATCHES = 2 };
enum bpf_enum_value_kind { BPF_ENUMVAL_EXISTS = 0, BPF_ENUMVAL_VALUE = 1 };
`;

const LOADS = [1, 2, 4, 8].map((n) => ({
  n,
  type: { 1: 'unsigned char', 2: 'unsigned short', 4: 'unsigned int', 8: 'unsigned long long' }[n]!,
}));
const cases = (text: (type: string) => string): string => LOADS.map(({ n, type }) => `case ${n}: ${text(type)}; break; `).join('');

/** Shifts that leave a bit field's value, with its sign, of the 64 bits in `___val`. */
const EXTRACT =
  '___val <<= __CORE_RELO(s, field, LSHIFT_U64); ___val = __CORE_RELO(s, field, SIGNED) ? (unsigned long long)((long long)___val >> __CORE_RELO(s, field, RSHIFT_U64)) : ___val >> __CORE_RELO(s, field, RSHIFT_U64); ___val;';

const BITFIELDS = `#define __CORE_RELO(src, field, info) __builtin_preserve_field_info((src)->field, BPF_FIELD_##info)
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define ___bpf_low_bytes(dst, size) ((void *)(dst))
#else
#define ___bpf_low_bytes(dst, size) ((void *)(dst) + (8 - (size)))
#endif
#define __CORE_BITFIELD_PROBE_READ(dst, src, fld) bpf_probe_read_kernel(___bpf_low_bytes(dst, __CORE_RELO(src, fld, BYTE_SIZE)), __CORE_RELO(src, fld, BYTE_SIZE), (const void *)src + __CORE_RELO(src, fld, BYTE_OFFSET))
#define BPF_CORE_READ_BITFIELD_PROBED(s, field) ({ unsigned long long ___val = 0; __CORE_BITFIELD_PROBE_READ(&___val, s, field); ${EXTRACT} })
/* The barrier keeps one relocation of the address instead of one for each width. */
#define BPF_CORE_READ_BITFIELD(s, field) ({ \\
	const void *___p = (const void *)s + __CORE_RELO(s, field, BYTE_OFFSET); \\
	unsigned long long ___val = 0; \\
	asm volatile("" : "+r"(___p)); \\
	switch (__CORE_RELO(s, field, BYTE_SIZE)) { ${cases((type) => `___val = *(const ${type} *)___p`)}} \\
	${EXTRACT} \\
})
#define BPF_CORE_WRITE_BITFIELD(s, field, new_val) ({ \\
	void *___p = (void *)s + __CORE_RELO(s, field, BYTE_OFFSET); \\
	unsigned int ___size = __CORE_RELO(s, field, BYTE_SIZE), ___left = __CORE_RELO(s, field, LSHIFT_U64), ___right = __CORE_RELO(s, field, RSHIFT_U64); \\
	unsigned long long ___mask = (~0ULL << ___right) >> ___left, ___val = 0, ___new = new_val; \\
	asm volatile("" : "+r"(___p)); \\
	switch (___size) { ${cases((type) => `___val = *(${type} *)___p`)}} \\
	___val = (___val & ~___mask) | ((___new << (___right - ___left)) & ___mask); \\
	switch (___size) { ${cases((type) => `*(${type} *)___p = ___val`)}} \\
})
`;

const TYPES = `#define ___bpf_typeof(type) ((typeof(type) *)0)
#define ___bpf_field_ref1(field) (field)
#define ___bpf_field_ref2(type, field) (___bpf_typeof(type)->field)
#define ___bpf_field_ref(args...) ___bpf_apply(___bpf_field_ref, ___bpf_narg(args))(args)
#define bpf_core_field_exists(field...) __builtin_preserve_field_info(___bpf_field_ref(field), BPF_FIELD_EXISTS)
#define bpf_core_field_size(field...) __builtin_preserve_field_info(___bpf_field_ref(field), BPF_FIELD_BYTE_SIZE)
#define bpf_core_field_offset(field...) __builtin_preserve_field_info(___bpf_field_ref(field), BPF_FIELD_BYTE_OFFSET)
#define bpf_core_type_id_local(type) __builtin_btf_type_id(*___bpf_typeof(type), BPF_TYPE_ID_LOCAL)
#define bpf_core_type_id_kernel(type) __builtin_btf_type_id(*___bpf_typeof(type), BPF_TYPE_ID_TARGET)
#define bpf_core_type_exists(type) __builtin_preserve_type_info(*___bpf_typeof(type), BPF_TYPE_EXISTS)
#define bpf_core_type_matches(type) __builtin_preserve_type_info(*___bpf_typeof(type), BPF_TYPE_MATCHES)
#define bpf_core_type_size(type) __builtin_preserve_type_info(*___bpf_typeof(type), BPF_TYPE_SIZE)
#define bpf_core_enum_value_exists(enum_type, enum_value) __builtin_preserve_enum_value(*(typeof(enum_type) *)enum_value, BPF_ENUMVAL_EXISTS)
#define bpf_core_enum_value(enum_type, enum_value) __builtin_preserve_enum_value(*(typeof(enum_type) *)enum_value, BPF_ENUMVAL_VALUE)
extern void *bpf_rdonly_cast(const void *obj, __u32 btf_id) __ksym __weak;
#define bpf_core_cast(ptr, type) ((typeof(type) *)bpf_rdonly_cast((ptr), bpf_core_type_id_kernel(type)))
#if __clang_major__ >= 19
#define ___bpf_plain_typeof(x) __typeof_unqual__(x)
#else
#define ___bpf_plain_typeof(x) typeof(x)
#endif
`;

/** `s->a1->a2`, `n` steps far. */
const arrow = (n: number): string => `(s)${list(n, (i) => `->a${i}`, '')}`;

/**
 * Reads a chain of pointers, each step relocated: all but the last with `mid`, the last with `last` into `*dst`. The value is what the
 * last read returns.
 */
function chain(n: number): string {
  const steps = Array.from(
    { length: n - 1 },
    (_, i) => `mid((void *)&___t, sizeof(___t), &((typeof(${arrow(i)}))${i === 0 ? '(s)' : '___t'})->a${i + 1}); `,
  ).join('');
  const final = `last((void *)(dst), sizeof(*(dst)), &((typeof(${arrow(n - 1)}))${n === 1 ? '(s)' : '___t'})->a${n})`;
  return `___bpf_chain${n}(mid, last, dst, s, ${list(n, (i) => `a${i}`)}) ({ ${n === 1 ? '' : 'const void *___t; '}${steps}${final}; })`;
}

const READERS = ['bpf_core_read', 'bpf_core_read_user', 'bpf_probe_read_kernel', 'bpf_probe_read_user'] as const;
const INTO: readonly (readonly [macro: string, mid: string, last: string])[] = [
  ['BPF_CORE_READ_INTO', READERS[0], READERS[0]],
  ['BPF_CORE_READ_USER_INTO', READERS[1], READERS[1]],
  ['BPF_PROBE_READ_INTO', READERS[2], READERS[2]],
  ['BPF_PROBE_READ_USER_INTO', READERS[3], READERS[3]],
  ['BPF_CORE_READ_STR_INTO', READERS[0], 'bpf_core_read_str'],
  ['BPF_CORE_READ_USER_STR_INTO', READERS[1], 'bpf_core_read_user_str'],
  ['BPF_PROBE_READ_STR_INTO', READERS[2], 'bpf_probe_read_kernel_str'],
  ['BPF_PROBE_READ_USER_STR_INTO', READERS[3], 'bpf_probe_read_user_str'],
];

/** What libbpf's header calls its own steps; programs that read in a way of their own build on them. */
const STEPS = [
  unless('___concat', '#define ___concat(a, b) a ## b'),
  unless('___apply', '#define ___apply(fn, n) ___concat(fn, n)'),
  unless('___nth', `#define ___nth(${list(10, (i) => `_${i}`)}, N, ...) N`),
  unless('___narg', `#define ___narg(...) ___nth(_, ##__VA_ARGS__, ${list(10, (i) => String(10 - i))})`),
  unless('___empty', `#define ___empty(...) ___nth(_, ##__VA_ARGS__, ${list(9, () => 'N')}, 0)`),
  family(1, LONGEST, (n) => `___last${n}(${list(n, (i) => `a${i}`)}) a${n}`),
  family(1, LONGEST, (n) => `___nolast${n}(${list(n, (i) => `a${i}`)}) ${list(n - 1, (i) => `a${i}`)}`),
  '#define ___last(args...) ___bpf_apply(___last, ___bpf_narg(args))(args)\n',
  '#define ___nolast(args...) ___bpf_apply(___nolast, ___bpf_narg(args))(args)\n',
  family(1, LONGEST, (n) => `___arrow${n}(${list(n, (i) => `a${i}`)}) ${list(n, (i) => `a${i}`, '->')}`),
  '#define ___arrow(args...) ___bpf_apply(___arrow, ___bpf_narg(args))(args)\n',
  '#define ___type(args...) typeof(___arrow(args))\n',
  '#define ___core_read(fn, fn_ptr, dst, src, a, ...) ___bpf_chain(fn_ptr, fn, dst, src, a, ##__VA_ARGS__)\n',
];

export function bpfCoreReadHeader(): string {
  const relocated = ['kernel', 'user', 'kernel_str', 'user_str'].map(
    (where) =>
      `#define bpf_core_read${where.replace('kernel', '').replace(/^(?=user)/, '_')}(dst, sz, src) bpf_probe_read_${where}(dst, sz, (const void *)__builtin_preserve_access_index(src))\n`,
  );
  const parts = [
    '#include "bpf_helpers.h"\n',
    ENUMS,
    BITFIELDS,
    TYPES,
    ...relocated,
    family(1, LONGEST, (n) => `___bpf_arrow${n}(s, ${list(n, (i) => `a${i}`)}) ${arrow(n)}`),
    family(1, LONGEST, chain),
    '#define ___bpf_chain(mid, last, dst, s, args...) ___bpf_apply(___bpf_chain, ___bpf_narg(args))(mid, last, dst, s, args)\n',
    '#define ___bpf_arrow(s, args...) ___bpf_apply(___bpf_arrow, ___bpf_narg(args))(s, args)\n',
    ...STEPS,
    ...INTO.map(([macro, mid, last]) => `#define ${macro}(dst, src, a, ...) ___bpf_chain(${mid}, ${last}, dst, src, a, ##__VA_ARGS__)\n`),
    ...INTO.slice(0, 4).map(
      ([macro]) =>
        `#define ${macro.replace('_INTO', '')}(src, a, ...) ({ ___bpf_plain_typeof(___bpf_arrow(src, a, ##__VA_ARGS__)) ___r; ${macro}(&___r, src, a, ##__VA_ARGS__); ___r; })\n`,
    ),
  ];
  return guarded('__BPF_CORE_READ_H__', parts.join(''));
}
