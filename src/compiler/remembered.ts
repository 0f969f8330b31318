// SPDX-License-Identifier: GPL-2.0-only
/** What is kept of compiling from one session to the next: what worked in a folder, what builds said when asked, what was chosen for a file. */
import type { AskedBuild } from './ask-build';
import type { BuildKind, Setup } from './setup';

/** What worked for a folder, as text that can be kept. */
export type Memory = Pick<Setup, 'folders' | 'quoted' | 'extra' | 'zero' | 'vmlinux' | 'newest' | 'kernel' | 'own'>;

/** How a file is to be compiled, chosen by hand. */
export type BuildChoice =
  /** By what stands at this place. */
  | { readonly kind: 'build'; readonly of: BuildKind; readonly file: string; readonly line: number }
  /** By our own arguments and what a search finds, whatever the builds say. */
  | { readonly kind: 'ours' }
  /** With these arguments. */
  | { readonly kind: 'typed'; readonly args: readonly string[] };

/** All of it, as JSON can hold it. */
export interface RememberedData {
  readonly worked: readonly (readonly [folder: string, memory: Memory])[];
  readonly asked: readonly AskedBuild[];
  readonly choices: readonly (readonly [file: string, choice: BuildChoice])[];
}

/** The most that is kept of each. */
const MOST = 200;
/** Builds whose answers are kept: each has a command for every BPF source. */
const MOST_ASKED = 20;

export class Remembered {
  private readonly worked: Map<string, Memory>;
  private readonly asked: Map<string, AskedBuild>;
  private readonly choices: Map<string, BuildChoice>;

  /** @param changed called with everything whenever something is different */
  constructor(
    kept: Partial<RememberedData> = {},
    private readonly changed: (all: RememberedData) => void = () => undefined,
  ) {
    this.worked = new Map(kept.worked ?? []);
    this.asked = new Map((kept.asked ?? []).map((build) => [build.file, build]));
    this.choices = new Map(kept.choices ?? []);
  }

  private tell(): void {
    this.changed({
      worked: [...this.worked].slice(-MOST),
      asked: [...this.asked.values()].slice(-MOST_ASKED),
      choices: [...this.choices].slice(-MOST),
    });
  }

  /** What worked in a folder. */
  memory(folder: string): Memory | undefined {
    return this.worked.get(folder);
  }

  /** Keeps what worked in a folder; null drops it. */
  keep(folder: string, memory: Memory | null): void {
    if (JSON.stringify(memory ?? undefined) === JSON.stringify(this.worked.get(folder))) return;
    this.worked.delete(folder);
    if (memory !== null) this.worked.set(folder, memory);
    this.tell();
  }

  /** Answers of builds. */
  answers(): readonly AskedBuild[] {
    return [...this.asked.values()];
  }

  /** Keeps what a build said, in place of what it said before; null drops it. */
  answered(file: string, build: AskedBuild | null): void {
    this.asked.delete(file);
    if (build !== null) this.asked.set(file, build);
    this.tell();
  }

  /** What was chosen for a file. */
  choice(file: string): BuildChoice | null {
    return this.choices.get(file) ?? null;
  }

  /** Chooses for a file; null lets it be found again. */
  choose(file: string, choice: BuildChoice | null): void {
    this.choices.delete(file);
    if (choice !== null) this.choices.set(file, choice);
    this.tell();
  }
}
