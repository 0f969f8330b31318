// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { actsUnasked, restrictedNotes, withoutUnasked } from '../../../src/analysis/restricted';
import { type ProgramFolder, wholeProgram } from '../../../src/analysis/whole-program';
import { objectOf } from '../../support/objects';

const FILES = new Map([
  ['a.bpf.o', ''],
  ['b.bpf.o', ''],
  ['a.bpf-load.json', '{ "files": ["b.bpf.o"] }'],
]);

/** The folder of `name`, where `a`'s load file says that `b` is a part of it. */
function folderOf(name: string): ProgramFolder {
  return {
    name,
    names: [...FILES.keys()],
    exists: (file) => Promise.resolve(FILES.has(file)),
    text: (file) => Promise.resolve(FILES.get(file) ?? ''),
    objectOf: () => Promise.resolve(null),
    kindOf: (file) => (file.endsWith('.o') ? 'object' : null),
    linked: () => Promise.resolve(null),
  };
}

describe('a workspace that nobody trusts', () => {
  it.each(['a.bpf.o', 'b.bpf.o'])('has no load file that makes %s a part of something', async (name) => {
    const object = objectOf([{ name: 'p' }]);
    expect(await wholeProgram(folderOf(name), object)).toMatchObject({ main: 'a.bpf.o', files: ['a.bpf.o', 'b.bpf.o'], how: 'chosen' });
    expect(await wholeProgram(withoutUnasked(folderOf(name)), object)).toMatchObject({ main: name, files: [name] });
  });

  it('leaves aside what changes verdicts without being asked for, and nothing else', () => {
    expect(['a.bpf-load.json', 'a.bpf-overlay.json', 'a.bpf-policy.json', 'a.bpf.o', 'Makefile'].filter(actsUnasked)).toEqual([
      'a.bpf-load.json',
      'a.bpf-overlay.json',
    ]);
  });

  it('says so', () => {
    const limits = { timeoutS: 5, memoryMb: 512 };
    expect(restrictedNotes(limits, [])).toHaveLength(1);
    expect(restrictedNotes(limits, ['a.bpf-load.json'])[1]).toBe('a.bpf-load.json beside it has no effect either.');
    expect(restrictedNotes(limits, ['a.bpf-overlay.json', 'a.bpf-load.json'])[1]).toBe(
      'a.bpf-overlay.json and a.bpf-load.json beside it have no effect either.',
    );
  });
});
