// SPDX-License-Identifier: GPL-2.0-only
/** What the project's own build says about a source file, read without running anything. */
import type { Considered } from './how';
import type { ProjectFiles } from './project';
import type { BuildFlags } from './setup';

export interface FoundBuilds {
  /** Best first: rules for this file, then those of other BPF sources near it. */
  readonly builds: readonly BuildFlags[];
  /** What was looked at and says nothing about this file. */
  readonly considered: readonly Considered[];
}

export async function findBuilds(_file: string, _root: string, _files: ProjectFiles): Promise<FoundBuilds> {
  return Promise.resolve({ builds: [], considered: [] });
}
