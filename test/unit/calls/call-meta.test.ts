// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { CallMeta } from '../../../src/verifier/call-meta';

type Fields = Record<string, unknown>;

/** Puts another value into every field, those of inner objects too. Returns how many there were. */
function spoil(object: Fields): number {
  let count = 0;
  for (const [name, value] of Object.entries(object)) {
    if (typeof value === 'object' && value !== null) {
      count += spoil(value as Fields);
    } else {
      object[name] = 'left by a call';
      count++;
    }
  }
  return count;
}

describe('what a call tells', () => {
  it('is as new when it is cleared, whatever the call before left in it', () => {
    const meta = new CallMeta();
    expect(spoil(meta as unknown as Fields)).toBeGreaterThan(30);
    expect(meta).not.toEqual(new CallMeta());
    expect(meta.clear()).toEqual(new CallMeta());
  });
});
