// SPDX-License-Identifier: GPL-2.0-only
/**
 * Section names of other loaders. libbpf before 1.0 and cilium/ebpf took what a known name begins (`xdp_prog`, `socket1`, `classifier/ingress`).
 */
import { SECTION_NAMES } from './secdefs';

/** The section name that a program of another loader means, or null if no known name, as a word, begins it. */
export function foreignSection(section: string): string | null {
  const begins = (stem: string): boolean => section.startsWith(stem) && !/^[A-Za-z]/.test(section.slice(stem.length));
  return (
    SECTION_NAMES.map(({ name }) => name)
      .filter(begins)
      .sort((a, b) => b.length - a.length)[0] ?? null
  );
}
