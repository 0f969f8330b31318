// SPDX-License-Identifier: GPL-2.0-only
import { expect, it } from 'vitest';
import { shownPath } from '../../src/protocol/shown-path';

it.each([
  ['/home/me/project/src/a.bpf.c', '/home/me/project', 'src/a.bpf.c'],
  ['/home/me/project/src/a.bpf.c', '/home/me/project/', 'src/a.bpf.c'],
  ['/build/elsewhere/src/a.bpf.c', '/home/me/project', 'a.bpf.c'],
  ['/home/me/project2/a.bpf.c', '/home/me/project', 'a.bpf.c'],
  ['/build/a.bpf.c', '', 'a.bpf.c'],
  ['./progs/a.bpf.c', '/home/me/project', './progs/a.bpf.c'],
  ['progs/a.bpf.c', '', 'progs/a.bpf.c'],
  ['C:\\me\\project\\a.bpf.c', 'C:\\me\\project', 'a.bpf.c'],
  ['D:\\ci\\b\\a.bpf.c', 'C:\\me', 'a.bpf.c'],
])('%s in %s is given away as %s', (file, folder, shown) => {
  expect(shownPath(file, folder)).toBe(shown);
});
