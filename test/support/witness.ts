// SPDX-License-Identifier: GPL-2.0-only
/** Witness programs: small ones, each named by a feature of kernels, whose outcome changes with that feature alone. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Feature, Features } from '../../src/kernel/features';
import { loadObject } from '../../src/object/load';
import type { Program } from '../../src/object/program';
import { DEFAULT_POLICY } from '../../src/policy';
import { verify } from '../../src/verifier/check';
import { kernelOf } from './kernel';

const ROOT = path.resolve(import.meta.dirname, '../..');
/** Sources, objects and what kernels said of them. */
export const WITNESSES = path.join(ROOT, 'test/fixtures/witness');

/** The objects, each loaded as one by a kernel: what a kernel has no map for stands in one of its own. */
export const WITNESS_OBJECTS = ['rules', 'arena'] as const;

/** What came of a program: the verdict, and of a rejection the message. */
export interface Outcome {
  readonly verdict: string;
  readonly message: string;
  readonly processed: number;
}

/** What kernels said, by kernel version and program. */
export type Answers = Readonly<Record<string, Readonly<Record<string, Outcome>>>>;

/** The recorded answers. */
export function recordedAnswers(): Answers {
  return JSON.parse(readFileSync(path.join(WITNESSES, 'answers.json'), 'utf8')) as Answers;
}

/** The feature that a program is the witness of: `alu__divModRange` of `alu.divModRange`; what follows a further `__` tells several apart. */
export function featureOf(program: string): Feature {
  return program.split('__').slice(0, 2).join('.') as Feature;
}

const loaded = new Map<string, readonly Program[]>();

function loadedOf(object: string, version: string): readonly Program[] {
  const key = `${version} ${object}`;
  let programs = loaded.get(key);
  if (programs === undefined) {
    programs = loadObject(readFileSync(path.join(WITNESSES, object)), object, kernelOf(version).object).programs;
    loaded.set(key, programs);
  }
  return programs;
}

/** Outcomes of all programs (`wanted`: of some) on a kernel, or on one like it but for some features. */
export function outcomes(
  version: string,
  changed: Partial<Record<Feature, boolean>> = {},
  wanted: (program: string) => boolean = () => true,
): Map<string, Outcome> {
  const kernel = kernelOf(version);
  const profile = kernel.profile as { features: Features };
  const own = profile.features;
  profile.features = { ...own, ...changed };
  try {
    return new Map(
      WITNESS_OBJECTS.flatMap((name) => loadedOf(`${name}.o`, version))
        .filter((p) => wanted(p.name))
        .map((program) => {
          const options = { logLevel: 1, unprivileged: false, flags: 0, recorder: null, tick: null };
          const r = verify(program, kernel.profile, DEFAULT_POLICY, options);
          return [program.name, { verdict: r.verdict, message: r.message.join('\n'), processed: r.processedInsns }];
        }),
    );
  } finally {
    profile.features = own;
  }
}
