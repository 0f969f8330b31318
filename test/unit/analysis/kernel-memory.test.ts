// SPDX-License-Identifier: GPL-2.0-only
/** Several kernels after an edit: what is known is not verified again, and the table is the one that verifying all would give. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { AnalysisEngine } from '../../../src/analysis/engine';
import type { LoadsOnRequest } from '../../../src/analysis/requests';
import * as run from '../../../src/analysis/run';
import { parseElf } from '../../../src/object/elf';
import type { LoadsOnReply } from '../../../src/protocol/loads-on';
import { requestFor } from '../../support/verify';

const ROOT = join(import.meta.dirname, '../../..');
const contexts = new Uint8Array(readFileSync(join(ROOT, 'examples/contexts.bpf.o')));
const kernel = (version: string) => ({ bundle: join(ROOT, 'media/kernel', version), btf: '' });
const quiet = { check: () => undefined, progress: () => undefined };
const COMMON = { file: 'contexts.bpf.o', policy: 'linux-7.3', overlays: [], program: '', unprivileged: false, timeoutS: 0 };

const verified = vi.spyOn(run, 'verifyOne');
const engine = new AnalysisEngine();

function loadsOn(object: Uint8Array, more: Partial<LoadsOnRequest> = {}): LoadsOnReply {
  const kernels = [kernel('7.3.4'), kernel('6.12.118')];
  return engine.loadsOn({ ...COMMON, type: 'loadsOn', object, kernels, key: 'k', ...more }, () => undefined);
}

/** As if the constant of an instruction in this section were another. */
function otherConstant(section: string, insn: number): Uint8Array {
  const copy = contexts.slice();
  const { data } = parseElf(copy).sections.find((s) => s.name === section)!;
  const view = new DataView(copy.buffer, data.byteOffset, data.length);
  view.setInt32(insn * 8 + 4, view.getInt32(insn * 8 + 4, true) + 1, true);
  return copy;
}

/** Programs and kernels that were verified since this was asked last. */
function asked(): string[] {
  const all = verified.mock.calls.map(([prog, { version }]) => `${prog.name} ${version}`);
  verified.mockClear();
  return [...new Set(all)].sort();
}

beforeEach(() => {
  for (const key of ['k', 'other']) engine.forget(key);
  verified.mockClear();
});

describe('several kernels', () => {
  it('are not asked again about what is as it was', () => {
    const first = loadsOn(contexts);
    // irq_copy lacks a kfunc on 6.12
    expect(asked()).toHaveLength(17);
    expect(loadsOn(contexts)).toEqual(first);
    expect(asked()).toEqual([]);
  });

  it('are asked about the program that changed', () => {
    loadsOn(contexts);
    asked();
    const edited = otherConstant('tc', 12);
    const reply = loadsOn(edited);
    expect(asked()).toEqual(['locked_count 6.12.118', 'locked_count 7.3.4']);
    expect(reply).toEqual(loadsOn(edited, { key: 'other' }));
  });

  it('take over what is known of one of them, if it is of the same kernel and policy', () => {
    const request = requestFor('contexts.bpf.o', contexts, { key: 'k', record: false, explain: true, timeoutS: 0 });
    const result = engine.analyze(request, quiet).result!;
    asked();
    const cells = (reply: LoadsOnReply): unknown =>
      reply.programs.map((p) => p.cells.map(({ kind, processed, word }) => [kind, processed, word]));
    const taken = loadsOn(contexts, { known: { asked: 0, result } });
    expect(asked().filter((what) => what.endsWith('7.3.4'))).toEqual([]);
    const other = loadsOn(contexts, { key: 'other', known: { asked: 0, result: { ...result, kernel: '6.1.192' } } });
    expect(asked().filter((what) => what.endsWith('7.3.4'))).toHaveLength(9);
    expect(cells(taken)).toEqual(cells(other));
  });
});
