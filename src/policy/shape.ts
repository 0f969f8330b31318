// SPDX-License-Identifier: GPL-2.0-only
/**
 * The members of policy files and overlays, with the values that they may have and what they mean: the readers beside this file go by it, and
 * the schemas in `media/schemas` are made from it.
 */
import { OPS } from './ops';
import { KNOWN_FLAGS } from './call-flags';
import { KFUNC_BEHAVIOUR } from '../kernel/behaviour';
import { KF_FLAGS } from '../kernel/flags';
import type { NamedColour, Token } from './types';

/** What a member of an object may be. Without more it is a text, or a number as its default is. */
export interface Member {
  readonly description: string;
  /** Value that holds where the file says nothing. */
  readonly default?: string | number | boolean;
  /** Values that there are, or that are worth offering. */
  readonly values?: readonly string[];
  readonly boolean?: true;
  /** Members of the object that it is. */
  readonly members?: Members;
  /** What the items of the list are that it is. */
  readonly items?: Omit<Member, 'description'> | { readonly each: keyof typeof EACH };
}

export type Members = Readonly<Record<string, Member>>;

export const TOKENS: readonly Token[] = ['none', 'stack-slot', 'object', 'pointer'];
export const COLOURS: readonly NamedColour[] = ['green', 'orange', 'purple', 'blue', 'red', 'yellow', 'neutral'];
export const NESTINGS = ['counter', 'once'] as const;
export const ORDERS = ['none', 'lifo'] as const;
export const SLEEPS = ['no', 'sleep', 'fault'] as const;
export const SLEEPING_LOCKS = ['sleep', 'fault'] as const;
export const HAZARD_OPS = ['fault', 'sleep'] as const;
export const GRANTS = ['rcu'] as const;
/** Where a class stands among others that the file says no rank for. */
export const USUAL_RANK = 60;

const OPERATIONS = { items: { values: [...OPS.keys()] } } as const;

export const PARAMETERS = {
  nesting: { description: 'Whether several locks may be held at once.', default: 'counter', values: NESTINGS },
  order: { description: 'Whether they are given back last in, first out.', default: 'none', values: ORDERS },
  forbids: { description: 'What a lock forbids beside sleeping.', ...OPERATIONS },
  sleepingLock: {
    description: 'What a sleeping lock such as mmap_lock forbids: all sleeping, or faults only.',
    default: 'sleep',
    values: SLEEPING_LOCKS,
  },
} as const satisfies Members;

export const OPTIONS = {
  iteratorElements: {
    description:
      "What an iterator's _next acquires hangs on the iterator: it is given back by the next _next, by _destroy, and by a KF_RELEASE kfunc with an __iter argument.",
    boolean: true,
  },
  compareElementParent: {
    description: 'Two states are the same only if elements belong to the same iterators. False is what was posted, and unsound.',
    boolean: true,
  },
} as const satisfies Members;

export const WORDS = {
  region: { description: 'After "in" and "within" when sleeping is refused: "… in rcu_read_lock region".' },
  leaving: {
    description: 'After "cannot be used inside" when the program would be left: "bpf_rcu_read_lock-ed region". Not for token pointer.',
  },
  unmatched: { description: 'The whole message when it is left without having been entered; %s is the function.' },
  calls: { description: 'The whole message when a helper or kfunc call is refused.' },
  globalCalls: { description: 'The whole message when a call of a global function is refused.' },
  outOfOrder: {
    description: 'The whole message when it is left out of order; the two %d are the id and the instruction of what is to be left first.',
  },
  nested: { description: 'The whole message when it is entered again and does not nest.' },
  inCallback: { description: "The whole message when it is entered or left in a callback that keeps its caller's locks." },
  otherFamily: { description: 'The whole message when a flag slot is given back by another family; the two %s are the families.' },
} as const satisfies Members;

export const CLASS = {
  name: { description: 'Name for rules and graphs. The name of a class of the base changes that class.' },
  letter: { description: 'One capital letter for rails and chips.' },
  colour: { description: 'Colour of rails and chips; never the only carrier.', values: COLOURS },
  title: { description: 'Words for people: "RCU read section".' },
  token: {
    description:
      'What stands for one held resource: nothing (it is counted), a stack slot (__irq_flag parameter), an object (lock), a returned pointer (reference).',
    default: 'none',
    values: TOKENS,
  },
  nesting: { description: 'Whether it may be entered again while it is held.', default: 'counter', values: NESTINGS },
  order: {
    description:
      '"none": left in any order. "lifo": last in, first out. Any other word: last in, first out together with all classes of that word.',
    default: 'none',
    values: ORDERS,
  },
  mayFail: {
    description: 'Entering may fail: a path with an error in R0 and nothing entered goes on too.',
    default: false,
    boolean: true,
  },
  slotClass: {
    description: 'Class (token stack-slot) of the entry that a flag slot stands for which the call passes beside its own token.',
  },
  family: { description: 'Family of functions that save into a slot; another family must not restore.' },
  forbids: {
    description: 'What is refused while it is held. "sleep" means faults too; "leave" is exit, tail-call, throw and ld-abs.',
    ...OPERATIONS,
  },
  grants: { description: 'What holding it gives: "rcu" counts as an RCU read section.', items: { values: GRANTS } },
  rank: {
    description: "Of several classes that forbid something, the one with the lowest rank is named. Mainline's are 10 to 40.",
    default: USUAL_RANK,
  },
  leaveRank: {
    description: "Order of the checks when the program is left. Mainline's are 10 (locks) to 50.",
    default: USUAL_RANK,
  },
  words: { description: 'Words of its messages.', members: WORDS },
} as const satisfies Members;

export const CALLBACK = {
  holds: { description: "Class (token none) that is held from the callback's entry to its return." },
  sleepable: {
    description: 'For callbacks that run later: whether they run in a task, and so may sleep, whatever the program may.',
    boolean: true,
  },
  keepsLocks: { description: "The caller's lock stays held: locks are neither taken nor given back inside.", boolean: true },
} as const satisfies Members;

export const HELPER = {
  name: { description: 'Name of the function, as the kernel has it.' },
  enters: { description: 'Class that the call enters.' },
  leaves: { description: 'Class that the call leaves.' },
  acquires: { description: 'Class (token pointer) of what the call returns as a reference. For kfuncs it needs KF_ACQUIRE.' },
  callable: { description: 'May be called where calls are forbidden.', boolean: true },
  sleeps: {
    description: 'What the call itself may do, instead of what the kernel says: nothing of the kind, sleep without faulting, or fault.',
    values: SLEEPS,
  },
  callback: { description: 'What is true while a callback runs that the function takes.', members: CALLBACK },
} as const satisfies Members;

export const PROTO = {
  ret: { description: 'Return type, e.g. void or struct task_struct *.' },
  params: { description: 'Parameters, e.g. struct bpf_iter_task_vma *it__iter.', items: {} },
} as const satisfies Members;

export const KFUNC = {
  ...HELPER,
  flags: {
    description:
      "Flags to set. KF_FORBID_FAULT and KF_FORBID_SLEEP are those of the posted series (with KF_ACQUIRE), KF_ACQUIRE_LOCK the counter-proposal's, KF_CTX_ENTER(class) and KF_CTX_LEAVE(class) the markers'.",
    items: { values: KNOWN_FLAGS.filter((flag) => !flag.includes('(')) },
  },
  clear: { description: 'Flags of the kernel to clear.', items: { values: [...KF_FLAGS.keys()] } },
  behaviour: {
    description: 'Behaviour tag of a kfunc that the verifier treats specially, e.g. obj_new.',
    values: [...KFUNC_BEHAVIOUR.values()],
  },
  proto: {
    description: 'Prototype of a kfunc that the kernel does not have, spelled as C. Types must be known to the kernel.',
    members: PROTO,
  },
} as const satisfies Members;

export const HAZARD_PLACE = {
  iterator: { description: 'An iterator of that struct is alive, e.g. bpf_iter_task_vma.' },
  callback: { description: 'The code runs in a callback of that helper or kfunc.' },
  class: { description: 'A resource of that class is held.' },
} as const satisfies Members;

export const HAZARD = {
  id: { description: 'Name of the hazard.' },
  while: { description: 'Where it is: one of the three.', members: HAZARD_PLACE },
  op: { description: 'What a call has to do there.', default: 'fault', values: HAZARD_OPS },
  from: { description: 'First kernel release that it concerns, e.g. 6.12.' },
  until: { description: 'Last one.' },
  text: { description: 'One or two plain sentences.' },
  source: { description: 'Where this is known from.' },
} as const satisfies Members;

/** What the items of the lists of a file are. */
export const EACH = { class: CLASS, helper: HELPER, kfunc: KFUNC, hazard: HAZARD } as const;

/** Members of a policy file, but `extends`, whose values are the policies that are built in. */
export const FILE = {
  id: { description: 'Name on the command line and in results; not that of a built-in policy.' },
  title: { description: 'Name for people.' },
  description: { description: 'One or two sentences.' },
  extends: { description: 'Policy whose rules hold where this file says nothing.' },
  parameters: {
    description: 'Answers to what the proposal of acquire-lock left open; only with "extends": "acquire-lock".',
    members: PARAMETERS,
  },
  options: { description: 'How elements of iterators count.', members: OPTIONS },
  classes: { description: 'Classes of held resources, new ones and changed ones.', items: { each: 'class' } },
  kfuncs: { description: 'Annotations of kfuncs.', items: { each: 'kfunc' } },
  helpers: { description: 'Annotations of helpers.', items: { each: 'helper' } },
  hazards: { description: 'What is dangerous without being refused: information.', items: { each: 'hazard' } },
} as const satisfies Members;

/** Names of members. */
export function namesOf(members: Members): readonly string[] {
  return Object.keys(members);
}
