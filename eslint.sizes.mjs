// SPDX-License-Identifier: GPL-2.0-only
/**
 * Sizes that lint holds, and what is larger: each with what it may have at most, under the reason. None of them grows; what shrinks leaves.
 */
export const SIZES = { 'max-lines': 400, 'max-lines-per-function': 80, 'max-params': 6, 'max-depth': 4 };

/** @type {readonly { readonly rule: keyof typeof SIZES, readonly why: string, readonly files: Readonly<Record<string, number>> }[]} */
export const LARGER = [
  {
    rule: 'max-lines',
    why: 'what a fuzzer knows of one kind of object stands together',
    files: {
      'scripts/fuzz/generate/objects.ts': 446,
      'scripts/fuzz/types.ts': 675,
    },
  },
  {
    rule: 'max-lines',
    why: 'one walk over all kinds of types',
    files: {
      'src/btf/accept/resolve.ts': 418,
      'src/btf/util.ts': 417,
    },
  },
  {
    rule: 'max-lines',
    why: 'one header as a text',
    files: {
      'src/headers/bpf-tracing-h.ts': 436,
    },
  },
  {
    rule: 'max-lines',
    why: 'one table of cases: a transfer function an operation',
    files: {
      'src/verifier/domain/alu.ts': 417,
    },
  },
  {
    rule: 'max-lines-per-function',
    why: 'one command from its options to its end',
    files: {
      'scripts/kernel/preprocess.ts': 87,
    },
  },
  {
    rule: 'max-lines-per-function',
    why: 'a list of choices of the generator, one after the other',
    files: {
      'scripts/fuzz/assemble.ts': 92,
      'scripts/fuzz/generate/dynptrs.ts': 151,
      'scripts/fuzz/generate/graph.ts': 101,
      'scripts/fuzz/generate/mappointers.ts': 90,
      'scripts/fuzz/generate/memory.ts': 86,
      'scripts/fuzz/generate/objects.ts': 96,
      'scripts/fuzz/generate/strings.ts': 93,
      'scripts/fuzz/main.ts': 136,
      'scripts/fuzz/mutants.ts': 98,
      'scripts/fuzz/types.ts': 262,
    },
  },
  {
    rule: 'max-lines-per-function',
    why: 'one case a kind of type',
    files: {
      'src/btf/decode.ts': 99,
    },
  },
  {
    rule: 'max-lines-per-function',
    why: 'one answer a kind of refusal',
    files: {
      'src/explain/declared.ts': 133,
      'src/explain/shape.ts': 116,
    },
  },
  {
    rule: 'max-lines-per-function',
    why: 'the order of the checks is the kernel’s function',
    files: {
      'src/verifier/kfuncs/args.ts': 143,
      'src/verifier/memory/stack/range.ts': 83,
      'src/verifier/objects/iter.ts': 88,
      'src/verifier/objects/lock.ts': 105,
      'src/verifier/prepass/resolve.ts': 81,
    },
  },
  {
    rule: 'max-params',
    why: 'each is data of its own kind',
    files: {
      'scripts/fuzz/generate/scope.ts': 9,
      'src/analysis/run.ts': 7,
      'src/explain/bounds.ts': 9,
      'src/graph/path.ts': 7,
      'src/object/constants.ts': 7,
      'src/object/elf.ts': 9,
      'src/object/maps.ts': 7,
    },
  },
  {
    rule: 'max-params',
    why: 'the arguments are those of the kernel’s function',
    files: {
      'src/verifier/calls/availability.ts': 7,
      'src/verifier/calls/regtype.ts': 7,
      'src/verifier/diag/why/call.ts': 8,
      'src/verifier/diag/why/memory.ts': 7,
      'src/verifier/insn/sanitize.ts': 7,
      'src/verifier/kfuncs/args.ts': 7,
      'src/verifier/memory/access.ts': 10,
      'src/verifier/memory/btf/match.ts': 8,
      'src/verifier/memory/btf/pointer.ts': 7,
      'src/verifier/memory/btf/walk.ts': 7,
      'src/verifier/memory/ctx/access.ts': 9,
      'src/verifier/memory/helper-mem.ts': 8,
      'src/verifier/memory/map/access.ts': 7,
      'src/verifier/memory/region.ts': 7,
      'src/verifier/memory/stack/bounds.ts': 7,
      'src/verifier/memory/stack/range.ts': 9,
      'src/verifier/memory/stack/write.ts': 7,
      'src/verifier/objects/dynptr.ts': 7,
      'src/verifier/prepass/access-marks.ts': 8,
      'src/verifier/prepass/liveness-log.ts': 8,
    },
  },
  {
    rule: 'max-params',
    why: 'bounds of a scalar, each by itself: no object in the hot path',
    files: {
      'src/verifier/domain/draft.ts': 10,
      'src/verifier/domain/scalar.ts': 11,
    },
  },
  {
    rule: 'max-params',
    why: 'fields of a register: one allocation in the hot path',
    files: {
      'src/verifier/state/reg.ts': 11,
    },
  },
  {
    rule: 'max-depth',
    why: 'a loop over a text within a loop over files',
    files: {
      'scripts/fuzz/generate/functions.ts': 5,
      'scripts/kernel/check-logs.ts': 5,
      'src/compiler/macros.ts': 5,
      'src/compiler/project.ts': 5,
      'src/graph/titles.ts': 5,
    },
  },
  {
    rule: 'max-lines-per-function',
    why: 'one picture, drawn from the back to the front; one table of styles; one sweep over the columns',
    files: {
      'webview/drawing/far.ts': 84,
      'webview/drawing/graph-elements.ts': 85,
      'webview/layout/route.ts': 92,
      'webview/timeline/timeline.ts': 98,
    },
  },
  {
    rule: 'max-params',
    why: 'a canvas, what is drawn, and the four sides of its place',
    files: { 'webview/drawing/canvas-marks.ts': 7 },
  },
  {
    rule: 'max-depth',
    why: 'borders between two blocks, in each column of each row',
    files: { 'webview/drawing/regions.ts': 5 },
  },
];
