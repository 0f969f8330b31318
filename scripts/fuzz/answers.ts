// SPDX-License-Identifier: GPL-2.0-only
/** What a kernel said, kept in a file: it says the same again, so that after a change of ours only we are asked. */
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import type { Answer } from './ours';

interface Line {
  readonly key: string;
  readonly answer: Answer;
}

/** Answers of one kernel under one set of options, by the object's bytes. */
export class KeptAnswers {
  readonly #known = new Map<string, Answer>();

  /** `file` need not be there yet; '' keeps nothing. */
  constructor(
    private readonly file: string,
    private readonly asked: string,
  ) {
    if (file === '' || !existsSync(file)) return;
    for (const line of readFileSync(file, 'utf8').split('\n')) {
      if (line === '') continue;
      const { key, answer } = JSON.parse(line) as Line;
      this.#known.set(key, answer);
    }
  }

  get(object: Uint8Array): Answer | undefined {
    return this.#known.get(this.#key(object));
  }

  add(object: Uint8Array, answer: Answer): void {
    const key = this.#key(object);
    this.#known.set(key, answer);
    if (this.file !== '') appendFileSync(this.file, `${JSON.stringify({ key, answer } satisfies Line)}\n`);
  }

  #key(object: Uint8Array): string {
    return createHash('sha256').update(this.asked).update(object).digest('hex').slice(0, 24);
  }
}
