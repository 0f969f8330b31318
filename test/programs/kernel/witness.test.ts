// SPDX-License-Identifier: GPL-2.0-only
/** Each rule in which kernels differ has a program whose outcome changes with that rule alone, and kernels were asked about it. */
import { describe, expect, it } from 'vitest';
import { FEATURES, type Feature } from '../../../src/kernel/features';
import { OTHER_KERNELS, VERIFIED_KERNEL } from '../../../src/kernel/releases';
import { featureOf, outcomes, recordedAnswers, type Outcome } from '../../support/witness';

const VERSIONS = [VERIFIED_KERNEL, ...OTHER_KERNELS].map((k) => k.version);
const answers = recordedAnswers();
const programs = [...outcomes(VERIFIED_KERNEL.version).keys()];

/** Programs that show a fact of the tables instead of a feature. */
const TABLES = programs.filter((p) => p.startsWith('table__'));

/** Features that no small program shows yet; the list only gets shorter. */
const WITHOUT: readonly Feature[] = [
  'helper.kptrNonOwning',
  'alu.arenaMixed',
  'atomic.oneKind',
  'dynptr.overwriteClone',
  'global.arenaTypeTag',
  'helper.readKeepsStack',
  'helper.typedWrite',
  'loops.components',
  'precision.throughCalls',
  'pruning.singularIds',
  'pruning.scalarIds',
  'pruning.halfSlots',
  'linked.liveOnly',
  'loops.callbacks',
  'loops.exact',
  'prepass.kfuncsLast',
  'object.dropSafeInNmi',
  'kfunc.kindByType',
  'kfunc.trustedResult',
  'exit.exceptions',
  'field.localKptrs',
  'words.kfuncStruct',
  'pruning.mapUids',
  'pruning.packetBase',
  'structOps.stubs',
  'bounds.circular',
  'btf.gplOnly',
  'btf.ownFlexArrays',
  'btf.plainReadOnly',
  'btf.untrustedReadOnly',
  'call.manyRefs',
  'callback.asyncAtomic',
  'callback.valueIds',
  'field.kptrTags',
  'field.uptr',
];

/** Programs of which we say something else than a kernel does, each with the reason. */
const GAPS: Readonly<Record<string, string>> = {
  '6.18.15 isa__stackArgs': 'wording: a store through R11 is refused without a message',
  '6.12.118 isa__stackArgs': 'wording: a store through R11 is refused without a message',
  '6.1.192 isa__stackArgs': 'wording: a store through R11 is refused without a message',
  '6.1.192 helper__mapKeyIsMemory': 'wording: memory of ring buffers has the name of 6.12',
  '6.1.192 global__packetChanges': 'another global function of the object is refused first',
};

/** Programs that a kernel's loader gives up on before the kernel is asked: for want of a map, a type or a function. */
const NOT_ASKED: Readonly<Record<string, readonly string[]>> = {
  '6.1.192': ['arena__signExtends', 'ctx__constVoid', 'kfunc__nullMemory', 'kfunc__trustedByDefault', 'words__memoryPair'],
};

/** What libbpf does for want of a function: a call that the kernel cannot know. */
const UNRESOLVED = /invalid func unknown#\d+$/;

/** The kernel's message may begin with remarks on types, which are no reason; ours has none. */
function agrees(kernel: Outcome | undefined, ours: Outcome, isGap: boolean): boolean {
  if (kernel === undefined) return false;
  // not_verified: the loader had to give up before the kernel was asked
  if (isGap || kernel.verdict === 'not_verified') return true;
  if (kernel.verdict !== ours.verdict || kernel.processed !== ours.processed) return false;
  if (ours.verdict !== 'reject' || kernel.message === ours.message) return true;
  return (
    ours.message !== '' &&
    (kernel.message.endsWith(ours.message) || ours.message.endsWith(kernel.message) || UNRESOLVED.test(kernel.message))
  );
}

describe.each(VERSIONS)('witness programs on %s', (version) => {
  it('end as the kernel says', () => {
    const ours = outcomes(version);
    const differ = programs.filter((p) => !agrees(answers[version]?.[p], ours.get(p)!, GAPS[`${version} ${p}`] !== undefined));
    const unasked = programs.filter((p) => answers[version]?.[p]?.verdict === 'not_verified');
    expect(unasked.sort()).toEqual(NOT_ASKED[version] ?? []);
    expect(differ.map((p) => ({ p, kernel: answers[version]?.[p], ours: ours.get(p) }))).toEqual([]);
  });
});

it('every program changes with its feature, on one kernel at least', () => {
  const idle = programs
    .filter((p) => !TABLES.includes(p))
    .filter((p) => {
      const key = featureOf(p);
      return !VERSIONS.some((version) => {
        const on = outcomes(version, { [key]: true }, (name) => name === p).get(p);
        const off = outcomes(version, { [key]: false }, (name) => name === p).get(p);
        return JSON.stringify(on) !== JSON.stringify(off);
      });
    });
  expect(idle).toEqual([]);
});

it('every feature has a program, or is among those that still need one', () => {
  const shown = new Set(programs.filter((p) => !TABLES.includes(p)).map(featureOf));
  const unknown = [...shown].filter((key) => !(key in FEATURES));
  expect(unknown).toEqual([]);
  // how logs are written is no outcome: `test/unit/log/dialect.test.ts` has logs of each kernel
  const rules = (Object.keys(FEATURES) as Feature[]).filter((key) => !key.startsWith('log.'));
  expect(rules.filter((key) => !shown.has(key)).sort()).toEqual([...WITHOUT].sort());
});
