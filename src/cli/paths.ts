// SPDX-License-Identifier: GPL-2.0-only
/** Where the bundled files are. */
export interface CliPaths {
  readonly worker: string;
  /** Folder of the kernel. */
  readonly kernel: string;
  /** Folder for what makes the next start faster, '' for none. */
  readonly cache: string;
}
