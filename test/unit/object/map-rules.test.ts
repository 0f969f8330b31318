// SPDX-License-Identifier: GPL-2.0-only
/** Maps that the kernel refuses: every case of `test/maps/rules.bpf.c` against what Linux 7.3.4 said of it. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadObject } from '../../../src/object/load';
import type { LoadedObject } from '../../../src/object/program';
import { getPolicy } from '../../../src/policy';
import { verify } from '../../../src/verifier/check';
import { kernelOf } from '../../support/kernel';

const MAPS = path.resolve(import.meta.dirname, '../../maps');

/** A row of `kernel.jsonl`. */
interface Row {
  readonly case: string;
  readonly verdict: 'accept' | 'reject' | 'not_verified';
  readonly errno: string;
  readonly message: string;
}

const rows = readFileSync(path.join(MAPS, 'kernel.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Row);
const kernel = kernelOf();

function load(name: string): LoadedObject {
  const file = `${name}.bpf.o`;
  return loadObject(readFileSync(path.join(MAPS, 'objects', file)), file, kernel.object);
}

describe('a map is created or refused as Linux 7.3.4 does', () => {
  it.each(rows.map((row) => [row.case, row] as const))('%s', (name, row) => {
    const object = load(name);
    const program = object.programs[0];
    if (row.verdict === 'not_verified') {
      expect(object.failed.map((f) => [f.name, f.refusedMap?.objection.errno])).toEqual([['p', row.errno]]);
      return;
    }
    expect(object.failed).toEqual([]);
    const result = verify(program!, kernel.profile, getPolicy('linux-7.3'), {
      logLevel: 0,
      unprivileged: false,
      flags: 0,
      recorder: null,
      tick: () => undefined,
    });
    expect(result.verdict).toBe(row.verdict);
    if (row.verdict === 'reject') {
      expect(result.message.at(-1)).toBe(row.message.split('\n').at(-1));
    }
  });
});

describe('a refusal says what is wrong', () => {
  it.each([
    ['array_key8', "map 'm': failed to create: -EINVAL: the key has 8 bytes; an array has a key of 4 bytes"],
    ['lpm_preallocated', "map 'm': failed to create: -EINVAL: an LPM trie needs BPF_F_NO_PREALLOC in map_flags"],
    ['hash_unknown_flag', "map 'm': failed to create: -EINVAL: a hash map does not take the flags 0x100000"],
    ['percpu_array_70000', "map 'm': failed to create: -E2BIG: the value has 70000 bytes; a per-CPU value has at most 32768"],
    ['ringbuf_with_value', "map 'm': failed to create: -EINVAL: the key has 4 bytes; a ring buffer has no key"],
    ['perf_without_sizes', "map 'm': failed to create: -EINVAL: the value has 0 bytes; a perf event array has a value of 4 bytes"],
    ['stack_with_key', "map 'm': failed to create: -EINVAL: the key has 4 bytes; a stack has no key"],
    ['task_storage_preallocated', "map 'm': failed to create: -EINVAL: a task storage needs BPF_F_NO_PREALLOC in map_flags"],
    ['array_too_big', "map 'm': failed to create: -ENOMEM: it takes 128 TiB; the kernel has 32 TiB of address space for all maps"],
    ['inner_refused', "map 'm.inner': failed to create: -EINVAL: the key has 8 bytes; an array has a key of 4 bytes"],
    [
      'task_storage_timer',
      "map 'm': failed to create: -EINVAL: its value holds a bpf_timer, which a task storage cannot have (-EOPNOTSUPP); then, without types: a task storage needs the types of its key and value, not only their sizes",
    ],
  ])('%s', (name, message) => {
    expect(load(name).failed[0]?.message).toBe(message);
  });

  it.each([
    ['lock_in_percpu_array', 'EOPNOTSUPP', 'its value holds a bpf_spin_lock, which a per-CPU array cannot have'],
    ['lock_in_read_only', 'EACCES', 'its value holds a bpf_spin_lock, which a map with BPF_F_RDONLY_PROG or BPF_F_WRONLY_PROG cannot have'],
    ['lock_key_typed_only', 'EINVAL', 'it has a type for its key, but none for its value'],
    ['lock_key_struct', 'EINVAL', 'the type of the key of an array must be an integer of 4 bytes'],
  ])('also where the map is then created without its types: %s', (name, errno, reason) => {
    expect(load(name).maps[0]).toMatchObject({ btf: null, withoutTypes: { errno, reason } });
  });
});
