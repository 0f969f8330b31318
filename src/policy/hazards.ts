// SPDX-License-Identifier: GPL-2.0-only
/** What is dangerous at run time although no rule of a policy refuses it, depending on the kernel that the program is meant for. */
import { type Hazard, Op } from './types';
import { VERIFIED_KERNEL } from '../kernel/releases';

/** Release that is assumed when nobody names a target: the kernel whose rules are verified. */
export const DEFAULT_TARGET = VERIFIED_KERNEL.series;

/** `6.12` → 6012; `6.12.3` likewise; null for what is no release. */
export function releaseNumber(text: string): number | null {
  const m = /^v?(\d{1,3})\.(\d{1,3})(?:\.\d+)*(?:-.*)?$/.exec(text.trim());
  return m === null ? null : Number(m[1]) * 1000 + Number(m[2]);
}

/** The hazards that concern a release. An unreadable release counts as {@link DEFAULT_TARGET}. */
export function hazardsFor(hazards: readonly Hazard[], target: string): Hazard[] {
  const release = releaseNumber(target) ?? releaseNumber(DEFAULT_TARGET)!;
  return hazards.filter((h) => release >= (releaseNumber(h.from) ?? 0) && release <= (releaseNumber(h.until) ?? Infinity));
}

/** Hazards of mainline. */
export const MAINLINE_HAZARDS: readonly Hazard[] = [
  {
    id: 'task-vma-mmap-lock',
    place: { kind: 'iterator', name: 'bpf_iter_task_vma' },
    op: Op.FAULT,
    from: '6.12',
    until: '7.0',
    text: 'Kernels 6.12 to 7.0 hold mmap_lock from bpf_iter_task_vma_new to _destroy: a fault here takes it again and can deadlock. Safe from 7.1, whose iterator hands out a copy and holds no lock.',
    source:
      'kernel/bpf/task_iter.c: bpf_iter_task_vma_new (mmap_read_trylock) before commit bee9ef4a40a2; per-VMA lock and copy since 4cbee026db54',
  },
  {
    id: 'find-vma-mmap-lock',
    place: { kind: 'callback', name: 'bpf_find_vma' },
    op: Op.FAULT,
    from: '5.17',
    until: '',
    text: 'bpf_find_vma runs its callback with mmap_lock held: a fault here takes it again and can deadlock. The verifier accepts it in every release so far.',
    source: 'kernel/bpf/task_iter.c: bpf_find_vma',
  },
];
