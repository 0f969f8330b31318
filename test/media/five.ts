// SPDX-License-Identifier: GPL-2.0-only
/** Five refusals of different kinds (five.bpf.c), and what each medium has to say of them: the one table of all tests of media. */
import type { CauseEventKind } from '../../src/protocol/explanation';
import type { ProblemCode } from '../../src/protocol/problem-code';

export const FIVE = 'five.bpf.c';

export interface ExpectedStep {
  readonly event: CauseEventKind;
  readonly insn: number;
  readonly line: number;
  readonly text: string;
  readonly guilty: boolean;
}

export interface ExpectedAnswer {
  readonly program: string;
  readonly section: string;
  readonly code: ProblemCode;
  /** Code stands between backticks, as in explanations. */
  readonly summary: string;
  /** What was refused. */
  readonly line: number;
  readonly insn: number;
  /** The kernel's words. */
  readonly message: readonly string[];
  readonly cause: readonly ExpectedStep[];
  readonly suggestion: string;
  /** The one line in Problems. */
  readonly problem: string;
  /** What the line with the squiggle says under it. */
  readonly squiggle: string;
}

const step = (event: CauseEventKind, insn: number, line: number, text: string): ExpectedStep => ({
  event,
  insn,
  line,
  text,
  guilty: false,
});
const guilty = (event: CauseEventKind, insn: number, line: number, text: string): ExpectedStep => ({
  ...step(event, insn, line, text),
  guilty: true,
});

export const ANSWERS: readonly ExpectedAnswer[] = [
  {
    program: 'leak',
    section: 'fentry/vfs_read',
    code: 'reference-leak',
    summary: '`p` is not released on one path',
    line: 37,
    insn: 17,
    message: ['Unreleased reference id=2 alloc_insn=1', 'BPF_EXIT instruction in main prog would lead to reference leak'],
    cause: [
      step('taken', 1, 33, 'bpf_task_from_pid() acquires the reference to task_struct'),
      guilty('branch', 9, 37, 'this branch skips the release of line 40'),
      step('exit', 9, 37, 'the program returns with it still held'),
    ],
    suggestion: 'Call bpf_task_release(p) before the return at line 37 too.',
    problem: 'p is not released on one path: line 37: this branch skips the release of line 40',
    squiggle: 'p->pid',
  },
  {
    program: 'packet',
    section: 'tc',
    code: 'stale-packet-pointer',
    summary: '`data` no longer points into the packet',
    line: 55,
    insn: 9,
    message: ["R7 invalid mem access 'scalar'"],
    cause: [step('loaded', 2, 47, '`data` is set'), guilty('invalidated', 7, 53, 'bpf_skb_pull_data() may move the packet')],
    suggestion: 'Load `data` and `data_end` again after line 53, and repeat the bounds check.',
    problem: 'data no longer points into the packet: line 53: bpf_skb_pull_data() may move the packet',
    squiggle: 'proto',
  },
  {
    program: 'asleep',
    section: 'fentry.s/__x64_sys_getpgid',
    code: 'context-forbidden',
    summary: 'bpf_copy_from_user() may sleep inside the RCU read section',
    line: 64,
    insn: 7,
    message: ['sleepable helper bpf_copy_from_user#148 in rcu_read_lock region'],
    cause: [guilty('entered', 2, 63, 'bpf_rcu_read_lock() enters the RCU read section')],
    suggestion: 'Move bpf_copy_from_user() out of the RCU read section: after bpf_rcu_read_unlock(), or before it is entered.',
    problem: 'bpf_copy_from_user() may sleep inside the RCU read section: line 63: bpf_rcu_read_lock() enters the RCU read section',
    squiggle: 'bpf_copy_from_user(&head, sizeof(head), (void *)8)',
  },
  {
    program: 'unchecked',
    section: 'fentry/vfs_write',
    code: 'null-not-checked',
    summary: '`v` may be NULL where it is read or written',
    line: 76,
    insn: 7,
    message: ["R0 invalid mem access 'map_value_or_null'"],
    cause: [guilty('call', 6, 74, 'bpf_map_lookup_elem() may be NULL, and no branch checks it')],
    suggestion: 'Check `v` for NULL before line 76.',
    problem: 'v may be NULL where it is read or written: line 74: bpf_map_lookup_elem() may be NULL, and no branch checks it',
    squiggle: '*v += 1;',
  },
  {
    program: 'misplaced',
    section: 'kprobe/vfs_read',
    code: 'call-forbidden',
    summary: 'bpf_task_from_pid() may not be called by a kprobe program',
    line: 83,
    insn: 1,
    message: ['calling kernel function bpf_task_from_pid is not allowed'],
    cause: [guilty('declared', 0, 83, 'the program is SEC("kprobe/vfs_read")'), step('call', 1, 83, 'calls bpf_task_from_pid()')],
    suggestion:
      'Move the call to a program of one of these kinds, for example fentry or tp_btf, or use a function that kprobe programs may call.',
    problem: 'bpf_task_from_pid() may not be called by a kprobe program: line 83: the program is SEC("kprobe/vfs_read")',
    squiggle: 'bpf_task_from_pid(1)',
  },
];
