// SPDX-License-Identifier: GPL-2.0-only
/** Small graphs for tests of the views, written as one line a block. */
import { REF, RCU } from '../../../src/policy/classes';
import { NOFAULT } from '../../../src/policy/forbid';
import type { ContextGraph, Effect, GraphEdge, GraphInsn, GraphNode, HeldResource, Operation } from '../../../src/protocol/graph';
import type { ProgramResult } from '../../../src/protocol/model';

const CLASSES = [REF, RCU, NOFAULT];

export function resource(key: string, over: Partial<HeldResource> = {}): HeldResource {
  const [kind = 'ref', at = '0'] = key.split(/[@<]/);
  const cls = CLASSES.find(({ name }) => name === kind);
  const forbids = kind === 'ref' ? [] : ['fault', 'sleep'];
  return {
    id: 1,
    key,
    kind,
    letter: cls?.letter ?? kind.charAt(0).toUpperCase(),
    ...(cls === undefined ? {} : { colour: cls.colour }),
    holding: kind === 'rcu' ? 'region' : 'reference',
    title: kind,
    variable: null,
    takenAt: Number(at),
    takenPlaces: [Number(at)],
    object: null,
    forbids,
    inStates: 1,
    depth: 1,
    ...over,
  };
}

export function insn(index: number, text: string, over: Partial<GraphInsn> = {}): GraphInsn {
  const held = over.held ?? [];
  const no = held.some((h) => h.forbids.includes('sleep'));
  return {
    index,
    text,
    ...(text.startsWith('call ') ? { shown: text.slice(0, text.indexOf('#')) } : {}),
    operation: operationOf(index, text),
    source: { file: 'a.bpf.c', line: 10 + index, column: 1, text: `line ${10 + index};` },
    reachable: true,
    visit: 'visited',
    mayFault: no ? 'no' : 'yes',
    maySleep: no ? 'no' : 'yes',
    because: [],
    held,
    states: 1,
    effects: [],
    demands: [],
    note: null,
    rejected: false,
    ...over,
  };
}

export const takes = (key: string): Effect => ({ verb: 'takes', key, kind: 'ref', holding: 'reference' });
export const gives = (key: string): Effect => ({ verb: 'gives back', key, kind: 'ref', holding: 'reference' });
export const enters = (key: string): Effect => ({ verb: 'enters', key, kind: 'rcu', holding: 'region' });
export const leaves = (key: string): Effect => ({ verb: 'leaves', key, kind: 'rcu', holding: 'region' });

const OPERATION: Operation = { class: 'alu64', kind: 'alu', name: 'mov', reads: [], writes: [], targets: [], callee: null };
const distance = (text: string): number => Number(/ pc([+-]\d+)$/.exec(text)?.[1] ?? 0);

/** What the few instructions of these tests do, by their notation. Not for anything but these. */
function operationOf(index: number, text: string): Operation {
  const [word = ''] = text.split(' ');
  const call = /^call (\w+)#/.exec(text);
  if (call !== null) {
    const callee = { kind: 'kfunc', name: call[1]!, start: null } as const;
    return { ...OPERATION, class: 'jmp', kind: 'call', name: 'call', reads: [1, 2, 3, 4, 5], writes: [0, 1, 2, 3, 4, 5], callee };
  }
  if (word === 'exit') return { ...OPERATION, class: 'jmp', kind: 'exit', name: 'exit', reads: [0] };
  if (word === 'goto') return { ...OPERATION, class: 'jmp', kind: 'goto', name: 'ja', targets: [index + 1 + distance(text)] };
  const [first, ...others] = [...text.matchAll(/\b[rw](\d+)\b/g)].map((m) => Number(m[1]));
  if (word === 'if')
    return { ...OPERATION, class: 'jmp', kind: 'branch', name: 'jeq', reads: [first!, ...others], targets: [index + 1 + distance(text)] };
  return { ...OPERATION, reads: others, writes: [first!] };
}

/** A function `main` of blocks of instructions, with edges by block number: `[from, to, kind, label]`. */
export function graphOf(
  blocks: readonly (readonly GraphInsn[])[],
  edges: readonly (readonly [number, number, GraphEdge['kind']?, string?])[],
): ContextGraph {
  const nodes = blocks.map((instructions, i): GraphNode => ({
    id: `f0b${i}`,
    name: `b${i}`,
    number: i,
    function: 'main',
    kind: i === 0 ? 'entry' : edges.some(([from]) => from === i) ? 'block' : 'exit',
    instructions,
  }));
  const last = blocks.flat().at(-1)!.index;
  return {
    program: 'prog',
    object: 'a.bpf.o',
    functions: [{ name: 'main', start: 0, end: last + 1, kind: 'main', entry: 'f0b0' }],
    nodes,
    edges: edges.map(([from, to, kind = 'fall', label = '']) => ({
      from: `f0b${from}`,
      to: `f0b${to}`,
      kind,
      label,
      meaning: '',
      travelled: true,
    })),
  };
}

export const RESULT: ProgramResult = {
  object: 'a.bpf.o',
  program: 'prog',
  section: 'fentry.s/x',
  progType: 'tracing',
  sleepable: true,
  insnCount: 10,
  verdict: 'accept',
  errno: 0,
  message: [],
  insn: null,
  source: null,
  processedInsns: 30,
  totalStates: 3,
  peakStates: 3,
  timeUs: 1,
  reason: null,
  kernel: '7.3.4',
  policy: 'linux-7.3',
  sentence: null,
  explanation: null,
  related: [],
  short: '',
  maySleep: 'mixed',
  definition: null,
};
