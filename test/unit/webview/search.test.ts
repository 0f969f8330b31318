// SPDX-License-Identifier: GPL-2.0-only
import { expect, it } from 'vitest';
import { search } from '../../../webview/toolbar/search';
import { graphOf, insn, resource } from './graph';

const at = (line: number, text: string) => ({ source: { file: 'a.bpf.c', line, column: 1, text } });
const GRAPH = graphOf(
  [
    [
      insn(0, 'r1 = r6', at(5, 'bpf_spin_lock(&v->lock);')),
      insn(1, 'r1 += 8', at(5, 'bpf_spin_lock(&v->lock);')),
      insn(2, 'call bpf_spin_lock#93', at(5, 'bpf_spin_lock(&v->lock);')),
    ],
    [
      insn(3, 'r2 = 1', { ...at(6, 'struct bpf_spin_lock *l = 0;'), held: [resource('ref@0', { id: 7 })] }),
      insn(4, 'r2 = 2', at(6, 'struct bpf_spin_lock *l = 0;')),
      insn(5, 'exit', at(7, 'return 0;')),
    ],
  ],
  [[0, 1]],
);

it.each([
  ['spin_lock', [2, 3]],
  ['return', [5]],
  [':6', [3, 4]],
  ['4', [4]],
  ['r2', [3, 4]],
  ['#7', [3]],
  ['exit', [5]],
  ['nothing of it', []],
  ['', []],
])('%s finds %j', (query, hits) => expect(search(GRAPH, query)).toEqual(hits));
