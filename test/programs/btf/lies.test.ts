// SPDX-License-Identifier: GPL-2.0-only
/**
 * BTF with one wrong word, and what Linux 7.3.4 says of it. `guest.json` holds the last line of the kernel's BTF log for each lie that
 * libbpf hands over ('' where the kernel takes the BTF), asked of a guest for program `needs` of `lies.bpf.o`, which needs BTF.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { kernelObjection } from '../../../src/btf/accept';
import { handedOverBtf } from '../../../src/object/btf-image';
import { openObject } from '../../../src/object/open';
import { btfLies, withLie } from '../../support/btf-lies';

const FIXTURES = join(import.meta.dirname, '../../fixtures/btf');
const seed = new Uint8Array(readFileSync(join(FIXTURES, 'lies.bpf.o')));
const guest = new Map(Object.entries(JSON.parse(readFileSync(join(FIXTURES, 'guest.json'), 'utf8')) as Record<string, string>));

function ourWord(object: Uint8Array): string {
  const { parsedBtf, btf } = openObject(object, 'lies.bpf.o');
  return kernelObjection(handedOverBtf(parsedBtf!, btf!))?.line ?? '';
}

describe('BTF with a lie', () => {
  it('takes the truth', () => {
    expect(ourWord(seed)).toBe('');
    expect(guest.get('truth')).toBe('');
  });

  it('is refused where the kernel refuses it, in its words', () => {
    const lies = btfLies(seed).filter(({ name }) => guest.has(name));
    expect(lies.length).toBe(guest.size - 1);
    const told = lies.map((lie) => ({ lie: lie.name, line: ourWord(withLie(seed, lie)) }));
    expect(told).toEqual(lies.map(({ name }) => ({ lie: name, line: guest.get(name) })));
    expect(told.filter(({ line }) => line !== '').length).toBeGreaterThan(150);
  });
});
