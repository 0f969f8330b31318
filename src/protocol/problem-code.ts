// SPDX-License-Identifier: GPL-2.0-only
/** The kinds of problem that a program is rejected for. A code is never renamed or given another meaning; each has a page in `docs/problems`. */

/** One line for each code: what is wrong, as a headline of its page. */
export const PROBLEMS = {
  // values
  'null-not-checked': 'A pointer that may be NULL is used',
  'not-initialised': 'Something is read before it is written',
  'not-a-pointer': 'A number is used as a pointer',
  'out-of-bounds': 'Memory may be accessed outside its bounds',
  'unbounded-value': 'A value has no bound where one is needed',
  'constant-needed': 'A value must be known when the program is loaded',
  'stale-packet-pointer': 'A packet pointer is used after the packet may have moved',
  'stale-pointer': 'A pointer is used after it lost its meaning',
  'untrusted-pointer': 'A kernel pointer is not protected where it must be',
  'pointer-arithmetic': 'A pointer is changed in a way that cannot be followed',
  'pointer-leak': 'An address of the kernel would be shown',
  'wrong-argument': 'An argument has a type that the callee does not take',
  'read-only-memory': 'Memory is written that may only be read',
  'context-access': 'A field of the context cannot be accessed',
  'field-access': 'A special field is accessed directly',
  'misaligned-access': 'An access is not aligned',
  'return-value': 'A value is returned that is not allowed',
  // what is held
  'reference-leak': 'A resource is not released on one path',
  'region-open': 'A region is not left on one path',
  'not-held': 'Something is released or left that is not held',
  'release-order': 'Things are released in the wrong order',
  'iterator-state': 'An iterator is used in the wrong state',
  'dynptr-state': 'A dynptr is used in the wrong state',
  'lock-needed': 'A lock must be held here',
  'region-needed': 'A call is allowed only inside a region',
  // where it runs
  'context-forbidden': 'Something is done inside a region that forbids it',
  'not-sleepable': 'Something may sleep in a program or callback that must not',
  'call-forbidden': 'A function may not be called from this program',
  'call-missing': 'This kernel does not have a function that is called',
  'attach-target': 'The program cannot be attached where its section says',
  'privilege-needed': 'Whoever loads the program lacks a capability',
  licence: 'The licence of the program does not allow this',
  // how it is declared and built
  'map-without-types': 'A map is declared without types',
  'field-missing': 'A map value or object lacks a field that is needed, or has it elsewhere',
  'map-mismatch': 'A map cannot be used here',
  'core-relocation': 'A field or type is not in this kernel',
  'type-information': 'The type information of the program is not usable',
  arena: 'An arena is used in a way that is not allowed',
  'global-function': 'A global function is verified without its callers',
  'control-flow': 'The flow of control is not allowed',
  'bad-instruction': 'An instruction is not valid',
  'call-graph': 'Functions call each other in a way that is not allowed',
  exception: 'An exception is thrown or caught where that is not possible',
  // how much it takes
  'infinite-loop': 'A loop never ends',
  'too-large': 'The verification takes too many steps',
  'stack-too-deep': 'The stack is too deep',
  unsupported: 'The kernel does not support this',
} as const;

/** Stable name of a kind of problem. */
export type ProblemCode = keyof typeof PROBLEMS;
