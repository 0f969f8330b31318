// SPDX-License-Identifier: GPL-2.0-only
/**
 * Messages that kernels word differently, as 7.3.4 has them and as kernels before it did. Which one a kernel has is a feature of that name
 * ({@link Features}); everything else is worded alike. Facts: the format strings of `kernel/bpf/verifier.c` of 7.3 and 6.12.
 */
import type { Features } from './features';

/** An argument of a call in a message. */
export interface NamedArg {
  /** `R1` or a stack slot (`reg_arg_name`). */
  readonly name: string;
  /** From 0. */
  readonly index: number;
}

/** What a pointer was moved by. */
export interface MovedOffset {
  /** All of it, as a tristate number. */
  readonly text: string;
  /** What varies of it, as a tristate number. */
  readonly moving: string;
  /** The constant that stands beside. */
  readonly step: number;
}

const WORDS = {
  'words.dynptrArg': [(arg: NamedArg) => arg.name, (arg: NamedArg) => `arg #${arg.index}`],
  'words.dynptrFromZero': [(index: number) => index, (index: number) => index + 1],
  'words.structWrite': [(text: string) => text, () => ''],
  'words.iterArg': [(arg: NamedArg) => arg.name, (arg: NamedArg) => `arg #${arg.index}`],
  'words.iterPlace': [(arg: NamedArg) => arg.name, (arg: NamedArg) => `arg#${arg.index}`],
  'words.kfuncArg': [(arg: NamedArg) => arg.name, (arg: NamedArg) => `arg#${arg.index}`],
  'words.kfuncStruct': [(arg: NamedArg) => arg.name, (arg: NamedArg) => `args#${arg.index}`],
  'words.mightSleep': [
    (helper: string, where: string) => `sleepable helper ${helper} in ${where}`,
    () => 'helper call might sleep in a non-sleepable prog',
  ],
  'words.trustedArg': [(arg: NamedArg) => arg.name, (arg: NamedArg) => `arg${arg.index}`],
  'words.memoryPair': [
    (memory: NamedArg, size: NamedArg) => `${memory.name} and ${size.name}`,
    (memory: NamedArg, size: NamedArg) => `arg#${memory.index} arg#${size.index}`,
  ],
  'words.sleepable': [
    () => 'Program of this type cannot be sleepable',
    () => 'Only fentry/fexit/fmod_ret, lsm, iter, uprobe, and struct_ops programs can be sleepable',
  ],
  'words.sleepableKinds': [
    () => 'Only fentry/fexit/fmod_ret, lsm, iter, uprobe, and struct_ops programs can be sleepable',
    () => 'Only fentry/fexit/fmod_ret, lsm, and kprobe/uprobe programs can be sleepable',
  ],
  'words.sleepableMaps': [
    () => 'Sleepable programs can only use array, hash, ringbuf and local storage maps',
    () => 'Sleepable programs can only use array, hash, and ringbuf maps',
  ],
  'words.helperMissing': [
    (helper: string) => `program of this type cannot use helper ${helper}`,
    (helper: string) => `unknown func ${helper}`,
  ],
  'words.invalidArgs': [
    (subprog: number, name: string) => `Caller passes invalid args into func#${subprog} ('${name}')`,
    (subprog: number) => `Caller passes invalid args into func#${subprog}`,
  ],
  'words.helperStack': [(how: 'read from' | 'write to') => how, () => 'indirect access to'],
  'words.helperRead': [() => 'invalid read', () => 'invalid indirect read'],
  'words.releasedArg': [
    (helper: string, reg: string) => `release helper ${helper} expects referenced PTR_TO_BTF_ID passed to ${reg}`,
    (_helper: string, reg: string) => `${reg} must be referenced when passed to release function`,
  ],
  'words.releasedByKfunc': [
    (kfunc: string, arg: string) => `release kfunc ${kfunc} expects referenced PTR_TO_BTF_ID passed to ${arg}`,
    (kfunc: string) => `release kernel function ${kfunc} expects refcounted PTR_TO_BTF_ID`,
  ],
  'words.irqArg': [(arg: NamedArg) => arg.name, (arg: NamedArg) => `arg#${arg.index}`],
  'words.constTnum': [(text: string, _pair: string) => text, (_text: string, pair: string) => pair],
  'words.stackOutside': [(off: number) => ` off=${off}`, () => ''],
  'words.misaligned': [
    (offset: MovedOffset, off: number) => `${offset.text}+${off}`,
    (offset: MovedOffset, off: number) => `${offset.moving}+${offset.step}+${off}`,
  ],
  'words.sleepGlobal': [
    (name: string, where: string) => `sleepable global function ${name}() called in ${where}`,
    () =>
      'global functions that may sleep are not allowed in non-sleepable context,\n' +
      'i.e., in a RCU/IRQ/preempt-disabled section, or in\na non-sleepable BPF program context',
  ],
  'words.constDynptr': [() => 'CONST_PTR_TO_DYNPTR cannot be released', () => 'cannot release unowned const bpf_dynptr'],
} as const;

/** Message, or part of one, that kernels word differently. */
export type WordsId = keyof typeof WORDS;

/** The words of a kernel. */
export function words<K extends WordsId>(features: Features, id: K): (typeof WORDS)[K][0] {
  return WORDS[id][features[id] ? 0 : 1] as (typeof WORDS)[K][0];
}
