// SPDX-License-Identifier: GPL-2.0-only
/** Names that the C source gives to things: read off the line that the compiler recorded, or not at all. */
import { RegType } from '../kernel/types';
import type { Held } from '../verifier/state/held';
import type { BpfMap } from '../verifier/state/map';
import type { GraphInput } from './input';
import { takerName, titleOf } from './titles';

/** Longest line that is looked at: what is longer was not written by hand. */
const MAX_LINE = 1000;

/** Where the arguments of the only call of a function on a line begin; −1 if it is not called there once. */
function onlyCall(line: string, callee: string): number {
  if (line.length > MAX_LINE || !/^\w+$/.test(callee)) return -1;
  const calls = [...line.matchAll(new RegExp(`\\b${callee}\\s*\\(`, 'g'))];
  return calls.length === 1 ? calls[0]!.index + calls[0]![0].length : -1;
}

/** Arguments of the only call of a function on a line; null if it is not called there once, or not to its end. */
export function callArguments(line: string, callee: string): string[] | null {
  const start = onlyCall(line, callee);
  if (start < 0) return null;
  const out: string[] = [];
  let depth = 0;
  let from = start;
  for (let i = start; i < line.length; i++) {
    const c = line[i]!;
    if (c === '"' || c === "'") return null;
    if ((c === ',' || c === ')') && depth === 0) out.push(line.slice(from, i).trim());
    if (c === ',' && depth === 0) from = i + 1;
    else if (c === '(' || c === '[') depth++;
    else if (c === ']') depth--;
    else if (c === ')' && depth-- === 0) return out;
  }
  return null;
}

/** `&x`, `&q->lock`, `x.y`: a variable or a member, perhaps its address; null for anything else. */
function lvalue(text: string | undefined): string | null {
  return text !== undefined && /^&?\s*[A-Za-z_]\w*(?:(?:->|\.)[A-Za-z_]\w*)*$/.test(text) ? text.replace(/\s+/g, '') : null;
}

/** The variable or member that the result of the only call of a function on a line is put into: `p` in `p = bpf_task_from_pid(pid)`. */
export function assignedVariable(line: string, callee: string): string | null {
  if (onlyCall(line, callee) < 0) return null;
  const put = new RegExp(`((?:[A-Za-z_]\\w*(?:->|\\.))*[A-Za-z_]\\w*)\\s*=\\s*(?:\\([^()]*\\)\\s*)?${callee}\\s*\\(`);
  return put.exec(line)?.[1] ?? null;
}

/** The C variable or member that holds a resource: what its taking was given the address of, or put its result into. */
export function variableOf(input: GraphInput, held: Held): string | null {
  const { token } = held.cls;
  if (token === 'none') return null;
  const line = input.lines.at(held.insn)?.text ?? '';
  const callee = takerName(input, held.insn);
  if (token === 'object') return lvalue(callArguments(line, callee)?.[0]);
  const inSlot = slotArgument(input, held);
  if (inSlot === null) return assignedVariable(line, callee);
  const name = lvalue(callArguments(line, callee)?.at(inSlot));
  return name?.startsWith('&') === true ? name.slice(1) : null;
}

/** Which argument of its taking is the stack slot of a resource: iterators come first, flags and dynptrs last. Null if none is. */
function slotArgument(input: GraphInput, held: Held): 0 | -1 | null {
  if (held.cls.token === 'stack-slot') return -1;
  const kfunc = input.kfunc(held.insn);
  const callee = kfunc?.name ?? takerName(input, held.insn);
  if (/^bpf_iter_\w+_new$/.test(callee)) return 0;
  return /_dynptr$|^bpf_dynptr_/.test(callee) ? -1 : null;
}

/** Name of the map that the taking of a resource was given. */
function mapArgument(input: GraphInput, insn: number): string | null {
  const frame = input.recorder.insns[insn]?.kept[0]?.frames.at(-1);
  const map = frame?.regs.slice(1, 6).find((r) => r.type === RegType.CONST_PTR_TO_MAP)?.map;
  return map === undefined || map.def.name === '' ? null : map.def.name;
}

const isMap = (object: object | null): object is BpfMap => object !== null && 'def' in object;

/** What a resource hangs on: the C variable of its parent, else what the parent is; else the map that it is in or comes from. */
export function objectOf(input: GraphInput, held: Held, parent: Held | undefined): string | null {
  if (parent !== undefined) return variableOf(input, parent) ?? titleOf(input, parent);
  if (held.cls.token === 'none') return null;
  if (isMap(held.object)) return held.object.def.name === '' ? null : held.object.def.name;
  return mapArgument(input, held.insn);
}
